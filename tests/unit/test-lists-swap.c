/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists are exchanged while threads ask: each answer is of one whole set, and none is missing.
 *
 * LUYTRE_LOOKUPS=1000000 LUYTRE_NAMES=1000000 asks more, of more. */
#include "agent/lists.h"
#include "agent/net/rules-cell.h"
#include "policy/host-set-build.h"
#include "policy/policy.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define N_SWAPS 20
#define N_READERS 2
#define N_BATCH 16
#define DEFAULT_LOOKUPS 100000
#define DEFAULT_NAMES 20000

static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {1, 2, 3};
static const char policy_json[] =
    "{\"luytre\":1,\"profiles\":{\"p\":{\"sites\":{\"default\":\"allow\",\"categories\":{"
    "\"games\":\"block\"}}}},\"children\":[{\"user\":\"na\",\"profile\":\"p\"}]}";

typedef struct {
  LtRulesCell *cell;
  int number;
  gint *is_over;
  gint *n_lookups; /* of all readers */
  guint64 n_wrong;
  gint64 longest_ns;
  gint64 longest_cpu_ns; /* without the time that others had the processor */
  glong n_waits;         /* for anything but the processor: a lock, a page of a disk */
} Reader;

static guint
from_environment(const char *name, guint otherwise)
{
  const char *text = g_getenv(name);

  return text != NULL ? (guint) g_ascii_strtoull(text, NULL, 10) : otherwise;
}

/* "always.test", "even.test" or "odd.test", and many others are games. */
static GBytes *
make_set(const char *which, guint n_names)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  LtHostSetList *list = g_new0(LtHostSetList, 1);
  guint8 number;

  list->category = LT_CATEGORY_GAMES;
  list->name = g_strdup(which);
  list->format = g_strdup("domains");
  list->source = g_strdup("");
  list->licence = g_strdup("");
  list->date = g_strdup("");
  number = lt_host_set_build_add_list(build, list);
  lt_host_set_build_add_name(build, number, LT_LISTED_BOTH, "always.test", strlen("always.test"));
  lt_host_set_build_add_name(build, number, LT_LISTED_BOTH, which, strlen(which));
  for (guint i = 0; i < n_names; i++) {
    char name[32];

    g_snprintf(name, sizeof name, "n%u.test", i);
    lt_host_set_build_add_name(build, number, LT_LISTED_BOTH, name, strlen(name));
  }
  return lt_host_set_build_finish(build, 1790000000);
}

static gint64
now_ns(clockid_t clock)
{
  struct timespec now;

  clock_gettime(clock, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static gboolean
is_blocked(Reader *reader, const LtChildRules *child, const char *host)
{
  const gint64 start_ns = now_ns(CLOCK_MONOTONIC);
  const gint64 start_cpu_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
  const LtDecision decision = lt_child_rules_decide_site(child, host, 1800000000);

  reader->longest_cpu_ns =
      MAX(reader->longest_cpu_ns, now_ns(CLOCK_THREAD_CPUTIME_ID) - start_cpu_ns);
  reader->longest_ns = MAX(reader->longest_ns, now_ns(CLOCK_MONOTONIC) - start_ns);
  g_atomic_int_inc(reader->n_lookups);
  return decision.action == LT_ACTION_BLOCK && decision.reason == LT_REASON_CATEGORY;
}

/* As the packet and DNS threads do it: the rules for a batch, and then what is newest. */
static gpointer
read_on(gpointer data)
{
  Reader *reader = data;
  struct rusage usage;

  while (!g_atomic_int_get(reader->is_over)) {
    const LtRuleSet *rules = lt_rules_cell_begin(reader->cell, reader->number);
    const LtChildRules *child = lt_rule_set_find_slot(rules, 1);

    for (guint i = 0; i < N_BATCH; i++) {
      reader->n_wrong += is_blocked(reader, child, "www.always.test") ? 0 : 1;
      reader->n_wrong += is_blocked(reader, child, "never.test") ? 1 : 0;
      reader->n_wrong +=
          is_blocked(reader, child, "even.test") != is_blocked(reader, child, "odd.test") ? 0 : 1;
    }
    lt_rules_cell_end(reader->cell, reader->number);
  }
  g_assert_cmpint(getrusage(RUSAGE_THREAD, &usage), ==, 0);
  reader->n_waits = usage.ru_nvcsw;
  return NULL;
}

static void
on_change(gpointer user_data)
{
  /* A set was found damaged. */
  g_assert_not_reached();
}

static void
publish(LtRulesCell *cell, LtPolicy *policy, const LtLists *lists)
{
  static const LtAccount account = {1001, 1, "na", NULL};
  const LtSiteSources known = {lt_lists_in_force(lists), NULL};
  g_autoptr(LtRuleSet) rules =
      lt_rule_set_new_with_sources(&policy, 1, &account, 1, NULL, 0, &known);

  lt_rules_cell_publish(cell, rules);
}

/* Renamed into its place, as the maker of sets does it. */
static void
put_in_force(LtLists *lists, const char *path, GBytes *set)
{
  gsize len;
  const char *bytes = g_bytes_get_data(set, &len);

  g_assert_true(g_file_set_contents(path, bytes, (gssize) len, NULL));
  lt_lists_read(lists);
  g_assert_null(lt_lists_problem(lists));
}

static void
wait_for_lookups(const gint *n_lookups, guint wanted)
{
  while ((guint) g_atomic_int_get(n_lookups) < wanted) {
    g_main_context_iteration(NULL, FALSE);
    g_thread_yield();
  }
}

static void
test_swap(void)
{
  const guint n_wanted = from_environment("LUYTRE_LOOKUPS", DEFAULT_LOOKUPS);
  const guint n_names = from_environment("LUYTRE_NAMES", DEFAULT_NAMES);
  g_autoptr(LtPolicy) policy =
      lt_policy_parse(policy_json, strlen(policy_json), "rules", LT_LAYER_HOUSEHOLD, NULL);
  g_autofree char *dir = g_dir_make_tmp("lt-swap-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(dir, LT_LISTS_FILE, NULL);
  g_autoptr(GBytes) even = make_set("even.test", n_names);
  g_autoptr(GBytes) odd = make_set("odd.test", n_names);
  g_autoptr(LtLists) lists = lt_lists_new(dir, on_change, NULL);
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  gint is_over = FALSE;
  gint n_lookups = 0;
  Reader readers[N_READERS];
  GThread *threads[N_READERS];

  put_in_force(lists, path, even);
  publish(cell, policy, lists);
  for (guint i = 0; i < N_READERS; i++) {
    readers[i] = (Reader){cell, lt_rules_cell_add_reader(cell), &is_over, &n_lookups, 0, 0, 0, 0};
    threads[i] = g_thread_new("reader", read_on, &readers[i]);
  }
  for (guint i = 1; i <= N_SWAPS; i++) {
    wait_for_lookups(&n_lookups, (guint) ((guint64) n_wanted * i / (N_SWAPS + 1)));
    put_in_force(lists, path, i % 2 == 0 ? even : odd);
    publish(cell, policy, lists);
  }
  wait_for_lookups(&n_lookups, n_wanted);
  g_atomic_int_set(&is_over, TRUE);
  for (guint i = 0; i < N_READERS; i++) {
    g_thread_join(threads[i]);
    g_assert_cmpuint(readers[i].n_wrong, ==, 0);
    g_test_message("thread %u: waited %ld times; longest look-up %.1f us, %.1f us of processor",
                   i,
                   readers[i].n_waits,
                   (double) readers[i].longest_ns / 1000,
                   (double) readers[i].longest_cpu_ns / 1000);
  }
  g_test_message("%d look-ups during %d swaps of %u names", n_lookups, N_SWAPS, n_names);
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_rmdir(dir), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lists-swap/swap", test_swap);
  return g_test_run();
}
