/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A request that begins: what its name is, whether that name belongs where it goes, or is Tor's. */

#include "agent/net/judge.h"

#include "policy/encrypted-dns.h"
#include "policy/local.h"
#include "policy/tor.h"

#include <string.h>

static LtAddress
address_of(const LtTuple *tuple)
{
  LtAddress address = {.family = tuple->family};
  memcpy(address.bytes, tuple->daddr, sizeof address.bytes);
  return address;
}

/* A parent who has named this very address means what is there. */
static gboolean
is_listed(const LtJudge *judge, const LtChildRules *child, const LtTuple *tuple)
{
  LtHost text;
  lt_judge_address(tuple, &text);
  LtDecision listed = lt_child_rules_decide_site(child, text.name, judge->utc_now_s);
  return (listed.reason == LT_REASON_LISTED || listed.reason == LT_REASON_GRANT) &&
         lt_decision_lets_through(&listed);
}

static gboolean
is_elsewhere(const LtJudge *judge,
             const LtChildRules *child,
             const LtHost *host,
             const LtTuple *tuple,
             const LtAddress *address)
{
  return judge->answers != NULL && !lt_name_binding_is_exempt(address) &&
         !lt_answers_has(
             judge->answers, lt_child_rules_uid(child), address, host->name, judge->now_us) &&
         !is_listed(judge, child, tuple);
}

/* A name that looks like one of Tor's, and that this child never asked DNS for. */
static gboolean
is_tor(const LtJudge *judge, const LtChildRules *child, const LtRequest *request)
{
  return lt_tor_is_hello(request) &&
         (judge->answers == NULL ||
          !lt_answers_has_asked(
              judge->answers, lt_child_rules_uid(child), request->host.name, judge->now_us));
}

LtDecision
lt_judge_decide_request(LtJudge *judge,
                        const LtChildRules *child,
                        const LtRequest *request,
                        const LtTuple *tuple)
{
  LtDecision decision = lt_judge_decide(judge, child, request->name, &request->host, tuple);
  gboolean is_entry = decision.reason == LT_REASON_LISTED || decision.reason == LT_REASON_GRANT;
  if (request->name == LT_NAME_HOST && decision.reason != LT_REASON_HELP && !is_entry &&
      is_tor(judge, child, request))
    return lt_child_rules_decide_nameless(child, LT_REASON_VPN);
  if (request->name != LT_NAME_HOST || decision.reason == LT_REASON_HELP ||
      !lt_decision_lets_through(&decision) || lt_local_flow(tuple))
    return decision;

  LtAddress address = address_of(tuple);
  /* Nothing else is at these: whoever names another site there hides a question. */
  if (!is_entry && lt_encrypted_dns_has_address(&address))
    return lt_child_rules_decide_nameless(child, LT_REASON_ENCRYPTED_DNS);
  LtNameBinding binding = lt_child_rules_name_binding(child);
  if (binding == LT_NAME_BINDING_OFF ||
      !is_elsewhere(judge, child, &request->host, tuple, &address))
    return decision;
  judge->counters.n_elsewhere++;
  return binding == LT_NAME_BINDING_STRICT
             ? lt_child_rules_decide_nameless(child, LT_REASON_OTHER_ADDRESS)
             : decision;
}
