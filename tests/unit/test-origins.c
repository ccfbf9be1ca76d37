/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file a setting comes from: the nearest, but for locks; lists add up. */
#include "policy/origins.h"

#include <string.h>

static const char presets_json[] =
    "{'luytre':1,'profiles':{'a.ge':{'sites':{'default':'ask','vpn':'block','safe-search':true,"
    "'categories':{'games':'ask','chat':'block'},'allow':['edu.example']},"
    "'time':{'warn':['10m']},'privacy':{'keep':'7d'}}}}";

static const char site_json[] =
    "{'luytre':1,'profiles':{'school':{'based-on':'a.ge','locked':['sites.default',"
    "'sites.categories.games','sites.allow','time.warn','sites.youtube'],'sites':{'default':'ask',"
    "'categories':{'games':'warn'},'block':['chat.example']},'time':{'warn':['5m']}}},"
    "'children':[{'group':'lop','profile':'school'}]}";

static const char household_json[] =
    "{'luytre':1,'profiles':{'own':{'based-on':'a.ge','sites':{'default':'allow','categories':{"
    "'games':'block','chat':'allow'},'allow':['game.example'],'youtube':'strict'},"
    "'time':{'warn':['1m']}}},"
    "'children':[{'user':'na','profile':'own'},{'user':'ti','profile':'own'}]}";

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

static GPtrArray *
find(const LtAccount *account)
{
  g_autoptr(LtPolicy) presets = parse(presets_json, "age.json", LT_LAYER_PRESET);
  g_autoptr(LtPolicy) site = parse(site_json, "school.json", LT_LAYER_SITE);
  g_autoptr(LtPolicy) household = parse(household_json, "household.json", LT_LAYER_HOUSEHOLD);
  LtPolicy *documents[] = {household, presets, site};

  return lt_origins_find(documents, G_N_ELEMENTS(documents), account);
}

/* "VALUE LAYER FILE PROFILE LOCK" of each, with a line between several. */
static char *
tell(const GPtrArray *origins, const char *setting)
{
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < origins->len; i++) {
    const LtOrigin *origin = g_ptr_array_index(origins, i);

    if (strcmp(origin->setting, setting) == 0)
      g_string_append_printf(text,
                             "%s%s %s %s %s %s",
                             text->len > 0 ? "\n" : "",
                             origin->value,
                             lt_origin_layer_name(origin->layer),
                             origin->file,
                             origin->profile,
                             origin->locked_by != NULL ? origin->locked_by : "-");
  }
  g_strdelimit(text->str, "\"", '\'');
  return g_strdup(text->str);
}

static void
test_find(void)
{
  static const char *const groups[] = {"lop", NULL};
  static const LtAccount accounts[] = {{1001, 1, "na", groups}, {1002, 2, "ti", NULL}};
  static const struct {
    guint account;
    const char *setting;
    const char *expected;
  } rows[] = {
      /* No lock: the nearest. */
      {1, "sites.default", "'allow' household household.json own -"},
      {1, "sites.categories.games", "'block' household household.json own -"},
      {1, "sites.categories.chat", "'allow' household household.json own -"},
      {1, "sites.safe-search", "true preset age.json a.ge -"},
      {1, "sites.youtube", "'strict' household household.json own -"},
      {1, "sites.name-binding", ""},
      {1,
       "sites.allow",
       "['game.example'] household household.json own -\n['edu.example'] preset age.json a.ge -"},
      {1, "sites.block", ""},
      {1, "time.warn", "['1m'] household household.json own -"},
      {1, "privacy.keep", "'7d' preset age.json a.ge -"},
      /* Milder than a lock: the lock's. Stricter: the nearest. */
      {0, "sites.default", "'ask' site school.json school school.json"},
      {0, "sites.categories.games", "'block' household household.json own school.json"},
      {0, "sites.categories.chat", "'allow' household household.json own -"},
      {0, "sites.youtube", "'strict' household household.json own school.json"},
      {0, "sites.allow", "['edu.example'] preset age.json a.ge school.json"},
      {0, "sites.block", "['chat.example'] site school.json school -"},
      {0,
       "time.warn",
       "['1m'] household household.json own school.json\n['5m'] site school.json school "
       "school.json"},
  };
  g_autoptr(GPtrArray) with_school = find(&accounts[0]);
  g_autoptr(GPtrArray) alone = find(&accounts[1]);

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *found = tell(rows[i].account == 0 ? with_school : alone, rows[i].setting);

    g_test_message("%s for %u", rows[i].setting, rows[i].account);
    g_assert_cmpstr(found, ==, rows[i].expected);
  }
}

static void
test_no_child(void)
{
  static const LtAccount account = {1003, 3, "me", NULL};

  g_assert_null(find(&account));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/origins/find", test_find);
  g_test_add_func("/origins/no-child", test_no_child);
  return g_test_run();
}
