/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our nftables table in the kernel: loaded whole, changed by epoch, with either kind of queue. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_TABLE_ERROR (lt_table_error_quark())
GQuark lt_table_error_quark(void);
typedef enum {
  LT_TABLE_ERROR_KERNEL, /* the kernel refused; the message is nftables' own */
} LtTableError;

typedef struct _LtTable LtTable;

/**
 * LtTableQueueKind:
 * @LT_TABLE_QUEUE_AUTO: native if the kernel takes it, else xt
 * @LT_TABLE_QUEUE_NATIVE: nft's own `queue` expression
 * @LT_TABLE_QUEUE_XT: the NFQUEUE target of x_tables inside our chains
 */
typedef enum {
  LT_TABLE_QUEUE_AUTO,
  LT_TABLE_QUEUE_NATIVE,
  LT_TABLE_QUEUE_XT,
} LtTableQueueKind;

/**
 * lt_table_new:
 * @mark_shift: where our field of the mark begins, up to %LT_MARK_MAX_SHIFT
 * @queue_tcp, @queue_udp: queue numbers
 *
 * Talks to no kernel yet. Needs CAP_NET_ADMIN in the network namespace when it does.
 */
LtTable *
lt_table_new(guint mark_shift, LtTableQueueKind kind, guint16 queue_tcp, guint16 queue_udp);
/* Leaves the kernel as it is. */
void lt_table_free(LtTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtTable, lt_table_free)

/**
 * lt_table_load:
 * @epoch: 1 to %LT_EPOCH_MAX
 *
 * Replaces the whole table in one transaction. With the xt queue a second one puts the target in;
 * in between a child's unjudged packets are dropped. On an error the former table stands.
 */
gboolean lt_table_load(LtTable *table,
                       guint epoch,
                       const LtRulesetChild *children,
                       gsize n_children,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_table_digest:
 *
 * Returns: (transfer full): 64 characters that stand for the whole table but its epoch: the rules
 * of this version of the agent for these children.
 */
char *lt_table_digest(LtTable *table, const LtRulesetChild *children, gsize n_children);

/**
 * lt_table_take_over:
 * @is_native: which queue the dead agent had loaded
 *
 * Instead of lt_table_load(), when the table in the kernel has the same digest: packets that wait
 * in the queues would be lost with a table that is replaced. Returns: FALSE if there is no table.
 */
gboolean lt_table_take_over(LtTable *table, gboolean is_native) G_GNUC_WARN_UNUSED_RESULT;

/* Puts another epoch in force, in one transaction. The table must be loaded. */
gboolean lt_table_set_epoch(LtTable *table, guint epoch, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes the table away; children's traffic is then nobody's business. */
gboolean lt_table_remove(LtTable *table, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the kernel. */
gboolean lt_table_is_in_place(LtTable *table);

/* Meaningful after a successful load. */
gboolean lt_table_queue_is_native(LtTable *table);

G_END_DECLS
