/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet path as one thing: firewall table, queues, DNS proxy, policy epoch. */
#pragma once

#include "agent/net/event.h"

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

/**
 * LtGuardHealth:
 *
 * What `luytrectl doctor` shows of the packet path. Strings are static.
 */
typedef struct {
  gboolean table_in_place;
  gboolean queue_is_native; /* FALSE: the xt target stands in */
  guint n_children;
  guint64 n_queued;         /* packets that came up for judgement since the start */
  guint64 n_judged;         /* flows judged */
  guint64 n_denied;         /* of them refused */
  guint64 n_queue_dropped;  /* kernel: queue full */
  guint64 n_user_dropped;   /* kernel: reader too slow */
  guint64 n_events_dropped; /* notices that did not fit the ring */
  guint epoch;
} LtGuardHealth;

/**
 * lt_guard_new:
 * @state_dir: where the flow memory lives across a crash, normally "/run/luytre"
 * @resolv_conf: normally "/etc/resolv.conf"
 *
 * Opens queues, puts the firewall table in place (keeping one that a dead agent left) and starts
 * the threads. Falls closed: a child's flow that nobody judges does not go through.
 */
LtGuard *lt_guard_new(const char *state_dir,
                      const char *resolv_conf,
                      LtGuardEventFunc on_event,
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

void lt_guard_get_health(LtGuard *guard, LtGuardHealth *out);

G_END_DECLS
