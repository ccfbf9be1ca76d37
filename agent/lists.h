/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block lists in force: one compiled set, mapped from its file, exchanged when another comes.
 */
#pragma once

#include "policy/host-set.h"

#include <glib.h>

G_BEGIN_DECLS

/* In the folder of lists: what `luytrectl lists compile` makes. */
#define LT_LISTS_FILE "sites.set"
/* The one before it, for when that one turns out to be damaged. */
#define LT_LISTS_FORMER_FILE "sites.set.old"

typedef struct _LtLists LtLists;

/* Loop: the set in force is another one, or lt_lists_problem() is. */
typedef void (*LtListsFunc)(gpointer user_data);

/**
 * lt_lists_new:
 * @dir: the folder of lists; need not be there
 *
 * Falls closed: a file that goes away or cannot be read leaves the set before it in force, with a
 * problem. Who wants no lists takes both files away and starts the agent anew.
 *
 * A file that is written in place (cp) instead of replaced is noticed, and ends nothing: see
 * agent/guarded-map.h. Until it is whole, the file before it is in force.
 *
 * Opens the set without reading its names: they are checked in a thread of their own, and if they
 * are damaged the set before stays or comes back, and @on_change is called.
 */
LtLists *lt_lists_new(const char *dir, LtListsFunc on_change, gpointer user_data);
void lt_lists_free(LtLists *lists);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtLists, lt_lists_free)

/* Opens the file again if it is another one than before. */
void lt_lists_read(LtLists *lists);

/* (nullable): NULL when there are no lists. Borrowed; take a reference to keep it. */
LtHostSet *lt_lists_in_force(const LtLists *lists);

/* Whether all of the set in force was read and found good. */
gboolean lt_lists_is_checked(const LtLists *lists);

/* (nullable): in plain words, what is wrong with the file. Borrowed. */
const char *lt_lists_problem(const LtLists *lists);

G_END_DECLS
