/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An access control list as the kernel keeps it (acl(5), linux/posix_acl_xattr.h), with some
 * accounts held to reading: who may not write to a socket cannot connect to it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The extended attributes: of an inode, and what new inodes of a folder begin with. */
#define LT_ACL_ACCESS "system.posix_acl_access"
#define LT_ACL_DEFAULT "system.posix_acl_default"

/**
 * lt_acl_hold:
 * @former: (nullable): the list as it is; NULL when there are only the permission bits
 * @mode: these bits, used where @former is NULL
 * @uids: (element-type guint32): who is held, all others of an earlier call are let go
 *
 * An entry of a named user that may read and nothing else counts as one of ours; all other entries
 * stay. The same arguments give the same bytes, so a list that equals its own lt_acl_hold() is as
 * it should be.
 *
 * Returns: (transfer full) (nullable): the new list, NULL when the permission bits say it all.
 */
GBytes *lt_acl_hold(GBytes *former, guint mode, const GArray *uids);

G_END_DECLS
