/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP/1: one connection may ask for many sites, so every request is read; bodies are passed over.
 */

#include "agent/net/judge.h"

/* One packet's bytes with their place in the client's stream. */
typedef struct {
  gint64 offset;
  const guint8 *bytes;
  gsize len;
  guint32 tcp_ack;
} Piece;

static gint64
piece_end(const Piece *piece)
{
  return piece->offset + (gint64) piece->len;
}

void
lt_judge_note_request(LtFlow *flow, const LtRequest *request, gint64 offset)
{
  /* A length that no stream reaches must not wrap. */
  gint64 body = (gint64) MIN(request->body_len_bytes, (guint64) G_MAXINT64 / 4);
  flow->judged = TRUE;
  flow->state = request->protocol == LT_PROTOCOL_TLS ? LT_MARK_WATCH : LT_MARK_STAY;
  flow->protocol = (guint8) request->protocol;
  flow->name = (guint8) request->name;
  flow->host = request->host;
  flow->n_packets = 0;
  flow->judged_offset = offset + (gint64) request->len_bytes;
  flow->next_offset = flow->judged_offset + body;
  flow->in_chunks = request->body_is_chunked;
  flow->chunks = (LtChunked){0};
  flow->upgraded = request->is_upgrade;
  flow->tunnel = request->is_tunnel;
}

/* What is sent again must be what was judged. Bytes before the stream's base were answered. */
static gboolean
is_unchanged(LtJudge *judge, LtFlow *flow, const Piece *piece)
{
  if (piece->offset < 0)
    return FALSE;
  gint64 from = MAX(piece->offset, flow->base_offset);
  gint64 to = MIN(piece_end(piece), flow->judged_offset);
  if (from >= to)
    return TRUE;
  if (flow->buffer < 0)
    return FALSE;
  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->base_offset, judge->now_us);
  return lt_stream_add(
             stream, (guint32) from, piece->bytes + (from - piece->offset), (gsize) (to - from)) !=
         LT_STREAM_CONFLICT;
}

/* Follows a body in chunks. GO_ON: it ended, read on behind it. */
static LtVerdict
pass_chunks(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  if (piece->offset > flow->next_offset)
    return LT_VERDICT_LATER;
  if (piece_end(piece) <= flow->next_offset)
    return LT_VERDICT_STAY;
  gsize skip = (gsize) (flow->next_offset - piece->offset);
  gsize used = piece->len - skip;
  switch (lt_chunked_feed(&flow->chunks, piece->bytes + skip, piece->len - skip, &used)) {
  case LT_WIRE_FOUND:
    flow->in_chunks = FALSE;
    flow->next_offset += (gint64) used;
    return LT_VERDICT_GO_ON;
  case LT_WIRE_NEED_MORE:
    flow->next_offset += (gint64) used;
    return LT_VERDICT_STAY;
  case LT_WIRE_NOT_MINE:
  case LT_WIRE_MALFORMED:
    break;
  }
  return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_BAD_NAME);
}

/* Bytes of the next request that the stream holds already, or holds now. */
static LtVerdict
collect(
    LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece, gint64 *out_end)
{
  gint64 covered = flow->base_offset;
  if (flow->buffer >= 0)
    covered += lt_stream_contiguous(&flow->stream);
  /* A stream that holds a piece of the next request already is kept: that piece must be judged. */
  gboolean is_long = flow->next_offset - flow->base_offset > LT_FLOW_BUFFER_BYTES / 2;
  if (flow->buffer < 0 || flow->next_offset > covered ||
      (flow->next_offset == covered && is_long)) {
    if (piece_end(piece) <= flow->next_offset) {
      *out_end = flow->next_offset;
      return LT_VERDICT_GO_ON;
    }
    /* The bytes of the former request may only be let go of once the server has answered it. A
     * packet that still carries its body cannot wait for that. */
    if (flow->buffer >= 0 && piece->tcp_ack == flow->base_ack)
      return piece->offset >= flow->next_offset
                 ? LT_VERDICT_LATER
                 : lt_judge_refuse(
                       judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_UNDECIDED);
    lt_flow_table_drop_stream(judge->flows, flow);
    covered = flow->next_offset;
  }
  if (covered == flow->next_offset) {
    flow->base_ack = piece->tcp_ack;
    flow->begun_us = judge->now_us;
    flow->n_packets = 0;
  }

  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->next_offset, judge->now_us);
  gint64 from = MAX(piece->offset, flow->next_offset);
  if (stream == NULL)
    return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_UNDECIDED);
  LtStreamAnswer answer = LT_STREAM_ADDED;
  if (from < piece_end(piece))
    answer = lt_stream_add(stream,
                           (guint32) from,
                           piece->bytes + (from - piece->offset),
                           (gsize) (piece_end(piece) - from));
  if (answer == LT_STREAM_CONFLICT || answer == LT_STREAM_OUTSIDE)
    return lt_judge_refuse(judge,
                           child,
                           flow,
                           LT_PROTOCOL_HTTP,
                           &flow->tuple,
                           answer == LT_STREAM_CONFLICT ? LT_REASON_TAMPERING
                                                        : LT_REASON_UNDECIDED);
  *out_end = flow->base_offset + lt_stream_contiguous(stream);
  return LT_VERDICT_GO_ON;
}

static LtVerdict
judge_next(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtRequest *request)
{
  LtDecision decision = lt_judge_decide(judge, child, request->name, &request->host, &flow->tuple);
  if (request->name == LT_NAME_NONE && lt_judge_leaves(flow))
    decision = lt_child_rules_decide_nameless(child, LT_REASON_NO_NAME);
  gboolean is_named = request->name == LT_NAME_HOST || request->name == LT_NAME_ADDRESS;
  if (!lt_judge_conclude(
          judge, child, request->protocol, is_named ? &request->host : NULL, &decision)) {
    lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }
  lt_judge_note_request(flow, request, flow->next_offset);
  return flow->state == LT_MARK_WATCH ? LT_VERDICT_WATCH : LT_VERDICT_GO_ON;
}

/* What follows is no request: fine behind an upgrade, a question for the rules inside a tunnel. */
static LtVerdict
judge_opaque(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  LtDecision decision =
      lt_judge_leaves(flow)
          ? lt_child_rules_decide_nameless(child, LT_REASON_UNKNOWN_PROTOCOL)
          : lt_judge_decide_nameless(judge, child, LT_REASON_UNKNOWN_PROTOCOL, &flow->tuple);
  if (flow->upgraded || (flow->tunnel && lt_decision_lets_through(&decision))) {
    flow->state = LT_MARK_ALLOW;
    lt_flow_table_drop_stream(judge->flows, flow);
    return LT_VERDICT_ALLOW;
  }
  return lt_judge_refuse(
      judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_UNKNOWN_PROTOCOL);
}

/* Reads the next request. GO_ON: it was allowed, read on behind it. */
static LtVerdict
read_next(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  gint64 end = 0;
  LtVerdict verdict = collect(judge, child, flow, piece, &end);
  if (verdict != LT_VERDICT_GO_ON)
    return verdict;
  if (end <= flow->next_offset)
    return LT_VERDICT_STAY;

  LtRequest request;
  gsize skip = (gsize) (flow->next_offset - flow->base_offset);
  switch (
      lt_request_read(flow->stream.buffer + skip, (gsize) (end - flow->next_offset), &request)) {
  case LT_WIRE_FOUND:
    return judge_next(judge, child, flow, &request);
  case LT_WIRE_NEED_MORE:
    flow->n_packets++;
    if (flow->n_packets > LT_JUDGE_MAX_PACKETS ||
        judge->now_us - flow->begun_us > LT_FLOW_UNDECIDED_US ||
        end - flow->base_offset >= LT_FLOW_BUFFER_BYTES)
      return lt_judge_refuse(
          judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_UNDECIDED);
    return LT_VERDICT_STAY;
  case LT_WIRE_NOT_MINE:
    return judge_opaque(judge, child, flow);
  case LT_WIRE_MALFORMED:
    break;
  }
  return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_BAD_NAME);
}

LtVerdict
lt_judge_http(LtJudge *judge,
              const LtChildRules *child,
              LtFlow *flow,
              gint64 offset,
              const guint8 *bytes,
              gsize len,
              guint32 tcp_ack)
{
  Piece piece = {offset, bytes, len, tcp_ack};
  if (offset > flow->ref_offset) {
    flow->ref_seq += (guint32) (offset - flow->ref_offset);
    flow->ref_offset = offset;
  }
  if (!is_unchanged(judge, flow, &piece))
    return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, LT_REASON_TAMPERING);

  /* Each turn passes a body or a request, so it ends with the packet. */
  LtVerdict verdict;
  do
    verdict = flow->in_chunks ? pass_chunks(judge, child, flow, &piece)
                              : read_next(judge, child, flow, &piece);
  while (verdict == LT_VERDICT_GO_ON);
  return verdict;
}
