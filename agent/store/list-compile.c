/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiles list files into a host set. */
#include "agent/store/list-compile.h"

#include "policy/host-set-build.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/random.h>

struct _LtListCompile {
  LtHostSetBuild *build;
  guint8 list;                    /* the one that is read */
  guint64 n_bad[LT_N_LIST_SKIPS]; /* of its patterns */
};

LtListCompile *
lt_list_compile_new(GError **error)
{
  LtListCompile *compile;
  guint8 key[LT_HOST_HASH_KEY_BYTES];

  /* At most 256 bytes come whole: getrandom(2). Early at boot it waits for entropy. */
  if (getrandom(key, sizeof key, 0) != (gssize) sizeof key) {
    g_set_error(error,
                LT_LIST_FILE_ERROR,
                LT_LIST_FILE_ERROR_UNREADABLE,
                "no random numbers for a set's key: %s",
                g_strerror(errno));
    return NULL;
  }
  compile = g_new0(LtListCompile, 1);
  compile->build = lt_host_set_build_new(key);
  return compile;
}

void
lt_list_compile_free(LtListCompile *compile)
{
  if (compile == NULL)
    return;
  lt_host_set_build_free(compile->build);
  g_free(compile);
}

static LtListSkip
skip_of(LtHostPatternAnswer answer)
{
  switch (answer) {
  case LT_HOST_PATTERN_NEEDS_URL:
    return LT_LIST_SKIP_URL;
  case LT_HOST_PATTERN_TOO_LONG:
    return LT_LIST_SKIP_LIMIT;
  case LT_HOST_PATTERN_OK:
  case LT_HOST_PATTERN_BAD:
    return LT_LIST_SKIP_PATTERN;
  }
  g_return_val_if_reached(LT_LIST_SKIP_PATTERN);
}

static void
take_rule(const LtListRule *rule, guint64 line, const char *text, gpointer data)
{
  LtListCompile *compile = data;
  LtHostPatternAnswer answer;

  if (rule->host != NULL && rule->cancels) {
    lt_host_set_build_cancel_name(
        compile->build, compile->list, rule->listed, rule->host->name, rule->host->len);
    return;
  }
  if (rule->host != NULL) {
    lt_host_set_build_add_name(
        compile->build, compile->list, rule->listed, rule->host->name, rule->host->len);
    return;
  }
  if (rule->cancels) {
    lt_host_set_build_cancel_pattern(
        compile->build, compile->list, rule->listed, rule->pattern, rule->n_pattern);
    return;
  }
  answer = lt_host_set_build_add_pattern(
      compile->build, compile->list, rule->listed, rule->pattern, rule->n_pattern);
  if (answer != LT_HOST_PATTERN_OK)
    compile->n_bad[skip_of(answer)]++;
}

static char *
first_text(const char *given, const char *found)
{
  return g_strdup(given != NULL ? given : found != NULL ? found : "");
}

/* What the head of the list says is known only when it has been read. */
static void
describe(LtHostSetList *list, const LtListSource *source, const LtListReport *report)
{
  g_autofree char *file = g_path_get_basename(source->path);

  list->name = first_text(source->name, report->title != NULL ? report->title : file);
  list->format = g_strdup(lt_list_format_name(report->format));
  list->source = first_text(source->home, report->home);
  list->licence = first_text(source->licence, report->licence);
  list->date = first_text(source->date, report->date);
  list->nearest_wins = lt_list_format_nearest_wins(report->format);
  list->n_rules = report->n_rules;
  list->n_skipped = lt_list_report_n_skipped(report);
}

LtListReport *
lt_list_compile_add(LtListCompile *compile, const LtListSource *source, GError **error)
{
  LtHostSetList *list = g_new0(LtHostSetList, 1);
  LtListReport *report;

  list->category = source->category;
  compile->list = lt_host_set_build_add_list(compile->build, list);
  if (compile->list == G_MAXUINT8) {
    g_set_error(error,
                LT_LIST_FILE_ERROR,
                LT_LIST_FILE_ERROR_NO_LIST,
                "%s: a set has at most %d lists",
                source->path,
                LT_HOST_SET_MAX_LISTS);
    return NULL;
  }
  memset(compile->n_bad, 0, sizeof compile->n_bad);
  report = lt_list_file_read(source->path, source->format, take_rule, compile, error);
  if (report == NULL)
    return NULL;
  for (guint i = 0; i < LT_N_LIST_SKIPS; i++) {
    report->n_skipped[i] += compile->n_bad[i];
    report->n_rules -= compile->n_bad[i];
  }
  describe(list, source, report);
  return report;
}

GBytes *
lt_list_compile_finish(LtListCompile *compile, gint64 utc_now_s, GError **error)
{
  GBytes *set = lt_host_set_build_finish(compile->build, utc_now_s);

  if (set == NULL)
    g_set_error_literal(error,
                        LT_LIST_FILE_ERROR,
                        LT_LIST_FILE_ERROR_NO_LIST,
                        "the lists agree on too few names to fit one file; make two sets of them");
  return set;
}

gboolean
lt_list_compile_write(GBytes *set, const char *path, GError **error)
{
  gsize len;
  const char *bytes = g_bytes_get_data(set, &len);

  /* Its key is nobody's business: policy/host-hash.h. */
  return g_file_set_contents_full(path,
                                  bytes,
                                  (gssize) len,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0640,
                                  error);
}
