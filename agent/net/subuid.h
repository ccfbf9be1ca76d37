/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subordinate uids (subuid(5)): a child's containers run under them, and are the child's. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_subuid_ranges:
 * @text: (nullable): the content of /etc/subuid; lines that are no "owner:first:count" are passed
 * over
 * @uid: the account, first of the result
 * @user: its name
 *
 * Returns: (transfer full) (element-type LtUidRange): the account's own uid and its ranges.
 */
GArray *lt_subuid_ranges(const char *text, guint32 uid, const char *user);

G_END_DECLS
