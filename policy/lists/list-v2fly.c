/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of the v2fly domain-list-community: one rule on each line, attributes behind it. */
#include "policy/lists/list-line.h"

/* Whether the rest of a line has "@name"; behind "&" stand lists that it also belongs to. */
static gboolean
has_attribute(LtListText rest, const char *name)
{
  for (LtListText word = lt_list_text_word(&rest); word.len > 0; word = lt_list_text_word(&rest)) {
    if (word.at[0] == '@' && lt_list_text_is(lt_list_text_skip(word, 1), name))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_wanted(const LtListReader *reader, LtListText rest)
{
  if (reader->attribute == NULL)
    return TRUE;
  if (reader->attribute[0] == '-')
    return !has_attribute(rest, reader->attribute + 1);
  return has_attribute(rest, reader->attribute);
}

static void
say_domain(LtListReader *reader, guint listed, LtListText name)
{
  LtHost host;

  if (lt_list_text_host(name, &host) == LT_HOST_BAD)
    lt_list_say_skip(reader, LT_LIST_SKIP_NAME);
  else
    lt_list_say_name(reader, listed, &host);
}

/* "include:NAME @ATTRIBUTE" */
static void
say_include(LtListReader *reader, LtListText name, LtListText rest)
{
  LtListText word = lt_list_text_word(&rest);
  g_autofree char *copy = g_strndup(name.at, name.len);
  g_autofree char *attribute = NULL;

  if (word.len > 1 && word.at[0] == '@')
    attribute = g_strndup(word.at + 1, word.len - 1);
  if (reader->sink.include == NULL)
    lt_list_say_skip(reader, LT_LIST_SKIP_OPTION);
  else
    reader->sink.include(reader->sink.data, copy, attribute);
}

/* A word anywhere in a name. */
static void
say_keyword(LtListReader *reader, LtListText word)
{
  for (gsize i = 0; i < word.len; i++) {
    if (!g_ascii_isalnum(word.at[i]) && word.at[i] != '-' && word.at[i] != '.') {
      lt_list_say_skip(reader, LT_LIST_SKIP_PATTERN);
      return;
    }
  }
  lt_list_say_pattern(reader, 0, word);
}

static void
say_regex(LtListReader *reader, LtListText text)
{
  g_autofree char *pattern = g_strdup_printf("/%.*s/", (int) text.len, text.at);

  lt_list_say_pattern(reader, 0, lt_list_text(pattern, strlen(pattern)));
}

void
lt_list_v2fly_line(LtListReader *reader, LtListText line)
{
  LtListText rest = lt_list_text_uncomment(line, '#');
  LtListText word = lt_list_text_word(&rest);
  const char *colon;
  LtListText key;
  LtListText value;

  if (word.len == 0)
    return;
  colon = memchr(word.at, ':', word.len);
  key = lt_list_text(word.at, colon != NULL ? (gsize) (colon - word.at) : 0);
  value = colon != NULL ? lt_list_text_skip(word, key.len + 1) : word;
  if (lt_list_text_is(key, "include")) {
    say_include(reader, value, rest);
    return;
  }
  if (!is_wanted(reader, rest))
    return;
  if (key.len == 0 || lt_list_text_is(key, "domain"))
    say_domain(reader, LT_LISTED_BOTH, value);
  else if (lt_list_text_is(key, "full"))
    say_domain(reader, LT_LISTED_SELF, value);
  else if (lt_list_text_is(key, "keyword"))
    say_keyword(reader, value);
  else if (lt_list_text_is(key, "regexp"))
    say_regex(reader, value);
  else
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
}
