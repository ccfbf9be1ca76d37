/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads policy files for commands that need no agent. */
#pragma once

#include "policy/policy.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_POLICY_FILES_ERROR (lt_policy_files_error_quark())
GQuark lt_policy_files_error_quark(void);
typedef enum {
  LT_POLICY_FILES_ERROR_UNREADABLE,
} LtPolicyFilesError;

/**
 * lt_policy_files_read:
 * @argument: a file name, or one behind "preset:", "site:" or "household:" (the default)
 *
 * Fails with %LT_POLICY_FILES_ERROR if the file cannot be read, %LT_POLICY_ERROR if it is no
 * policy.
 */
LtPolicy *lt_policy_files_read(const char *argument, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file name in such an argument; inside of it. */
const char *lt_policy_files_name(const char *argument);

/**
 * lt_policy_files_add_presets:
 * @dir: (nullable): else $LUYTRE_PRESETS, else where the package puts them
 * @documents: (element-type LtPolicy): appended to
 *
 * A folder that is not there adds nothing, unless @dir names it.
 */
gboolean lt_policy_files_add_presets(const char *dir,
                                     GPtrArray *documents,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
