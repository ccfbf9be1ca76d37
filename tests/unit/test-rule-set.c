/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers for a name: every pair of layers, locks, grants at their edges, help above all. */
#include "policy/help-builtin.h"
#include "policy/policy-parts.h"
#include "policy/rule-set.h"

#include <string.h>

#define NOW_S G_GINT64_CONSTANT(1800000000)

static const char presets_json[] =
    "{'luytre':1,"
    "'categories':{'games':['game.example'],'social':['social.example'],'adult':['x.example',"
    "'body.example'],'sexed':['body.example'],'csam':['evil.example']},"
    "'profiles':{'base':{'sites':{'default':'ask','categories':{'games':'warn','social':'block',"
    "'adult':'block'},'allow':['edu.example'],'block':['bad.example'],'unknown-protocols':'warn'}},"
    "'mild':{'sites':{'default':'allow','categories':{'games':'block','social':'allow'},"
    "'allow':['soft.example'],'unknown-protocols':'allow'}}}}";

static const char site_json[] =
    "{'luytre':1,'profiles':{"
    "'free':{'based-on':'base','sites':{'default':'warn','allow':['lesson.example'],'block':["
    "'chat.example'],'categories':{'games':'ask'}}},"
    "'hard':{'based-on':'base','locked':['sites'],'sites':{'default':'block','allow':["
    "'lesson.example'],'block':['chat.example'],'categories':{'games':'block','social':'ask',"
    "'video':{'action':'allow'}},'safe-search':true,'youtube':'strict','unknown-protocols':"
    "'block'}},"
    "'inherits':{'based-on':'base','locked':['sites.default','sites.categories','"
    "sites.unknown-protocols']},"
    "'asking':{'locked':['sites.default'],'sites':{'default':'ask'}}},"
    "'categories':{'video':['video.example']},"
    "'children':[{'user':'an','profile':'free'},{'user':'binh','profile':'hard'},"
    "{'group':'lop-6a','profile':'hard'},{'user':'chi','profile':'asking'},"
    "{'user':'dung','profile':'hard'},{'user':'giang','profile':'free'},"
    "{'user':'hoa','profile':'inherits'}]}";

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
    "{'user':'lost','profile':'nowhere'},{'user':'giang','profile':'own'},"
    "{'user':'hoa','profile':'mild'}]}";

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
    {1012, 12, "hoa", NULL},         /* both name it, the site locks what its preset says */
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
    {14, 1003, "lan", NOW_S - 1, NOW_S + 60},
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
    {"grant: one label itself", 3, "lan", "allow grant grant lan", 60},
    {"grant: not below one label", 3, "a.lan", "allow default household default", 0},
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
    {"lock: a preset's default", 12, "other.example", "ask default preset default", 0},
    {"lock: a preset's category", 12, "social.example", "block category preset social", 0},
    {"lock: another preset's allow", 12, "soft.example", "ask default preset default", 0},
    {"lock: stricter than a preset", 12, "game.example", "block category preset games", 0},
    {"lock: by group, both layers", 7, "other.example", "block default site default", 0},
    {"lock: not for who is not named", 6, "game.example", "warn category preset games", 0},
    /* not a name */
    {"bad: empty", 3, "", "block bad-name default bad-name", 0},
};

static void
check(LtDecision d, const char *expected)
{
  g_autofree char *got = g_strdup_printf("%s %s %s %s",
                                         lt_action_to_string(d.action),
                                         lt_reason_to_string(d.reason),
                                         lt_owner_to_string(d.owner),
                                         d.rule);

  g_assert_cmpstr(got, ==, expected);
}

static void
test_rows(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    LtDecision d;
    gint64 until_s = row->until_s > 0 ? NOW_S + row->until_s : 0;

    d = lt_child_rules_decide_site(lt_rule_set_find_slot(rules, row->slot), row->host, NOW_S);
    g_test_message("%s", row->label);
    check(d, row->expected);
    g_assert_cmpint(d.utc_until_s, ==, row->until_s < 0 ? G_MAXINT64 : until_s);
    g_assert_null(d.list);
  }
}

static void
test_nameless(void)
{
  static const struct {
    guint16 slot;
    LtReason reason;
    const char *expected;
  } nameless[] = {
      {3, LT_REASON_ADDRESS, "allow address household unknown-protocols"},
      {3, LT_REASON_NO_NAME, "allow no-name household unknown-protocols"},
      {3, LT_REASON_UNKNOWN_PROTOCOL, "allow unknown-protocol household unknown-protocols"},
      {3, LT_REASON_UNDECIDED, "block undecided default undecided"},
      {3, LT_REASON_BAD_NAME, "block bad-name default bad-name"},
      {3, LT_REASON_TAMPERING, "block tampering default tampering"},
      {3, LT_REASON_QUIC, "block quic default quic"},
      {3, LT_REASON_FORGOTTEN, "block forgotten default forgotten"},
      {4, LT_REASON_NO_NAME, "block no-name site unknown-protocols"}, /* locked by the site */
      {1, LT_REASON_NO_NAME, "warn no-name preset unknown-protocols"},
      {12, LT_REASON_NO_NAME, "warn no-name preset unknown-protocols"},  /* of the site's preset */
      {5, LT_REASON_NO_NAME, "block no-name default unknown-protocols"}, /* nobody says */
      {5, LT_REASON_VPN, "block vpn default vpn"},
      {5, LT_REASON_PROXY, "block proxy default vpn"},
      {3, LT_REASON_ENCRYPTED_DNS, "block encrypted-dns default encrypted-dns"},
      {3, LT_REASON_HIDDEN_NAME, "block hidden-name default hidden-name"},
      {3, LT_REASON_OTHER_ADDRESS, "block other-address default name-binding"},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (guint i = 0; i < G_N_ELEMENTS(nameless); i++)
    check(lt_child_rules_decide_nameless(lt_rule_set_find_slot(rules, nameless[i].slot),
                                         nameless[i].reason),
          nameless[i].expected);
  check(lt_child_rules_decide_nameless(NULL, LT_REASON_NO_NAME), "block no-rules default no-rules");
}

/* The site has locked all of "sites" for some; a household may then only make it stricter. */
static void
test_locked_values(void)
{
  static const struct {
    const char *label;
    const char *locked;
    const char *site;
    const char *household;
    gboolean safe_search;
    LtYoutube youtube;
    LtAction vpn;
    LtNameBinding binding;
  } values[] = {
      {"nobody says", "", "", "", FALSE, LT_YOUTUBE_OFF, LT_ACTION_BLOCK, LT_NAME_BINDING_OFF},
      {"the site's",
       "",
       "'safe-search':true,'youtube':'moderate','vpn':'warn','name-binding':'observe'",
       "",
       TRUE,
       LT_YOUTUBE_MODERATE,
       LT_ACTION_WARN,
       LT_NAME_BINDING_OBSERVE},
      {"the household's",
       "",
       "'safe-search':true,'youtube':'moderate','vpn':'warn','name-binding':'observe'",
       "'safe-search':false,'youtube':'off','vpn':'allow','name-binding':'off'",
       FALSE,
       LT_YOUTUBE_OFF,
       LT_ACTION_ALLOW,
       LT_NAME_BINDING_OFF},
      {"locked, milder",
       "'sites'",
       "'safe-search':true,'youtube':'moderate','vpn':'warn','name-binding':'observe'",
       "'safe-search':false,'youtube':'off','vpn':'allow','name-binding':'off'",
       TRUE,
       LT_YOUTUBE_MODERATE,
       LT_ACTION_WARN,
       LT_NAME_BINDING_OBSERVE},
      {"locked, stricter",
       "'sites'",
       "'safe-search':false,'youtube':'moderate','vpn':'warn','name-binding':'observe'",
       "'safe-search':true,'youtube':'strict','vpn':'block','name-binding':'strict'",
       TRUE,
       LT_YOUTUBE_STRICT,
       LT_ACTION_BLOCK,
       LT_NAME_BINDING_STRICT},
      {"one is locked",
       "'sites.youtube'",
       "'safe-search':true,'youtube':'strict','vpn':'block','name-binding':'strict'",
       "'safe-search':false,'youtube':'off','vpn':'allow','name-binding':'off'",
       FALSE,
       LT_YOUTUBE_STRICT,
       LT_ACTION_ALLOW,
       LT_NAME_BINDING_OFF},
  };
  const LtAccount na = {1003, 3, "na", NULL};

  for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
    static const char form[] = "{'luytre':1,'profiles':{'p':{'locked':[%s],'sites':{%s}}},"
                               "'children':[{'user':'na','profile':'p'}]}";
    g_autofree char *site_text = g_strdup_printf(form, values[i].locked, values[i].site);
    g_autofree char *household_text = g_strdup_printf(form, "", values[i].household);
    g_autoptr(LtPolicy) site = parse(site_text, "site.json", LT_LAYER_SITE);
    g_autoptr(LtPolicy) household = parse(household_text, "h.json", LT_LAYER_HOUSEHOLD);
    LtPolicy *documents[] = {site, household};
    g_autoptr(LtRuleSet) rules = lt_rule_set_new(documents, 2, &na, 1, NULL, 0);
    const LtChildRules *child = lt_rule_set_find_slot(rules, 3);

    g_test_message("%s", values[i].label);
    g_assert_cmpint(lt_child_rules_safe_search(child), ==, values[i].safe_search);
    g_assert_cmpint(lt_child_rules_youtube(child), ==, values[i].youtube);
    g_assert_cmpint(lt_child_rules_vpn(child), ==, values[i].vpn);
    g_assert_cmpint(lt_child_rules_name_binding(child), ==, values[i].binding);
  }
}

static void
test_no_rules(void)
{
  g_autoptr(LtPolicy) presets = parse(presets_json, "presets.json", LT_LAYER_PRESET);
  g_autoptr(LtRuleSet) none = lt_rule_set_new(NULL, 0, accounts, G_N_ELEMENTS(accounts), NULL, 0);
  g_autoptr(LtRuleSet) only_presets =
      lt_rule_set_new(&presets, 1, accounts, G_N_ELEMENTS(accounts), NULL, 0);
  g_autoptr(LtRuleSet) rules = make_rules();

  g_assert_false(lt_rule_set_has_rules(none));
  g_assert_cmpuint(lt_rule_set_n_children(none), ==, 0);
  g_assert_false(lt_rule_set_has_rules(only_presets));
  g_assert_cmpuint(lt_rule_set_n_children(only_presets), ==, 0);
  g_assert_true(lt_rule_set_has_rules(rules));

  check(lt_child_rules_decide_site(NULL, "olm.vn", NOW_S), "block no-rules default no-rules");
  check(lt_child_rules_decide_site(NULL, "a.tongdai111.vn", NOW_S),
        "allow help help tongdai111.vn");
  check(lt_child_rules_decide_site(NULL, "", NOW_S), "block bad-name default bad-name");
  check(lt_child_rules_decide_site(NULL, NULL, NOW_S), "block bad-name default bad-name");
}

static void
test_children(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();
  const LtChildRules *child;

  g_assert_cmpuint(lt_rule_set_n_children(rules), ==, G_N_ELEMENTS(accounts) - 1);
  for (gsize i = 1; i < lt_rule_set_n_children(rules); i++)
    g_assert_cmpuint(lt_child_rules_slot(lt_rule_set_child(rules, i - 1)),
                     <,
                     lt_child_rules_slot(lt_rule_set_child(rules, i)));
  g_assert_null(lt_rule_set_find_slot(rules, 0));
  g_assert_null(lt_rule_set_find_slot(rules, 9));
  g_assert_null(lt_rule_set_find_slot(rules, LT_SLOT_MAX));
  g_assert_null(lt_rule_set_find_slot(rules, G_MAXUINT16));
  g_assert_null(lt_rule_set_find_uid(rules, 1009));
  child = lt_rule_set_find_uid(rules, 1004);
  g_assert_true(child == lt_rule_set_find_slot(rules, 4));
  g_assert_cmpstr(lt_child_rules_user(child), ==, "dung");
  g_assert_cmpstr(lt_child_rules_profile(child), ==, "own");
  g_assert_cmpuint(lt_child_rules_uid(child), ==, 1004);
  g_assert_cmpstr(lt_child_rules_profile(lt_rule_set_find_uid(rules, 1007)), ==, "empty");
}

static void
test_next_change(void)
{
  static const struct {
    gint64 now_s;
    gint64 next_s;
  } moments[] = {
      {-61, -60}, /* past.example begins */
      {-60, -10},
      {-10, -1},
      {-1, 0}, /* now.example begins, past.example ends */
      {0, 1},
      {1, 10},
      {10, 20},
      {20, 60},
      {59, 60},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (guint i = 0; i < G_N_ELEMENTS(moments); i++)
    g_assert_cmpint(
        lt_rule_set_next_change_s(rules, NOW_S + moments[i].now_s), ==, NOW_S + moments[i].next_s);
  /* edu.example is open until it is revoked. */
  g_assert_cmpint(lt_rule_set_next_change_s(rules, NOW_S + 60), ==, G_MAXINT64);
}

static void
test_problems(void)
{
  static const char *const expected[] = {
      ": /children/4/profile: no profile is called \"nowhere\", so all sites but help are closed "
      "for "
      "this child; add it, or name another",
      ": /profiles/own/sites/block/3: \"tongdai111.vn\" is a help channel, and help is never "
      "blocked; remove this entry",
  };
  g_autoptr(LtRuleSet) rules = make_rules();
  const char *const *problems = lt_rule_set_problems(rules);

  g_assert_cmpuint(g_strv_length((char **) problems), ==, G_N_ELEMENTS(expected));
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_assert_true(g_str_has_prefix(problems[i], "household.json:1:"));
    g_assert_true(g_str_has_suffix(problems[i], expected[i]));
  }
}

static void
test_circle_of_files(void)
{
  g_autoptr(LtPolicy) a = parse("{'luytre':1,'profiles':{'a':{'based-on':'b','sites':{'default':"
                                "'allow','allow':['olm.vn']}}},'children':[{'user':'na','profile':"
                                "'a'}]}",
                                "a.json",
                                LT_LAYER_SITE);
  g_autoptr(LtPolicy) b =
      parse("{'luytre':1,'profiles':{'b':{'based-on':'a'}}}", "b.json", LT_LAYER_SITE);
  LtPolicy *documents[] = {a, b};
  const LtAccount na = {1003, 3, "na", NULL};
  g_autoptr(LtRuleSet) rules = lt_rule_set_new(documents, 2, &na, 1, NULL, 0);
  const LtChildRules *child = lt_rule_set_find_slot(rules, 3);

  g_assert_cmpuint(g_strv_length((char **) lt_rule_set_problems(rules)), ==, 2);
  check(lt_child_rules_decide_site(child, "olm.vn", NOW_S), "allow listed site olm.vn");
  check(lt_child_rules_decide_site(child, "other.vn", NOW_S), "block default default default");
}

static void
test_later_file_wins(void)
{
  g_autoptr(LtPolicy) early =
      parse("{'luytre':1,'profiles':{'p':{'sites':{'default':'block'}}},'children':[{'user':'na',"
            "'profile':'p'}]}",
            "10-a.json",
            LT_LAYER_SITE);
  g_autoptr(LtPolicy) late =
      parse("{'luytre':1,'profiles':{'p':{'sites':{'default':'warn'}}},'children':[{'user':'na',"
            "'profile':'p'}]}",
            "20-b.json",
            LT_LAYER_SITE);
  const LtAccount na = {1003, 3, "na", NULL};

  for (guint i = 0; i < 2; i++) {
    LtPolicy *documents[] = {i == 0 ? early : late, i == 0 ? late : early};
    g_autoptr(LtRuleSet) rules = lt_rule_set_new(documents, 2, &na, 1, NULL, 0);

    check(lt_child_rules_decide_site(lt_rule_set_find_slot(rules, 3), "olm.vn", NOW_S),
          "warn default site default");
  }
}

static void
test_help_of_package(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *json = NULL;
  g_autoptr(LtPolicy) policy = NULL;
  const char *file = g_getenv("LUYTRE_HELP_CHANNELS");
  guint n_hosts = 0;
  gsize len;

  g_assert_nonnull(file);
  g_file_get_contents(file, &json, &len, &error);
  g_assert_no_error(error);
  policy = lt_policy_parse(json, len, "help-channels.json", LT_LAYER_PRESET, &error);
  g_assert_no_error(error);
  g_assert_null(lt_policy_warnings(policy)[0]);
  for (guint i = 0; i < lt_policy_help_channels(policy)->len; i++) {
    const LtHelpChannel *channel = g_ptr_array_index(lt_policy_help_channels(policy), i);

    g_assert_cmpuint(channel->hosts->len + channel->phones->len, >, 0);
    for (guint j = 0; j < channel->hosts->len; j++, n_hosts++) {
      const LtSiteEntry *entry = g_ptr_array_index(channel->hosts, j);

      g_assert_true(g_strv_contains(lt_help_builtin_hosts, entry->host));
    }
  }
  g_assert_cmpuint(g_strv_length((char **) lt_help_builtin_hosts), ==, n_hosts);
}

static void
test_help_of_data(void)
{
  g_autoptr(LtPolicy) help =
      parse("{'luytre':1,'help-channels':[{'id':'new','hosts':['help.example'],"
            "'checked-on':'2026-07-23'}]}",
            "help.json",
            LT_LAYER_PRESET);
  g_autoptr(LtPolicy) site = parse("{'luytre':1,'profiles':{'p':{'locked':['sites'],'sites':{"
                                   "'default':'block','block':['help.example']}}},'children':[{"
                                   "'user':'na','profile':'p'}]}",
                                   "site.json",
                                   LT_LAYER_SITE);
  LtPolicy *documents[] = {help, site};
  const LtAccount na = {1003, 3, "na", NULL};
  g_autoptr(LtRuleSet) rules = lt_rule_set_new(documents, 2, &na, 1, NULL, 0);
  const LtChildRules *child = lt_rule_set_find_slot(rules, 3);

  check(lt_child_rules_decide_site(child, "a.help.example", NOW_S), "allow help help help.example");
  /* A channel that the data do not name any more may have been sold. */
  check(lt_child_rules_decide_site(child, "tongdai111.vn", NOW_S), "block default site default");
}

static void
test_shared_rules(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();
  LtRuleSet *again = lt_rule_set_ref(rules);
  LtDecision d = lt_child_rules_decide_site(lt_rule_set_find_slot(again, 3), "example.org", NOW_S);

  lt_rule_set_unref(again);
  check(d, "allow default household default");
  lt_rule_set_unref(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rule-set/rows", test_rows);
  g_test_add_func("/rule-set/nameless", test_nameless);
  g_test_add_func("/rule-set/locked-values", test_locked_values);
  g_test_add_func("/rule-set/no-rules", test_no_rules);
  g_test_add_func("/rule-set/children", test_children);
  g_test_add_func("/rule-set/next-change", test_next_change);
  g_test_add_func("/rule-set/problems", test_problems);
  g_test_add_func("/rule-set/circle-of-files", test_circle_of_files);
  g_test_add_func("/rule-set/later-file-wins", test_later_file_wins);
  g_test_add_func("/rule-set/help-of-package", test_help_of_package);
  g_test_add_func("/rule-set/help-of-data", test_help_of_data);
  g_test_add_func("/rule-set/shared-rules", test_shared_rules);
  return g_test_run();
}
