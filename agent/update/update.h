/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One update of the lists: what is wanted is fetched or brought, checked, kept, and compiled. */
#pragma once

#include "policy/lists/catalogue.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_UPDATE_ERROR (lt_update_error_quark())
GQuark lt_update_error_quark(void);
/**
 * LtUpdateError:
 * @LT_UPDATE_ERROR_BUSY: another update runs
 * @LT_UPDATE_ERROR_REFUSED: a list is older than the kept one, too large, or has no name in it
 * @LT_UPDATE_ERROR_DISK: a folder or file cannot be made
 */
typedef enum {
  LT_UPDATE_ERROR_BUSY,
  LT_UPDATE_ERROR_REFUSED,
  LT_UPDATE_ERROR_DISK,
} LtUpdateError;

/**
 * LtUpdateOutcome:
 * @LT_UPDATE_WAITING: not yet looked at in this run
 * @LT_UPDATE_FETCHING: it comes now
 * @LT_UPDATE_NEW: another one came and is kept
 * @LT_UPDATE_SAME: its server says that it did not change
 * @LT_UPDATE_BROUGHT: it has no server: luytrectl lists import
 * @LT_UPDATE_FAILED: it did not come, or was refused; a kept one stays
 */
typedef enum {
  LT_UPDATE_WAITING,
  LT_UPDATE_FETCHING,
  LT_UPDATE_NEW,
  LT_UPDATE_SAME,
  LT_UPDATE_BROUGHT,
  LT_UPDATE_FAILED,
} LtUpdateOutcome;

const char *lt_update_outcome_name(LtUpdateOutcome outcome);

/**
 * LtUpdateItem:
 * @problem: (nullable): why it failed, in words
 * @n_bytes, @n_total: of the fetch; @n_total is 0 while it is not known
 * @utc_date_s, @utc_came_s: of the kept copy; 0: not known, or there is none
 */
typedef struct {
  LtListOrigin *origin;
  LtUpdateOutcome outcome;
  char *problem;
  guint64 n_bytes;
  guint64 n_total;
  gint64 utc_date_s;
  gint64 utc_came_s;
} LtUpdateItem;

/**
 * LtUpdatePlaces:
 * @dir: "/var/lib/luytre-lists": the set, what it is made of, and how the update goes
 * @catalogue: the package's sources
 * @choice: what the administrator wants of them; need not be there
 */
typedef struct {
  const char *dir;
  const char *catalogue;
  const char *choice;
} LtUpdatePlaces;

typedef struct _LtUpdate LtUpdate;

/* Something went on: @item is the one that is at work, NULL: none. */
typedef void (*LtUpdateProgress)(const LtUpdate *update, const LtUpdateItem *item, gpointer data);

/* Takes the folder for itself, until it is freed. Fails with %LT_UPDATE_ERROR, %LT_POLICY_ERROR. */
LtUpdate *lt_update_new(const LtUpdatePlaces *places,
                        LtUpdateProgress progress,
                        gpointer user_data,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_update_free(LtUpdate *update);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtUpdate, lt_update_free)

/* (element-type LtUpdateItem): the wanted lists, then those that were brought. Borrowed. */
const GPtrArray *lt_update_items(const LtUpdate *update);

/* Fetches what is wanted; each list stands for itself. FALSE: some failed, see their problems. */
gboolean lt_update_fetch(LtUpdate *update);

/**
 * lt_update_import:
 * @file: a list, read to its end
 * @name: what people know it by; its id is made of it, and a list of the same name is replaced
 */
gboolean lt_update_import(LtUpdate *update,
                          int file,
                          const char *name,
                          LtCategory category,
                          LtListFormat format,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_update_compile:
 * @is_new: (out): whether another set is in force now
 *
 * Makes one set of all that is kept, if that is not what the set was made of. The former set is in
 * force until the new one is whole and on the disk, and stays beside it.
 */
gboolean
lt_update_compile(LtUpdate *update, gboolean *is_new, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
