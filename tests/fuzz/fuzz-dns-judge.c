/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: a response from a server that nobody trusts, judged by two children's rules. */
#include "policy/dns-judge.h"
#include "policy/name-binding.h"
#include "policy/policy.h"
#include "policy/wire/dns-age.h"
#include "policy/wire/dns-alias.h"
#include "policy/wire/dns-records.h"
#include "policy/wire/dns-svcb.h"
#include "tests/fuzz/target.h"

#include <string.h>

#define UTC_NOW_S 1800000000
#define N_CHILDREN 2

static const char policy_text[] =
    "{\"luytre\": 1,"
    " \"profiles\": {"
    "  \"most\": {\"sites\": {\"default\": \"allow\", \"block\": [\"bad.test\"]}},"
    "  \"few\": {\"sites\": {\"default\": \"block\", \"allow\": [\"good.test\"],"
    "            \"block\": [\"bad.test\"]}}},"
    " \"children\": [{\"user\": \"a\", \"profile\": \"most\"},"
    "                {\"user\": \"b\", \"profile\": \"few\"}]}";

static LtRuleSet *
get_rules(void)
{
  static const LtAccount accounts[N_CHILDREN] = {{1001, 1, "a", NULL}, {1002, 2, "b", NULL}};
  static LtRuleSet *rules;

  if (rules == NULL) {
    g_autoptr(LtPolicy) policy =
        lt_policy_parse(policy_text, strlen(policy_text), "fuzz", LT_LAYER_HOUSEHOLD, NULL);

    LT_FUZZ_CHECK(policy != NULL);
    rules = lt_rule_set_new(&policy, 1, accounts, N_CHILDREN, NULL, 0);
  }
  return rules;
}

/* The query that the response would belong to: the same question, and nothing else. */
static gboolean
read_own_question(const guint8 *response, gsize len, LtDnsQuestion *out)
{
  static const guint8 query_head[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  g_autofree guint8 *query = g_memdup2(response, len);

  if (len < LT_DNS_HEADER_LEN)
    return FALSE;
  memcpy(query + 2, query_head, sizeof query_head);
  return lt_dns_read_question(query, len, out) == LT_WIRE_FOUND;
}

/* Whether an alias in the answer section leads into the blocked site, found the plain way. */
static gboolean
leads_to_blocked(const guint8 *response, gsize len)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName target;
  LtHost host;

  if (lt_dns_records_open(response, len, &records) != LT_WIRE_FOUND)
    return FALSE;
  while (lt_dns_records_next(&records, &record) == LT_WIRE_FOUND)
    if (record.section == LT_DNS_SECTION_ANSWER &&
        lt_dns_record_read_target(&records, &record, &target) == LT_WIRE_FOUND &&
        lt_dns_name_to_host(&target, &host) && lt_host_is_within(host.name, "bad.test"))
      return TRUE;
  return FALSE;
}

static void
check_child(const LtChildRules *child,
            const LtDnsQuestion *question,
            const guint8 *response,
            gsize len)
{
  LtDnsVerdict asked, verdict, before;
  gsize answer_len = G_MAXSIZE;

  memset(&before, 0x5a, sizeof before);
  memcpy(&verdict, &before, sizeof before);
  lt_dns_judge_question(child, question, UTC_NOW_S, &asked);
  if (lt_dns_judge_answer(child, question, response, len, UTC_NOW_S, &verdict, &answer_len) !=
      LT_WIRE_FOUND) {
    LT_FUZZ_CHECK(memcmp(&verdict, &before, sizeof before) == 0 && answer_len == G_MAXSIZE);
    return;
  }
  LT_FUZZ_CHECK(answer_len <= len && answer_len >= LT_DNS_HEADER_LEN);
  LT_FUZZ_CHECK(verdict.outcome == LT_DNS_REFUSED || asked.outcome != LT_DNS_REFUSED);
  LT_FUZZ_CHECK(verdict.outcome != LT_DNS_REFUSED || verdict.is_told);
  if (asked.judges_answer && leads_to_blocked(response, len))
    LT_FUZZ_CHECK(verdict.outcome == LT_DNS_REFUSED);
}

/* What would hide a name, found the plain way. */
static gboolean
has_hiding(const guint8 *message, gsize len)
{
  LtDnsRecords records;
  LtDnsRecord record;
  gsize at;

  if (lt_dns_records_open(message, len, &records) != LT_WIRE_FOUND)
    return FALSE;
  while (lt_dns_records_next(&records, &record) == LT_WIRE_FOUND) {
    if (record.type != LT_DNS_TYPE_SVCB && record.type != LT_DNS_TYPE_HTTPS)
      continue;
    if (record.type == LT_DNS_TYPE_SVCB && lt_dns_svcb_is_resolver(&record.owner))
      return TRUE;
    if (lt_dns_name_skip(message, record.end, record.rdata_at + 2, &at) != LT_WIRE_FOUND)
      continue;
    while (record.end - at >= 4) {
      gsize value_len = (gsize) message[at + 2] << 8 | message[at + 3];

      if (message[at] == 0 && (message[at + 1] == 5 || message[at + 1] == 7))
        return TRUE;
      at += 4;
      if (value_len > record.end - at)
        break;
      at += value_len;
    }
  }
  return FALSE;
}

static void
check_strip(const guint8 *response, gsize len)
{
  g_autofree guint8 *copy = g_memdup2(response, len);
  gsize left = len;
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer;

  if (lt_dns_svcb_strip(copy, &left) != LT_WIRE_FOUND)
    return;
  LT_FUZZ_CHECK(left <= len);
  if (left == len) {
    LT_FUZZ_CHECK(memcmp(copy, response, len) == 0);
    return;
  }
  /* Whole records by their bytes; what a pointer of unknown data leads to is the judge's matter. */
  LT_FUZZ_CHECK(lt_dns_records_open(copy, left, &records) == LT_WIRE_FOUND);
  while ((answer = lt_dns_records_skip(&records, &record)) == LT_WIRE_FOUND)
    continue;
  LT_FUZZ_CHECK(answer == LT_WIRE_NOT_MINE);
  LT_FUZZ_CHECK(!has_hiding(copy, left));
  gsize again = left;
  if (lt_dns_svcb_strip(copy, &again) == LT_WIRE_FOUND)
    LT_FUZZ_CHECK(again == left);
}

static void
check_age(const guint8 *response, gsize len)
{
  g_autofree guint8 *copy = g_memdup2(response, len);
  gboolean is_negative;
  guint32 limit_s = lt_dns_age_limit(copy, len, &is_negative);

  if (limit_s == 0)
    return;
  lt_dns_age_add(copy, len, limit_s - 1);
  LT_FUZZ_CHECK(lt_dns_age_limit(copy, len, &is_negative) >= 1);
}

/* @question: that the response answers; taken for the answer to another one's. */
static void
check_alias(const LtDnsQuestion *question, const guint8 *response, gsize len)
{
  guint8 out[LT_DNS_ALIAS_MAX_BYTES], renamed[65536];
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsQuestion asked;
  LtWireAnswer answer;
  gsize out_len =
      lt_dns_alias_answer(response, question, "safe.example", response, len, out, sizeof out);

  if (out_len > 0) {
    LT_FUZZ_CHECK(lt_dns_records_open(out, out_len, &records) == LT_WIRE_FOUND);
    LT_FUZZ_CHECK(records.n_left[LT_DNS_SECTION_ANSWER] >= 1);
    while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND)
      continue;
    LT_FUZZ_CHECK(answer == LT_WIRE_NOT_MINE && records.at == out_len);
  }
  out_len = lt_dns_alias_question(response, len, question, "safe.example", renamed, sizeof renamed);
  if (out_len == 0)
    return;
  renamed[2] &= 0x07;
  answer = lt_dns_read_question(renamed, out_len, &asked);
  if (answer == LT_WIRE_FOUND)
    LT_FUZZ_CHECK(strcmp(asked.host.name, "safe.example") == 0 && asked.type == question->type);
}

static void
check_bindings(const LtDnsQuestion *question, const guint8 *response, gsize len)
{
  LtNameBindings given;

  if (lt_name_binding_read(question, response, len, &given) != LT_WIRE_FOUND)
    return;
  LT_FUZZ_CHECK(given.n_names >= 1 && given.n_names <= LT_NAME_BINDING_MAX_NAMES);
  LT_FUZZ_CHECK(given.n_addresses >= 1 && given.n_addresses <= LT_NAME_BINDING_MAX_ADDRESSES);
  for (guint i = 0; i < given.n_names; i++)
    LT_FUZZ_CHECK(strlen(given.names[i].name) == given.names[i].len);
}

/* A tunnel is named by a part of the name that was asked, and never opens what is refused. */
static void
check_tunnel(const LtChildRules *child, const LtDnsQuestion *question)
{
  static LtDnsTunnel *tunnel;
  static gint64 now_us;
  LtDnsVerdict verdict;

  if (tunnel == NULL)
    tunnel = lt_dns_tunnel_new();
  now_us += G_USEC_PER_SEC / 100;
  lt_dns_judge_question(child, question, UTC_NOW_S, &verdict);
  gboolean was_refused = verdict.outcome == LT_DNS_REFUSED;
  lt_dns_judge_tunnel(child, tunnel, question, now_us, &verdict);
  LT_FUZZ_CHECK(!was_refused || verdict.outcome == LT_DNS_REFUSED);
  if (verdict.decision.reason == LT_REASON_VPN)
    LT_FUZZ_CHECK(verdict.has_host && verdict.host.len == strlen(verdict.host.name) &&
                  lt_host_is_within(question->host.name, verdict.host.name));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LtRuleSet *rules = get_rules();
  /* A copy of just this size, so that a step past its end is seen. */
  g_autofree guint8 *response = g_malloc(size > 0 ? size : 1);
  LtDnsQuestion question;

  if (size > 0)
    memcpy(response, data, size);
  if (!read_own_question(response, size, &question))
    return 0;
  check_tunnel(lt_rule_set_find_slot(rules, 1), &question);
  check_strip(response, size);
  check_age(response, size);
  check_alias(&question, response, size);
  check_bindings(&question, response, size);
  for (guint16 slot = 0; slot <= N_CHILDREN; slot++)
    check_child(lt_rule_set_find_slot(rules, slot), &question, response, size);
  return 0;
}
