/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDP: QUIC by its hellos, anything else by its first bytes. */

#include "agent/net/judge-quic.h"

#include "policy/wire/tunnel.h"

static LtReason
reason_of(const LtPacket *packet)
{
  LtTunnelUdp tunnel =
      lt_tunnel_udp_recognise(packet->payload, packet->payload_len, packet->tuple.dport);
  return tunnel == LT_TUNNEL_UDP_NONE ? LT_REASON_UNKNOWN_PROTOCOL : LT_REASON_VPN;
}

/* A flow that says nothing of a site. @flow: NULL, or one that was allowed for @reason or another
 * one. */
static LtVerdict
judge_nameless(LtJudge *judge,
               const LtChildRules *child,
               LtFlow *flow,
               const LtPacket *packet,
               LtReason reason)
{
  LtDecision decision = lt_judge_decide_nameless(judge, child, reason, &packet->tuple);
  LtHost address;
  lt_judge_address(&packet->tuple, &address);
  if (!lt_judge_conclude(judge, child, LT_PROTOCOL_UNKNOWN, &address, &decision)) {
    if (flow != NULL)
      lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }
  if (flow == NULL) {
    guint16 slot = lt_child_rules_slot(child);
    flow = lt_flow_table_insert(judge->flows, &packet->tuple, slot, judge->now_us);
    flow->uid = lt_child_rules_uid(child);
    flow->protocol = LT_PROTOCOL_UNKNOWN;
    flow->name = LT_NAME_NONE;
  }
  flow->judged = TRUE;
  flow->reason = (guint8) reason;
  flow->state = LT_MARK_ALLOW;
  return lt_judge_quic_pass(judge, flow);
}

/* No long header of QUIC. */
static LtVerdict
judge_other(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtPacket *packet)
{
  const guint8 *bytes = packet->payload;
  gsize len = packet->payload_len;
  guint16 dport = packet->tuple.dport;

  if (lt_judge_quic_is_other_version(bytes, len, dport))
    return LT_VERDICT_LATER;
  if (flow != NULL && flow->protocol == LT_PROTOCOL_QUIC) {
    if (flow->judged)
      return lt_judge_quic_pass(judge, flow);
    return flow->half_told ? LT_VERDICT_LATER : LT_VERDICT_DENY;
  }
  LtReason reason = reason_of(packet);
  if (flow != NULL && (reason == LT_REASON_UNKNOWN_PROTOCOL || reason == (LtReason) flow->reason))
    return lt_judge_quic_pass(judge, flow);
  if (reason == LT_REASON_UNKNOWN_PROTOCOL && lt_judge_quic_is_short(bytes, len, dport))
    return lt_judge_refuse(
        judge, child, NULL, LT_PROTOCOL_QUIC, &packet->tuple, LT_REASON_FORGOTTEN);
  return judge_nameless(judge, child, flow, packet, reason);
}

static LtDecision
decide_again(const LtJudge *judge, const LtChildRules *child, const LtFlow *flow)
{
  if (flow->protocol == LT_PROTOCOL_QUIC)
    return lt_judge_quic_again(judge, child, flow);
  return lt_judge_decide_nameless(judge, child, (LtReason) flow->reason, &flow->tuple);
}

/* The flow, if it is this child's and still means something. */
static LtFlow *
find(LtJudge *judge, const LtChildRules *child, LtMarkState state, const LtPacket *packet)
{
  LtFlow *flow = lt_flow_table_find(judge->flows, &packet->tuple);
  if (flow == NULL || flow->slot != lt_child_rules_slot(child) ||
      flow->uid != lt_child_rules_uid(child))
    return NULL;
  if (state == LT_MARK_NEW && !flow->judged &&
      judge->now_us - MAX(flow->begun_us, flow->abandoned_us) > LT_QUIC_ABANDONED_US) {
    lt_flow_table_remove(judge->flows, flow);
    return NULL;
  }
  flow->used_us = judge->now_us;
  /* The server's short header has come, see ruleset-udp.h. */
  if (state == LT_MARK_STAY)
    flow->several_packets = FALSE;
  return flow;
}

/* What the kernel says was judged, and is not known: whatever has gone on, more of it might
 * complete it. Where nothing was left half told, a new hello is a new beginning: the addresses and
 * ports of a connection that has ended may come again while the kernel still has the old one. */
static gboolean
is_forgotten(LtMarkState state, gboolean is_quic)
{
  switch (state) {
  case LT_MARK_NEW:
  case LT_MARK_ALLOW:
    return FALSE;
  case LT_MARK_STAY:
    return !is_quic;
  case LT_MARK_WATCH:
  case LT_MARK_DENY:
  case LT_MARK_HALF:
  case LT_MARK_REFUSE:
  case LT_MARK_UPGRADE:
    break;
  }
  return TRUE;
}

LtVerdict
lt_judge_udp(LtJudge *judge, guint16 slot, LtMarkState state, const LtPacket *packet)
{
  judge->counters.n_packets++;
  const LtChildRules *child = lt_rule_set_find_slot(judge->rules, slot);
  if (child == NULL)
    return LT_VERDICT_DENY;

  gboolean is_quic = lt_judge_quic_reads(packet->payload, packet->payload_len);
  LtFlow *flow = find(judge, child, state, packet);
  if (flow == NULL && is_forgotten(state, is_quic))
    return lt_judge_refuse(
        judge, child, NULL, LT_PROTOCOL_UNKNOWN, &packet->tuple, LT_REASON_FORGOTTEN);
  if (flow != NULL && flow->judged) {
    LtDecision decision = decide_again(judge, child, flow);
    if (!lt_decision_lets_through(&decision)) {
      lt_judge_conclude(judge, child, (LtProtocol) flow->protocol, &flow->host, &decision);
      lt_flow_table_remove(judge->flows, flow);
      return LT_VERDICT_DENY;
    }
  }
  return is_quic ? lt_judge_quic(judge, child, flow, state, packet)
                 : judge_other(judge, child, flow, packet);
}
