/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns for host names: globs by hand, since they are most; regular expressions by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/host-pattern.h"

#include "policy/host.h"

#include <pcre2.h>
#include <string.h>

/* One expression may not stop the packets of everybody: a name has 253 characters, and a sound
 * expression needs some hundred steps for one. */
#define MATCH_LIMIT 20000
#define DEPTH_LIMIT 250
#define HEAP_LIMIT_KIB 64

/* Packets of two protocols, DNS and the loop. */
#define N_SCRATCH 4

#define DENYALLOW "$denyallow="

typedef enum {
  EDGE_OPEN,
  EDGE_LABEL,
  EDGE_NAME,
} Edge;

struct _LtHostPattern {
  char *glob;        /* NULL: a regular expression */
  pcre2_code *regex; /* NULL: a glob */
  Edge start;
  Edge end;
  char *suffix;
  char **except; /* denyallow */
};

struct _LtHostPatternScratch {
  pcre2_match_context *limits;
  pcre2_match_data *data[N_SCRATCH];
  gint is_busy[N_SCRATCH];
};

LtHostPatternScratch *
lt_host_pattern_scratch_new(void)
{
  LtHostPatternScratch *scratch = g_new0(LtHostPatternScratch, 1);

  scratch->limits = pcre2_match_context_create(NULL);
  pcre2_set_match_limit(scratch->limits, MATCH_LIMIT);
  pcre2_set_depth_limit(scratch->limits, DEPTH_LIMIT);
  pcre2_set_heap_limit(scratch->limits, HEAP_LIMIT_KIB);
  for (guint i = 0; i < N_SCRATCH; i++)
    scratch->data[i] = pcre2_match_data_create(1, NULL);
  return scratch;
}

void
lt_host_pattern_scratch_free(LtHostPatternScratch *scratch)
{
  if (scratch == NULL)
    return;
  for (guint i = 0; i < N_SCRATCH; i++)
    pcre2_match_data_free(scratch->data[i]);
  pcre2_match_context_free(scratch->limits);
  g_free(scratch);
}

void
lt_host_pattern_free(LtHostPattern *pattern)
{
  if (pattern == NULL)
    return;
  pcre2_code_free(pattern->regex);
  g_strfreev(pattern->except);
  g_free(pattern->suffix);
  g_free(pattern->glob);
  g_free(pattern);
}

/* "a.example|b.example" behind denyallow; what is no name makes the whole rule bad, never wider. */
static gboolean
read_except(LtHostPattern *pattern, const char *text, gsize len)
{
  g_autofree char *copy = g_strndup(text, len);
  LtHost host;

  pattern->except = g_strsplit(copy, "|", -1);
  for (char **at = pattern->except; *at != NULL; at++) {
    if (lt_host_from_text(*at, &host) != LT_HOST_OK)
      return FALSE;
    g_free(*at);
    *at = g_strdup(host.name);
  }
  return pattern->except[0] != NULL;
}

static gboolean
is_glob_byte(char c)
{
  return g_ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || c == '*';
}

/* The text between the anchors. "^" is a separator, and within a name nothing is one: behind it
 * stands the rest of a URL. */
static LtHostPatternAnswer
read_glob(LtHostPattern *pattern, const char *text, gsize len)
{
  gboolean has_letter = FALSE;

  for (gsize i = 0; i < len; i++) {
    if (strchr("/?=&%:;,~@#!'()[]{}+$^|", text[i]) != NULL)
      return LT_HOST_PATTERN_NEEDS_URL;
    if (!is_glob_byte(text[i]))
      return LT_HOST_PATTERN_BAD;
    has_letter |= text[i] != '*' && text[i] != '.';
  }
  if (!has_letter && pattern->except == NULL)
    return LT_HOST_PATTERN_BAD;
  pattern->glob = g_ascii_strdown(text, (gssize) len);
  return LT_HOST_PATTERN_OK;
}

/* What stands behind the last wildcard, from its first dot on. */
static void
find_suffix(LtHostPattern *pattern)
{
  const char *star = strrchr(pattern->glob, '*');
  const char *at = pattern->glob;

  if (star != NULL || pattern->start == EDGE_OPEN)
    at = strchr(star != NULL ? star : at, '.');
  if (at == NULL || pattern->end != EDGE_NAME)
    return;
  at += *at == '.' ? 1 : 0;
  if (*at != '\0' && strstr(at, "..") == NULL)
    pattern->suffix = g_strdup(at);
}

/* What stands before a name, and nothing else does: "://", "|https://". */
static gsize
scheme_length(const char *text, gsize len)
{
  static const char *const schemes[] = {"://", "|http://", "|https://", "|*://"};

  for (guint i = 0; i < G_N_ELEMENTS(schemes); i++) {
    gsize n = strlen(schemes[i]);

    if (len > n && g_ascii_strncasecmp(text, schemes[i], n) == 0)
      return n;
  }
  return 0;
}

static LtHostPatternAnswer
read_plain(LtHostPattern *pattern, const char *text, gsize len)
{
  LtHostPatternAnswer answer;

  const gsize n_scheme = scheme_length(text, len);

  if (n_scheme > 0) {
    pattern->start = EDGE_NAME;
    text += n_scheme;
    len -= n_scheme;
  } else if (len >= 2 && text[0] == '|' && text[1] == '|') {
    pattern->start = EDGE_LABEL;
    text += 2;
    len -= 2;
    while (len > 0 && text[0] == '.') {
      text++;
      len--;
    }
  } else if (len >= 1 && text[0] == '|') {
    pattern->start = EDGE_NAME;
    text++;
    len--;
  }
  /* "x^", "x^*" and "x|" end with the name; "x^|" too. */
  while (len > 0 && strchr("^|*", text[len - 1]) != NULL) {
    if (text[len - 1] != '*')
      pattern->end = EDGE_NAME;
    else if (len < 2 || text[len - 2] != '^')
      break;
    len--;
  }
  answer = read_glob(pattern, text, len);
  if (answer != LT_HOST_PATTERN_OK)
    return answer;
  if (pattern->end == EDGE_OPEN && pattern->start != EDGE_OPEN &&
      strchr(pattern->glob, '*') == NULL)
    pattern->end = EDGE_LABEL;
  find_suffix(pattern);
  return LT_HOST_PATTERN_OK;
}

/* A slash or a colon inside, and it is about URLs. */
static LtHostPatternAnswer
read_regex(LtHostPattern *pattern, const char *text, gsize len)
{
  int error;
  PCRE2_SIZE offset;

  if (memchr(text, '/', len) != NULL || memchr(text, ':', len) != NULL)
    return LT_HOST_PATTERN_NEEDS_URL;
  pattern->regex = pcre2_compile((PCRE2_SPTR) text,
                                 len,
                                 PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE,
                                 &error,
                                 &offset,
                                 NULL);
  return pattern->regex != NULL ? LT_HOST_PATTERN_OK : LT_HOST_PATTERN_BAD;
}

LtHostPatternAnswer
lt_host_pattern_new(const char *text, gsize len, LtHostPattern **out)
{
  g_autoptr(LtHostPattern) pattern = g_new0(LtHostPattern, 1);
  const char *except = g_strstr_len(text, (gssize) len, DENYALLOW);
  LtHostPatternAnswer answer;

  if (len > LT_HOST_PATTERN_MAX_BYTES)
    return LT_HOST_PATTERN_TOO_LONG;
  if (except != NULL) {
    const char *names = except + strlen(DENYALLOW);

    if (!read_except(pattern, names, (gsize) (text + len - names)))
      return LT_HOST_PATTERN_BAD;
    len = (gsize) (except - text);
  }
  if (len >= 2 && text[0] == '/' && text[len - 1] == '/')
    answer = read_regex(pattern, text + 1, len - 2);
  else
    answer = read_plain(pattern, text, len);
  if (answer == LT_HOST_PATTERN_OK)
    *out = g_steal_pointer(&pattern);
  return answer;
}

/* The whole of @text, or its beginning if @is_open; the last star alone is gone back to. */
static gboolean
glob_matches(const char *glob, const char *text, gboolean is_open)
{
  const char *star = NULL;
  const char *again = NULL;

  for (;;) {
    if (*glob == '\0' && (*text == '\0' || is_open))
      return TRUE;
    if (*glob == '*') {
      star = ++glob;
      again = text;
    } else if (*text != '\0' && *glob == *text) {
      glob++;
      text++;
    } else if (star != NULL && *again != '\0') {
      glob = star;
      text = ++again;
    } else {
      return FALSE;
    }
  }
}

/* As above, and the match ends where a label does. */
static gboolean
glob_matches_labels(const char *glob, const char *text)
{
  gsize len = strlen(glob);

  return strncmp(glob, text, len) == 0 &&
         (text[len] == '\0' || text[len] == '.' || (len > 0 && glob[len - 1] == '.'));
}

static gboolean
glob_matches_at(const LtHostPattern *pattern, const char *text)
{
  if (pattern->end == EDGE_LABEL)
    return glob_matches_labels(pattern->glob, text);
  return glob_matches(pattern->glob, text, pattern->end == EDGE_OPEN);
}

static gboolean
matches_plain(const LtHostPattern *pattern, const char *host)
{
  if (glob_matches_at(pattern, host))
    return TRUE;
  if (pattern->start == EDGE_NAME)
    return FALSE;
  for (const char *at = host; *at != '\0'; at++) {
    if ((pattern->start == EDGE_OPEN || *at == '.') && glob_matches_at(pattern, at + 1))
      return TRUE;
  }
  return FALSE;
}

static gboolean
matches_regex(const LtHostPattern *pattern, LtHostPatternScratch *scratch, const LtHostWalk *walk)
{
  pcre2_match_data *data = NULL;
  guint taken;
  int n;

  for (taken = 0; taken < N_SCRATCH; taken++) {
    if (g_atomic_int_compare_and_exchange(&scratch->is_busy[taken], 0, 1))
      break;
  }
  data = taken < N_SCRATCH ? scratch->data[taken] : pcre2_match_data_create(1, NULL);
  n = pcre2_match(pattern->regex, (PCRE2_SPTR) walk->host, walk->len, 0, 0, data, scratch->limits);
  if (taken < N_SCRATCH)
    g_atomic_int_set(&scratch->is_busy[taken], 0);
  else
    pcre2_match_data_free(data);
  return n >= 0;
}

gboolean
lt_host_pattern_matches(const LtHostPattern *pattern,
                        LtHostPatternScratch *scratch,
                        const LtHostWalk *walk)
{
  if (pattern->except != NULL && walk->is_address)
    return FALSE;
  for (char **at = pattern->except; at != NULL && *at != NULL; at++) {
    if (lt_host_is_within(walk->host, *at))
      return FALSE;
  }
  return pattern->regex != NULL ? matches_regex(pattern, scratch, walk)
                                : matches_plain(pattern, walk->host);
}

const char *
lt_host_pattern_suffix(const LtHostPattern *pattern)
{
  return pattern->suffix;
}
