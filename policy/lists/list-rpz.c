/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Response policy zones: a zone file (RFC 1035 section 5) whose records are rules
 * (draft-vixie-dnsop-dns-rpz-00 sections 3 to 5). */
#include "policy/lists/list-line.h"

static LtListText
without_dot(LtListText name)
{
  if (name.len > 0 && name.at[name.len - 1] == '.')
    name.len--;
  return name;
}

/* Cuts the zone's own name off the end. FALSE: @name is in another zone, or the zone's head. */
static gboolean
make_relative(const LtListReader *reader, LtListText *name)
{
  gsize n_origin = reader->origin != NULL ? strlen(reader->origin) : 0;
  gboolean is_absolute = name->len > 0 && name->at[name->len - 1] == '.';
  LtListText bare = without_dot(*name);

  if (!is_absolute) {
    *name = bare;
    return !lt_list_text_is(bare, "@");
  }
  if (n_origin == 0 || bare.len <= n_origin + 1 ||
      g_ascii_strncasecmp(bare.at + bare.len - n_origin, reader->origin, n_origin) != 0 ||
      bare.at[bare.len - n_origin - 1] != '.')
    return FALSE;
  *name = lt_list_text(bare.at, bare.len - n_origin - 1);
  return TRUE;
}

/* Triggers that are not the name that is asked for: "8.0.0.0.127.rpz-ip". */
static gboolean
is_other_trigger(LtListText name)
{
  static const char *const kinds[] = {".rpz-ip", ".rpz-client-ip", ".rpz-nsip", ".rpz-nsdname"};

  for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
    gsize len = strlen(kinds[i]);

    if (name.len > len && g_ascii_strncasecmp(name.at + name.len - len, kinds[i], len) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
say_action(LtListReader *reader, LtListText name, guint listed)
{
  gboolean is_below = lt_list_text_starts(name, "*.");
  LtHost host;

  if (is_other_trigger(name)) {
    lt_list_say_skip(reader, LT_LIST_SKIP_OPTION);
    return;
  }
  if (is_below)
    name = lt_list_text_skip(name, 2);
  if (lt_list_text_host(name, &host) != LT_HOST_OK)
    lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
  else
    lt_list_say_name(reader, listed | (is_below ? LT_LISTED_BELOW : LT_LISTED_SELF), &host);
}

/* Section 3: "." no such name, "*." no data, "rpz-..." further actions; else another name. */
static void
read_cname(LtListReader *reader, LtListText name, LtListText target)
{
  if (lt_list_text_is(target, ".") || lt_list_text_is(target, "*.") ||
      lt_list_text_is(target, "rpz-drop."))
    say_action(reader, name, 0);
  else if (lt_list_text_is(target, "rpz-passthru."))
    say_action(reader, name, LT_LISTED_EXCEPT);
  else
    lt_list_say_skip(reader,
                     lt_list_text_is(target, "rpz-tcp-only.") ? LT_LIST_SKIP_OPTION
                                                              : LT_LIST_SKIP_REDIRECT);
}

static void
read_record(LtListReader *reader, LtListText name, LtListText type, LtListText rest)
{
  static const char *const of_the_zone[] = {
      "SOA", "NS", "DNAME", "RRSIG", "NSEC", "NSEC3", "DNSKEY"};

  for (guint i = 0; i < G_N_ELEMENTS(of_the_zone); i++) {
    if (lt_list_text_is(type, of_the_zone[i]))
      return;
  }
  if (!make_relative(reader, &name)) {
    if (!lt_list_text_is(name, "@"))
      lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
    return;
  }
  if (lt_list_text_is(type, "CNAME"))
    read_cname(reader, name, lt_list_text_word(&rest));
  else if ((lt_list_text_is(type, "A") || lt_list_text_is(type, "AAAA")) &&
           lt_list_text_address(lt_list_text_word(&rest)) == LT_LIST_ADDRESS_NOWHERE)
    say_action(reader, name, 0);
  else
    lt_list_say_skip(reader, LT_LIST_SKIP_REDIRECT);
}

static void
read_directive(LtListReader *reader, LtListText key, LtListText rest)
{
  LtListText origin = without_dot(lt_list_text_word(&rest));

  if (!lt_list_text_is(key, "$ORIGIN"))
    return;
  g_free(reader->origin);
  reader->origin = g_strndup(origin.at, origin.len);
}

/* Parentheses carry a record over lines; only the head of a zone has them here. */
static gboolean
is_inside(LtListReader *reader, LtListText line)
{
  gboolean was_inside = reader->n_open > 0;

  for (gsize i = 0; i < line.len; i++) {
    if (line.at[i] == '(')
      reader->n_open++;
    else if (line.at[i] == ')' && reader->n_open > 0)
      reader->n_open--;
  }
  return was_inside;
}

static LtListText
uncomment(LtListText line)
{
  const char *mark = memchr(line.at, ';', line.len);

  return mark == NULL ? line : lt_list_text(line.at, (gsize) (mark - line.at));
}

void
lt_list_rpz_line(LtListReader *reader, LtListText line)
{
  gboolean has_owner = !lt_list_is_blank(line.at[0]);
  LtListText rest = uncomment(line);
  LtListText word;
  LtListText name;

  if (is_inside(reader, rest) || lt_list_text_strip(rest).len == 0)
    return;
  if (has_owner) {
    name = lt_list_text_word(&rest);
    if (name.at[0] == '$') {
      read_directive(reader, name, rest);
      return;
    }
    g_free(reader->owner);
    reader->owner = g_strndup(name.at, name.len);
  } else if (reader->owner == NULL) {
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
    return;
  }
  name = lt_list_text(reader->owner, strlen(reader->owner));
  word = lt_list_text_word(&rest);
  while (word.len > 0 && (g_ascii_isdigit(word.at[0]) || lt_list_text_is(word, "IN")))
    word = lt_list_text_word(&rest);
  if (word.len == 0)
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
  else
    read_record(reader, name, word, rest);
}
