/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accounts that the rules are about, found through NSS; what NSS cannot say stays as it was. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtRosterEntry:
 * @groups: (array zero-terminated=1): those of its groups that the rules name
 * @is_admin: it is in an administrators' group: rules do not hold for whoever has root
 */
typedef struct {
  guint32 uid;
  char *user;
  char **groups;
  gboolean is_admin;
} LtRosterEntry;

/**
 * LtRoster:
 * @entries: (element-type LtRosterEntry): in the order of their uids
 * @problems: (element-type utf8): what could not be found, in plain words
 */
typedef struct {
  GPtrArray *entries;
  GPtrArray *problems;
} LtRoster;

/**
 * lt_roster_resolve:
 * @users, @groups: (array zero-terminated=1): what the rules name
 * @seen_uids: (element-type guint32): users with a session, whom a directory may not list
 * @former: (nullable): the last answer
 *
 * Blocks as long as NSS does: for threads. A directory that does not answer makes nobody free: who
 * was a child stays one. Root is never a child.
 */
LtRoster *lt_roster_resolve(const char *const *users,
                            const char *const *groups,
                            const GArray *seen_uids,
                            const LtRoster *former);
LtRoster *lt_roster_new(void);
void lt_roster_free(LtRoster *roster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtRoster, lt_roster_free)

LtRoster *lt_roster_copy(const LtRoster *roster);
gboolean lt_roster_equal(const LtRoster *a, const LtRoster *b);

G_END_DECLS
