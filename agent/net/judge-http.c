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

static LtVerdict
refuse(LtJudge *judge, const LtChildRules *child, LtFlow *flow, LtReason reason)
{
  return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_HTTP, &flow->tuple, reason);
}

/* What is sent again must be what was judged. What cannot be compared any more is not sent again by
 * an honest client: the server has it. */
static gboolean
is_unchanged(LtJudge *judge, LtFlow *flow, const Piece *piece)
{
  if (piece->offset < flow->sealed_offset)
    return FALSE;
  gint64 from = flow->buffer >= 0 ? MAX(piece->offset, flow->base_offset) : piece->offset;
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

/* Lets go of the bytes before the next request, and of no piece of that. What was judged may not be
 * sent again from here on. */
static void
let_go(LtJudge *judge, LtFlow *flow)
{
  gint64 n_bytes = flow->next_offset - flow->base_offset;
  flow->sealed_offset = flow->judged_offset;
  if (flow->buffer < 0)
    return;
  if (n_bytes > LT_FLOW_BUFFER_BYTES) {
    lt_flow_table_drop_stream(judge->flows, flow);
    return;
  }
  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->base_offset, judge->now_us);
  lt_stream_drop(stream, (guint32) n_bytes);
  flow->base_offset = flow->next_offset;
}

/* Keeps the bytes from the next one of a body in chunks on, the framing of which decides where the
 * next request begins. The oldest half makes room. */
static gboolean
keep_chunks(LtJudge *judge, LtFlow *flow, const guint8 *bytes, gsize len)
{
  if (flow->buffer < 0 && flow->seen_offset > flow->next_offset)
    return FALSE;
  if (flow->buffer < 0)
    flow->sealed_offset = flow->next_offset;
  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->next_offset, judge->now_us);
  if (stream == NULL || len > LT_FLOW_BUFFER_BYTES / 2)
    return FALSE;
  gint64 n_kept = flow->next_offset - flow->base_offset;
  if (n_kept + (gint64) len > LT_FLOW_BUFFER_BYTES) {
    lt_stream_drop(stream, (guint32) (n_kept - LT_FLOW_BUFFER_BYTES / 2));
    flow->base_offset = flow->next_offset - LT_FLOW_BUFFER_BYTES / 2;
    flow->sealed_offset = flow->base_offset;
  }
  return lt_stream_add(stream, (guint32) flow->next_offset, bytes, len) == LT_STREAM_ADDED;
}

/* Follows a body in chunks. GO_ON: it ended, read on behind it. */
static LtVerdict
pass_chunks(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  if (piece->offset > flow->next_offset)
    return LT_VERDICT_LATER;
  gsize skip = (gsize) (flow->next_offset - piece->offset);
  if (skip > piece->len)
    skip = piece->len;
  if (!keep_chunks(judge, flow, piece->bytes + skip, piece->len - skip))
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);
  /* A piece behind this one may have come before it. */
  gint64 end = flow->base_offset + lt_stream_contiguous(&flow->stream);
  if (end <= flow->next_offset)
    return LT_VERDICT_STAY;
  gsize used = (gsize) (end - flow->next_offset);
  const guint8 *at = flow->stream.buffer + (flow->next_offset - flow->base_offset);
  LtWireAnswer answer = lt_chunked_feed(&flow->chunks, at, used, &used);
  flow->next_offset += (gint64) used;
  flow->judged_offset = flow->next_offset;
  switch (answer) {
  case LT_WIRE_FOUND:
    flow->in_chunks = FALSE;
    return LT_VERDICT_GO_ON;
  case LT_WIRE_NEED_MORE:
    return LT_VERDICT_STAY;
  case LT_WIRE_NOT_MINE:
  case LT_WIRE_MALFORMED:
    break;
  }
  return refuse(judge, child, flow, LT_REASON_BAD_NAME);
}

/* Lets the stream begin with the next request where the former ones, or a body, take its room.
 * GO_ON: read on; STAY: nothing of the next request is there. */
static LtVerdict
make_room(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  gint64 covered = flow->base_offset;
  gboolean is_news = piece_end(piece) > flow->next_offset;
  gboolean is_long = flow->next_offset - flow->base_offset > LT_FLOW_BUFFER_BYTES / 2;
  if (flow->buffer >= 0)
    covered += lt_stream_contiguous(&flow->stream);
  if (flow->buffer >= 0 && flow->next_offset <= covered &&
      (flow->next_offset < covered || !is_long))
    return LT_VERDICT_GO_ON;
  /* A piece of the next request may have come before the rest of this one's body. */
  if (!is_news && (flow->next_offset == covered || flow->seen_offset <= flow->next_offset))
    return LT_VERDICT_STAY;
  /* The bytes of the former request may only be let go of once the server has answered it. A
   * packet that still carries its body cannot wait for that. */
  if (is_news && flow->buffer >= 0 && piece->tcp_ack == flow->base_ack)
    return piece->offset >= flow->next_offset ? LT_VERDICT_LATER
                                              : refuse(judge, child, flow, LT_REASON_UNDECIDED);
  let_go(judge, flow);
  return LT_VERDICT_GO_ON;
}

/* Puts the piece into the stream, from the next request on. */
static LtVerdict
collect(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  /* A half read request that the agent no longer holds. */
  if (flow->buffer < 0 && flow->seen_offset > flow->next_offset)
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);
  LtVerdict verdict = make_room(judge, child, flow, piece);
  if (verdict != LT_VERDICT_GO_ON)
    return verdict;
  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->next_offset, judge->now_us);
  if (stream == NULL)
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);
  if (flow->base_offset + lt_stream_contiguous(stream) == flow->next_offset) {
    flow->base_ack = piece->tcp_ack;
    flow->begun_us = judge->now_us;
    flow->n_packets = 0;
  }
  gint64 from = MAX(piece->offset, flow->next_offset);
  if (from >= piece_end(piece))
    return LT_VERDICT_GO_ON;
  const guint8 *bytes = piece->bytes + (from - piece->offset);
  flow->seen_offset = MAX(flow->seen_offset, piece_end(piece));
  switch (lt_stream_add(stream, (guint32) from, bytes, (gsize) (piece_end(piece) - from))) {
  case LT_STREAM_ADDED:
    return LT_VERDICT_GO_ON;
  case LT_STREAM_CONFLICT:
    return refuse(judge, child, flow, LT_REASON_TAMPERING);
  case LT_STREAM_FULL:
  case LT_STREAM_OUTSIDE:
    break;
  }
  return refuse(judge, child, flow, LT_REASON_UNDECIDED);
}

static LtVerdict
judge_next(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtRequest *request)
{
  LtDecision decision = lt_judge_decide_request(judge, child, request, &flow->tuple);
  if (request->name == LT_NAME_NONE && lt_judge_leaves(flow))
    decision = lt_child_rules_decide_nameless(child, LT_REASON_NO_NAME);
  if (!lt_judge_conclude_request(judge, child, request, &flow->tuple, &decision)) {
    lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }
  lt_judge_note_request(flow, request, flow->next_offset);
  flow->reason = (guint8) decision.reason;
  return flow->state == LT_MARK_WATCH ? LT_VERDICT_WATCH : LT_VERDICT_GO_ON;
}

/* What follows is no request: a question for the rules inside a tunnel. Behind an upgrade that the
 * server has agreed to nothing comes here. */
static LtVerdict
judge_opaque(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  LtDecision decision =
      lt_judge_leaves(flow)
          ? lt_child_rules_decide_nameless(child, LT_REASON_UNKNOWN_PROTOCOL)
          : lt_judge_decide_nameless(judge, child, LT_REASON_UNKNOWN_PROTOCOL, &flow->tuple);
  if (flow->tunnel && lt_decision_lets_through(&decision)) {
    flow->state = LT_MARK_ALLOW;
    lt_flow_table_drop_stream(judge->flows, flow);
    return LT_VERDICT_ALLOW;
  }
  return refuse(judge, child, flow, LT_REASON_UNKNOWN_PROTOCOL);
}

/* Reads the next request. GO_ON: it was allowed, read on behind it. */
static LtVerdict
read_next(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const Piece *piece)
{
  LtVerdict verdict = collect(judge, child, flow, piece);
  if (verdict != LT_VERDICT_GO_ON)
    return verdict;
  gint64 end = flow->base_offset + lt_stream_contiguous(&flow->stream);
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
      return refuse(judge, child, flow, LT_REASON_UNDECIDED);
    return LT_VERDICT_STAY;
  case LT_WIRE_NOT_MINE:
    return judge_opaque(judge, child, flow);
  case LT_WIRE_MALFORMED:
    break;
  }
  return refuse(judge, child, flow, LT_REASON_BAD_NAME);
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
    return refuse(judge, child, flow, LT_REASON_TAMPERING);

  /* Each turn passes a body or a request, so it ends with the packet. */
  LtVerdict verdict;
  do
    verdict = flow->in_chunks ? pass_chunks(judge, child, flow, &piece)
                              : read_next(judge, child, flow, &piece);
  while (verdict == LT_VERDICT_GO_ON);
  /* Something of the next request goes on with this packet, or went before. */
  if (verdict == LT_VERDICT_STAY && flow->seen_offset > flow->next_offset)
    return LT_VERDICT_HALF;
  if (verdict == LT_VERDICT_STAY && flow->upgraded)
    return LT_VERDICT_UPGRADE;
  if (verdict != LT_VERDICT_WATCH)
    return verdict;
  /* A hello inside a tunnel, and what this packet has behind it. */
  gsize skip = (gsize) (MAX(offset, flow->base_offset) - offset);
  return lt_judge_tls(judge, child, flow, offset + (gint64) skip, bytes + skip, len - skip);
}
