/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of our nftables table. Pure: values in, text out; agent/net/table.h loads it. */
#pragma once

#include "agent/net/mark.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_TABLE_NAME "luytre"
/* The chains that hold nothing but "to the agent"; they refuse until the queue rule is in them. */
#define LT_CHAIN_QUEUE_TCP "queue_tcp"
#define LT_CHAIN_QUEUE_UDP "queue_udp"

/* A range of uids, both ends included. */
typedef struct {
  guint32 first;
  guint32 last;
} LtUidRange;

/**
 * LtRulesetChild:
 * @slot: 1 to %LT_SLOT_MAX
 * @dns_port: where this child's DNS goes on loopback; 0: nowhere, its DNS is refused
 * @uids: (array length=n_uids): the account's uid and its subordinate uids (subuid(5))
 */
typedef struct {
  guint16 slot;
  guint16 dns_port;
  const LtUidRange *uids;
  gsize n_uids;
} LtRulesetChild;

/* Of the kernel's connection table, which all users share, and whose flows that have ended count
 * nothing. A browser holds some hundreds. */
#define LT_RULESET_FLOWS_OF_ONE 4096u

/**
 * LtRulesetOptions:
 * @mark_shift: where our field of the mark begins (agent/net/mark.h)
 * @epoch: the policy epoch in force, 1 to %LT_EPOCH_MAX
 * @native_queue: write `queue` statements; else the queue chains drop until the xt target is put in
 * @count_flows: one child may hold %LT_RULESET_FLOWS_OF_ONE flows, more are refused
 * @dns_apart: each child's flows of DNS over UDP are for themselves, forgotten early and not
 * counted (agent/net/ruleset-dns.h)
 * @queue_tcp, @queue_udp: queue numbers
 */
typedef struct {
  guint mark_shift;
  guint epoch;
  gboolean native_queue;
  gboolean count_flows;
  gboolean dns_apart;
  guint16 queue_tcp;
  guint16 queue_udp;
} LtRulesetOptions;

/**
 * lt_ruleset_text:
 *
 * Returns: (transfer full): commands that replace the whole table in one transaction.
 */
char *
lt_ruleset_text(const LtRulesetOptions *options, const LtRulesetChild *children, gsize n_children);

/**
 * lt_ruleset_epoch_text:
 *
 * Returns: (transfer full): commands that put another epoch in force, in one transaction: each
 * judged flow comes back to the agent with its next packet.
 */
char *lt_ruleset_epoch_text(const LtRulesetOptions *options);

G_END_DECLS
