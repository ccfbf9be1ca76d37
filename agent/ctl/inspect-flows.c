/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP streams of a capture, put in order and read for the sites that they ask for. */
#include "agent/ctl/inspect-flows.h"

#include "agent/ctl/inspect-key.h"
#include "agent/ctl/inspect-stream.h"

/* Directions at one time; with more, all are finished and begun anew. Bounds the memory that a
 * hostile file can ask for. */
#define MAX_STREAMS 65536u

typedef struct {
  LtInspectKey key;
  LtInspectStream *stream;
} Flow;

struct _LtInspectFlows {
  LtInspectReport *report;
  GHashTable *flows; /* of LtInspectKey inside of Flow */
  GPtrArray *order;  /* of Flow, borrowed, as they began */
};

static void
free_flow(gpointer data)
{
  Flow *flow = data;

  lt_inspect_stream_free(flow->stream);
  g_free(flow);
}

LtInspectFlows *
lt_inspect_flows_new(LtInspectReport *report)
{
  LtInspectFlows *flows = g_new0(LtInspectFlows, 1);

  flows->report = report;
  flows->flows = g_hash_table_new_full(lt_inspect_key_hash, lt_inspect_key_equal, NULL, free_flow);
  flows->order = g_ptr_array_new();
  return flows;
}

static void
finish(LtInspectFlows *flows)
{
  for (guint i = 0; i < flows->order->len; i++) {
    Flow *flow = g_ptr_array_index(flows->order, i);

    lt_inspect_stream_finish(flow->stream, flows->report);
  }
  g_ptr_array_set_size(flows->order, 0);
  g_hash_table_remove_all(flows->flows);
}

void
lt_inspect_flows_free(LtInspectFlows *flows)
{
  if (flows == NULL)
    return;
  finish(flows);
  g_ptr_array_unref(flows->order);
  g_hash_table_unref(flows->flows);
  g_free(flows);
}

void
lt_inspect_flows_add(LtInspectFlows *flows, guint64 frame, const LtPacket *packet, guint32 context)
{
  LtInspectKey key = {packet->tuple, context};
  Flow *flow = g_hash_table_lookup(flows->flows, &key);

  if (flow == NULL) {
    if (flows->order->len >= MAX_STREAMS)
      finish(flows);
    flow = g_new0(Flow, 1);
    flow->key = key;
    flow->stream = lt_inspect_stream_new(&packet->tuple);
    g_hash_table_insert(flows->flows, &flow->key, flow);
    g_ptr_array_add(flows->order, flow);
  }
  lt_inspect_stream_add(flow->stream, frame, packet, flows->report);
}
