/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds in all documents together who is a child, with which profile, based on which others. */
#pragma once

#include "policy/rule-set.h"
#include "policy/site-rules.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtJoin LtJoin;

/**
 * lt_join_new:
 * @documents: (array length=n_documents): a reference is taken of each
 */
LtJoin *lt_join_new(LtPolicy *const *documents, gsize n_documents);
void lt_join_free(LtJoin *join);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtJoin, lt_join_free)

/**
 * LtJoinedChild:
 * @links: (element-type LtProfileLink): household's profiles, then site's, each with its bases
 * @is_broken: a profile is missing
 * @profile: the nearest profile's name
 * @key: the same for all children with the same @links
 */
typedef struct {
  GArray *links;
  gboolean is_broken;
  const char *profile;
  char *key;
} LtJoinedChild;

/**
 * lt_join_find_child:
 * @out: written on TRUE only; free with lt_joined_child_clear()
 *
 * In each layer an entry for the user beats one for a group, and a later file an earlier one.
 *
 * Returns: FALSE if no household or site document names the account as a child.
 */
gboolean lt_join_find_child(const LtJoin *join, const LtAccount *account, LtJoinedChild *out);
void lt_joined_child_clear(LtJoinedChild *child);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LtJoinedChild, lt_joined_child_clear)

/* TRUE if there is a household or site document. */
gboolean lt_join_has_rules(const LtJoin *join);

/**
 * lt_join_problems:
 * @help: the hosts of help channels
 *
 * Returns: (transfer full) (array zero-terminated=1): what only shows when documents are seen
 * together: a profile, base or budget that none has, a help channel that a rule would block. Each
 * "FILE:LINE:COLUMN: POINTER: what; what to do".
 */
char **lt_join_problems(const LtJoin *join, const LtHostIndex *help);

G_END_DECLS
