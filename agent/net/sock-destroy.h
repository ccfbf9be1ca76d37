/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends a connection at its socket: the program sees ECONNABORTED at once, with or without traffic.
 */
#pragma once

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtSockDestroyer LtSockDestroyer;

/* NULL when the kernel has no sock_diag: flows then end with their next packet. */
LtSockDestroyer *lt_sock_destroyer_new(void);
void lt_sock_destroyer_free(LtSockDestroyer *destroyer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtSockDestroyer, lt_sock_destroyer_free)

/* TRUE keeps this connection. */
typedef gboolean (*LtSockKeepFunc)(const LtTuple *tuple, gpointer user_data);

/**
 * lt_sock_destroy:
 * @tuple: a TCP connection or a UDP flow of this machine, from its own side
 * @uid: whose socket it must be: the same addresses and ports may long be another user's
 * @keep: asked about a socket of UDP that is not connected, with @tuple: others may speak through
 * it, too
 *
 * A UDP socket is ended if a packet from that address would come to it, connected or not. Needs
 * CAP_NET_ADMIN and CONFIG_INET_DIAG_DESTROY. Returns: TRUE if a socket was ended.
 */
gboolean lt_sock_destroy(LtSockDestroyer *destroyer,
                         const LtTuple *tuple,
                         guint32 uid,
                         LtSockKeepFunc keep,
                         gpointer user_data);

/* The same for a flow that the kernel refuses: a socket of UDP that is connected stays, since it
 * gets the ICMP error; others get none. */
gboolean lt_sock_destroy_refused(LtSockDestroyer *destroyer,
                                 const LtTuple *tuple,
                                 guint32 uid,
                                 LtSockKeepFunc keep,
                                 gpointer user_data);

/**
 * lt_sock_destroy_uid:
 * @keep: asked about each TCP connection of @uid that leaves the machine
 *
 * Ends the connections that nobody ever judged: those from before the account was a child's.
 * Listening sockets stay. Returns: how many were ended.
 */
guint lt_sock_destroy_uid(LtSockDestroyer *destroyer,
                          guint32 uid,
                          LtSockKeepFunc keep,
                          gpointer user_data);

G_END_DECLS
