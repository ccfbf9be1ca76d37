/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of bare names: hosts files, and one name on each line. */
#include "policy/host-pattern.h"
#include "policy/lists/list-line.h"

/* One label is a machine's own name ("localhost", "ip6-allnodes") or a whole top-level domain, and
 * a list of sites means neither. */
static gboolean
is_site(const LtListReader *reader, LtHostAnswer answer, const LtHost *host)
{
  if (answer == LT_HOST_ADDRESS)
    return TRUE;
  if (answer != LT_HOST_OK) {
    lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
    return FALSE;
  }
  if (strchr(host->name, '.') == NULL || strcmp(host->name, "localhost.localdomain") == 0) {
    lt_list_say_skip(reader, LT_LIST_SKIP_LOCAL);
    return FALSE;
  }
  return TRUE;
}

static void
say_host(LtListReader *reader, LtListText word)
{
  LtHost host;
  LtHostAnswer answer = lt_list_text_host(word, &host);

  /* "0.0.0.0 0.0.0.0" stands at the head of many lists, and forbids nothing. */
  if (answer == LT_HOST_ADDRESS)
    lt_list_say_skip(reader, LT_LIST_SKIP_LOCAL);
  else if (is_site(reader, answer, &host))
    lt_list_say_name(reader, LT_LISTED_SELF, &host);
}

void
lt_list_hosts_line(LtListReader *reader, LtListText line)
{
  LtListText rest = lt_list_text_uncomment(line, '#');
  LtListText word = lt_list_text_word(&rest);
  LtListText first = word;

  if (word.len == 0 || word.at[0] == '!')
    return;
  switch (lt_list_text_address(word)) {
  case LT_LIST_ADDRESS_NOWHERE:
    break;
  case LT_LIST_ADDRESS_SOMEWHERE:
    lt_list_say_skip(reader, LT_LIST_SKIP_REDIRECT);
    return;
  case LT_LIST_ADDRESS_NONE:
    rest = lt_list_text_strip(rest);
    if (rest.len != 0)
      lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
    else
      say_host(reader, word);
    return;
  }
  for (word = lt_list_text_word(&rest); word.len > 0; word = lt_list_text_word(&rest)) {
    say_host(reader, word);
    first.len = 0;
  }
  if (first.len != 0)
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
}

/* "ads*.example": as AdBlock would write it. */
static void
say_wildcard(LtListReader *reader, LtListText word)
{
  char text[LT_HOST_PATTERN_MAX_BYTES];
  int len = g_snprintf(text, sizeof text, "||%.*s^", (int) MIN(word.len, sizeof text), word.at);

  if ((gsize) len < sizeof text)
    lt_list_say_pattern(reader, 0, lt_list_text(text, (gsize) len));
  else
    lt_list_say_skip(reader, LT_LIST_SKIP_LIMIT);
}

void
lt_list_domains_line(LtListReader *reader, LtListText line)
{
  LtListText rest = lt_list_text_uncomment(line, '#');
  LtListText word = lt_list_text_word(&rest);
  LtHost host;

  if (word.len == 0 || word.at[0] == ';' || word.at[0] == '!')
    return;
  rest = lt_list_text_strip(rest);
  if (rest.len != 0 && rest.at[0] != ';') {
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
    return;
  }
  if (lt_list_text_starts(word, "*."))
    word = lt_list_text_skip(word, 2);
  else if (lt_list_text_starts(word, "."))
    word = lt_list_text_skip(word, 1);
  if (memchr(word.at, '/', word.len) != NULL)
    lt_list_say_skip(reader, LT_LIST_SKIP_URL);
  else if (memchr(word.at, '*', word.len) != NULL)
    say_wildcard(reader, word);
  else if (is_site(reader, lt_list_text_host(word, &host), &host))
    lt_list_say_name(reader, LT_LISTED_BOTH, &host);
}
