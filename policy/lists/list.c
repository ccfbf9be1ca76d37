/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of every format: which there are, which one a file has, and its lines one after another. */
#include "policy/lists/list.h"

#include "policy/lists/list-line.h"

typedef struct {
  const char *name;
  void (*line)(LtListReader *reader, LtListText line);
  gboolean nearest_wins;
} Format;

static const Format formats[LT_N_LIST_FORMATS] = {
    [LT_LIST_HOSTS] = {"hosts", lt_list_hosts_line, FALSE},
    [LT_LIST_DOMAINS] = {"domains", lt_list_domains_line, FALSE},
    [LT_LIST_ADBLOCK] = {"adblock", lt_list_adblock_line, FALSE},
    [LT_LIST_RPZ] = {"rpz", lt_list_rpz_line, TRUE},
    [LT_LIST_DNSMASQ] = {"dnsmasq", lt_list_dnsmasq_line, TRUE},
    [LT_LIST_UNBOUND] = {"unbound", lt_list_unbound_line, TRUE},
    [LT_LIST_UT1] = {"ut1", lt_list_domains_line, FALSE},
    [LT_LIST_V2FLY] = {"v2fly", lt_list_v2fly_line, FALSE},
};

const char *
lt_list_format_name(LtListFormat format)
{
  g_return_val_if_fail(format < LT_N_LIST_FORMATS, "");

  return formats[format].name;
}

LtListFormat
lt_list_format_find(const char *name)
{
  guint format = 0;

  while (format < LT_N_LIST_FORMATS && strcmp(formats[format].name, name) != 0)
    format++;
  return (LtListFormat) format;
}

gboolean
lt_list_format_nearest_wins(LtListFormat format)
{
  g_return_val_if_fail(format < LT_N_LIST_FORMATS, FALSE);

  return formats[format].nearest_wins;
}

const char *
lt_list_skip_words(LtListSkip skip)
{
  static const char *const words[LT_N_LIST_SKIPS] = {
      [LT_LIST_SKIP_SYNTAX] = "not of this format",
      [LT_LIST_SKIP_NAME] = "no host name",
      [LT_LIST_SKIP_LOCAL] = "a name of the machine itself",
      [LT_LIST_SKIP_URL] = "about a page, not about a name",
      [LT_LIST_SKIP_REDIRECT] = "sends to another place",
      [LT_LIST_SKIP_OPTION] = "holds under a condition that a name does not tell",
      [LT_LIST_SKIP_PATTERN] = "a pattern that cannot be used",
      [LT_LIST_SKIP_LIMIT] = "too long, or one pattern too many",
  };

  g_return_val_if_fail(skip < LT_N_LIST_SKIPS, "");

  return words[skip];
}

LtListReader *
lt_list_reader_new(LtListFormat format, const LtListSink *sink, const char *attribute)
{
  LtListReader *reader = g_new0(LtListReader, 1);

  reader->format = format;
  reader->sink = *sink;
  reader->attribute = g_strdup(attribute);
  return reader;
}

void
lt_list_reader_free(LtListReader *reader)
{
  if (reader == NULL)
    return;
  g_free(reader->owner);
  g_free(reader->origin);
  g_free(reader->attribute);
  g_free(reader);
}

void
lt_list_reader_line(LtListReader *reader, const char *line, gsize len)
{
  static const char mark[] = "\xef\xbb\xbf"; /* of byte order: some editors begin files with it */
  LtListText text = lt_list_text(line, len);

  if (lt_list_text_starts(text, mark))
    text = lt_list_text_skip(text, strlen(mark));
  if (text.len > LT_LIST_MAX_LINE_BYTES) {
    lt_list_say_skip(reader, LT_LIST_SKIP_LIMIT);
    return;
  }
  if (memchr(text.at, '\0', text.len) != NULL) {
    lt_list_say_skip(reader, LT_LIST_SKIP_SYNTAX);
    return;
  }
  /* In a zone file a blank at the start of a line means something. */
  while (text.len > 0 && (lt_list_is_blank(text.at[text.len - 1]) || text.at[text.len - 1] == '\r'))
    text.len--;
  if (reader->format != LT_LIST_RPZ)
    text = lt_list_text_strip(text);
  if (text.len > 0)
    formats[reader->format].line(reader, text);
}
