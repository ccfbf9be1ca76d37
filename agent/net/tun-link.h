/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel tells of a TUN or TAP device, and who may put packets into it. Pure. */
#pragma once

#include "agent/net/ruleset.h"

#include <linux/netlink.h>
#include <net/if.h>

G_BEGIN_DECLS

/**
 * LtTunLink:
 * @name: the device's, which may hold any character but '/', ':' and blanks
 * @owner, @group: in this program's user namespace; meaningful if @has_owner, @has_group
 * @is_persistent: stays when nobody has it open
 */
typedef struct {
  char name[IFNAMSIZ];
  guint32 owner;
  guint32 group;
  gboolean has_owner;
  gboolean has_group;
  gboolean is_persistent;
} LtTunLink;

/**
 * lt_tun_link_read:
 * @message: (array length=len): a whole message of rtnetlink(7), as the kernel wrote it
 *
 * Returns: TRUE if it is an RTM_NEWLINK or RTM_DELLINK of a TUN or TAP device; @out is filled.
 */
gboolean lt_tun_link_read(const struct nlmsghdr *message, gsize len, LtTunLink *out);

/* Whether a child is in @group. */
typedef gboolean (*LtTunGroupFunc)(guint32 group, gpointer user_data);

/**
 * lt_tun_link_is_open_to:
 * @uids: (array length=n_uids): children's
 * @has_group: asked only of a device that has a group and whose owner does not shut children out
 *
 * A device's owner and group may attach to it, both if it has both. One with neither, which stays,
 * is open to anybody; one that does not stay is held by its maker, who has rights over the network.
 */
gboolean lt_tun_link_is_open_to(const LtTunLink *link,
                                const LtUidRange *uids,
                                gsize n_uids,
                                LtTunGroupFunc has_group,
                                gpointer user_data);

G_END_DECLS
