/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one pointer through which threads see the rules: swapped by the loop, never locked. */
#pragma once

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

/* Threads that may read at one time: two packet queues, DNS, and room. */
#define LT_RULES_CELL_MAX_READERS 8

typedef struct _LtRulesCell LtRulesCell;

LtRulesCell *lt_rules_cell_new(void);
/* All readers must have left. */
void lt_rules_cell_free(LtRulesCell *cell);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtRulesCell, lt_rules_cell_free)

/* Loop: a new reader's number; -1 when there is no room. */
int lt_rules_cell_add_reader(LtRulesCell *cell);

/**
 * lt_rules_cell_publish:
 *
 * Loop: from now on every reader that begins sees @rules; a reference is taken. The former set is
 * let go once each reader has finished with it, by the next call of this function or of
 * lt_rules_cell_is_settled(). Returns a generation for the latter.
 */
guint64 lt_rules_cell_publish(LtRulesCell *cell, LtRuleSet *rules);

/* Loop: TRUE when no reader can still be working with a set older than @generation. */
gboolean lt_rules_cell_is_settled(LtRulesCell *cell, guint64 generation);

/**
 * lt_rules_cell_begin:
 *
 * Reader: the rules for one batch of work; borrowed until lt_rules_cell_end(), which must come
 * before the reader sleeps. Never waits. NULL before anything was published.
 */
const LtRuleSet *lt_rules_cell_begin(LtRulesCell *cell, int reader);
void lt_rules_cell_end(LtRulesCell *cell, int reader);

G_END_DECLS
