/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose ports are open, and who has to wait because he has asked too much. */
#pragma once

#include "agent/net/dns-ports.h"

#include "policy/dns-tunnel.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtDnsChildren LtDnsChildren;

/* @epoll_fd: borrowed: where the ports are watched. */
LtDnsChildren *lt_dns_children_new(int epoll_fd);
/* Closes every port. */
void lt_dns_children_free(LtDnsChildren *children);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsChildren, lt_dns_children_free)

/* Takes @ports over; the child must not have any. A port that cannot be watched stays silent: the
 * child's DNS falls closed. */
void lt_dns_children_open(LtDnsChildren *children, guint16 slot, const LtDnsPorts *ports);
/* FALSE if there was nothing to close. */
gboolean lt_dns_children_close(LtDnsChildren *children, guint16 slot);

/* Of the ports that are open now or were last. */
guint32 lt_dns_children_generation(const LtDnsChildren *children, guint16 slot);
/* -1 when ports of that generation are not open any more. */
int lt_dns_children_fd(const LtDnsChildren *children,
                       guint16 slot,
                       guint32 generation,
                       LtDnsPortKind kind);

/* What is known of the names that the child has looked up; NULL while it has no ports. */
LtDnsTunnel *lt_dns_children_tunnel(LtDnsChildren *children, guint16 slot);

/* Puts something on the child's account (agent/net/dns-allowance.h). */
void lt_dns_children_spend(LtDnsChildren *children, guint16 slot, guint units, gint64 now_us);
gboolean lt_dns_children_is_spent(const LtDnsChildren *children, guint16 slot, gint64 now_us);

/* Nothing is read from its UDP sockets for a while: the kernel drops what the child sends on when
 * they are full, at no cost for others. */
void lt_dns_children_pause(LtDnsChildren *children, guint16 slot);
gboolean lt_dns_children_is_paused(const LtDnsChildren *children, guint16 slot);
/* Goes on with those whose time has come. */
void lt_dns_children_on_time(LtDnsChildren *children, gint64 now_us);
/* When that is; G_MAXINT64 when nobody waits. */
gint64 lt_dns_children_next_us(const LtDnsChildren *children);

G_END_DECLS
