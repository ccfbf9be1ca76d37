/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AdBlock lists, as far as they speak of names. A rule is taken as it stands or not at all: what
 * is left of a narrow rule without its conditions would be a wide one. */
#include "policy/host-pattern.h"
#include "policy/lists/list-line.h"

/* A rule while it is read. */
typedef struct {
  guint listed; /* LT_LISTED_EXCEPT, LT_LISTED_IMPORTANT */
  gboolean cancels;
  LtListText body;
  LtListText denyallow;
} Rule;

static void
say_host(const LtListReader *reader, const Rule *rule, guint scope, const LtHost *host)
{
  const LtListRule said = {.listed = rule->listed | scope, .cancels = rule->cancels, .host = host};

  reader->sink.rule(reader->sink.data, &said);
}

static void
say_pattern(const LtListReader *reader, const Rule *rule)
{
  LtListRule said = {.listed = rule->listed, .cancels = rule->cancels};
  char text[LT_LIST_MAX_LINE_BYTES + 64];
  int len;

  if (rule->denyallow.len == 0) {
    said.pattern = rule->body.at;
    said.n_pattern = rule->body.len;
  } else {
    len = g_snprintf(text,
                     sizeof text,
                     "%.*s$denyallow=%.*s",
                     (int) rule->body.len,
                     rule->body.at,
                     (int) rule->denyallow.len,
                     rule->denyallow.at);
    said.pattern = text;
    said.n_pattern = (gsize) len;
  }
  reader->sink.rule(reader->sink.data, &said);
}

/* One option. FALSE: the rule cannot be used. */
static gboolean
take_option(Rule *rule, LtListText option)
{
  if (lt_list_text_is(option, "important"))
    rule->listed |= LT_LISTED_IMPORTANT;
  else if (lt_list_text_is(option, "badfilter"))
    rule->cancels = TRUE;
  else if (lt_list_text_starts(option, "denyallow="))
    rule->denyallow = lt_list_text_skip(option, strlen("denyallow="));
  else /* the site as a whole, and nothing less */
    return lt_list_text_is(option, "all") || lt_list_text_is(option, "document") ||
           lt_list_text_is(option, "doc");
  return TRUE;
}

static gboolean
take_options(Rule *rule, LtListText options)
{
  while (options.len > 0) {
    const char *comma = memchr(options.at, ',', options.len);
    gsize len = comma != NULL ? (gsize) (comma - options.at) : options.len;

    if (!take_option(rule, lt_list_text_strip(lt_list_text(options.at, len))))
      return FALSE;
    options = lt_list_text_skip(options, MIN(len + 1, options.len));
  }
  return TRUE;
}

/* Where the options begin: at the last "$", in a regular expression behind its last slash. */
static gboolean
cut_options(Rule *rule, LtListText line)
{
  gboolean is_regex = line.len > 1 && line.at[0] == '/';

  rule->body = line;
  for (gsize i = line.len; i > 0; i--) {
    if (is_regex && line.at[i - 1] == '/')
      return TRUE;
    if (line.at[i - 1] != '$' || (is_regex && (i < 2 || line.at[i - 2] != '/')))
      continue;
    rule->body.len = i - 1;
    return take_options(rule, lt_list_text_skip(line, i));
  }
  return TRUE;
}

/* The name of "||NAME^" and its like; what is left of it in @end: "^", "" or more. */
static LtListText
leading_name(LtListText text, LtListText *end)
{
  gsize len = 0;

  while (len < text.len && strchr("^/|*:?$&", text.at[len]) == NULL)
    len++;
  *end = lt_list_text_skip(text, len);
  return lt_list_text(text.at, len);
}

static gboolean
ends_name(LtListText end)
{
  return lt_list_text_is(end, "^") || lt_list_text_is(end, "^|") || lt_list_text_is(end, "|") ||
         lt_list_text_is(end, "^*");
}

/* "||ads" without an end is about labels; "||ads.example" with a known last label is a site. */
static gboolean
is_whole(const LtHost *host)
{
  const char *dot = strrchr(host->name, '.');

  return dot != NULL && lt_host_is_public_suffix(dot + 1);
}

/* Rules that stand for one name. FALSE: another kind of rule. */
static gboolean
read_name(const LtListReader *reader, const Rule *rule)
{
  LtListText body = rule->body;
  LtListText end;
  LtListText name;
  guint scope = LT_LISTED_SELF; /* a bare name is that name: AdGuard's "domains-only syntax" */
  gboolean is_anchored = FALSE;
  LtHostAnswer answer;
  LtHost host;

  if (lt_list_text_starts(body, "||*.")) {
    body = lt_list_text_skip(body, 4);
    scope = LT_LISTED_BELOW;
    is_anchored = TRUE;
  } else if (lt_list_text_starts(body, "||")) {
    body = lt_list_text_skip(body, 2);
    scope = LT_LISTED_BOTH;
    is_anchored = TRUE;
  } else if (lt_list_text_starts(body, "*.")) {
    body = lt_list_text_skip(body, 2);
    scope = LT_LISTED_BELOW;
  } else if (lt_list_text_starts(body, "|")) {
    body = lt_list_text_skip(body, 1);
  }
  name = leading_name(body, &end);
  answer = lt_list_text_host(name, &host);
  if (answer == LT_HOST_BAD || (name.len > 0 && name.at[name.len - 1] == '.'))
    return FALSE;
  if (end.len == 0 ? is_anchored && !is_whole(&host) : !ends_name(end))
    return FALSE;
  if (end.len != 0 && !is_anchored && rule->body.at[0] != '|')
    return FALSE;
  if (end.len == 0 && !is_anchored && strchr(host.name, '.') == NULL)
    return FALSE;
  say_host(reader, rule, answer == LT_HOST_ADDRESS ? LT_LISTED_SELF : scope, &host);
  return TRUE;
}

static gboolean
is_about_pages(LtListText line)
{
  static const char *const marks[] = {
      "##", "#@#", "#?#", "#$#", "#%#", "#@?#", "#@$#", "$$", "$@$"};

  for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
    if (memmem(line.at, line.len, marks[i], strlen(marks[i])) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* "0.0.0.0 NAME" stands in many lists of this kind. */
static gboolean
is_hosts_line(LtListText line)
{
  LtListText rest = line;
  LtListText word = lt_list_text_word(&rest);

  return rest.len > 0 && lt_list_text_address(word) != LT_LIST_ADDRESS_NONE;
}

void
lt_list_adblock_line(LtListReader *reader, LtListText line)
{
  Rule rule = {0};

  if (line.at[0] == '!' || line.at[0] == '[' || lt_list_text_is(line, "#") ||
      (line.at[0] == '#' && lt_list_is_blank(line.at[1])))
    return;
  if (line.at[0] != '/' && is_about_pages(line)) {
    lt_list_say_skip(reader, LT_LIST_SKIP_URL);
    return;
  }
  if (line.at[0] == '#')
    return;
  if (is_hosts_line(line)) {
    lt_list_hosts_line(reader, line);
    return;
  }
  if (lt_list_text_starts(line, "@@")) {
    rule.listed = LT_LISTED_EXCEPT;
    line = lt_list_text_skip(line, 2);
  }
  if (!cut_options(&rule, line)) {
    lt_list_say_skip(reader, LT_LIST_SKIP_OPTION);
    return;
  }
  if (rule.body.len == 0)
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
  else if (rule.denyallow.len > 0 || !read_name(reader, &rule))
    say_pattern(reader, &rule);
}
