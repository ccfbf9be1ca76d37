/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child's rules say of a DNS question, and of the answer that came for it. */
#include "policy/dns-judge.h"

#include "policy/dns-data.h"
#include "policy/safe-host.h"
#include "policy/wire/dns-records.h"

#include <string.h>

/* RFC 1035 section 3.2.2, RFC 4034. */
#define TYPE_NS 2
#define TYPE_SOA 6
#define TYPE_DS 43
#define TYPE_DNSKEY 48
#define TYPE_ANY 255

static const LtDecision open_by_default = {
    LT_ACTION_ALLOW, LT_REASON_DEFAULT, LT_OWNER_DEFAULT, "default", NULL, 0};

static gboolean
is_delegation_type(guint16 type)
{
  return type == TYPE_NS || type == TYPE_SOA || type == TYPE_DS || type == TYPE_DNSKEY;
}

/* No site of the Internet: see the header. */
static gboolean
is_infrastructure(const LtDnsQuestion *question)
{
  const char *name = question->host.name;

  return strchr(name, '.') == NULL || lt_host_is_within(name, "arpa") ||
         lt_host_is_within(name, "local") || lt_host_is_within(name, "localhost") ||
         (is_delegation_type(question->type) && lt_host_is_public_suffix(name));
}

static void
judge_bad_name(const LtChildRules *child, LtDnsVerdict *out)
{
  *out = (LtDnsVerdict){
      .outcome = LT_DNS_REFUSED,
      .is_told = TRUE,
      .decision = lt_child_rules_decide_nameless(child, LT_REASON_BAD_NAME),
  };
}

/* RFC 9461 section 3: "_dns" itself, or behind a port's label. */
static gboolean
asks_for_resolver(const LtDnsQuestion *question)
{
  const char *name = question->host.name;

  if (question->type != LT_DNS_TYPE_SVCB)
    return FALSE;
  if (name[0] == '_' && !g_str_has_prefix(name, "_dns."))
    name += strcspn(name, ".") + 1;
  return g_str_has_prefix(name, "_dns.");
}

/* Names with an answer of their own, whatever the rules say. */
static gboolean
is_switched_off(const LtDnsQuestion *question, LtDnsOutcome *out)
{
  for (gsize i = 0; i < lt_dns_data_canaries_len; i++) {
    if (strcmp(question->host.name, lt_dns_data_canaries[i]) != 0)
      continue;
    *out = LT_DNS_NO_NAME;
    return TRUE;
  }
  *out = LT_DNS_NO_DATA;
  for (gsize i = 0; i < lt_dns_data_discovery_len; i++)
    if (lt_host_is_within(question->host.name, lt_dns_data_discovery[i]))
      return TRUE;
  return asks_for_resolver(question);
}

/* What becomes of a question for an open name. */
static LtDnsOutcome
judge_open(const LtChildRules *child, const LtDnsQuestion *question, const char **out_target)
{
  const char *target = lt_safe_host_target(child, question->host.name);

  if (target == NULL)
    return LT_DNS_PASSES;
  if (question->type == LT_DNS_TYPE_A || question->type == LT_DNS_TYPE_AAAA) {
    *out_target = target;
    return LT_DNS_ALIASED;
  }
  if (question->type == LT_DNS_TYPE_HTTPS || question->type == LT_DNS_TYPE_SVCB ||
      question->type == TYPE_ANY)
    return LT_DNS_NO_DATA;
  return LT_DNS_PASSES;
}

void
lt_dns_judge_question(const LtChildRules *child,
                      const LtDnsQuestion *question,
                      gint64 utc_now_s,
                      LtDnsVerdict *out)
{
  const char *target = NULL;
  LtDnsOutcome outcome;
  LtDecision decision;
  gboolean lets_through;

  if (question->name_is_root) {
    *out = (LtDnsVerdict){.decision = open_by_default};
    return;
  }
  if (!question->name_is_host) {
    judge_bad_name(child, out);
    return;
  }
  if (is_switched_off(question, &outcome)) {
    *out = (LtDnsVerdict){.outcome = outcome, .decision = open_by_default};
    return;
  }
  decision = lt_child_rules_decide_site(child, question->host.name, utc_now_s);
  if (decision.reason == LT_REASON_DEFAULT && is_infrastructure(question)) {
    *out = (LtDnsVerdict){.has_host = TRUE, .host = question->host, .decision = open_by_default};
    return;
  }
  lets_through = lt_decision_lets_through(&decision);
  outcome = lets_through ? judge_open(child, question, &target) : LT_DNS_REFUSED;
  *out = (LtDnsVerdict){
      .outcome = outcome,
      .is_told = !lets_through || decision.action == LT_ACTION_WARN,
      .judges_answer = outcome == LT_DNS_PASSES && decision.reason != LT_REASON_HELP &&
                       decision.reason != LT_REASON_GRANT,
      .target = target,
      .has_host = TRUE,
      .host = question->host,
      .decision = decision,
  };
}

void
lt_dns_judge_tunnel(const LtChildRules *child,
                    LtDnsTunnel *tunnel,
                    const LtDnsQuestion *question,
                    gint64 now_us,
                    LtDnsVerdict *verdict)
{
  LtDnsTunnelAnswer answer;
  const char *domain;
  LtDecision decision;

  if (verdict->outcome != LT_DNS_PASSES || !verdict->has_host ||
      (verdict->decision.reason != LT_REASON_DEFAULT &&
       verdict->decision.reason != LT_REASON_CATEGORY))
    return;
  answer = lt_dns_tunnel_note(tunnel, question, now_us, &domain);
  if (answer == LT_DNS_TUNNEL_NONE)
    return;
  decision = lt_child_rules_decide_nameless(child, LT_REASON_VPN);
  if (decision.action == LT_ACTION_ALLOW)
    return;
  verdict->outcome = lt_decision_lets_through(&decision) ? LT_DNS_PASSES : LT_DNS_REFUSED;
  verdict->is_told = answer == LT_DNS_TUNNEL_FOUND;
  verdict->decision = decision;
  verdict->host.len = (guint8) strlen(domain);
  memcpy(verdict->host.name, domain, verdict->host.len + 1u);
}

/* An open site lives under the names of its hosting: the child's default says nothing of these. */
static gboolean
refuses_aliases(LtReason reason)
{
  return reason == LT_REASON_LISTED || reason == LT_REASON_CATEGORY ||
         reason == LT_REASON_ENCRYPTED_DNS || reason == LT_REASON_HIDDEN_NAME;
}

/* TRUE if the name refuses the answer that it stands in; @out is then the verdict. */
static gboolean
alias_refuses(const LtChildRules *child,
              const LtDnsName *name,
              const LtHost *asked,
              gint64 utc_now_s,
              LtDnsVerdict *out)
{
  LtDecision decision;
  LtHost host;

  if (lt_dns_name_is_root(name))
    return FALSE;
  if (!lt_dns_name_to_host(name, &host)) {
    judge_bad_name(child, out);
    return TRUE;
  }
  if (strcmp(host.name, asked->name) == 0)
    return FALSE;
  decision = lt_child_rules_decide_site(child, host.name, utc_now_s);
  if (lt_decision_lets_through(&decision) || !refuses_aliases(decision.reason))
    return FALSE;
  *out = (LtDnsVerdict){
      .outcome = LT_DNS_REFUSED,
      .is_told = TRUE,
      .has_host = TRUE,
      .host = host,
      .decision = decision,
  };
  return TRUE;
}

static gboolean
is_same_name(const LtDnsName *a, const LtDnsName *b)
{
  return a->wire_len == b->wire_len && memcmp(a->wire, b->wire, a->wire_len) == 0;
}

/* The owners and targets of one record. @last: the owner judged before, to judge each set once. */
static LtWireAnswer
judge_record(const LtChildRules *child,
             const LtDnsQuestion *question,
             const LtDnsRecords *records,
             const LtDnsRecord *record,
             gint64 utc_now_s,
             LtDnsName *last,
             LtDnsVerdict *verdict)
{
  LtWireAnswer answer;
  LtDnsName target;

  /* A DNAME stands above the name that was asked: its owner is no part of the way. */
  if (record->type != LT_DNS_TYPE_DNAME && !is_same_name(&record->owner, last)) {
    *last = record->owner;
    if (alias_refuses(child, &record->owner, &question->host, utc_now_s, verdict))
      return LT_WIRE_FOUND;
  }
  answer = lt_dns_record_read_target(records, record, &target);
  if (answer == LT_WIRE_FOUND)
    (void) alias_refuses(child, &target, &question->host, utc_now_s, verdict);
  return answer == LT_WIRE_NOT_MINE ? LT_WIRE_FOUND : answer;
}

LtWireAnswer
lt_dns_judge_answer(const LtChildRules *child,
                    const LtDnsQuestion *question,
                    const guint8 *message,
                    gsize len,
                    gint64 utc_now_s,
                    LtDnsVerdict *out,
                    gsize *out_len)
{
  LtDnsVerdict verdict;
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName last = {.wire_len = 0};
  LtWireAnswer answer = lt_dns_records_open(message, len, &records);

  if (answer != LT_WIRE_FOUND)
    return answer;
  lt_dns_judge_question(child, question, utc_now_s, &verdict);
  while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND) {
    if (verdict.outcome != LT_DNS_PASSES || !verdict.judges_answer ||
        record.section != LT_DNS_SECTION_ANSWER)
      continue;
    answer = judge_record(child, question, &records, &record, utc_now_s, &last, &verdict);
    if (answer != LT_WIRE_FOUND)
      return answer;
  }
  if (answer != LT_WIRE_NOT_MINE)
    return answer;
  *out = verdict;
  *out_len = records.at;
  return LT_WIRE_FOUND;
}
