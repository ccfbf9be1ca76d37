/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of other people's block lists, read into rules for names; what is no such rule is counted.
 */
#pragma once

#include "policy/host-set.h"
#include "policy/host.h"

#include <glib.h>

G_BEGIN_DECLS

/* Longer lines are no rules: a pattern has at most 1,024 bytes, a rule some options more. */
#define LT_LIST_MAX_LINE_BYTES 8192

/**
 * LtListFormat:
 * @LT_LIST_HOSTS: "0.0.0.0 NAME...": exactly those names
 * @LT_LIST_DOMAINS: a name on each line: it and all below it; "*." and "." before it change nothing
 * @LT_LIST_ADBLOCK: "||NAME^", "@@" and more, as far as it is about names
 * @LT_LIST_RPZ: a response policy zone (draft-vixie-dnsop-dns-rpz)
 * @LT_LIST_DNSMASQ: "address=/NAME/", "server=/NAME/", "local=/NAME/": it and all below it
 * @LT_LIST_UNBOUND: "local-zone:", "local-data:"
 * @LT_LIST_UT1: a folder with "domains", as squidGuard has them; read as %LT_LIST_DOMAINS
 * @LT_LIST_V2FLY: "domain:", "full:", "keyword:", "regexp:", "include:", "@ATTRIBUTE"
 */
typedef enum {
  LT_LIST_HOSTS,
  LT_LIST_DOMAINS,
  LT_LIST_ADBLOCK,
  LT_LIST_RPZ,
  LT_LIST_DNSMASQ,
  LT_LIST_UNBOUND,
  LT_LIST_UT1,
  LT_LIST_V2FLY,
  LT_N_LIST_FORMATS,
} LtListFormat;

/* "hosts", "domains", ... */
const char *lt_list_format_name(LtListFormat format);
/* %LT_N_LIST_FORMATS if there is none of that name. */
LtListFormat lt_list_format_find(const char *name);
/* Among what a list of this form says of a name and of those above it, the longest name decides. */
gboolean lt_list_format_nearest_wins(LtListFormat format);

/**
 * LtListSkip:
 *
 * Why a line, or a part of it, is not in a set.
 *
 * @LT_LIST_SKIP_SYNTAX: not of the list's format
 * @LT_LIST_SKIP_NAME: no host name
 * @LT_LIST_SKIP_LOCAL: a name of the machine itself ("localhost")
 * @LT_LIST_SKIP_URL: about a path, a page or what is on it
 * @LT_LIST_SKIP_REDIRECT: sends to another address or name, or to another server
 * @LT_LIST_SKIP_OPTION: holds under a condition that a name does not tell
 * @LT_LIST_SKIP_PATTERN: a pattern or regular expression that cannot be used
 * @LT_LIST_SKIP_LIMIT: too long, or more patterns than a set has
 */
typedef enum {
  LT_LIST_SKIP_SYNTAX,
  LT_LIST_SKIP_NAME,
  LT_LIST_SKIP_LOCAL,
  LT_LIST_SKIP_URL,
  LT_LIST_SKIP_REDIRECT,
  LT_LIST_SKIP_OPTION,
  LT_LIST_SKIP_PATTERN,
  LT_LIST_SKIP_LIMIT,
  LT_N_LIST_SKIPS,
} LtListSkip;

/* In words, for people: "about a page, not about a name". */
const char *lt_list_skip_words(LtListSkip skip);

/**
 * LtListRule:
 * @listed: flags of #LtListed; for a pattern %LT_LISTED_EXCEPT and %LT_LISTED_IMPORTANT alone
 * @cancels: takes back the same rule, wherever it stands in the list
 * @host: (nullable): the name that it is for
 * @pattern: (nullable): (array length=n_pattern): instead of a name (policy/host-pattern.h)
 */
typedef struct {
  guint listed;
  gboolean cancels;
  const LtHost *host;
  const char *pattern;
  gsize n_pattern;
} LtListRule;

typedef struct _LtListReader LtListReader;

/**
 * LtListSink:
 * @rule: called for each rule; what it points to is gone afterwards
 * @skip: called for each thing that is skipped
 * @include: (nullable): "include:NAME @ATTRIBUTE": a list of that name is to be read here, by a
 *   reader of its own, of its lines those that have the attribute (nullable); "-ATTRIBUTE" means
 *   those without
 */
typedef struct {
  void (*rule)(gpointer data, const LtListRule *rule);
  void (*skip)(gpointer data, LtListSkip skip);
  void (*include)(gpointer data, const char *name, const char *attribute);
  gpointer data;
} LtListSink;

/**
 * lt_list_reader_new:
 * @sink: copied
 * @attribute: (nullable): see #LtListSink
 */
LtListReader *
lt_list_reader_new(LtListFormat format, const LtListSink *sink, const char *attribute);
void lt_list_reader_free(LtListReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtListReader, lt_list_reader_free)

/**
 * lt_list_reader_line:
 * @line: (array length=len): without its newline; any bytes
 *
 * Calls the sink; comments and empty lines call nothing.
 */
void lt_list_reader_line(LtListReader *reader, const char *line, gsize len);

/**
 * lt_list_refuse:
 * @text: (array length=len): the beginning of a file
 *
 * Returns: (nullable): a static text if it is no text of lines at all: a web page, an archive, ...
 */
const char *lt_list_refuse(const char *text, gsize len);

/**
 * lt_list_guess:
 * @text: (array length=len): the beginning of a file; some hundred lines suffice
 *
 * Returns: what most of its lines are; %LT_N_LIST_FORMATS if they are nothing known.
 */
LtListFormat lt_list_guess(const char *text, gsize len);

G_END_DECLS
