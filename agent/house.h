/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The household as the agent knows it: documents, accounts, grants, joined into the rules in force.
 */
#pragma once

#include "policy/policy.h"
#include "policy/rule-set.h"

#include "agent/store/store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define LT_TYPE_HOUSE (lt_house_get_type())
G_DECLARE_FINAL_TYPE(LtHouse, lt_house, LT, HOUSE, GObject)

/**
 * LtHousePaths:
 * @presets_dir: "/usr/share/luytre/presets"
 * @site_dir: "/etc/luytre/policy.d"
 * @lists_dir: "/var/lib/luytre-lists": compiled block lists (agent/lists.h)
 * @lookalikes_file: "/usr/share/luytre/lookalikes.json": names that are imitated
 * @run_dir: "/run/luytre": what the next agent must know of this one
 */
typedef struct {
  const char *presets_dir;
  const char *site_dir;
  const char *lists_dir;
  const char *lookalikes_file;
  const char *run_dir;
} LtHousePaths;

/**
 * lt_house_new:
 * @store: borrowed; must outlive the house
 *
 * Reads presets, site and household documents, the accounts they name and the live grants; watches
 * the folders. A bad document is left out with a warning in the journal (its last good form stays
 * if there was one); nothing here can fail for good: without any rules the rule set says so.
 *
 * Signal "changed" (no arguments): lt_house_rules() is a new set; also emitted when a grant starts
 * or ends by itself.
 */
LtHouse *lt_house_new(LtStore *store, const LtHousePaths *paths);

/* Reads documents and accounts anew, as on SIGHUP. */
void lt_house_reload(LtHouse *house);

/* Borrowed, never NULL; immutable; take a reference to keep it. */
LtRuleSet *lt_house_rules(LtHouse *house);

/**
 * lt_house_set_household:
 * @json: the whole document
 *
 * Validates, then saves atomically, then puts it in force. On an error (domain %LT_POLICY_ERROR:
 * file, line, column, pointer) the last good rules stay. The result carries the document's
 * warnings.
 */
void lt_house_set_household(
    LtHouse *house, GBytes *json, guint32 by_uid, GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (array zero-terminated=1): warnings; NULL with @error set. */
char **lt_house_set_household_finish(LtHouse *house, GAsyncResult *result, GError **error);

/* (transfer full) (nullable): the household's document as it was saved. */
GBytes *lt_house_get_household(LtHouse *house);

/* Loop: the store's grants changed; join them anew. */
void lt_house_reload_grants(LtHouse *house);

/* (transfer none) (array zero-terminated=1): what is wrong with documents now, in plain words. */
const char *const *lt_house_problems(LtHouse *house);

/* @is_admin: it is in an administrators' group, and rules do not hold for whoever has root. */
typedef void (*LtHouseAccountFunc)(guint32 uid,
                                   const char *user,
                                   gboolean is_admin,
                                   gpointer user_data);
/* Each account that is a child's now. */
void lt_house_for_each_child(LtHouse *house, LtHouseAccountFunc func, gpointer user_data);

G_END_DECLS
