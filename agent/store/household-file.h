/* SPDX-License-Identifier: GPL-3.0-or-later */
/* household.json on disk: replaced whole or not at all, the former one kept beside it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_HOUSEHOLD_FILE "household.json"
#define LT_HOUSEHOLD_FORMER_FILE "household.json.old"
/* Beside them: whom they are about, for when both are lost. */
#define LT_HOUSEHOLD_CHILDREN_FILE "children.json"
/* What the bus takes as a household's rules. */
#define LT_HOUSEHOLD_MAX_BYTES (1024 * 1024)

/* Written beside, synced, renamed over; the folder is synced too. Errors: %LT_STORE_ERROR_FAILED.
 */
gboolean lt_household_file_save(const char *directory,
                                GBytes *json,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same for %LT_HOUSEHOLD_CHILDREN_FILE, of which there is no former one. */
gboolean lt_household_file_save_children(const char *directory,
                                         GBytes *json,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL without an error when there is none. */
GBytes *lt_household_file_load(const char *directory,
                               const char *file,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
