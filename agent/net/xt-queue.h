/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts x_tables' NFQUEUE target into a chain of nftables, for kernels without nft's own `queue`. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtXtQueue:
 * @chain: a chain of our table
 * @number: the queue
 */
typedef struct {
  const char *chain;
  guint16 number;
} LtXtQueue;

/**
 * lt_xt_queue_install:
 * @table: the table's name, family inet
 *
 * In one transaction empties each chain and gives it one rule: to the queue, without bypass. On an
 * error (a negative errno is in the message) the chains stand as they were.
 */
gboolean lt_xt_queue_install(const char *table,
                             const LtXtQueue *queues,
                             gsize n_queues,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
