/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads one profile of a policy document; its "sites" are read by profile-sites.c. */
#include "policy/profile.h"

#include "policy/nearest.h"
#include "policy/policy.h"
#include "policy/profile-sites.h"
#include "policy/time-rules.h"

#include <string.h>

#define MAX_PROFILE_NAME_LEN 64

typedef struct {
  LtProfile *profile;
  GPtrArray *warnings;
} Reader;

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
visit_sites(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_sites_read(at, r->profile, r->warnings, error);
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

static void
starter_site_free(gpointer data)
{
  LtStarterSite *site = data;

  lt_site_entry_free(site->entry);
  g_free(site);
}

LtProfile *
lt_profile_new(const char *name)
{
  LtProfile *profile = g_new0(LtProfile, 1);

  profile->name = g_strdup(name);
  memset(profile->scalar, LT_UNSET, sizeof(profile->scalar));
  memset(profile->category, LT_UNSET, sizeof(profile->category));
  profile->budgets = g_ptr_array_new_with_free_func(g_free);
  profile->allow = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  profile->block = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  profile->starter = g_ptr_array_new_with_free_func(starter_site_free);
  return profile;
}

LtProfile *
lt_profile_read(const LtJsonAt *at, GPtrArray *warnings, GError **error)
{
  static const LtJsonField fields[] = {
      {"note", lt_json_visit_text},
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
  profile = lt_profile_new(at->step.key);
  r.profile = profile;
  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), &r, error) ||
      !check_budgets(at, profile, error))
    return NULL;
  if (profile->based_on == NULL && profile->scalar[LT_SETTING_DEFAULT] == LT_UNSET)
    lt_json_warn(warnings,
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
  g_ptr_array_unref(profile->starter);
  g_ptr_array_unref(profile->block);
  g_ptr_array_unref(profile->allow);
  g_ptr_array_unref(profile->budgets);
  for (guint i = 0; i < LT_N_CATEGORIES; i++)
    g_free(profile->category_budget[i]);
  g_free(profile->based_on);
  g_free(profile->name);
  g_free(profile);
}
