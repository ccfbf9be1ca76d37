/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: block lists; the first byte is the format, the rest lines, all compiled into a set
 * that is then asked. */
#include "policy/host-set-build.h"
#include "policy/lists/list.h"
#include "tests/fuzz/target.h"

#include <string.h>

static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {1};

typedef struct {
  LtHostSetBuild *build;
  GPtrArray *blocked; /* names that rules without exceptions are about */
  gboolean has_exceptions;
} Reading;

static void
take_rule(gpointer data, const LtListRule *rule)
{
  Reading *reading = data;

  LT_FUZZ_CHECK((rule->host != NULL) != (rule->pattern != NULL));
  reading->has_exceptions |= rule->cancels || (rule->listed & LT_LISTED_EXCEPT) != 0;
  if (rule->host == NULL) {
    LtHostPatternAnswer answer = lt_host_set_build_add_pattern(
        reading->build, 0, rule->listed, rule->pattern, rule->n_pattern);

    LT_FUZZ_CHECK(answer <= LT_HOST_PATTERN_TOO_LONG);
    return;
  }
  LT_FUZZ_CHECK((rule->listed & LT_LISTED_BOTH) != 0);
  LT_FUZZ_CHECK(strlen(rule->host->name) == rule->host->len && rule->host->len > 0);
  if (rule->cancels)
    lt_host_set_build_cancel_name(
        reading->build, 0, rule->listed, rule->host->name, rule->host->len);
  else
    lt_host_set_build_add_name(reading->build, 0, rule->listed, rule->host->name, rule->host->len);
  if (!rule->cancels && (rule->listed & (LT_LISTED_EXCEPT | LT_LISTED_SELF)) == LT_LISTED_SELF)
    g_ptr_array_add(reading->blocked, g_strdup(rule->host->name));
}

static void
take_skip(gpointer data, LtListSkip skip)
{
  LT_FUZZ_CHECK(skip < LT_N_LIST_SKIPS && *lt_list_skip_words(skip) != '\0');
}

static void
take_include(gpointer data, const char *name, const char *attribute)
{
  LT_FUZZ_CHECK(name != NULL);
}

static void
read_lines(LtListFormat format, const uint8_t *data, size_t size, Reading *reading)
{
  const LtListSink sink = {take_rule, take_skip, take_include, reading};
  g_autoptr(LtListReader) reader = lt_list_reader_new(format, &sink, NULL);

  while (size > 0) {
    const uint8_t *newline = memchr(data, '\n', size);
    size_t len = newline != NULL ? (size_t) (newline - data) : size;
    /* Alone in memory: a byte too many is seen. */
    g_autofree char *line = g_malloc(MAX(len, 1));

    memcpy(line, data, len);
    lt_list_reader_line(reader, line, len);
    data += MIN(len + 1, size);
    size -= MIN(len + 1, size);
  }
}

static void
check_set(const Reading *reading)
{
  g_autoptr(GBytes) bytes = lt_host_set_build_finish(reading->build, 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(LtHostSet) set = lt_host_set_new(bytes, &error);

  LT_FUZZ_CHECK(set != NULL && lt_host_set_verify(set, NULL));
  for (guint i = 0; i < reading->blocked->len; i++) {
    LtHostWalk walk;

    if (!lt_host_walk_init(&walk, g_ptr_array_index(reading->blocked, i)))
      continue;
    LT_FUZZ_CHECK(reading->has_exceptions || lt_host_set_find(set, &walk) != 0);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  Reading reading = {0};
  LtHostSetList *list;

  if (size == 0)
    return 0;
  list = g_new0(LtHostSetList, 1);
  list->name = g_strdup("");
  list->format = g_strdup("");
  list->source = g_strdup("");
  list->licence = g_strdup("");
  list->date = g_strdup("");
  list->nearest_wins = lt_list_format_nearest_wins((LtListFormat) (data[0] % LT_N_LIST_FORMATS));
  reading.build = lt_host_set_build_new(key);
  reading.blocked = g_ptr_array_new_with_free_func(g_free);
  LT_FUZZ_CHECK(lt_host_set_build_add_list(reading.build, list) == 0);
  (void) lt_list_guess((const char *) data + 1, size - 1);
  (void) lt_list_refuse((const char *) data + 1, size - 1);
  read_lines((LtListFormat) (data[0] % LT_N_LIST_FORMATS), data + 1, size - 1, &reading);
  check_set(&reading);
  g_ptr_array_unref(reading.blocked);
  lt_host_set_build_free(reading.build);
  return 0;
}
