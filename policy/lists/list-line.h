/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of all formats need: pieces of a line, and ways to say what it holds. */
#pragma once

#include "policy/lists/list.h"

#include <string.h>

G_BEGIN_DECLS

struct _LtListReader {
  LtListFormat format;
  LtListSink sink;
  char *attribute;
  /* Of a zone file. */
  char *origin; /* without a dot at its end; NULL: not known */
  char *owner;  /* of the last record */
  guint n_open; /* parentheses */
};

/* A borrowed piece of a line. */
typedef struct {
  const char *at;
  gsize len;
} LtListText;

static inline LtListText
lt_list_text(const char *at, gsize len)
{
  return (LtListText){at, len};
}

static inline gboolean
lt_list_text_is(LtListText text, const char *word)
{
  gsize len = strlen(word);

  return text.len == len && g_ascii_strncasecmp(text.at, word, len) == 0;
}

static inline gboolean
lt_list_text_starts(LtListText text, const char *word)
{
  gsize len = strlen(word);

  return text.len >= len && memcmp(text.at, word, len) == 0;
}

static inline LtListText
lt_list_text_skip(LtListText text, gsize n)
{
  return (LtListText){text.at + n, text.len - n};
}

static inline gboolean
lt_list_is_blank(char c)
{
  return c == ' ' || c == '\t';
}

LtListText lt_list_text_strip(LtListText text);

/* The next word of @text, which moves behind it; empty at the end. */
LtListText lt_list_text_word(LtListText *text);

/* Cuts off a comment that begins with @mark at the start or behind a blank. */
LtListText lt_list_text_uncomment(LtListText text, char mark);

/* A name or an address, normalised; letters of any script. */
LtHostAnswer lt_list_text_host(LtListText text, LtHost *out);

void lt_list_say_skip(const LtListReader *reader, LtListSkip skip);
void lt_list_say_name(const LtListReader *reader, guint listed, const LtHost *host);
void lt_list_say_pattern(const LtListReader *reader, guint listed, LtListText pattern);

/* "0.0.0.0", "127.0.0.1", "::", "::1": an answer that leads nowhere. */
typedef enum {
  LT_LIST_ADDRESS_NOWHERE,
  LT_LIST_ADDRESS_SOMEWHERE,
  LT_LIST_ADDRESS_NONE,
} LtListAddress;
LtListAddress lt_list_text_address(LtListText text);

/* The formats' own. @line is stripped of blanks at its end, and not empty. */
void lt_list_hosts_line(LtListReader *reader, LtListText line);
void lt_list_domains_line(LtListReader *reader, LtListText line);
void lt_list_adblock_line(LtListReader *reader, LtListText line);
void lt_list_rpz_line(LtListReader *reader, LtListText line);
void lt_list_dnsmasq_line(LtListReader *reader, LtListText line);
void lt_list_unbound_line(LtListReader *reader, LtListText line);
void lt_list_v2fly_line(LtListReader *reader, LtListText line);

G_END_DECLS
