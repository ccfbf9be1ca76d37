/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers for a name: every pair of layers, locks, grants at their edges, help above all. */
#include "policy/host.h"
#include "policy/policy.h"
#include "policy/rule-set.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT(1800000000)

static const char presets_json[] =
    "{'luytre':1,"
    "'categories':{'games':['game.example'],'social':['social.example'],'adult':['x.example',"
    "'body.example'],'sexed':['body.example'],'csam':['evil.example']},"
    "'profiles':{'base':{'sites':{'default':'ask','categories':{'games':'warn','social':'block',"
    "'adult':'block'},'allow':['edu.example'],'block':['bad.example'],'unknown-protocols':'warn'}}"
    "}}";

static const char site_json[] =
    "{'luytre':1,'profiles':{"
    "'free':{'based-on':'base','sites':{'default':'warn','allow':['lesson.example'],'block':["
    "'chat.example'],'categories':{'games':'ask'}}},"
    "'hard':{'based-on':'base','locked':['sites'],'sites':{'default':'block','allow':["
    "'lesson.example'],'block':['chat.example'],'categories':{'games':'block','social':'ask',"
    "'video':{'action':'allow'}},'safe-search':true,'youtube':'strict','unknown-protocols':"
    "'block'}},"
    "'asking':{'locked':['sites.default'],'sites':{'default':'ask'}}},"
    "'categories':{'video':['video.example']},"
    "'children':[{'user':'an','profile':'free'},{'user':'binh','profile':'hard'},"
    "{'group':'lop-6a','profile':'hard'},{'user':'chi','profile':'asking'},"
    "{'user':'dung','profile':'hard'},{'user':'giang','profile':'free'}]}";

static const char household_json[] =
    "{'luytre':1,'profiles':{"
    "'own':{'based-on':'base','sites':{'default':'allow','allow':['chat.example','game.example',"
    "'a.bad.example','=one.example','192.0.2.7','com.vn'],'block':['edu.example','*.wild.example',"
    "'one.example','tongdai111.vn','2001:db8::1'],'categories':{'games':{'action':'budget',"
    "'budget':'games'},'video':'block'},'unknown-protocols':'allow'},"
    "'budgets':{'games':{'all':'60m'}}},"
    "'empty':{'based-on':'base'},"
    "'closed':{'sites':{'default':'block'}}},"
    "'children':[{'user':'dung','profile':'own'},{'user':'na','profile':'own'},"
    "{'user':'ti','profile':'closed'},{'group':'nha','profile':'empty'},"
    "{'user':'lost','profile':'nowhere'},{'user':'giang','profile':'own'}]}";

static LtPolicy *
parse(const char *text, const char *file, LtLayer layer)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *json = g_strdup(text);
  LtPolicy *policy;

  g_strdelimit(json, "'", '"');
  policy = lt_policy_parse(json, strlen(json), file, layer, &error);
  g_assert_no_error(error);
  g_assert_nonnull(policy);
  return policy;
}

static const char *const home_group[] = {"users", "nha", NULL};
static const char *const school_groups[] = {"lop-6a", "nha", NULL};

static const LtAccount accounts[] = {
    {1001, 1, "an", NULL},           /* the site's child */
    {1002, 2, "binh", NULL},         /* the site's, all sites locked */
    {1003, 3, "na", NULL},           /* the household's */
    {1004, 4, "dung", NULL},         /* both name it, the site has locks */
    {1005, 5, "ti", home_group},     /* its own entry beats the group's */
    {1006, 6, "em", home_group},     /* by group */
    {1007, 7, "lop", school_groups}, /* by group in both layers */
    {1008, 8, "chi", NULL},          /* the site's, asking is locked */
    {1009, 9, "me", NULL},           /* no child */
    {1010, 10, "lost", NULL},        /* its profile is missing */
    {1011, 11, "giang", NULL},       /* both name it, no locks */
};

static const LtGrant grants[] = {
    {1, 1003, "news.example", NOW_S - 10, NOW_S + 10},
    {2, 1003, "news.example", NOW_S - 10, NOW_S + 20},
    {3, 1003, "later.example", NOW_S + 1, NOW_S + 60},
    {4, 1003, "now.example", NOW_S, NOW_S + 1},
    {5, 1003, "past.example", NOW_S - 60, NOW_S},
    {6, 1003, "edu.example", NOW_S - 1, G_MAXINT64},
    {7, 1003, "github.io", NOW_S - 1, NOW_S + 60},
    {8, 1002, "chat.example", NOW_S - 1, NOW_S + 60},
    {9, 1002, "other.example", NOW_S - 1, NOW_S + 60},
    {10, 1002, "social.example", NOW_S - 1, NOW_S + 60},
    {11, 1008, "other.example", NOW_S - 1, NOW_S + 60},
    {12, 1003, "evil.example", NOW_S - 1, NOW_S + 60},
    {13, 1003, "203.0.113.9", NOW_S - 1, NOW_S + 60},
};

static LtRuleSet *
make_rules(void)
{
  g_autoptr(LtPolicy) presets = parse(presets_json, "presets.json", LT_LAYER_PRESET);
  g_autoptr(LtPolicy) site = parse(site_json, "site.json", LT_LAYER_SITE);
  g_autoptr(LtPolicy) household = parse(household_json, "household.json", LT_LAYER_HOUSEHOLD);
  LtPolicy *documents[] = {household, presets, site};

  return lt_rule_set_new(documents,
                         G_N_ELEMENTS(documents),
                         accounts,
                         G_N_ELEMENTS(accounts),
                         grants,
                         G_N_ELEMENTS(grants));
}

typedef struct {
  const char *label;
  guint16 slot;
  const char *host;
  const char *expected; /* action reason owner rule */
  gint64 until_s;       /* relative to NOW_S; 0: none */
} Row;

static const Row rows[] = {
    /* help above all */
    {"help: household blocks it", 3, "tongdai111.vn", "allow help help tongdai111.vn", 0},
    {"help: a name below", 2, "www.tongdai111.vn", "allow help help tongdai111.vn", 0},
    {"help: all locked and blocked", 2, "vn-cop.vn", "allow help help vn-cop.vn", 0},
    {"help: block-all", 5, "ntrust.vn", "allow help help ntrust.vn", 0},
    {"help: profile missing", 10, "chongluadao.vn", "allow help help chongluadao.vn", 0},
    {"help: not a look-alike", 5, "xtongdai111.vn", "block default household default", 0},
    /* grants */
    {"grant: the latest end", 3, "news.example", "allow grant grant news.example", 20},
    {"grant: a name below", 3, "a.news.example", "allow grant grant news.example", 20},
    {"grant: not started", 3, "later.example", "allow default household default", 0},
    {"grant: its first second", 3, "now.example", "allow grant grant now.example", 1},
    {"grant: just ended", 3, "past.example", "allow default household default", 0},
    {"grant: beats a block entry", 3, "edu.example", "allow grant grant edu.example", -1},
    {"grant: public suffix itself", 3, "github.io", "allow grant grant github.io", 60},
    {"grant: not below a suffix", 3, "a.github.io", "allow default household default", 0},
    {"grant: another child's", 5, "news.example", "block default household default", 0},
    {"grant: no locked block entry", 2, "chat.example", "block listed site chat.example", 0},
    {"grant: no locked default", 2, "other.example", "block default site default", 0},
    {"grant: a locked ask", 2, "social.example", "allow grant grant social.example", 60},
    {"grant: a locked default ask", 8, "other.example", "allow grant grant other.example", 60},
    {"grant: not csam", 3, "evil.example", "block category default csam", 0},
    {"grant: an address", 3, "203.0.113.9", "allow grant grant 203.0.113.9", 60},
    /* entries */
    {"entry: preset allows", 1, "edu.example", "allow listed preset edu.example", 0},
    {"entry: preset blocks", 1, "x.bad.example", "block listed preset bad.example", 0},
    {"entry: site allows", 1, "lesson.example", "allow listed site lesson.example", 0},
    {"entry: site blocks", 1, "chat.example", "block listed site chat.example", 0},
    {"entry: household over preset", 11, "edu.example", "block listed household edu.example", 0},
    {"entry: household over site", 11, "chat.example", "allow listed household chat.example", 0},
    {"entry: the longest first", 3, "z.a.bad.example", "allow listed household a.bad.example", 0},
    {"entry: a shorter one", 3, "b.bad.example", "block listed preset bad.example", 0},
    {"entry: allow over category", 3, "game.example", "allow listed household game.example", 0},
    {"entry: wildcard below", 3, "a.wild.example", "block listed household *.wild.example", 0},
    {"entry: wildcard not itself", 3, "wild.example", "allow default household default", 0},
    {"entry: exact over plain", 3, "one.example", "allow listed household =one.example", 0},
    {"entry: plain below exact", 3, "a.one.example", "block listed household one.example", 0},
    {"entry: suffix itself", 3, "com.vn", "allow listed household com.vn", 0},
    {"entry: not below a suffix", 3, "shop.com.vn", "allow default household default", 0},
    {"entry: an IPv4 address", 3, "192.0.2.7", "allow listed household 192.0.2.7", 0},
    {"entry: an IPv6 address", 3, "2001:db8::1", "block listed household 2001:db8::1", 0},
    {"address: none", 3, "192.0.2.8", "allow address household unknown-protocols", 0},
    {"address: preset's word", 6, "192.0.2.7", "warn address preset unknown-protocols", 0},
    /* categories */
    {"category: preset", 1, "social.example", "block category preset social", 0},
    {"category: site over preset", 1, "a.game.example", "ask category site games", 0},
    {"category: household", 3, "video.example", "block category household video", 0},
    {"category: unset falls to default", 1, "video.example", "warn default site default", 0},
    {"category: sexed is not adult", 1, "body.example", "warn default site default", 0},
    {"category: adult", 1, "x.example", "block category preset adult", 0},
    {"category: csam always", 5, "evil.example", "block category default csam", 0},
    /* default */
    {"default: preset", 6, "other.example", "ask default preset default", 0},
    {"default: site", 1, "other.example", "warn default site default", 0},
    {"default: household", 3, "other.example", "allow default household default", 0},
    {"default: user beats group", 5, "other.example", "block default household default", 0},
    {"default: profile missing", 10, "other.example", "block default default default", 0},
    /* locks: the household can only make stricter */
    {"lock: default", 4, "other.example", "block default site default", 0},
    {"lock: block entry", 4, "chat.example", "block listed site chat.example", 0},
    {"lock: category", 4, "game.example", "block category site games", 0},
    {"lock: allow entry has no effect", 4, "one.example", "block listed household one.example", 0},
    {"lock: site's own allow stands", 4, "lesson.example", "allow listed site lesson.example", 0},
    {"lock: stricter is possible", 4, "edu.example", "block listed household edu.example", 0},
    {"lock: stricter category", 4, "video.example", "block category household video", 0},
    {"lock: site's milder category", 4, "social.example", "ask category site social", 0},
    {"lock: by group, both layers", 7, "other.example", "block default site default", 0},
    {"lock: not for who is not named", 6, "game.example", "warn category preset games", 0},
    /* not a name */
    {"bad: empty", 3, "", "block bad-name default bad-name", 0},
};

static void
test_rows(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    LtDecision d;
    g_autofree char *got = NULL;
    gint64 until_s = row->until_s > 0 ? NOW_S + row->until_s : 0;

    d = lt_child_rules_decide_site(lt_rule_set_find_slot(rules, row->slot), row->host, NOW_S);
    got = g_strdup_printf("%s %s %s %s",
                          lt_action_to_string(d.action),
                          lt_reason_to_string(d.reason),
                          lt_owner_to_string(d.owner),
                          d.rule);
    g_test_message("%s", row->label);
    g_assert_cmpstr(got, ==, row->expected);
    g_assert_cmpint(d.utc_until_s, ==, row->until_s < 0 ? G_MAXINT64 : until_s);
    g_assert_null(d.list);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rule-set/rows", test_rows);
  return g_test_run();
}
