/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom the doors are closed for, as the agent tells its helper: a number a line. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* No line is longer than "4294967294\n"; there are at most LT_SLOT_MAX of them. */
#define LT_UID_LIST_MAX_BYTES 16384

char *lt_uid_list_write(const GArray *uids);

/**
 * lt_uid_list_read:
 *
 * Returns: (transfer full) (element-type guint32) (nullable): NULL when a line is no uid of an
 * account, or is root's.
 */
GArray *lt_uid_list_read(const char *text);

G_END_DECLS
