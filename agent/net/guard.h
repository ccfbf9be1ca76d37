/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet path as one thing: firewall table, queues, DNS proxy, policy epoch. */
#pragma once

#include "agent/net/dns-proxy.h"
#include "agent/net/event.h"
#include "agent/net/kept-sockets.h"
#include "agent/net/table.h"

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtGuard LtGuard;

#define LT_GUARD_ERROR (lt_guard_error_quark())
GQuark lt_guard_error_quark(void);
typedef enum {
  LT_GUARD_ERROR_FIREWALL,
  LT_GUARD_ERROR_QUEUE,
  LT_GUARD_ERROR_MEMORY,
  LT_GUARD_ERROR_THREAD,
} LtGuardError;

/* Main loop; one call per event that survived the ring, in order. */
typedef void (*LtGuardEventFunc)(const LtNetEvent *event, gpointer user_data);
/* Main loop, once: a packet thread has lost its queue. Nothing gets through; only a restart helps.
 */
typedef void (*LtGuardBrokenFunc)(gpointer user_data);

/**
 * LtGuardHealth:
 *
 * What `luytrectl doctor` shows of the packet path. Strings are static.
 */
typedef struct {
  gboolean table_in_place;
  gboolean queue_is_native; /* FALSE: the xt target stands in */
  guint n_children;
  guint n_tuns;             /* TUN devices that a child may use, closed */
  guint64 n_queued;         /* packets that came up for judgement since the start */
  guint64 n_judged;         /* flows judged */
  guint64 n_denied;         /* of them refused */
  guint64 n_elsewhere;      /* sites at an address that DNS never gave for them, where looked at */
  guint64 n_queue_dropped;  /* kernel: queue full */
  guint64 n_user_dropped;   /* kernel: reader too slow */
  guint64 n_events_dropped; /* notices that did not fit the ring */
  gboolean broken;          /* a thread or the table has failed: only a restart helps */
  guint epoch;
  LtDnsProxyStats dns;
} LtGuardHealth;

#define LT_GUARD_DEFAULT_QUEUE 7414

/**
 * LtGuardOptions:
 * @state_dir: where the flow memory lives across a crash, normally "/run/luytre"
 * @resolv_conf: normally "/etc/resolv.conf"
 * @subuid, @subgid: normally "/etc/subuid" and "/etc/subgid"
 * @mark_shift: where our 21 bits of packet and ct marks begin; %LT_MARK_DEFAULT_SHIFT
 * @queue_kind: %LT_TABLE_QUEUE_AUTO but in tests
 * @first_queue: number of the first of our two queues; %LT_GUARD_DEFAULT_QUEUE
 * @kept: (nullable): the descriptor store; must outlive the guard. With it no packet and no
 * question is lost while no agent runs
 */
typedef struct {
  const char *state_dir;
  const char *resolv_conf;
  const char *subuid;
  const char *subgid;
  guint mark_shift;
  LtTableQueueKind queue_kind;
  guint16 first_queue;
  LtKeptSockets *kept;
} LtGuardOptions;

/* The options of a stock system. */
void lt_guard_options_init(LtGuardOptions *options);

/**
 * lt_guard_new:
 * @options: copied
 *
 * Opens queues, puts the firewall table in place (replacing one that a dead agent left, in one
 * transaction) and starts the threads. Until rules are published, the children of the former table
 * stay closed. Falls closed: a child's flow that nobody judges does not go through.
 */
LtGuard *lt_guard_new(const LtGuardOptions *options,
                      LtGuardEventFunc on_event,
                      LtGuardBrokenFunc on_broken,
                      gpointer user_data,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Stops threads and closes queues. Leaves the table in place: fail closed. */
void lt_guard_free(LtGuard *guard);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtGuard, lt_guard_free)

/* Takes the table away: an administrator stopped the service for good. */
void lt_guard_remove_table(LtGuard *guard);

/**
 * lt_guard_publish:
 *
 * Puts @rules in force: new flows at once, live ones when the epoch is raised, which happens as
 * soon as every thread has let go of the former rules (milliseconds).
 */
void lt_guard_publish(LtGuard *guard, LtRuleSet *rules);

/* Loop: plain allowances of the child @uid make events too, until @on is FALSE. FALSE: so many
 * children are watched already (%LT_EVENT_RING_MAX_WATCHED). */
gboolean lt_guard_watch(LtGuard *guard, guint32 uid, gboolean on);

/* Asks each thread for a sign of life. Loop: one that owes it when the next is due hangs, and
 * nothing but a restart helps. */
void lt_guard_ask_alive(LtGuard *guard);
gboolean lt_guard_is_alive(LtGuard *guard);

void lt_guard_get_health(LtGuard *guard, LtGuardHealth *out);

G_END_DECLS
