/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which format a file has: what most of its first lines look like. */
#include "policy/lists/list-line.h"

/* Enough of any list. */
#define MAX_LINES 2000

static gboolean
looks_like_rpz(LtListText line)
{
  LtListText rest = line;

  if (lt_list_text_starts(line, "$TTL") || lt_list_text_starts(line, "$ORIGIN"))
    return TRUE;
  lt_list_text_word(&rest);
  for (LtListText word = lt_list_text_word(&rest); word.len > 0; word = lt_list_text_word(&rest)) {
    if (lt_list_text_is(word, "CNAME") || lt_list_text_is(word, "SOA"))
      return TRUE;
  }
  return FALSE;
}

static gboolean
looks_like_dnsmasq(LtListText line)
{
  return lt_list_text_starts(line, "address=/") || lt_list_text_starts(line, "server=/") ||
         lt_list_text_starts(line, "local=/");
}

static gboolean
looks_like_v2fly(LtListText line)
{
  return lt_list_text_starts(line, "include:") || lt_list_text_starts(line, "full:") ||
         lt_list_text_starts(line, "domain:") || lt_list_text_starts(line, "regexp:") ||
         lt_list_text_starts(line, "keyword:") || memmem(line.at, line.len, " @", 2) != NULL;
}

static gboolean
looks_like_adblock(LtListText line)
{
  return line.at[0] == '|' || lt_list_text_starts(line, "@@") || line.at[line.len - 1] == '^' ||
         memmem(line.at, line.len, "##", 2) != NULL || memmem(line.at, line.len, "^$", 2) != NULL ||
         (line.at[0] == '/' && line.len > 2);
}

static gboolean
looks_like_name(LtListText line)
{
  LtHost host;

  if (lt_list_text_starts(line, "*."))
    line = lt_list_text_skip(line, 2);
  else if (lt_list_text_starts(line, "."))
    line = lt_list_text_skip(line, 1);
  return lt_list_text_host(line, &host) != LT_HOST_BAD;
}

/* LT_N_LIST_FORMATS: none. */
static LtListFormat
format_of(LtListText line)
{
  LtListText rest = line;
  LtListText word;

  if (lt_list_text_starts(line, "local-zone:") || lt_list_text_starts(line, "local-data:"))
    return LT_LIST_UNBOUND;
  if (looks_like_dnsmasq(line))
    return LT_LIST_DNSMASQ;
  if (looks_like_adblock(line))
    return LT_LIST_ADBLOCK;
  if (looks_like_v2fly(line))
    return LT_LIST_V2FLY;
  word = lt_list_text_word(&rest);
  if (rest.len > 0 && lt_list_text_address(word) != LT_LIST_ADDRESS_NONE)
    return LT_LIST_HOSTS;
  if (looks_like_rpz(line))
    return LT_LIST_RPZ;
  return looks_like_name(line) ? LT_LIST_DOMAINS : LT_N_LIST_FORMATS;
}

static gboolean
is_comment(LtListText line)
{
  return line.len == 0 || line.at[0] == '#' || line.at[0] == '!' || line.at[0] == ';';
}

static void
count_lines(LtListText text, guint *n)
{
  for (guint i = 0; i < MAX_LINES && text.len > 0; i++) {
    const char *newline = memchr(text.at, '\n', text.len);
    gsize len = newline != NULL ? (gsize) (newline - text.at) : text.len;
    LtListText line = lt_list_text_strip(lt_list_text(text.at, len));
    LtListText rule = lt_list_text_uncomment(line, '#');

    if (lt_list_text_starts(line, "[Adblock"))
      n[LT_LIST_ADBLOCK] += MAX_LINES;
    else if (!is_comment(line) && rule.len > 0)
      n[format_of(rule)]++;
    text = lt_list_text_skip(text, MIN(len + 1, text.len));
  }
}

static LtListText
without_mark(LtListText text)
{
  return lt_list_text_starts(text, "\xef\xbb\xbf") ? lt_list_text_skip(text, 3) : text;
}

const char *
lt_list_refuse(const char *bytes, gsize len)
{
  static const struct {
    const char *magic;
    const char *what;
  } others[] = {
      {"\x1f\x8b", "a gzip archive: unpack it first"},
      {"PK\x03\x04", "a zip archive: unpack it first"},
      {"BZh", "a bzip2 archive: unpack it first"},
      {"\xfd"
       "7zXZ",
       "an xz archive: unpack it first"},
      {"%PDF", "a PDF document"},
      {"{", "JSON"},
      {"<", "a web page, perhaps of a network that wants a login"},
  };
  LtListText text = without_mark(lt_list_text(bytes, len));
  LtListText start = text;

  if (text.len == 0)
    return "empty";
  while (start.len > 0 && g_ascii_isspace(start.at[0]))
    start = lt_list_text_skip(start, 1);
  for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
    if (lt_list_text_starts(start, others[i].magic))
      return others[i].what;
  }
  return memchr(text.at, '\0', text.len) != NULL ? "no text" : NULL;
}

LtListFormat
lt_list_guess(const char *text, gsize len)
{
  guint n[LT_N_LIST_FORMATS + 1] = {0};
  guint best = LT_N_LIST_FORMATS;

  count_lines(without_mark(lt_list_text(text, len)), n);
  for (guint format = 0; format < LT_N_LIST_FORMATS; format++) {
    if (n[format] > 0 && (best == LT_N_LIST_FORMATS || n[format] > n[best]))
      best = format;
  }
  /* Most lines of v2fly's lists are bare names. */
  if (best == LT_LIST_DOMAINS && n[LT_LIST_V2FLY] > 0)
    best = LT_LIST_V2FLY;
  return best < LT_N_LIST_FORMATS && n[best] >= n[LT_N_LIST_FORMATS] ? (LtListFormat) best
                                                                     : LT_N_LIST_FORMATS;
}
