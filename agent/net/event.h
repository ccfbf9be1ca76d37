/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the packet and DNS threads tell the main loop: small, fixed-size, over a bounded ring. */
#pragma once

#include "policy/decision.h"
#include "policy/host.h"
#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/* Children whose plain allowances are told too, at one time. */
#define LT_EVENT_RING_MAX_WATCHED 4

/* Longest rule entry or list name carried in an event; longer ones are cut at a character. */
#define LT_NET_EVENT_TEXT_MAX 255

/**
 * LtNetEvent:
 * @uid: the child
 * @utc_s: when, seconds since the epoch
 * @protocol: where the name was seen
 * @has_name: @host is set
 * @host: the site
 * @action: ASK or BLOCK (refused), or WARN (let through, the child is told); ALLOW and BUDGET come
 *   only of children for whom lt_event_ring_watch() was called
 * @reason, @owner, @utc_until_s: of the decision
 * @rule, @list: of the decision, copied; @list is empty unless @owner is a list
 *
 * Help channels never make an event.
 */
typedef struct {
  guint32 uid;
  gint64 utc_s;
  LtProtocol protocol;
  gboolean has_name;
  LtHost host;
  LtAction action;
  LtReason reason;
  LtOwner owner;
  gint64 utc_until_s;
  char rule[LT_NET_EVENT_TEXT_MAX + 1];
  char list[LT_NET_EVENT_TEXT_MAX + 1];
} LtNetEvent;

void lt_net_event_init(LtNetEvent *event,
                       guint32 uid,
                       LtProtocol protocol,
                       const LtHost *host,
                       const LtDecision *decision,
                       gint64 utc_now_s);

/**
 * LtEventRing:
 *
 * One writer thread, one reader (the main loop). A full ring drops the event and counts it:
 * enforcement never waits for words.
 */
typedef struct _LtEventRing LtEventRing;

LtEventRing *lt_event_ring_new(guint n_events, GError **error);
void lt_event_ring_free(LtEventRing *ring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtEventRing, lt_event_ring_free)

/* Writer. Never blocks, never allocates. */
void lt_event_ring_push(LtEventRing *ring, const LtNetEvent *event);
/* Writer. Wakes the reader without an event: it looks at what else the writer's owner shares with
 * it. */
void lt_event_ring_wake(LtEventRing *ring);
/* Reader: FALSE when the ring is empty. */
gboolean lt_event_ring_pop(LtEventRing *ring, LtNetEvent *out);
/* Reader: from now on plain allowances of the child @uid are told too, until @on is FALSE. FALSE:
 * there is no room for one more. */
gboolean lt_event_ring_watch(LtEventRing *ring, guint32 uid, gboolean on);
/* Writer. */
gboolean lt_event_ring_watches(LtEventRing *ring, guint32 uid);
/* Readable while events wait; the reader clears it with lt_event_ring_acknowledge() before it pops.
 */
int lt_event_ring_fd(LtEventRing *ring);
void lt_event_ring_acknowledge(LtEventRing *ring);
guint64 lt_event_ring_n_dropped(LtEventRing *ring);

G_END_DECLS
