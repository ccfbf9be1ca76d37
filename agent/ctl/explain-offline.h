/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules in files say of sites for a user, without an agent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtExplainFiles:
 * @policies: (array zero-terminated=1): files as lt_policy_files_read() takes them
 * @presets_dir: (nullable): as lt_policy_files_add_presets() takes it
 * @lookalikes: (nullable): names that are imitated; NULL: the package's, if it is there
 */
typedef struct {
  const char *const *policies;
  const char *presets_dir;
  const char *lookalikes;
} LtExplainFiles;

/**
 * lt_explain_offline:
 * @user: need not exist here; if it does, groups that the rules name count too
 * @names: (array zero-terminated=1): sites
 * @utc_at_s: the moment
 * @as_json: one object a line instead of sentences
 *
 * Prints a line for each name; what is wrong goes to standard error.
 *
 * Returns: LT_CTL_OK; LT_CTL_NO if no rules name the user as a child; LT_CTL_ERROR if a file
 * cannot be read or is no policy.
 */
int lt_explain_offline(const LtExplainFiles *files,
                       const char *user,
                       const char *const *names,
                       gint64 utc_at_s,
                       gboolean as_json);

G_END_DECLS
