/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what a profile says of sites: kinds of them, lists of them, and all others. */
#include "policy/profile-sites.h"

#include "policy/decision.h"
#include "policy/nearest.h"
#include "policy/policy.h"
#include "policy/time-rules.h"

static const char *const default_words[] = {"allow", "warn", "ask", "block", NULL};
static const LtAction default_actions[] = {
    LT_ACTION_ALLOW, LT_ACTION_WARN, LT_ACTION_ASK, LT_ACTION_BLOCK};

static const char *const action_words[] = {"allow", "warn", "ask", "block", "budget", NULL};
static const LtAction actions[] = {
    LT_ACTION_ALLOW, LT_ACTION_WARN, LT_ACTION_ASK, LT_ACTION_BLOCK, LT_ACTION_BUDGET};

/* Without "ask": what names no site cannot be asked for. */
static const char *const nameless_words[] = {"allow", "warn", "block", NULL};
static const LtAction nameless_actions[] = {LT_ACTION_ALLOW, LT_ACTION_WARN, LT_ACTION_BLOCK};

typedef struct {
  LtProfile *profile;
  GPtrArray *warnings;
  LtCategory category; /* the one that is being read */
} Reader;

/* A list of sites that is being read. */
typedef struct {
  GPtrArray *entries;
  GPtrArray *warnings;
  GHashTable *seen; /* texts of @entries */
} EntryReader;

static gboolean
read_action(const LtJsonAt *at,
            const char *const *words,
            const LtAction *values,
            gint8 *out,
            GError **error)
{
  guint word;

  if (!lt_json_read_word(at, words, &word, error))
    return FALSE;
  *out = (gint8) values[word];
  return TRUE;
}

static gboolean
visit_default(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return read_action(
      at, default_words, default_actions, &r->profile->scalar[LT_SETTING_DEFAULT], error);
}

static gboolean
read_nameless_action(const LtJsonAt *at, Reader *r, LtSetting setting, GError **error)
{
  return read_action(at, nameless_words, nameless_actions, &r->profile->scalar[setting], error);
}

static gboolean
visit_unknown_protocols(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_nameless_action(at, target, LT_SETTING_UNKNOWN_PROTOCOLS, error);
}

static gboolean
visit_vpn(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_nameless_action(at, target, LT_SETTING_VPN, error);
}

static gboolean
visit_safe_search(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  gboolean on;

  if (!lt_json_read_bool(at, &on, error))
    return FALSE;
  r->profile->scalar[LT_SETTING_SAFE_SEARCH] = on ? 1 : 0;
  return TRUE;
}

/* The more of it, the later in @words. */
static gboolean
read_degree(
    const LtJsonAt *at, const char *const *words, Reader *r, LtSetting setting, GError **error)
{
  guint word;

  if (!lt_json_read_word(at, words, &word, error))
    return FALSE;
  r->profile->scalar[setting] = (gint8) word;
  return TRUE;
}

static gboolean
visit_youtube(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"off", "moderate", "strict", NULL};

  return read_degree(at, words, target, LT_SETTING_YOUTUBE, error);
}

static gboolean
visit_name_binding(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"off", "observe", "strict", NULL};

  return read_degree(at, words, target, LT_SETTING_NAME_BINDING, error);
}

static gboolean
visit_category_action(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return read_action(at, action_words, actions, &r->profile->category[r->category], error);
}

static gboolean
visit_category_budget(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *name;

  if (!lt_json_read_string(at, &name, error))
    return FALSE;
  if (!lt_time_rules_is_budget_name(name))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no name of a budget; write one of \"budgets\"",
                          name);
  r->profile->category_budget[r->category] = g_strdup(name);
  return TRUE;
}

static gboolean
read_category_object(const LtJsonAt *at, Reader *r, GError **error)
{
  static const LtJsonField fields[] = {
      {"action", visit_category_action},
      {"budget", visit_category_budget},
  };

  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), r, error))
    return FALSE;
  if (r->profile->category[r->category] == LT_UNSET)
    return lt_json_refuse(at, LT_POLICY_ERROR_INVALID, error, "\"action\" is missing; add it");
  if (r->profile->category[r->category] != LT_ACTION_BUDGET &&
      r->profile->category_budget[r->category] != NULL)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "a budget is named but not used; write \"action\": \"budget\", or "
                          "remove \"budget\"");
  return TRUE;
}

static gboolean
check_category(const LtJsonAt *at, const Reader *r, GError **error)
{
  gint8 action = r->profile->category[r->category];

  if (action == LT_ACTION_BUDGET && r->profile->category_budget[r->category] == NULL)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "which budget? write {\"action\": \"budget\", \"budget\": \"games\"} "
                          "with the name of one");
  if (r->category == LT_CATEGORY_CSAM && action != LT_ACTION_BLOCK)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"csam\" cannot be switched off; write \"block\", or remove it");
  if (r->category == LT_CATEGORY_HELP && action != LT_ACTION_ALLOW)
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "help is never blocked; write \"allow\", or remove it");
  return TRUE;
}

gboolean
lt_profile_read_category_key(const LtJsonAt *at, LtCategory *out_category, GError **error)
{
  const char *near;

  *out_category = lt_category_find(at->step.key);
  if (*out_category != LT_N_CATEGORIES)
    return TRUE;
  near = lt_nearest_word(at->step.key, lt_category_ids());
  return lt_json_refuse_key(at,
                            error,
                            "\"%s\" is no category; %s \"%s\"",
                            at->step.key,
                            near != NULL ? "did you mean" : "write one like",
                            near != NULL ? near : "games");
}

static gboolean
visit_category(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  if (!lt_profile_read_category_key(at, &r->category, error))
    return FALSE;
  if (lt_json_is_object(at) ? !read_category_object(at, r, error)
                            : !visit_category_action(at, r, error))
    return FALSE;
  return check_category(at, r, error);
}

static gboolean
visit_categories(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_members(at, visit_category, target, error);
}

static LtSiteEntry *
read_entry(const LtJsonAt *at, GPtrArray *warnings, GError **error)
{
  g_autofree char *problem = NULL;
  LtSiteEntry *entry;
  const char *written;

  if (!lt_json_read_string(at, &written, error))
    return NULL;
  entry = lt_site_entry_new(written, &problem);
  if (entry == NULL) {
    lt_json_refuse(at, LT_POLICY_ERROR_INVALID, error, "%s", problem);
    return NULL;
  }
  if (entry->is_suffix)
    lt_json_warn(warnings,
                 at,
                 "\"%s\" is a public suffix: under it stand the sites of many "
                 "owners, so this entry matches that name alone; name the sites",
                 entry->text);
  return entry;
}

static gboolean
visit_entry(const LtJsonAt *at, gpointer target, GError **error)
{
  EntryReader *r = target;
  LtSiteEntry *entry = read_entry(at, r->warnings, error);

  if (entry == NULL)
    return FALSE;
  g_ptr_array_add(r->entries, entry);
  if (!g_hash_table_add(r->seen, entry->text))
    lt_json_warn(r->warnings, at, "\"%s\" is listed twice; remove one", entry->text);
  return TRUE;
}

gboolean
lt_profile_read_entries(const LtJsonAt *at, GPtrArray *entries, GPtrArray *warnings, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  EntryReader r = {entries, warnings, seen};

  return lt_json_read_elements(at, visit_entry, &r, error);
}

static gboolean
visit_allow(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_read_entries(at, r->profile->allow, r->warnings, error);
}

static gboolean
visit_block(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_read_entries(at, r->profile->block, r->warnings, error);
}

/* One entry cannot be both. */
static gboolean
check_contradiction(const LtJsonAt *sites, const LtProfile *profile, GError **error)
{
  g_autoptr(GHashTable) allowed = g_hash_table_new(g_str_hash, g_str_equal);

  for (guint i = 0; i < profile->allow->len; i++) {
    const LtSiteEntry *entry = g_ptr_array_index(profile->allow, i);

    g_hash_table_add(allowed, entry->text);
  }
  for (guint i = 0; i < profile->block->len; i++) {
    const LtSiteEntry *entry = g_ptr_array_index(profile->block, i);
    LtJsonAt list = {sites->doc, sites, {"block", 0}, NULL};
    LtJsonAt at = {sites->doc, &list, {NULL, i}, NULL};

    if (g_hash_table_contains(allowed, entry->text))
      return lt_json_refuse(&at,
                            LT_POLICY_ERROR_INVALID,
                            error,
                            "\"%s\" is in \"allow\" too; keep one of them",
                            entry->text);
  }
  return TRUE;
}

gboolean
lt_profile_sites_read(const LtJsonAt *at, LtProfile *profile, GPtrArray *warnings, GError **error)
{
  static const LtJsonField fields[] = {
      {"default", visit_default},
      {"categories", visit_categories},
      {"allow", visit_allow},
      {"block", visit_block},
      {"safe-search", visit_safe_search},
      {"youtube", visit_youtube},
      {"unknown-protocols", visit_unknown_protocols},
      {"vpn", visit_vpn},
      {"name-binding", visit_name_binding},
  };
  Reader r = {.profile = profile, .warnings = warnings};

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), &r, error) &&
         check_contradiction(at, profile, error);
}
