/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: policy documents, and the decisions of those that are valid. */
#include "policy/policy.h"
#include "tests/fuzz/target.h"

#include <string.h>

#define NOW_S 1800000000

/* A refusal names the file and a place in it. */
static void
check_refusal(const GError *error)
{
  guint line = 0;
  guint column = 0;

  LT_FUZZ_CHECK(error->domain == LT_POLICY_ERROR);
  LT_FUZZ_CHECK(sscanf(error->message, "fuzz.json:%u:%u: /", &line, &column) == 2);
  LT_FUZZ_CHECK(line > 0 && column > 0);
  LT_FUZZ_CHECK(g_utf8_validate(error->message, -1, NULL));
}

static void
check_child(const LtChildRules *child)
{
  static const char *const hosts[] = {
      "olm.vn", "a.b.example.net", "192.0.2.1", "2001:db8::1", "vn"};
  LtDecision help = lt_child_rules_decide_site(child, "www.tongdai111.vn", NOW_S);

  LT_FUZZ_CHECK(help.reason == LT_REASON_HELP && help.action == LT_ACTION_ALLOW);
  for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
    LtDecision decision = lt_child_rules_decide_site(child, hosts[i], NOW_S);

    LT_FUZZ_CHECK(decision.rule != NULL && decision.action <= LT_ACTION_BLOCK);
  }
}

static void
check_policy(LtPolicy *policy)
{
  const char *const *users = lt_policy_users(policy);
  const LtAccount account = {
      1001, 1, users[0] != NULL ? users[0] : "nobody", lt_policy_groups(policy)};
  g_autoptr(LtRuleSet) rules = lt_rule_set_new(&policy, 1, &account, 1, NULL, 0);

  for (const char *const *text = lt_policy_warnings(policy); *text != NULL; text++)
    LT_FUZZ_CHECK(g_str_has_prefix(*text, "fuzz.json:"));
  if (lt_rule_set_find_slot(rules, 1) != NULL)
    check_child(lt_rule_set_find_slot(rules, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  for (guint layer = LT_LAYER_PRESET; layer <= LT_LAYER_HOUSEHOLD; layer++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(LtPolicy) policy =
        lt_policy_parse((const char *) data, size, "fuzz.json", (LtLayer) layer, &error);

    LT_FUZZ_CHECK((policy == NULL) == (error != NULL));
    if (policy == NULL)
      check_refusal(error);
    else
      check_policy(policy);
  }
  return 0;
}
