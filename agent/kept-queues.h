/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet queues' sockets in systemd's file descriptor store: a killed agent loses no packet. */
#pragma once

#include "agent/net/guard.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_kept_queues_take:
 * @out: what a dead agent left, by name; -1 where there is nothing
 *
 * Of sd_listen_fds_with_names(3); descriptors of other names are closed. Once, before the first
 * thread.
 */
void lt_kept_queues_take(int out[LT_GUARD_QUEUES]);

/* Gives the sockets to the store. Without systemd this does nothing; a kill then loses what waits.
 */
void lt_kept_queues_store(const int fds[LT_GUARD_QUEUES]);

G_END_DECLS
