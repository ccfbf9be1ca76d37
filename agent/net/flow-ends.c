/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ends of flows: sockets of what is refused are ended, flows that have ended are forgotten. */

#include "agent/net/flow-ends.h"

#include "agent/net/conntrack.h"
#include "agent/net/queue.h"
#include "agent/net/sock-destroy.h"

#include <netinet/in.h>
#include <string.h>

/* Between two looks at all flows, for each of them: twenty times what a look takes. */
#define LOOK_PAUSE_US 2
/* With more flows than this it is looked which have ended, so often, and so many at a time. */
#define REAP_FLOWS 1024u
#define REAP_EVERY_US (30 * G_USEC_PER_SEC)
#define REAP_AT_ONCE 16u
#define REAP_PAUSE_US 10000
/* For so long the kernel keeps most connections that have ended
 * (nf_conntrack_tcp_timeout_time_wait): to ask about one that was seen since would be in vain. */
#define REAP_UNUSED_US (120 * G_USEC_PER_SEC)
/* Notes beside QUIC flows are no flows of the kernel's: they stay for so long. */
#define REAP_NOTES_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

struct _LtFlowEnds {
  LtFlowTable *flows;
  LtSockDestroyer *destroyer; /* nullable */
  LtConntrack *conntrack;     /* nullable */
  gint64 look_again_us;       /* not before: for others on a refused flow's socket */
  guint reap_cursor;
  gint64 reap_next_us; /* not before this */
  guint n_noted;
  LtTuple tuples[LT_QUEUE_BATCH];
  guint32 uids[LT_QUEUE_BATCH];
  gint64 now_us;
};

LtFlowEnds *
lt_flow_ends_new(LtFlowTable *flows)
{
  LtFlowEnds *ends = g_new0(LtFlowEnds, 1);
  ends->flows = flows;
  ends->destroyer = lt_sock_destroyer_new();
  ends->conntrack = lt_conntrack_new();
  return ends;
}

void
lt_flow_ends_free(LtFlowEnds *ends)
{
  if (ends == NULL)
    return;
  lt_sock_destroyer_free(ends->destroyer);
  lt_conntrack_free(ends->conntrack);
  g_free(ends);
}

/* Ending */

static gboolean
has_same_source(const LtTuple *one, const LtTuple *two)
{
  return one->protocol == two->protocol && one->family == two->family && one->sport == two->sport &&
         memcmp(one->saddr, two->saddr, sizeof one->saddr) == 0;
}

/* Does an allowed flow that still goes on come from where @ended comes from? A program may speak to
 * many through one socket. */
static gboolean
is_shared(const LtTuple *ended, gpointer user_data)
{
  LtFlowEnds *ends = user_data;
  guint cursor = 0;
  LtFlow *flow;
  while ((flow = lt_flow_table_next(ends->flows, &cursor)) != NULL)
    if (flow->judged && has_same_source(&flow->tuple, ended) &&
        !lt_tuple_equal(&flow->tuple, ended) &&
        (ends->conntrack == NULL || lt_conntrack_knows(ends->conntrack, &flow->tuple)))
      return TRUE;
  return FALSE;
}

/* Looking costs the more the more flows there are: who is refused again and again gets no look each
 * time, and keeps his socket. */
static gboolean
may_be_shared(const LtTuple *refused, gpointer user_data)
{
  LtFlowEnds *ends = user_data;
  if (ends->now_us < ends->look_again_us)
    return TRUE;
  ends->look_again_us = ends->now_us + LOOK_PAUSE_US * lt_flow_table_n_flows(ends->flows);
  return is_shared(refused, ends);
}

void
lt_flow_ends_note(LtFlowEnds *ends, const LtTuple *tuple, guint32 uid)
{
  if (ends->n_noted == LT_QUEUE_BATCH)
    return;
  ends->tuples[ends->n_noted] = *tuple;
  ends->uids[ends->n_noted] = uid;
  ends->n_noted++;
}

void
lt_flow_ends_noted(LtFlowEnds *ends, gint64 now_us)
{
  ends->now_us = now_us;
  for (guint i = 0; ends->destroyer != NULL && i < ends->n_noted; i++)
    lt_sock_destroy_refused(ends->destroyer, &ends->tuples[i], ends->uids[i], may_be_shared, ends);
  ends->n_noted = 0;
}

void
lt_flow_ends_one(LtFlowEnds *ends, const LtFlow *flow, guint32 uid)
{
  if (ends->destroyer != NULL)
    lt_sock_destroy(ends->destroyer, &flow->tuple, uid, is_shared, ends);
}

static gboolean
is_known(const LtTuple *tuple, gpointer user_data)
{
  LtFlowEnds *ends = user_data;
  return lt_flow_table_find(ends->flows, tuple) != NULL;
}

void
lt_flow_ends_unknown(LtFlowEnds *ends, guint32 uid)
{
  if (ends->destroyer != NULL)
    lt_sock_destroy_uid(ends->destroyer, uid, is_known, ends);
}

/* Forgetting */

static gboolean
has_ended(LtFlowEnds *ends, const LtFlow *flow, gint64 now_us)
{
  if (flow->tuple.protocol != IPPROTO_TCP && flow->tuple.protocol != IPPROTO_UDP)
    return now_us - flow->begun_us > REAP_NOTES_US;
  return now_us - flow->used_us > REAP_UNUSED_US &&
         !lt_conntrack_knows(ends->conntrack, &flow->tuple);
}

void
lt_flow_ends_reap(LtFlowEnds *ends, gint64 now_us)
{
  LtFlowTable *flows = ends->flows;
  if (now_us < ends->reap_next_us || ends->conntrack == NULL ||
      (ends->reap_cursor == 0 && lt_flow_table_n_flows(flows) <= REAP_FLOWS))
    return;
  ends->reap_next_us = now_us + REAP_PAUSE_US;
  for (guint i = 0; i < REAP_AT_ONCE; i++) {
    LtFlow *flow = lt_flow_table_next(flows, &ends->reap_cursor);
    if (flow == NULL) {
      ends->reap_cursor = 0;
      ends->reap_next_us = now_us + REAP_EVERY_US;
      lt_flow_table_shrink(flows);
      return;
    }
    if (has_ended(ends, flow, now_us))
      lt_flow_table_remove(flows, flow);
  }
}
