/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one list file says of names: the set decides, the lines are read again for whose word it is.
 */
#include "agent/ctl/list-match.h"

#include "agent/store/list-compile.h"
#include "policy/host-pattern.h"

#include <string.h>

typedef struct {
  const LtHost *hosts;
  LtListMatch *out;
  gsize n;
  LtHostPatternScratch *scratch;
  guint *strength; /* of the line that was found, for each host */
} Search;

static gboolean
name_matches(const LtListRule *rule, const LtHost *host)
{
  if (strcmp(rule->host->name, host->name) == 0)
    return (rule->listed & LT_LISTED_SELF) != 0;
  return (rule->listed & LT_LISTED_BELOW) != 0 && lt_host_is_within(host->name, rule->host->name);
}

static gboolean
rule_matches(const Search *search,
             const LtListRule *rule,
             const LtHostPattern *pattern,
             const LtHost *host)
{
  LtHostWalk walk;

  if (rule->host != NULL)
    return name_matches(rule, host);
  return pattern != NULL && lt_host_walk_init(&walk, host->name) &&
         lt_host_pattern_matches(pattern, search->scratch, &walk);
}

/* Longer names are nearer, important rules stronger; the first of equals stays. */
static guint
strength_of(const LtListRule *rule)
{
  return 1 + (rule->host != NULL ? rule->host->len : 0u) +
         ((rule->listed & LT_LISTED_IMPORTANT) != 0 ? 2u * LT_HOST_MAX_LEN : 0u);
}

static void
take_rule(const LtListRule *rule, guint64 line, const char *text, gpointer data)
{
  Search *search = data;
  const gboolean is_exception = (rule->listed & LT_LISTED_EXCEPT) != 0;
  const guint strength = strength_of(rule);
  g_autoptr(LtHostPattern) pattern = NULL;

  if (rule->cancels)
    return;
  if (rule->pattern != NULL &&
      lt_host_pattern_new(rule->pattern, rule->n_pattern, &pattern) != LT_HOST_PATTERN_OK)
    return;
  for (gsize i = 0; i < search->n; i++) {
    LtListMatch *match = &search->out[i];

    if (match->verdict != (is_exception ? LT_HOST_SET_EXCEPTED : LT_HOST_SET_LISTED) ||
        strength <= search->strength[i] || !rule_matches(search, rule, pattern, &search->hosts[i]))
      continue;
    search->strength[i] = strength;
    match->line = line;
    g_free(match->text);
    match->text = g_strdup(text);
  }
}

static LtHostSet *
compile_file(const char *path, LtListFormat format, LtListFormat *out_format, GError **error)
{
  /* Which category it is does not matter here. */
  const LtListSource source = {.category = LT_CATEGORY_ADS, .format = format, .path = path};
  g_autoptr(LtListCompile) compile = lt_list_compile_new(error);
  g_autoptr(LtListReport) report = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (compile == NULL)
    return NULL;
  report = lt_list_compile_add(compile, &source, error);
  if (report == NULL)
    return NULL;
  *out_format = report->format;
  bytes = lt_list_compile_finish(compile, 0, error);
  return bytes != NULL ? lt_host_set_new(bytes, error) : NULL;
}

gboolean
lt_list_match(const char *path,
              LtListFormat format,
              const LtHost *hosts,
              gsize n,
              LtListMatch *out,
              GError **error)
{
  g_autoptr(LtHostSet) set = compile_file(path, format, &format, error);
  g_autofree guint *strength = g_new0(guint, n);
  g_autoptr(LtHostPatternScratch) scratch = lt_host_pattern_scratch_new();
  Search search = {hosts, out, n, scratch, strength};
  g_autoptr(LtListReport) report = NULL;

  if (set == NULL)
    return FALSE;
  for (gsize i = 0; i < n; i++) {
    LtHostWalk walk;

    out[i] = (LtListMatch){0};
    if (lt_host_walk_init(&walk, hosts[i].name))
      out[i].verdict = lt_host_set_ask_list(set, &walk, 0);
  }
  report = lt_list_file_read(path, format, take_rule, &search, error);
  return report != NULL;
}
