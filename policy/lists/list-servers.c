/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists as settings of DNS servers: dnsmasq, unbound. Each is about a name and all below it. */
#include "policy/lists/list-line.h"

static void
say_domain(LtListReader *reader, guint listed, LtListText name)
{
  LtHost host;

  if (lt_list_text_starts(name, "."))
    name = lt_list_text_skip(name, 1);
  switch (lt_list_text_host(name, &host)) {
  case LT_HOST_OK:
    lt_list_say_name(reader, listed, &host);
    return;
  case LT_HOST_ADDRESS:
  case LT_HOST_BAD:
    lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
    return;
  }
}

/* What "=/a/b/VALUE" does to its names: LT_LISTED_BOTH, with LT_LISTED_EXCEPT; 0: sends elsewhere.
 */
static guint
dnsmasq_effect(LtListText key, LtListText value)
{
  gboolean is_address = lt_list_text_is(key, "address");

  if (value.len == 0)
    return LT_LISTED_BOTH;         /* "no such name" */
  if (lt_list_text_is(value, "#")) /* the null address; the usual servers */
    return is_address ? LT_LISTED_BOTH : LT_LISTED_BOTH | LT_LISTED_EXCEPT;
  return is_address && lt_list_text_address(value) == LT_LIST_ADDRESS_NOWHERE ? LT_LISTED_BOTH : 0;
}

/* "address=/NAME/NAME/VALUE". */
void
lt_list_dnsmasq_line(LtListReader *reader, LtListText line)
{
  LtListText rest = lt_list_text_uncomment(line, '#');
  const char *equals;
  const char *slash;
  LtListText key;
  guint effect;

  if (rest.len == 0)
    return;
  equals = memchr(rest.at, '=', rest.len);
  key = lt_list_text_strip(
      lt_list_text(rest.at, equals != NULL ? (gsize) (equals - rest.at) : rest.len));
  if (!lt_list_text_is(key, "address") && !lt_list_text_is(key, "server") &&
      !lt_list_text_is(key, "local")) {
    lt_list_say_skip(reader, equals != NULL ? LT_LIST_SKIP_OPTION : LT_LIST_SKIP_SYNTAX);
    return;
  }
  if (equals != NULL)
    rest = lt_list_text_strip(lt_list_text_skip(rest, (gsize) (equals + 1 - rest.at)));
  slash = memrchr(rest.at, '/', rest.len);
  if (equals == NULL || slash == NULL || slash == rest.at || rest.at[0] != '/') {
    lt_list_say_skip(reader, LT_LIST_SKIP_OPTION);
    return;
  }
  effect = dnsmasq_effect(key, lt_list_text_skip(rest, (gsize) (slash + 1 - rest.at)));
  rest = lt_list_text(rest.at + 1, (gsize) (slash - rest.at) - 1);
  while (rest.len > 0) {
    const char *end = memchr(rest.at, '/', rest.len);
    gsize len = end != NULL ? (gsize) (end - rest.at) : rest.len;

    if (effect == 0)
      lt_list_say_skip(reader, LT_LIST_SKIP_REDIRECT);
    else
      say_domain(reader, effect, lt_list_text(rest.at, len));
    rest = lt_list_text_skip(rest, MIN(len + 1, rest.len));
  }
}

static LtListText
unquote(LtListText text)
{
  text = lt_list_text_strip(text);
  if (text.len >= 2 && (text.at[0] == '"' || text.at[0] == '\'') &&
      text.at[text.len - 1] == text.at[0])
    text = lt_list_text(text.at + 1, text.len - 2);
  return text;
}

static LtListText
unquote_name(LtListText name)
{
  name = unquote(name);
  if (name.len > 1 && name.at[name.len - 1] == '.')
    name.len--;
  return name;
}

/* Zones that answer nothing useful, and zones that are looked up as ever. */
static guint
zone_effect(LtListText type)
{
  static const char *const closed[] = {"always_nxdomain",
                                       "always_nodata",
                                       "always_refuse",
                                       "always_deny",
                                       "always_null",
                                       "deny",
                                       "refuse",
                                       "static",
                                       "redirect",
                                       "inform_deny",
                                       "inform_redirect",
                                       "block_a"};
  static const char *const open[] = {
      "transparent", "typetransparent", "always_transparent", "nodefault", "inform"};

  for (guint i = 0; i < G_N_ELEMENTS(closed); i++) {
    if (lt_list_text_is(type, closed[i]))
      return LT_LISTED_BOTH;
  }
  for (guint i = 0; i < G_N_ELEMENTS(open); i++) {
    if (lt_list_text_is(type, open[i]))
      return LT_LISTED_BOTH | LT_LISTED_EXCEPT;
  }
  return 0;
}

/* local-zone: "NAME" TYPE */
static void
read_zone(LtListReader *reader, LtListText rest)
{
  LtListText name = lt_list_text_word(&rest);
  guint effect = zone_effect(unquote(rest));

  if (effect == 0)
    lt_list_say_skip(reader, LT_LIST_SKIP_OPTION);
  else
    say_domain(reader, effect, unquote_name(name));
}

/* local-data: "NAME [TTL] [IN] A ADDRESS": a name that leads nowhere is closed; one that leads
 * somewhere opens what a redirecting zone of that name would close. */
static void
read_data(LtListReader *reader, LtListText rest)
{
  LtListText data = unquote(rest);
  LtListText name = unquote_name(lt_list_text_word(&data));
  LtListText type = lt_list_text_word(&data);
  LtHost host;

  while (type.len > 0 && (g_ascii_isdigit(type.at[0]) || lt_list_text_is(type, "IN")))
    type = lt_list_text_word(&data);
  if (!lt_list_text_is(type, "A") && !lt_list_text_is(type, "AAAA")) {
    lt_list_say_skip(reader,
                     lt_list_text_is(type, "CNAME") ? LT_LIST_SKIP_REDIRECT : LT_LIST_SKIP_OPTION);
    return;
  }
  if (lt_list_text_host(name, &host) != LT_HOST_OK) {
    lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
    return;
  }
  switch (lt_list_text_address(lt_list_text_strip(data))) {
  case LT_LIST_ADDRESS_NOWHERE:
    lt_list_say_name(reader, LT_LISTED_SELF, &host);
    return;
  case LT_LIST_ADDRESS_SOMEWHERE: {
    const LtListRule undone = {.listed = LT_LISTED_BOTH, .cancels = TRUE, .host = &host};

    reader->sink.rule(reader->sink.data, &undone);
    lt_list_say_skip(reader, LT_LIST_SKIP_REDIRECT);
    return;
  }
  case LT_LIST_ADDRESS_NONE:
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
    return;
  }
}

void
lt_list_unbound_line(LtListReader *reader, LtListText line)
{
  LtListText rest = lt_list_text_uncomment(line, '#');
  LtListText key = lt_list_text_word(&rest);

  if (key.len == 0 || lt_list_text_is(key, "server:"))
    return;
  if (lt_list_text_is(key, "local-zone:"))
    read_zone(reader, rest);
  else if (lt_list_text_is(key, "local-data:"))
    read_data(reader, rest);
  else
    lt_list_say_skip(reader,
                     key.at[key.len - 1] == ':' ? LT_LIST_SKIP_OPTION : LT_LIST_SKIP_SYNTAX);
}
