/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells when somebody else changes our nftables table: a firewall that is loaded anew flushes all.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtTableWatch LtTableWatch;

/* Main loop. What is in the kernel may be anything now: load the table whole. @is_certain is FALSE
 * when notices were lost, perhaps those of our own changes: look whether the table is there. */
typedef void (*LtTableWatchFunc)(gboolean is_certain, gpointer user_data);

/**
 * lt_table_watch_new:
 * @table: name of a table of family inet
 *
 * Listens to nftables' notifications on the default main context. Transactions of this program's
 * main thread do not count, nor do those that leave @table alone. Falls open: without a watch, a
 * table that is gone stays away until the rules change.
 *
 * Returns: (transfer full): NULL and @error if the kernel refuses the socket
 */
LtTableWatch *lt_table_watch_new(const char *table,
                                 LtTableWatchFunc on_change,
                                 gpointer user_data,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

void lt_table_watch_free(LtTableWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtTableWatch, lt_table_watch_free)

G_END_DECLS
