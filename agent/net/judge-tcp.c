/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP: the first request of a flow put together and judged, then watched until the server answers.
 */

#include "agent/net/judge.h"

/* A client's packet that is not this near what was seen is no part of the same connection. */
#define NEAR_BYTES (1024 * 1024)

static guint32
payload_seq(const LtPacket *packet)
{
  return packet->tcp_seq + ((packet->tcp_flags & LT_TCP_SYN) ? 1 : 0);
}

/* One more packet of a flow whose first request was allowed. */
static LtVerdict
follow_request(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtPacket *packet)
{
  gint64 offset = lt_judge_offset(flow, payload_seq(packet));
  if (flow->state == LT_MARK_WATCH)
    return lt_judge_tls(judge, child, flow, offset, packet->payload, packet->payload_len);
  return lt_judge_http(
      judge, child, flow, offset, packet->payload, packet->payload_len, packet->tcp_ack);
}

static LtVerdict
judge_request(LtJudge *judge,
              const LtChildRules *child,
              LtFlow *flow,
              const LtRequest *request,
              const LtPacket *packet)
{
  LtDecision decision = lt_judge_decide_request(judge, child, request, &flow->tuple);
  if (!lt_judge_conclude_request(judge, child, request, &flow->tuple, &decision)) {
    lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }

  lt_judge_note_request(flow, request, flow->judged_offset);
  flow->reason = (guint8) decision.reason;
  /* Whatever stands behind the first request in this packet is judged before the packet goes. */
  return follow_request(judge, child, flow, packet);
}

/* One more packet of a request that is still incomplete. */
static LtVerdict
read_on(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtPacket *packet)
{
  gint64 offset = lt_judge_offset(flow, payload_seq(packet));
  gint64 start = flow->judged_offset;
  flow->n_packets++;
  if (flow->n_packets > LT_JUDGE_MAX_PACKETS ||
      judge->now_us - flow->begun_us > LT_FLOW_UNDECIDED_US)
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_UNDECIDED);

  LtRequest request;
  LtWireAnswer answer = LT_WIRE_NEED_MORE;
  if (flow->buffer < 0 && offset == start)
    answer = lt_request_read(packet->payload, packet->payload_len, &request);
  if (answer == LT_WIRE_NOT_MINE) {
    LtVerdict verdict = lt_judge_unknown(judge, child, flow, packet->payload, packet->payload_len);
    if (verdict != LT_VERDICT_GO_ON)
      return verdict;
    answer = LT_WIRE_NEED_MORE;
  }

  LtStream *stream = lt_flow_table_stream(judge->flows, flow, start, judge->now_us);
  if (stream == NULL)
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_UNDECIDED);
  switch (lt_stream_add(stream, (guint32) offset, packet->payload, packet->payload_len)) {
  case LT_STREAM_ADDED:
    break;
  case LT_STREAM_CONFLICT:
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_TAMPERING);
  case LT_STREAM_FULL:
    if (answer == LT_WIRE_FOUND)
      break; /* a request with much behind it */
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_UNDECIDED);
  case LT_STREAM_OUTSIDE:
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_UNDECIDED);
  }
  flow->seen_offset = MAX(flow->seen_offset, offset + (gint64) packet->payload_len);
  if (answer == LT_WIRE_NEED_MORE)
    answer = lt_request_read(stream->buffer, lt_stream_contiguous(stream), &request);

  switch (answer) {
  case LT_WIRE_FOUND:
    return judge_request(judge, child, flow, &request, packet);
  case LT_WIRE_NEED_MORE:
    return LT_VERDICT_GO_ON;
  case LT_WIRE_NOT_MINE:
    return lt_judge_unknown(judge, child, flow, stream->buffer, lt_stream_contiguous(stream));
  case LT_WIRE_MALFORMED:
    break;
  }
  return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_BAD_NAME);
}

/* A flow of which this is the first that is seen. */
static LtFlow *
remember(LtJudge *judge, const LtChildRules *child, guint16 slot, const LtPacket *packet)
{
  LtFlow *flow = lt_flow_table_insert(judge->flows, &packet->tuple, slot, judge->now_us);
  flow->uid = lt_child_rules_uid(child);
  flow->ref_seq = payload_seq(packet);
  flow->base_ack = packet->tcp_ack;
  return flow;
}

static LtVerdict
begin(LtJudge *judge, const LtChildRules *child, guint16 slot, const LtPacket *packet)
{
  return read_on(judge, child, remember(judge, child, slot, packet), packet);
}

static LtVerdict
follow(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtPacket *packet)
{
  switch ((LtMarkState) flow->state) {
  case LT_MARK_WATCH:
  case LT_MARK_STAY:
    return follow_request(judge, child, flow, packet);
  case LT_MARK_ALLOW:
    return LT_VERDICT_ALLOW;
  case LT_MARK_NEW:
  case LT_MARK_DENY:
  case LT_MARK_HALF:
  case LT_MARK_REFUSE:
  case LT_MARK_UPGRADE:
    break;
  }
  return LT_VERDICT_DENY;
}

/* Sequence numbers of another connection begin anywhere. */
static gboolean
is_near(const LtFlow *flow, const LtPacket *packet)
{
  if (packet->tcp_flags & LT_TCP_SYN)
    return FALSE;
  gint64 ahead = lt_judge_offset(flow, payload_seq(packet)) - flow->judged_offset;
  return ahead >= -NEAR_BYTES && ahead <= NEAR_BYTES;
}

/* A flow that the kernel holds for new, although one with its addresses and ports was judged:
 * either a packet that was under way when the verdict came, or another connection that came quickly
 * after. The second one begins with a request. */
static gboolean
continues(const LtFlow *flow, const LtPacket *packet)
{
  gint64 offset = lt_judge_offset(flow, payload_seq(packet));
  if (offset < flow->judged_offset)
    return offset >= 0 && flow->state != LT_MARK_ALLOW;
  return lt_judge_is_other(packet->payload, packet->payload_len);
}

/* A flow without a state. What goes on undecided leaves its mark: if it is forgotten here, its rest
 * must not be taken for a beginning. */
static LtVerdict
judge_unmarked(
    LtJudge *judge, const LtChildRules *child, guint16 slot, LtFlow *flow, const LtPacket *packet)
{
  LtVerdict verdict;
  if (flow != NULL && is_near(flow, packet) && !flow->judged)
    verdict = read_on(judge, child, flow, packet);
  else if (flow != NULL && is_near(flow, packet) && continues(flow, packet))
    verdict = follow(judge, child, flow, packet);
  else
    verdict = begin(judge, child, slot, packet);
  return verdict == LT_VERDICT_GO_ON ? LT_VERDICT_HALF : verdict;
}

/* The end of the client's stream alone. There are servers that take it for the end of a head, and
 * it was queued while what came before it waited: what is out is asked of the flow, not of the
 * mark. Before bytes that TCP has to send again it waits for them. It changes no state. */
static LtVerdict
end_stream(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtPacket *packet)
{
  gint64 end = flow->judged ? flow->next_offset : 0;
  if (flow->judged && flow->state != LT_MARK_STAY)
    return LT_VERDICT_GO_ON;
  if (flow->seen_offset > end)
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_UNDECIDED);
  return lt_judge_offset(flow, payload_seq(packet)) > end ? LT_VERDICT_LATER : LT_VERDICT_GO_ON;
}

/* The same for a flow without a state. Mostly nothing was sent on it: it is remembered, and that
 * something is out, so that bytes that were lost on their way to us do not come behind their end.
 */
static LtVerdict
end_unmarked(
    LtJudge *judge, const LtChildRules *child, guint16 slot, LtFlow *flow, const LtPacket *packet)
{
  if (flow != NULL && is_near(flow, packet) && flow->seen_offset > 0)
    return end_stream(judge, child, flow, packet);
  remember(judge, child, slot, packet);
  return LT_VERDICT_HALF;
}

/* A packet without payload, of a flow whose site is let through. */
static LtVerdict
pass_bare(LtJudge *judge,
          const LtChildRules *child,
          LtFlow *flow,
          LtVerdict verdict,
          const LtPacket *packet)
{
  return (packet->tcp_flags & LT_TCP_FIN) ? end_stream(judge, child, flow, packet) : verdict;
}

static LtVerdict
judge_new(
    LtJudge *judge, const LtChildRules *child, guint16 slot, LtFlow *flow, const LtPacket *packet)
{
  if (packet->payload_len > 0)
    return judge_unmarked(judge, child, slot, flow, packet);
  return (packet->tcp_flags & LT_TCP_FIN) ? end_unmarked(judge, child, slot, flow, packet)
                                          : LT_VERDICT_GO_ON;
}

static LtVerdict
judge_packet(LtJudge *judge,
             const LtChildRules *child,
             guint16 slot,
             LtMarkState state,
             const LtPacket *packet)
{
  LtFlow *flow = lt_flow_table_find(judge->flows, &packet->tuple);
  if (flow != NULL && (flow->slot != slot || flow->uid != lt_child_rules_uid(child)))
    flow = NULL;
  if (flow != NULL)
    flow->used_us = judge->now_us;

  if (state == LT_MARK_NEW)
    return judge_new(judge, child, slot, flow, packet);

  if (flow != NULL && !flow->judged)
    return packet->payload_len > 0 ? read_on(judge, child, flow, packet)
                                   : pass_bare(judge, child, flow, LT_VERDICT_GO_ON, packet);
  if (flow == NULL)
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &packet->tuple, LT_REASON_FORGOTTEN);
  LtDecision decision = lt_judge_decide_again(judge, child, flow);
  if (!lt_decision_lets_through(&decision)) {
    lt_judge_conclude(judge, child, (LtProtocol) flow->protocol, &flow->host, &decision);
    lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }
  if (state == LT_MARK_ALLOW)
    return LT_VERDICT_ALLOW;
  /* The kernel has seen the server go on with HTTP. */
  if (state == LT_MARK_STAY)
    flow->upgraded = FALSE;
  return packet->payload_len > 0 ? follow(judge, child, flow, packet)
                                 : pass_bare(judge, child, flow, (LtVerdict) state, packet);
}

LtVerdict
lt_judge_tcp(LtJudge *judge, guint16 slot, LtMarkState state, const LtPacket *packet)
{
  judge->counters.n_packets++;
  const LtChildRules *child = lt_rule_set_find_slot(judge->rules, slot);
  if (child == NULL)
    return LT_VERDICT_DENY;
  LtVerdict verdict = judge_packet(judge, child, slot, state, packet);
  gboolean is_half =
      packet->payload_len > 0 && (verdict == LT_VERDICT_HALF || verdict == LT_VERDICT_GO_ON);
  /* The end of the stream (end_stream) in the packet of its last bytes. */
  if (is_half && (packet->tcp_flags & LT_TCP_FIN))
    return lt_judge_refuse(judge,
                           child,
                           lt_flow_table_find(judge->flows, &packet->tuple),
                           LT_PROTOCOL_UNKNOWN,
                           &packet->tuple,
                           LT_REASON_UNDECIDED);
  return verdict;
}
