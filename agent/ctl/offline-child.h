/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child and its rules out of files, for commands that need no agent. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_offline_child_groups:
 * @uid: (out): G_MAXUINT32 if there is no such account here
 *
 * Returns: (transfer full) (element-type utf8): names of the account's groups, ended by NULL.
 */
GPtrArray *lt_offline_child_groups(const char *user, guint32 *uid);

/**
 * lt_offline_child_documents:
 * @policies: (array zero-terminated=1): files as lt_policy_files_read() takes them
 * @presets_dir: (nullable): as lt_policy_files_add_presets() takes it
 *
 * Returns: (transfer full) (element-type LtPolicy).
 */
GPtrArray *lt_offline_child_documents(const char *const *policies,
                                      const char *presets_dir,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
