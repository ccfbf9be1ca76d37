/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow table's pool of buffers for requests that are still being read. */

#include "agent/net/flow-table-parts.h"

/* Looked for ahead of what a buffer holds: the next packet of any network. */
#define ROOM_AHEAD_BYTES 9216u
/* With so much left on the disk a buffer may grow; no more is promised. */
#define SPARE_BYTES (1024u * 1024u)
/* A judged flow that has not been seen for so long is not sending its request again: rather than
 * begin a fresh buffer, that flow's is used. (RFC 6298 doubles the pauses: a longer one comes only
 * after a request was lost six times.) */
#define SILENT_US (10 * G_USEC_PER_SEC)

static guint32
stream_end(const LtStream *stream)
{
  return stream->n_ranges > 0 ? stream->ranges[stream->n_ranges - 1].to : 0;
}

void
lt_flow_buffers_adopt(LtFlowTable *table, guint index)
{
  const LtFlow *flow = &table->flows[table->front->holders[index].owner - 1];
  gsize end = lt_flow_whole_pages(MAX(stream_end(&flow->stream), 1));
  table->room[index] = (guint32) MIN(end, LT_FLOW_BUFFER_BYTES);
  table->n_begun = index + 1;
  table->undecided_at_most[flow->slot]++;
}

/* Round the pool, so that the longest held comes first: one that is free, overdue or decided. */
static int
take_turns(LtFlowTable *table, gint64 now_us)
{
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    guint index = (table->next_buffer + i) % LT_FLOW_BUFFERS;
    const LtFlowHolder *holder = &table->front->holders[index];
    if (holder->owner == 0 || now_us - holder->taken_us > LT_FLOW_UNDECIDED_US ||
        table->flows[holder->owner - 1].judged) {
      table->next_buffer = (index + 1) % LT_FLOW_BUFFERS;
      return (int) index;
    }
  }
  return -1;
}

/* The first that is free or that its flow needs no more; else the next that was never used. */
static int
choose_buffer(LtFlowTable *table, gint64 now_us)
{
  if (table->n_begun == LT_FLOW_BUFFERS)
    return take_turns(table, now_us);
  for (guint i = 0; i < table->n_begun; i++) {
    const LtFlowHolder *holder = &table->front->holders[i];
    if (holder->owner == 0)
      return (int) i;
    const LtFlow *flow = &table->flows[holder->owner - 1];
    if (now_us - holder->taken_us > LT_FLOW_UNDECIDED_US &&
        (!flow->judged || now_us - flow->used_us > SILENT_US))
      return (int) i;
  }
  return (int) table->n_begun;
}

/* Buffers of a child's flows that may still be decided. */
static guint
count_undecided(const LtFlowTable *table, guint16 slot, gint64 now_us)
{
  guint n = 0;
  for (guint i = 0; i < table->n_begun; i++) {
    const LtFlowHolder *holder = &table->front->holders[i];
    n += holder->owner != 0 && holder->slot == slot &&
         now_us - holder->taken_us <= LT_FLOW_UNDECIDED_US &&
         !table->flows[holder->owner - 1].judged;
  }
  return n;
}

/* Decided stays decided: the last count and those taken since are never too few. */
static gboolean
has_its_share(LtFlowTable *table, guint16 slot, gint64 now_us)
{
  guint16 *n = &table->undecided_at_most[slot];
  if (*n >= LT_FLOW_BUFFERS_OF_ONE)
    *n = (guint16) count_undecided(table, slot, now_us);
  return *n >= LT_FLOW_BUFFERS_OF_ONE;
}

/* Nobody's own are taken away: what they let pass so far would be forgotten. */
static int
take_buffer(LtFlowTable *table, guint16 slot, gint64 now_us)
{
  if (has_its_share(table, slot, now_us))
    return -1;
  int index = choose_buffer(table, now_us);
  if (index < 0)
    return -1;
  const LtFlowHolder *holder = &table->front->holders[index];
  if (holder->owner != 0)
    lt_flow_table_drop_stream(table, &table->flows[holder->owner - 1]);
  table->n_begun = MAX(table->n_begun, (guint) index + 1);
  table->undecided_at_most[slot]++;
  return index;
}

static gsize
buffer_offset(guint index)
{
  return (gsize) index * LT_FLOW_BUFFER_BYTES;
}

/* Place for what the stream has and for some packets more; they may come far ahead of it. */
static gboolean
make_room_for_stream(LtFlowTable *table, const LtFlow *flow)
{
  guint32 *room = &table->room[flow->buffer];
  gsize end = lt_flow_whole_pages(stream_end(&flow->stream) + ROOM_AHEAD_BYTES);
  guint32 wanted = (guint32) MIN(end, LT_FLOW_BUFFER_BYTES);
  if (wanted <= *room)
    return TRUE;
  if (!lt_flow_memory_has_place(table->memory, SPARE_BYTES))
    return FALSE;
  *room = wanted;
  return TRUE;
}

LtStream *
lt_flow_table_stream(LtFlowTable *table, LtFlow *flow, gint64 offset, gint64 now_us)
{
  if (flow->buffer < 0) {
    int index = take_buffer(table, flow->slot, now_us);
    if (index < 0)
      return NULL;
    LtFlowHolder holder = {(guint32) (flow - table->flows) + 1, flow->slot, now_us};
    table->front->holders[index] = holder;
    flow->buffer = (gint16) index;
    flow->base_offset = offset;
    lt_stream_init(&flow->stream, NULL, LT_FLOW_BUFFER_BYTES, (guint32) offset);
  }
  gboolean has_room = make_room_for_stream(table, flow);
  if (!has_room && table->room[flow->buffer] == 0) {
    lt_flow_table_drop_stream(table, flow);
    return NULL;
  }
  flow->stream.buffer = table->buffers + buffer_offset((guint) flow->buffer);
  flow->stream.capacity_bytes = has_room ? LT_FLOW_BUFFER_BYTES : table->room[flow->buffer];
  return &flow->stream;
}

void
lt_flow_table_drop_stream(LtFlowTable *table, LtFlow *flow)
{
  if (flow->buffer < 0)
    return;
  /* Give big ones back to the system; a page or two are cheaper to keep. */
  guint index = (guint) flow->buffer;
  if (stream_end(&flow->stream) > 2 * LT_FLOW_PAGE_BYTES) {
    lt_flow_memory_give_back(
        table->memory, lt_flow_buffers_offset() + buffer_offset(index), LT_FLOW_BUFFER_BYTES);
    table->room[index] = 0;
  }
  table->front->holders[index].owner = 0;
  flow->buffer = -1;
  flow->stream.n_ranges = 0;
}
