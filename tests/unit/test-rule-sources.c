/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules make of imitations: their reason, and who still opens or closes such a site. */
#include "policy/policy.h"
#include "policy/rule-set.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT(1800000000)

static const char presets_json[] =
    "{'luytre':1,'profiles':{'age':{'sites':{'default':'allow','categories':{'scam':'block',"
    "'gambling':'warn'}}},'hard':{'based-on':'age','locked':['sites.categories.scam'],'sites':{"
    "'categories':{'scam':'block'}}}}}";

static const char household_json[] =
    "{'luytre':1,'categories':{'scam':['vietcombank.top','honest.example']},'profiles':{"
    "'kid':{'based-on':'age','sites':{'allow':['bidv-login.com'],'block':['bidv.top']}},"
    "'held':{'based-on':'hard','sites':{'allow':['bidv-login.com']}},"
    "'asks':{'based-on':'age','sites':{'categories':{'scam':'ask','gambling':'block'}}},"
    "'free':{'sites':{'default':'allow','categories':{'games':'block'}}}},'children':["
    "{'user':'kid','profile':'kid'},{'user':'held','profile':'held'},"
    "{'user':'asks','profile':'asks'},{'user':'free','profile':'free'}]}";

static const LtAccount accounts[] = {
    {1001, 1, "kid", NULL},
    {1002, 2, "held", NULL},
    {1003, 3, "asks", NULL},
    {1004, 4, "free", NULL},
};

static const LtGrant grants[] = {
    {1, 1001, "agribank.top", NOW_S - 1, NOW_S + 60},
    {2, 1003, "agribank.top", NOW_S - 1, NOW_S + 60},
};

static LtPolicy *
parse(const char *text, const char *file, LtLayer layer)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *json = g_strdup(text);
  LtPolicy *policy;

  g_strdelimit(json, "'", '"');
  policy = lt_policy_parse(json, strlen(json), file, layer, &error);
  g_assert_no_error(error);
  return policy;
}

static LtLookalikes *
load_lookalikes(void)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LtLookalikes *lookalikes;
  gsize len;

  g_assert_true(g_file_get_contents(g_getenv("LUYTRE_LOOKALIKES"), &text, &len, &error));
  lookalikes = lt_lookalikes_new(text, len, "lookalikes.json", &error);
  g_assert_no_error(error);
  return lookalikes;
}

static LtRuleSet *
make_rules(LtLookalikes *lookalikes)
{
  g_autoptr(LtPolicy) presets = parse(presets_json, "presets.json", LT_LAYER_PRESET);
  g_autoptr(LtPolicy) household = parse(household_json, "household.json", LT_LAYER_HOUSEHOLD);
  LtPolicy *documents[] = {presets, household};
  const LtSiteSources known = {NULL, lookalikes};

  return lt_rule_set_new_with_sources(
      documents, 2, accounts, G_N_ELEMENTS(accounts), grants, G_N_ELEMENTS(grants), &known);
}

static void
check(const LtRuleSet *rules, guint16 slot, const char *host, const char *expected)
{
  LtDecision decision = lt_child_rules_decide_site(lt_rule_set_find_slot(rules, slot), host, NOW_S);
  g_autofree char *found = g_strjoin(" ",
                                     lt_action_to_string(decision.action),
                                     lt_reason_to_string(decision.reason),
                                     lt_owner_to_string(decision.owner),
                                     decision.rule,
                                     NULL);

  g_test_message("%s for %u", host, slot);
  g_assert_cmpstr(found, ==, expected);
  g_assert_null(decision.list);
}

static void
test_decide(void)
{
  static const struct {
    guint16 slot;
    const char *host;
    const char *expected; /* action reason owner rule */
  } rows[] = {
      {1, "vietcombank.com.vn", "allow default preset default"},
      {1, "www.vietc0mbank.com", "block lookalike preset vietcombank.com.vn"},
      {3, "www.vietc0mbank.com", "ask lookalike household vietcombank.com.vn"},
      /* Somebody's word is more than a likeness. */
      {1, "vietcombank.top", "block category preset scam"},
      {1, "honest.example", "block category preset scam"},
      /* Betting is a group of its own. */
      {1, "kuwin.vip", "warn category preset gambling"},
      {3, "kuwin.vip", "block category household gambling"},
      /* Own entries, below a lock too where they may open. */
      {1, "www.bidv-login.com", "allow listed household bidv-login.com"},
      {1, "bidv.top", "block listed household bidv.top"},
      {2, "www.bidv-login.com", "block lookalike preset bidv.com.vn"},
      /* Grants */
      {1, "agribank.top", "allow grant grant agribank.top"},
      {2, "agribank.top", "block lookalike preset agribank.com.vn"},
      {3, "agribank.top", "allow grant grant agribank.top"},
      /* Who says nothing of scams is not told of any. */
      {4, "www.vietc0mbank.com", "allow default household default"},
  };
  g_autoptr(LtLookalikes) lookalikes = load_lookalikes();
  g_autoptr(LtRuleSet) rules = make_rules(lookalikes);

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(rules, rows[i].slot, rows[i].host, rows[i].expected);
}

static void
test_without(void)
{
  g_autoptr(LtRuleSet) rules = make_rules(NULL);

  check(rules, 1, "www.vietc0mbank.com", "allow default preset default");
  check(rules, 1, "vietcombank.top", "block category preset scam");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rule-sources/decide", test_decide);
  g_test_add_func("/rule-sources/without", test_without);
  return g_test_run();
}
