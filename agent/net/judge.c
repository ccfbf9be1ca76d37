/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all kinds of flows share: deciding, telling, refusing. */

#include "agent/net/judge-quic.h"

#include "policy/local.h"

#include <arpa/inet.h>
#include <string.h>

void
lt_judge_address(const LtTuple *tuple, LtHost *out)
{
  int family = tuple->family == 4 ? AF_INET : AF_INET6;
  memset(out, 0, sizeof *out);
  if (inet_ntop(family, tuple->daddr, out->name, sizeof out->name) != NULL)
    out->len = (guint8) strlen(out->name);
}

/* What is said of this very address: by a parent, or because it is known for encrypted DNS. */
static gboolean
is_about_address(const LtDecision *decision)
{
  return decision->reason == LT_REASON_LISTED || decision->reason == LT_REASON_GRANT ||
         decision->reason == LT_REASON_ENCRYPTED_DNS;
}

/* A parent may open a printer or a camera by its address: then its name does not matter. */
LtDecision
lt_judge_decide_nameless(const LtJudge *judge,
                         const LtChildRules *child,
                         LtReason reason,
                         const LtTuple *tuple)
{
  LtDecision here;
  if (reason == LT_REASON_UNKNOWN_PROTOCOL && lt_local_decide(tuple, LT_NAME_NONE, NULL, &here))
    return here;
  LtHost address;
  lt_judge_address(tuple, &address);
  LtDecision listed = lt_child_rules_decide_site(child, address.name, judge->utc_now_s);
  if (is_about_address(&listed))
    return listed;
  return lt_child_rules_decide_nameless(child, reason);
}

LtDecision
lt_judge_decide(const LtJudge *judge,
                const LtChildRules *child,
                LtName name,
                const LtHost *host,
                const LtTuple *tuple)
{
  LtDecision here;
  if (lt_local_decide(tuple, name, host, &here))
    return here;
  switch (name) {
  case LT_NAME_HOST:
    return lt_child_rules_decide_site(child, host->name, judge->utc_now_s);
  case LT_NAME_ADDRESS: {
    LtDecision listed = lt_child_rules_decide_site(child, host->name, judge->utc_now_s);
    if (is_about_address(&listed))
      return listed;
    return lt_child_rules_decide_nameless(child, LT_REASON_ADDRESS);
  }
  case LT_NAME_NONE:
    return lt_judge_decide_nameless(judge, child, LT_REASON_NO_NAME, tuple);
  case LT_NAME_BAD:
    return lt_child_rules_decide_nameless(child, LT_REASON_BAD_NAME);
  }
  return lt_child_rules_decide_nameless(child, LT_REASON_BAD_NAME);
}

gboolean
lt_judge_conclude(LtJudge *judge,
                  const LtChildRules *child,
                  LtProtocol protocol,
                  const LtHost *host,
                  const LtDecision *decision)
{
  gboolean goes_on = lt_decision_lets_through(decision);
  judge->counters.n_judged++;
  if (!goes_on)
    judge->counters.n_denied++;
  /* A forgotten flow is reset so that the program comes again: nothing that a child did. */
  if (decision->reason == LT_REASON_HELP || decision->reason == LT_REASON_FORGOTTEN ||
      (goes_on && decision->action != LT_ACTION_WARN &&
       !lt_event_ring_watches(judge->events, lt_child_rules_uid(child))))
    return goes_on;
  LtNetEvent event;
  lt_net_event_init(&event, lt_child_rules_uid(child), protocol, host, decision, judge->utc_now_s);
  lt_event_ring_push(judge->events, &event);
  return goes_on;
}

gboolean
lt_judge_conclude_request(LtJudge *judge,
                          const LtChildRules *child,
                          const LtRequest *request,
                          const LtTuple *tuple,
                          const LtDecision *decision)
{
  LtHost address;
  const LtHost *host = NULL;
  if (request->name == LT_NAME_HOST || request->name == LT_NAME_ADDRESS)
    host = &request->host;
  if (decision->reason == LT_REASON_VPN) {
    lt_judge_address(tuple, &address);
    host = &address;
  }
  return lt_judge_conclude(judge, child, request->protocol, host, decision);
}

LtVerdict
lt_judge_refuse(LtJudge *judge,
                const LtChildRules *child,
                LtFlow *flow,
                LtProtocol protocol,
                const LtTuple *tuple,
                LtReason reason)
{
  LtHost address;
  lt_judge_address(tuple, &address);
  const LtHost *host = &address;
  if (flow != NULL && flow->judged && flow->host.len > 0)
    host = &flow->host;
  LtDecision decision = {LT_ACTION_BLOCK, reason, LT_OWNER_DEFAULT, "default", NULL, 0};
  lt_judge_conclude(judge, child, protocol, host, &decision);
  if (flow != NULL)
    lt_flow_table_remove(judge->flows, flow);
  return LT_VERDICT_DENY;
}

gint64
lt_judge_offset(const LtFlow *flow, guint32 seq)
{
  return flow->ref_offset + (gint32) (seq - flow->ref_seq);
}

LtDecision
lt_judge_decide_again(const LtJudge *judge, const LtChildRules *child, const LtFlow *flow)
{
  if (flow->protocol == LT_PROTOCOL_UNKNOWN || flow->reason == LT_REASON_VPN)
    return lt_judge_decide_nameless(judge, child, (LtReason) flow->reason, &flow->tuple);
  return lt_judge_decide(judge, child, (LtName) flow->name, &flow->host, &flow->tuple);
}

gboolean
lt_judge_flow_again(const LtJudge *judge, const LtFlow *flow)
{
  const LtChildRules *child = lt_rule_set_find_slot(judge->rules, flow->slot);
  if (child == NULL || flow->uid != lt_child_rules_uid(child) || flow->after_forgotten)
    return FALSE;
  if (!flow->judged)
    return TRUE;
  LtDecision decision = flow->protocol == LT_PROTOCOL_QUIC
                            ? lt_judge_quic_again(judge, child, flow)
                            : lt_judge_decide_again(judge, child, flow);
  return lt_decision_lets_through(&decision);
}
