/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one pointer through which threads see the rules: readers announce themselves by generation.
 */
#include "agent/net/rules-cell.h"

#include <stdalign.h>
#include <stdatomic.h>

/* Readers on different processors must not share a cache line: they write at every batch. */
#define CACHE_LINE_BYTES 64

/* What a reader announces while it works with no rules at all. */
#define NOT_READING 0

typedef struct {
  alignas(CACHE_LINE_BYTES) _Atomic guint64 seen;
} Reader;

/* A former set, and the first generation in which nobody can come by it any more. */
typedef struct {
  LtRuleSet *rules;
  guint64 generation;
} Retired;

struct _LtRulesCell {
  Reader readers[LT_RULES_CELL_MAX_READERS];
  alignas(CACHE_LINE_BYTES) _Atomic(LtRuleSet *) current;
  _Atomic guint64 generation;
  int n_readers;   /* loop */
  GArray *retired; /* loop: of Retired, oldest first */
};

LtRulesCell *
lt_rules_cell_new(void)
{
  LtRulesCell *cell = g_aligned_alloc0(1, sizeof(LtRulesCell), CACHE_LINE_BYTES);

  for (int i = 0; i < LT_RULES_CELL_MAX_READERS; i++)
    atomic_init(&cell->readers[i].seen, NOT_READING);
  atomic_init(&cell->current, NULL);
  atomic_init(&cell->generation, NOT_READING + 1);
  cell->retired = g_array_new(FALSE, FALSE, sizeof(Retired));
  return cell;
}

void
lt_rules_cell_free(LtRulesCell *cell)
{
  LtRuleSet *current;

  if (cell == NULL)
    return;
  current = atomic_load(&cell->current);
  g_clear_pointer(&current, lt_rule_set_unref);
  for (guint i = 0; i < cell->retired->len; i++)
    lt_rule_set_unref(g_array_index(cell->retired, Retired, i).rules);
  g_array_unref(cell->retired);
  g_aligned_free(cell);
}

int
lt_rules_cell_add_reader(LtRulesCell *cell)
{
  g_return_val_if_fail(cell != NULL, -1);

  if (cell->n_readers == LT_RULES_CELL_MAX_READERS)
    return -1;
  return cell->n_readers++;
}

/* The oldest generation that a reader still works with; G_MAXUINT64 when all have left. */
static guint64
oldest_in_use(LtRulesCell *cell)
{
  guint64 oldest = G_MAXUINT64;

  for (int i = 0; i < LT_RULES_CELL_MAX_READERS; i++) {
    guint64 seen = atomic_load(&cell->readers[i].seen);

    if (seen != NOT_READING)
      oldest = MIN(oldest, seen);
  }
  return oldest;
}

static void
free_unused(LtRulesCell *cell)
{
  guint64 oldest = oldest_in_use(cell);
  guint n_free = 0;

  while (n_free < cell->retired->len) {
    Retired *retired = &g_array_index(cell->retired, Retired, n_free);

    if (retired->generation > oldest)
      break;
    lt_rule_set_unref(retired->rules);
    n_free++;
  }
  if (n_free > 0)
    g_array_remove_range(cell->retired, 0, n_free);
}

guint64
lt_rules_cell_publish(LtRulesCell *cell, LtRuleSet *rules)
{
  Retired former;

  g_return_val_if_fail(cell != NULL && rules != NULL, 0);

  /* The pointer before the generation: who has seen the new generation sees the new pointer. */
  former.rules = atomic_exchange(&cell->current, lt_rule_set_ref(rules));
  former.generation = atomic_fetch_add(&cell->generation, 1) + 1;
  if (former.rules != NULL)
    g_array_append_val(cell->retired, former);
  free_unused(cell);
  return former.generation;
}

gboolean
lt_rules_cell_is_settled(LtRulesCell *cell, guint64 generation)
{
  g_return_val_if_fail(cell != NULL, FALSE);

  free_unused(cell);
  return oldest_in_use(cell) >= generation;
}

/*
 * Announce first, look at the pointer second; the loop swaps the pointer first and looks at the
 * announcements second. All four are sequentially consistent, so either the loop sees the
 * announcement and waits, or the reader sees the new pointer. An announcement that is older than
 * the pointer only makes the loop wait longer.
 */
const LtRuleSet *
lt_rules_cell_begin(LtRulesCell *cell, int reader)
{
  g_return_val_if_fail(reader >= 0 && reader < LT_RULES_CELL_MAX_READERS, NULL);

  atomic_store(&cell->readers[reader].seen, atomic_load(&cell->generation));
  return atomic_load(&cell->current);
}

void
lt_rules_cell_end(LtRulesCell *cell, int reader)
{
  g_return_if_fail(reader >= 0 && reader < LT_RULES_CELL_MAX_READERS);

  /* Release: all use of the rules comes before the loop can see that the reader has left. */
  atomic_store_explicit(&cell->readers[reader].seen, NOT_READING, memory_order_release);
}
