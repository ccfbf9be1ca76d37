/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads one profile of a policy document. */
#include "policy/profile.h"

#include "policy/decision.h"
#include "policy/nearest.h"
#include "policy/policy.h"
#include "policy/time-rules.h"

#include <string.h>

#define MAX_PROFILE_NAME_LEN 64

/* Each is looked for in the text again, and nobody reads more. */
#define MAX_WARNINGS 50

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

void
lt_profile_warn(GPtrArray *warnings, const LtJsonAt *at, const char *format, ...)
{
  va_list args;

  if (warnings->len >= MAX_WARNINGS)
    return;
  va_start(args, format);
  g_ptr_array_add(warnings, lt_json_remark(at, format, args));
  va_end(args);
}

gboolean
lt_profile_name_is_valid(const char *name)
{
  gsize len = strlen(name);

  if (len < 1 || len > MAX_PROFILE_NAME_LEN || !g_ascii_isalnum(name[0]))
    return FALSE;
  for (; *name != '\0'; name++) {
    if (!g_ascii_isalnum(*name) && strchr("._-", *name) == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
visit_note(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *note;

  return lt_json_read_string(at, &note, error);
}

gboolean
lt_profile_read_name(const LtJsonAt *at, char **out_name, GError **error)
{
  const char *name;

  if (!lt_json_read_string(at, &name, error))
    return FALSE;
  if (!lt_profile_name_is_valid(name))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no name of a profile; write one like \"b9_11\"",
                          name);
  *out_name = g_strdup(name);
  return TRUE;
}

static gboolean
visit_based_on(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_read_name(at, &r->profile->based_on, error);
}

static gboolean
visit_lock(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *path;
  const char *near;

  if (!lt_json_read_string(at, &path, error))
    return FALSE;
  if (lt_locks_add(&r->profile->locks, path))
    return TRUE;
  near = lt_nearest_word(path, lt_locks_paths());
  return lt_json_refuse(at,
                        LT_POLICY_ERROR_INVALID,
                        error,
                        "\"%s\" is no setting that can be locked; %s \"%s\"",
                        path,
                        near != NULL ? "did you mean" : "write one like",
                        near != NULL ? near : "sites.default");
}

static gboolean
visit_locked(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_lock, target, error);
}

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
visit_unknown_protocols(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  gint8 *out = &r->profile->scalar[LT_SETTING_UNKNOWN_PROTOCOLS];

  return read_action(at, nameless_words, nameless_actions, out, error);
}

static gboolean
visit_vpn(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return read_action(
      at, nameless_words, nameless_actions, &r->profile->scalar[LT_SETTING_VPN], error);
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

static gboolean
visit_youtube(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"off", "moderate", "strict", NULL};
  Reader *r = target;
  guint word;

  if (!lt_json_read_word(at, words, &word, error))
    return FALSE;
  r->profile->scalar[LT_SETTING_YOUTUBE] = (gint8) word;
  return TRUE;
}

static gboolean
visit_name_binding(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"off", "observe", "strict", NULL};
  Reader *r = target;
  guint word;

  if (!lt_json_read_word(at, words, &word, error))
    return FALSE;
  r->profile->scalar[LT_SETTING_NAME_BINDING] = (gint8) word;
  return TRUE;
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
    lt_profile_warn(warnings,
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
    lt_profile_warn(r->warnings, at, "\"%s\" is listed twice; remove one", entry->text);
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

static gboolean
visit_sites(const LtJsonAt *at, gpointer target, GError **error)
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
  Reader *r = target;

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), r, error) &&
         check_contradiction(at, r->profile, error);
}

static gboolean
visit_time(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_time_rules_check(at, error);
}

static gboolean
visit_budgets(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_time_rules_check_budgets(at, r->profile->budgets, error);
}

static gboolean
visit_privacy(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_time_rules_check_privacy(at, error);
}

/* A profile on its own feet must have what its categories need. */
static gboolean
check_budgets(const LtJsonAt *at, const LtProfile *profile, GError **error)
{
  LtJsonAt sites = {at->doc, at, {"sites", 0}, NULL};
  LtJsonAt categories = {at->doc, &sites, {"categories", 0}, NULL};

  for (guint i = 0; i < LT_N_CATEGORIES && profile->based_on == NULL; i++) {
    const char *budget = profile->category_budget[i];
    LtJsonAt category = {at->doc, &categories, {lt_category_ids()[i], 0}, NULL};

    if (budget != NULL &&
        !g_ptr_array_find_with_equal_func(profile->budgets, budget, g_str_equal, NULL))
      return lt_json_refuse(&category,
                            LT_POLICY_ERROR_INVALID,
                            error,
                            "no budget is called \"%s\"; add it to \"budgets\" of this profile",
                            budget);
  }
  return TRUE;
}

static LtProfile *
profile_new(const char *name)
{
  LtProfile *profile = g_new0(LtProfile, 1);

  profile->name = g_strdup(name);
  memset(profile->scalar, LT_UNSET, sizeof(profile->scalar));
  memset(profile->category, LT_UNSET, sizeof(profile->category));
  profile->budgets = g_ptr_array_new_with_free_func(g_free);
  profile->allow = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  profile->block = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  return profile;
}

LtProfile *
lt_profile_read(const LtJsonAt *at, GPtrArray *warnings, GError **error)
{
  static const LtJsonField fields[] = {
      {"note", visit_note},
      {"based-on", visit_based_on},
      {"locked", visit_locked},
      {"sites", visit_sites},
      {"time", visit_time},
      {"budgets", visit_budgets},
      {"privacy", visit_privacy},
  };
  g_autoptr(LtProfile) profile = NULL;
  Reader r = {.warnings = warnings};

  if (!lt_profile_name_is_valid(at->step.key)) {
    lt_json_refuse_key(at,
                       error,
                       "\"%s\" is no name of a profile; use letters without marks, digits, '.', "
                       "'-' and '_', at most 64",
                       at->step.key);
    return NULL;
  }
  profile = profile_new(at->step.key);
  r.profile = profile;
  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), &r, error) ||
      !check_budgets(at, profile, error))
    return NULL;
  if (profile->based_on == NULL && profile->scalar[LT_SETTING_DEFAULT] == LT_UNSET)
    lt_profile_warn(warnings,
                    at,
                    "this profile says nothing of other sites: they are blocked; "
                    "add \"based-on\", or \"default\" to \"sites\"");
  return g_steal_pointer(&profile);
}

void
lt_profile_free(LtProfile *profile)
{
  if (profile == NULL)
    return;
  g_ptr_array_unref(profile->block);
  g_ptr_array_unref(profile->allow);
  g_ptr_array_unref(profile->budgets);
  for (guint i = 0; i < LT_N_CATEGORIES; i++)
    g_free(profile->category_budget[i]);
  g_free(profile->based_on);
  g_free(profile->name);
  g_free(profile);
}
