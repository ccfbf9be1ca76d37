/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and addresses that hide others: what opens them and what does not. */
#include "policy/encrypted-dns.h"
#include "policy/policy.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT(1800000000)

static const char policy_json[] =
    "{'luytre':1,'profiles':{"
    "'most':{'sites':{'default':'allow','allow':['google.com','=doh.opendns.com','quad9.net',"
    "'a.dns.nextdns.io','1.1.1.1'],'block':['opendns.com'],'unknown-protocols':'allow'}},"
    "'few':{'sites':{'default':'block','allow':['cloudflare-dns.com']}}},"
    "'children':[{'user':'na','profile':'most'},{'user':'minh','profile':'few'}]}";

static LtRuleSet *
make_rules(void)
{
  static const LtAccount accounts[] = {{1001, 1, "na", NULL}, {1002, 2, "minh", NULL}};
  static const LtGrant grants[] = {
      {1, 1001, "adguard-dns.com", NOW_S - 10, NOW_S + 10},
      {2, 1001, "dns.alidns.com", NOW_S - 10, NOW_S + 10},
      {3, 1001, "cloudflare-ech.com", NOW_S - 10, NOW_S + 10},
  };
  g_autoptr(GError) error = NULL;
  g_autofree char *json = g_strdup(policy_json);
  g_autoptr(LtPolicy) policy = NULL;

  g_strdelimit(json, "'", '"');
  policy = lt_policy_parse(json, strlen(json), "test", LT_LAYER_HOUSEHOLD, &error);
  g_assert_no_error(error);
  return lt_rule_set_new(&policy, 1, accounts, 2, grants, G_N_ELEMENTS(grants));
}

static void
test_decisions(void)
{
  static const struct {
    guint16 slot;
    const char *host;
    LtAction action;
    LtReason reason;
  } cases[] = {
      {1, "dns.google", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "x.dns.google", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "xdns.google", LT_ACTION_ALLOW, LT_REASON_DEFAULT},
      {1, "mozilla.cloudflare-dns.com", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      /* a wide entry says nothing of it, its own or a nearer one does */
      {1, "www.google.com", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {1, "dns.google.com", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "dns.quad9.net", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "www.quad9.net", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {1, "a.dns.nextdns.io", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {1, "b.dns.nextdns.io", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "doh.opendns.com", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {1, "x.doh.opendns.com", LT_ACTION_BLOCK, LT_REASON_LISTED},
      {1, "doh.familyshield.opendns.com", LT_ACTION_BLOCK, LT_REASON_LISTED},
      {2, "mozilla.cloudflare-dns.com", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {2, "dns.google", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {2, "example.net", LT_ACTION_BLOCK, LT_REASON_DEFAULT},
      /* the same with grants */
      {1, "dns.adguard-dns.com", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "adguard-dns.com", LT_ACTION_ALLOW, LT_REASON_GRANT},
      {1, "dns.alidns.com", LT_ACTION_ALLOW, LT_REASON_GRANT},
      {1, "cloudflare-ech.com", LT_ACTION_ALLOW, LT_REASON_GRANT},
      {2, "cloudflare-ech.com", LT_ACTION_BLOCK, LT_REASON_HIDDEN_NAME},
      {1, "encryptedsni.com", LT_ACTION_BLOCK, LT_REASON_HIDDEN_NAME},
      /* addresses */
      {1, "1.1.1.1", LT_ACTION_ALLOW, LT_REASON_LISTED},
      {1, "1.0.0.1", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "2606:4700:4700::1111", LT_ACTION_BLOCK, LT_REASON_ENCRYPTED_DNS},
      {1, "1.0.0.4", LT_ACTION_ALLOW, LT_REASON_ADDRESS},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
    LtDecision decision = lt_child_rules_decide_site(
        lt_rule_set_find_slot(rules, cases[i].slot), cases[i].host, NOW_S);

    g_test_message("%u %s", cases[i].slot, cases[i].host);
    g_assert_cmpstr(lt_reason_to_string(decision.reason), ==, lt_reason_to_string(cases[i].reason));
    g_assert_cmpint(decision.action, ==, cases[i].action);
    g_assert_nonnull(decision.rule);
  }
}

static gboolean
has(const char *text)
{
  LtAddress address;

  g_assert_true(lt_address_from_text(text, strlen(text), &address));
  return lt_encrypted_dns_has_address(&address);
}

static void
test_addresses(void)
{
  gsize n_addresses;
  const LtAddress *addresses = lt_encrypted_dns_addresses(&n_addresses);

  g_assert_cmpuint(n_addresses, >, 100);
  for (gsize i = 0; i < n_addresses; i++)
    g_assert_true(lt_encrypted_dns_has_address(&addresses[i]));
  g_assert_true(has("8.8.8.8"));
  g_assert_true(has("2001:4860:4860::8844"));
  g_assert_false(has("8.8.8.9"));
  g_assert_false(has("0.0.0.0"));
  g_assert_false(has("255.255.255.255"));
  g_assert_false(has("::"));
  g_assert_false(has("808:808::"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encrypted-dns/decisions", test_decisions);
  g_test_add_func("/encrypted-dns/addresses", test_addresses);
  return g_test_run();
}
