/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which ways of looking names up are a tunnel's, and which are not. */
#include "policy/dns-judge.h"
#include "policy/dns-tunnel.h"
#include "policy/policy.h"

#include <string.h>

#define START_US G_GINT64_CONSTANT(5000000000)
#define SECOND_US G_USEC_PER_SEC

enum {
  TYPE_TXT = 16
};

static LtDnsQuestion
make_question(const char *name, guint16 type)
{
  LtDnsQuestion question = {.type = type, .klass = 1, .name_is_host = TRUE};

  question.host.len = (guint8) strlen(name);
  g_strlcpy(question.host.name, name, sizeof question.host.name);
  return question;
}

/* A label of @n letters that is another one for each @number. */
static char *
make_label(guint number, guint n)
{
  char *label = g_strnfill(n, 'a');

  for (guint i = 0; i < n && number > 0; i++, number /= 26)
    label[i] = (char) ('a' + number % 26);
  return label;
}

/* After how many questions of this form it is a tunnel; 0: it is none. */
static guint
count_until_found(guint n_labels, guint label_len, guint16 type, guint per_s, guint n_questions)
{
  g_autoptr(LtDnsTunnel) tunnel = lt_dns_tunnel_new();

  for (guint i = 0; i < n_questions; i++) {
    g_autoptr(GString) name = g_string_new(NULL);
    const char *domain = NULL;

    for (guint j = 0; j < n_labels; j++) {
      g_autofree char *label = make_label(i, label_len);

      g_string_append_printf(name, "%s.", label);
    }
    g_string_append(name, "t.example.com.vn");
    LtDnsQuestion question = make_question(name->str, type);
    if (lt_dns_tunnel_note(tunnel, &question, START_US + i * SECOND_US / per_s, &domain) ==
        LT_DNS_TUNNEL_FOUND) {
      g_assert_cmpstr(domain, ==, "example.com.vn");
      return i + 1;
    }
  }
  return 0;
}

static void
test_forms(void)
{
  static const struct {
    const char *label;
    guint n_labels;
    guint label_len;
    guint16 type;
    guint per_s;
    guint n_questions;
    guint found_from, found_to; /* 0: never */
  } rows[] = {
      {"a tunnel that sends", 4, 57, 1, 100, 1000, 30, 50},
      {"a tunnel that receives", 1, 8, TYPE_TXT, 100, 1000, 100, 150},
      {"a tunnel of short names", 1, 8, 1, 100, 3000, 500, 550},
      {"a slow one", 4, 57, 1, 2, 1000, 30, 75},
      {"pieces of a video, 30 names in a minute", 1, 22, 1, 1, 3600, 0, 0},
      {"a scanner that asks for hashes, five a second for a minute", 1, 40, 1, 5, 300, 0, 0},
      {"devices that report, one in four seconds", 1, 50, 1, 1, 900, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint n = count_until_found(
        rows[i].n_labels, rows[i].label_len, rows[i].type, rows[i].per_s, rows[i].n_questions);

    g_test_message("%s: %u", rows[i].label, n);
    g_assert_cmpuint(n, >=, rows[i].found_from);
    g_assert_cmpuint(n, <=, rows[i].found_to);
  }
}

/* What is asked again, whatever the type, and what is no domain of somebody's. */
static void
test_what_does_not_count(void)
{
  static const char *const names[] = {"com.vn", "vn", "printer", "example.com.vn"};
  g_autoptr(LtDnsTunnel) tunnel = lt_dns_tunnel_new();
  const char *domain;

  for (guint i = 0; i < 20000; i++) {
    g_autofree char *again =
        g_strdup_printf("%080u.example.net", i % 12); /* a page's own twelve long names */
    g_autofree char *reverse =
        g_strdup_printf("%u.%u.%u.10.in-addr.arpa", i % 256, i / 256 % 256, i % 7);
    LtDnsQuestion questions[] = {make_question(again, (guint16) (i % 2 == 0 ? 1 : 28)),
                                 make_question(reverse, 12),
                                 make_question(names[i % G_N_ELEMENTS(names)], 1)};

    for (gsize j = 0; j < G_N_ELEMENTS(questions); j++)
      g_assert_cmpint(
          lt_dns_tunnel_note(tunnel, &questions[j], START_US, &domain), ==, LT_DNS_TUNNEL_NONE);
  }
}

/* Other domains, however many, do not make a shut one open. */
static void
test_shut_for_a_while(void)
{
  g_autoptr(LtDnsTunnel) tunnel = lt_dns_tunnel_new();
  const char *domain;
  gint64 now_us = START_US;
  LtDnsTunnelAnswer answer = LT_DNS_TUNNEL_NONE;

  for (guint i = 0; answer == LT_DNS_TUNNEL_NONE; i++) {
    g_autofree char *name = g_strdup_printf("%0200u.tunnel.example", i);
    LtDnsQuestion question = make_question(name, 1);

    answer = lt_dns_tunnel_note(tunnel, &question, now_us, &domain);
  }
  g_assert_cmpint(answer, ==, LT_DNS_TUNNEL_FOUND);
  /* What passed before does not now. */
  g_autofree char *first = g_strdup_printf("%0200u.tunnel.example", 0);
  LtDnsQuestion again = make_question(first, 1);
  g_assert_cmpint(lt_dns_tunnel_note(tunnel, &again, now_us, &domain), ==, LT_DNS_TUNNEL_SHUT);
  for (guint i = 0; i < 1000; i++) {
    g_autofree char *name = g_strdup_printf("www.site%u.example", i);
    LtDnsQuestion question = make_question(name, 1);

    g_assert_cmpint(lt_dns_tunnel_note(tunnel, &question, now_us, &domain), ==, LT_DNS_TUNNEL_NONE);
  }
  LtDnsQuestion question = make_question("www.tunnel.example", 1);
  now_us += LT_DNS_TUNNEL_SHUT_S * SECOND_US;
  g_assert_cmpint(
      lt_dns_tunnel_note(tunnel, &question, now_us - 1, &domain), ==, LT_DNS_TUNNEL_SHUT);
  g_assert_cmpstr(domain, ==, "tunnel.example");
  g_assert_cmpint(lt_dns_tunnel_note(tunnel, &question, now_us, &domain), ==, LT_DNS_TUNNEL_NONE);
}

static void
test_verdicts(void)
{
  static const struct {
    const char *vpn;
    const char *allow;
    LtDnsOutcome outcome;
    guint n_told;
    LtReason reason;
  } rows[] = {
      {"block", "", LT_DNS_REFUSED, 1, LT_REASON_VPN},
      {"warn", "", LT_DNS_PASSES, 1, LT_REASON_VPN},
      {"allow", "", LT_DNS_PASSES, 0, LT_REASON_DEFAULT},
      {"block", "\"tunnel.example\"", LT_DNS_PASSES, 0, LT_REASON_LISTED},
  };
  static const LtAccount account = {1001, 1, "na", NULL};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *json = g_strdup_printf(
        "{\"luytre\":1,\"profiles\":{\"p\":{\"sites\":{\"default\":\"allow\",\"vpn\":\"%s\","
        "\"allow\":[%s]}}},\"children\":[{\"user\":\"na\",\"profile\":\"p\"}]}",
        rows[i].vpn,
        rows[i].allow);
    g_autoptr(GError) error = NULL;
    g_autoptr(LtPolicy) policy =
        lt_policy_parse(json, strlen(json), "test", LT_LAYER_HOUSEHOLD, &error);
    g_assert_no_error(error);
    g_autoptr(LtRuleSet) rules = lt_rule_set_new(&policy, 1, &account, 1, NULL, 0);
    const LtChildRules *child = lt_rule_set_find_slot(rules, 1);
    g_autoptr(LtDnsTunnel) tunnel = lt_dns_tunnel_new();
    LtDnsVerdict verdict;
    guint n_told = 0;

    for (guint j = 0; j < 200; j++) {
      g_autofree char *name = g_strdup_printf("%0200u.tunnel.example", j);
      LtDnsQuestion question = make_question(name, 1);

      lt_dns_judge_question(child, &question, 1800000000, &verdict);
      lt_dns_judge_tunnel(child, tunnel, &question, START_US, &verdict);
      n_told += (guint) verdict.is_told;
    }
    g_test_message("%s %s", rows[i].vpn, rows[i].allow);
    g_assert_cmpint(verdict.outcome, ==, rows[i].outcome);
    g_assert_cmpuint(n_told, ==, rows[i].n_told);
    g_assert_cmpstr(
        lt_reason_to_string(verdict.decision.reason), ==, lt_reason_to_string(rows[i].reason));
    if (verdict.decision.reason == LT_REASON_VPN)
      g_assert_cmpstr(verdict.host.name, ==, "tunnel.example");
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-tunnel/forms", test_forms);
  g_test_add_func("/dns-tunnel/what-does-not-count", test_what_does_not_count);
  g_test_add_func("/dns-tunnel/shut-for-a-while", test_shut_for_a_while);
  g_test_add_func("/dns-tunnel/verdicts", test_verdicts);
  return g_test_run();
}
