/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets in systemd's file descriptor store: what waits in them outlives a killed agent. */
#pragma once

#include "agent/net/dns-ports.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtKeptSockets LtKeptSockets;

/* Takes what a dead agent left. Once, before the first thread. Without systemd there is nothing,
 * and nothing is kept. */
LtKeptSockets *lt_kept_sockets_new(void);
/* Closes what nobody took. */
void lt_kept_sockets_free(LtKeptSockets *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtKeptSockets, lt_kept_sockets_free)

/* @name: of a queue. Returns: (transfer full): its socket, -1 when there is none. */
int lt_kept_sockets_take(LtKeptSockets *kept, const char *name);
/* Gives a socket to the store, in place of one with the same name; @fd stays the caller's. */
void lt_kept_sockets_keep(LtKeptSockets *kept, const char *name, int fd);

/* The same for a child's DNS ports. FALSE: they are not there, not whole, or not of one port. */
gboolean lt_kept_sockets_take_dns(LtKeptSockets *kept, guint32 uid, LtDnsPorts *out);
void lt_kept_sockets_keep_dns(LtKeptSockets *kept, guint32 uid, const LtDnsPorts *ports);

/* Everything that the dead agent had and that was needed is taken: the rest leaves the store. */
void lt_kept_sockets_drop_rest(LtKeptSockets *kept);

G_END_DECLS
