/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of nftables in which devices drop all that comes in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_tun_block_set:
 * @names: (array length=n): devices' names
 *
 * From here on what comes in on these devices, and on no others, is dropped before anybody sees it:
 * a bridge, connection tracking or routing. One transaction; with no device there is no table, and
 * nobody pays. The chains are hooks of the devices themselves, so that other devices pay nothing
 * either. The names are sent as they are: a user may choose them.
 */
gboolean
lt_tun_block_set(const char *const *names, gsize n, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
