/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules' pointer: what readers see, when a set dies, and many threads at once. */
#include "agent/net/rules-cell.h"

#include <stdatomic.h>

/* A rule set that only knows whether it lives, instead of the policy's. */
struct _LtRuleSet {
  _Atomic int n_refs;
  guint canary;
  guint number;
};

#define ALIVE 0x11fe11feU
#define DEAD 0xdeadU

static _Atomic int n_alive;

static LtRuleSet *
make_set(guint number)
{
  LtRuleSet *rules = g_new0(LtRuleSet, 1);

  atomic_init(&rules->n_refs, 1);
  rules->canary = ALIVE;
  rules->number = number;
  atomic_fetch_add(&n_alive, 1);
  return rules;
}

LtRuleSet *
lt_rule_set_ref(LtRuleSet *rules)
{
  atomic_fetch_add(&rules->n_refs, 1);
  return rules;
}

void
lt_rule_set_unref(LtRuleSet *rules)
{
  if (atomic_fetch_sub(&rules->n_refs, 1) > 1)
    return;
  rules->canary = DEAD;
  g_free(rules);
  atomic_fetch_sub(&n_alive, 1);
}

static guint64
publish(LtRulesCell *cell, guint number)
{
  g_autoptr(LtRuleSet) rules = make_set(number);

  return lt_rules_cell_publish(cell, rules);
}

static void
test_empty(void)
{
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  int reader = lt_rules_cell_add_reader(cell);

  g_assert_null(lt_rules_cell_begin(cell, reader));
  lt_rules_cell_end(cell, reader);
}

static void
test_readers_are_bounded(void)
{
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();

  for (int i = 0; i < LT_RULES_CELL_MAX_READERS; i++)
    g_assert_cmpint(lt_rules_cell_add_reader(cell), ==, i);
  g_assert_cmpint(lt_rules_cell_add_reader(cell), ==, -1);
}

static void
test_newest_is_seen(void)
{
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  int reader = lt_rules_cell_add_reader(cell);

  for (guint i = 0; i < 5; i++) {
    guint64 generation = publish(cell, i);

    g_assert_cmpuint(lt_rules_cell_begin(cell, reader)->number, ==, i);
    lt_rules_cell_end(cell, reader);
    g_assert_true(lt_rules_cell_is_settled(cell, generation));
    g_assert_cmpint(atomic_load(&n_alive), ==, 1);
  }
}

static void
test_former_set_waits_for_its_reader(void)
{
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  int slow = lt_rules_cell_add_reader(cell);
  int quick = lt_rules_cell_add_reader(cell);
  const LtRuleSet *former;
  guint64 first, second, third;

  first = publish(cell, 1);
  former = lt_rules_cell_begin(cell, slow);
  second = publish(cell, 2);
  third = publish(cell, 3);
  g_assert_cmpuint(first, <, second);
  g_assert_cmpuint(second, <, third);

  g_assert_cmpuint(lt_rules_cell_begin(cell, quick)->number, ==, 3);
  g_assert_true(lt_rules_cell_is_settled(cell, first));
  g_assert_false(lt_rules_cell_is_settled(cell, second));
  g_assert_false(lt_rules_cell_is_settled(cell, third));
  g_assert_cmpuint(former->canary, ==, ALIVE);

  lt_rules_cell_end(cell, slow);
  g_assert_true(lt_rules_cell_is_settled(cell, third));
  g_assert_cmpint(atomic_load(&n_alive), ==, 1);
  lt_rules_cell_end(cell, quick);
}

static void
test_free_lets_all_go(void)
{
  LtRulesCell *cell = lt_rules_cell_new();
  int reader = lt_rules_cell_add_reader(cell);

  publish(cell, 1);
  g_assert_nonnull(lt_rules_cell_begin(cell, reader));
  publish(cell, 2);
  lt_rules_cell_end(cell, reader);
  g_assert_cmpint(atomic_load(&n_alive), ==, 2);
  lt_rules_cell_free(cell);
  g_assert_cmpint(atomic_load(&n_alive), ==, 0);
}

typedef struct {
  LtRulesCell *cell;
  int reader;
  _Atomic gboolean *stop;
  guint64 n_batches;
} ReaderThread;

static gpointer
read_until_stopped(gpointer data)
{
  ReaderThread *thread = data;
  guint newest = 0;

  while (!atomic_load(thread->stop)) {
    const LtRuleSet *rules = lt_rules_cell_begin(thread->cell, thread->reader);

    for (int i = 0; i < 50; i++)
      g_assert_cmpuint(rules->canary, ==, ALIVE);
    g_assert_cmpuint(rules->number, >=, newest);
    newest = rules->number;
    lt_rules_cell_end(thread->cell, thread->reader);
    thread->n_batches++;
  }
  return NULL;
}

static void
test_many_threads(void)
{
  enum {
    N_THREADS = 4,
    N_SETS = 20000
  };
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  ReaderThread threads[N_THREADS];
  GThread *handles[N_THREADS];
  _Atomic gboolean stop = FALSE;
  guint64 last = publish(cell, 0);

  for (int i = 0; i < N_THREADS; i++) {
    threads[i] = (ReaderThread){cell, lt_rules_cell_add_reader(cell), &stop, 0};
    handles[i] = g_thread_new("reader", read_until_stopped, &threads[i]);
  }
  for (guint number = 1; number <= N_SETS; number++) {
    last = publish(cell, number);
    if (number % 64 == 0)
      g_thread_yield();
  }
  while (!lt_rules_cell_is_settled(cell, last))
    g_thread_yield();
  g_assert_cmpint(atomic_load(&n_alive), ==, 1);

  atomic_store(&stop, TRUE);
  for (int i = 0; i < N_THREADS; i++)
    g_thread_join(handles[i]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rules-cell/empty", test_empty);
  g_test_add_func("/rules-cell/readers-are-bounded", test_readers_are_bounded);
  g_test_add_func("/rules-cell/newest-is-seen", test_newest_is_seen);
  g_test_add_func("/rules-cell/former-set-waits", test_former_set_waits_for_its_reader);
  g_test_add_func("/rules-cell/free-lets-all-go", test_free_lets_all_go);
  g_test_add_func("/rules-cell/many-threads", test_many_threads);
  return g_test_run();
}
