/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP that begins with no request: a proxy's or tunnel's greeting, or a protocol nobody knows. */

#include "agent/net/judge.h"

#include "policy/local.h"
#include "policy/wire/proxy.h"

static LtReason
reason_of(LtProxyKind kind)
{
  switch (kind) {
  case LT_PROXY_SOCKS4:
  case LT_PROXY_SOCKS5:
    return LT_REASON_PROXY;
  case LT_PROXY_OPENVPN:
    break;
  }
  return LT_REASON_VPN;
}

static LtVerdict
conclude(LtJudge *judge,
         const LtChildRules *child,
         LtFlow *flow,
         const LtHost *host,
         LtReason reason,
         const LtDecision *decision)
{
  if (!lt_judge_conclude(judge, child, LT_PROTOCOL_UNKNOWN, host, decision)) {
    lt_flow_table_remove(judge->flows, flow);
    return LT_VERDICT_DENY;
  }
  flow->judged = TRUE;
  flow->protocol = LT_PROTOCOL_UNKNOWN;
  flow->name = LT_NAME_NONE;
  flow->reason = (guint8) reason;
  flow->state = LT_MARK_ALLOW;
  lt_flow_table_drop_stream(judge->flows, flow);
  return LT_VERDICT_ALLOW;
}

/* A proxy that the rules let be: it may still not be asked for what is closed. */
static LtVerdict
judge_target(LtJudge *judge,
             const LtChildRules *child,
             LtFlow *flow,
             LtProxyKind kind,
             const LtDecision *proxy,
             const guint8 *bytes,
             gsize len)
{
  LtRequest request;
  LtHost address;
  lt_judge_address(&flow->tuple, &address);
  switch (lt_proxy_read_target(kind, bytes, len, &request)) {
  case LT_WIRE_NEED_MORE:
    return LT_VERDICT_GO_ON;
  case LT_WIRE_NOT_MINE:
    return conclude(judge, child, flow, &address, reason_of(kind), proxy);
  case LT_WIRE_MALFORMED:
    return lt_judge_refuse(
        judge, child, flow, LT_PROTOCOL_UNKNOWN, &flow->tuple, LT_REASON_BAD_NAME);
  case LT_WIRE_FOUND:
    break;
  }
  gboolean is_named = request.name == LT_NAME_HOST || request.name == LT_NAME_ADDRESS;
  LtDecision site = lt_judge_decide(judge, child, request.name, &request.host, &flow->tuple);
  if (!lt_decision_lets_through(&site))
    return conclude(judge, child, flow, is_named ? &request.host : NULL, site.reason, &site);
  return conclude(judge, child, flow, &address, reason_of(kind), proxy);
}

LtVerdict
lt_judge_unknown(
    LtJudge *judge, const LtChildRules *child, LtFlow *flow, const guint8 *bytes, gsize len)
{
  LtProxyKind kind;
  LtReason reason = LT_REASON_UNKNOWN_PROTOCOL;
  LtWireAnswer answer = lt_proxy_recognise(bytes, len, &kind);
  if (answer == LT_WIRE_NEED_MORE)
    return LT_VERDICT_GO_ON;
  if (answer == LT_WIRE_FOUND)
    reason = reason_of(kind);

  LtDecision decision = lt_judge_decide_nameless(judge, child, reason, &flow->tuple);
  if (answer == LT_WIRE_FOUND && lt_decision_lets_through(&decision))
    return judge_target(judge, child, flow, kind, &decision, bytes, len);
  LtHost address;
  lt_judge_address(&flow->tuple, &address);
  return conclude(judge, child, flow, &address, reason, &decision);
}

gboolean
lt_judge_is_other(const guint8 *bytes, gsize len)
{
  LtRequest request;
  LtProxyKind kind;
  return lt_request_read(bytes, len, &request) == LT_WIRE_NOT_MINE &&
         lt_proxy_recognise(bytes, len, &kind) == LT_WIRE_NOT_MINE;
}

/* A proxy of this PC carries what stands in its tunnel elsewhere: there it is judged as if it went
 * there directly. */
gboolean
lt_judge_leaves(const LtFlow *flow)
{
  if (!flow->tunnel || !lt_local_flow(&flow->tuple))
    return FALSE;
  return flow->name != LT_NAME_HOST && flow->name != LT_NAME_ADDRESS
             ? TRUE
             : !lt_local_name(flow->host.name);
}
