/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One policy document: its profiles, whose they are, and what the package's own data say. */
#include "policy/policy.h"

#include "policy/help-channels.h"
#include "policy/policy-parts.h"
#include "policy/profile-sites.h"
#include "policy/starter-sites.h"

#include <string.h>

/* The form that this version reads. */
#define FORM 1

#define MAX_ACCOUNT_NAME_CHARS 256

/* Far more than a school has classes; keeps the search for circles short. */
#define MAX_PROFILES 500

G_DEFINE_QUARK(lt_policy_error, lt_policy_error)

struct _LtPolicy {
  LtJsonDoc *doc;
  LtLayer layer;
  GPtrArray *profiles;
  GHashTable *profiles_by_name;
  GPtrArray *children;
  GHashTable *child_names; /* of children so far: "u" or "g", then the name */
  GPtrArray *categories;
  GPtrArray *help_channels;
  GPtrArray *warnings; /* these three end in NULL once the document is read */
  GPtrArray *users;
  GPtrArray *groups;
};

static void
child_entry_free(gpointer data)
{
  LtChildEntry *entry = data;

  g_free(entry->profile);
  g_free(entry->name);
  g_free(entry);
}

static void
category_names_free(gpointer data)
{
  LtCategoryNames *names = data;

  g_ptr_array_unref(names->entries);
  g_free(names);
}

static gboolean
visit_form(const LtJsonAt *at, gpointer target, GError **error)
{
  gint64 form;

  if (!lt_json_read_int(at, &form, error))
    return FALSE;
  if (form != FORM)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_VERSION,
                          error,
                          "form %" G_GINT64_FORMAT " of the rules is not known; write 1, or use "
                          "a newer version of luytre",
                          form);
  return TRUE;
}

static gboolean
visit_profile(const LtJsonAt *at, gpointer target, GError **error)
{
  LtPolicy *policy = target;
  LtProfile *profile = lt_profile_read(at, policy->warnings, error);

  if (profile == NULL)
    return FALSE;
  g_ptr_array_add(policy->profiles, profile);
  if (g_hash_table_contains(policy->profiles_by_name, profile->name))
    return lt_json_refuse_key(
        at, error, "\"%s\" is the name of the starter sites; choose another", profile->name);
  g_hash_table_insert(policy->profiles_by_name, profile->name, profile);
  if (policy->profiles->len > MAX_PROFILES)
    return lt_json_refuse_key(
        at, error, "more than %d profiles; split them into several files", MAX_PROFILES);
  if (policy->layer == LT_LAYER_HOUSEHOLD &&
      (profile->locks.settings != 0 || profile->locks.categories != 0))
    lt_json_warn(policy->warnings,
                 at,
                 "\"locked\" has no effect here: nothing comes after the "
                 "household's rules; remove it");
  return TRUE;
}

static gboolean
visit_profiles(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_members(at, visit_profile, target, error);
}

/* Directory accounts may have spaces, letters with marks and backslashes. */
static gboolean
account_name_is_valid(const char *name)
{
  if (name[0] == '\0' || name[0] == '-' || g_utf8_strlen(name, -1) > MAX_ACCOUNT_NAME_CHARS)
    return FALSE;
  for (; *name != '\0'; name++) {
    if ((guchar) *name < 0x20 || *name == 0x7f || *name == ':' || *name == '/')
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_account_name(const LtJsonAt *at, LtChildEntry *entry, gboolean is_group, GError **error)
{
  const char *name;

  if (!lt_json_read_string(at, &name, error))
    return FALSE;
  if (entry->name != NULL)
    return lt_json_refuse_key(
        at, error, "\"user\" and \"group\" in one entry; write one entry for each");
  if (!account_name_is_valid(name))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no name of %s; write it as the system knows it",
                          name,
                          is_group ? "a group" : "a user");
  entry->name = g_strdup(name);
  entry->is_group = is_group;
  return TRUE;
}

static gboolean
visit_user(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_account_name(at, target, FALSE, error);
}

static gboolean
visit_group(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_account_name(at, target, TRUE, error);
}

static gboolean
visit_child_profile(const LtJsonAt *at, gpointer target, GError **error)
{
  LtChildEntry *entry = target;

  return lt_profile_read_name(at, &entry->profile, error);
}

static gboolean
check_child(const LtJsonAt *at, LtPolicy *policy, const LtChildEntry *entry, GError **error)
{
  if (entry->name == NULL)
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "who is it? add \"user\" or \"group\"");
  if (entry->profile == NULL)
    return lt_json_require(at, "profile", error);
  if (!g_hash_table_add(policy->child_names,
                        g_strconcat(entry->is_group ? "g" : "u", entry->name, NULL)))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "%s \"%s\" has an earlier entry; keep one",
                          entry->is_group ? "group" : "user",
                          entry->name);
  return TRUE;
}

static gboolean
visit_child(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"user", visit_user},
      {"group", visit_group},
      {"profile", visit_child_profile},
      {"note", lt_json_visit_text},
  };
  LtPolicy *policy = target;
  LtChildEntry *entry = g_new0(LtChildEntry, 1);

  g_ptr_array_add(policy->children, entry);
  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), entry, error) ||
      !check_child(at, policy, entry, error))
    return FALSE;
  g_ptr_array_add(entry->is_group ? policy->groups : policy->users, entry->name);
  return TRUE;
}

static gboolean
visit_children(const LtJsonAt *at, gpointer target, GError **error)
{
  const LtPolicy *policy = target;

  if (policy->layer == LT_LAYER_PRESET)
    return lt_json_refuse_key(
        at, error, "presets are nobody's yet; name children in the site's or household's rules");
  return lt_json_read_elements(at, visit_child, target, error);
}

static gboolean
visit_category_names(const LtJsonAt *at, gpointer target, GError **error)
{
  LtPolicy *policy = target;
  LtCategory category;
  LtCategoryNames *names;

  if (!lt_profile_read_category_key(at, &category, error))
    return FALSE;
  names = g_new0(LtCategoryNames, 1);
  names->category = category;
  names->entries = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  g_ptr_array_add(policy->categories, names);
  return lt_profile_read_entries(at, names->entries, policy->warnings, error);
}

static gboolean
visit_categories(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_members(at, visit_category_names, target, error);
}

static gboolean
visit_help_channels(const LtJsonAt *at, gpointer target, GError **error)
{
  LtPolicy *policy = target;

  if (policy->layer != LT_LAYER_PRESET)
    return lt_json_refuse_key(at,
                              error,
                              "help channels come with the package; add the site to \"allow\" of "
                              "a profile instead");
  return lt_help_channels_read(at, policy->help_channels, policy->warnings, error);
}

/* Each age has what the younger one has, and its own. */
static gboolean
add_starter_profiles(const LtJsonAt *at, LtPolicy *policy, LtProfile **out, GError **error)
{
  for (guint age = 0; age < LT_STARTER_N_AGES; age++) {
    const char *name = lt_starter_profile_name(age);

    if (g_hash_table_contains(policy->profiles_by_name, name))
      return lt_json_refuse_key(
          at, error, "a profile is called \"%s\", which is these sites' name", name);
    out[age] = lt_profile_new(name);
    if (age > 0)
      out[age]->based_on = g_strdup(lt_starter_profile_name(age - 1));
    g_ptr_array_add(policy->profiles, out[age]);
    g_hash_table_insert(policy->profiles_by_name, out[age]->name, out[age]);
  }
  return TRUE;
}

static gboolean
visit_starter_sites(const LtJsonAt *at, gpointer target, GError **error)
{
  LtPolicy *policy = target;
  LtProfile *profiles[LT_STARTER_N_AGES];

  if (policy->layer != LT_LAYER_PRESET)
    return lt_json_refuse_key(at,
                              error,
                              "starter sites come with the package; add the site to \"allow\" of "
                              "a profile instead");
  return add_starter_profiles(at, policy, profiles, error) &&
         lt_starter_sites_read(at, profiles, policy->warnings, error);
}

const LtProfile *
lt_policy_find_profile(const LtPolicy *policy, const char *name)
{
  return g_hash_table_lookup(policy->profiles_by_name, name);
}

/* A profile with the name of its own base takes that of a lower layer. */
static const LtProfile *
base_in_document(const LtPolicy *policy, const LtProfile *profile)
{
  if (profile->based_on == NULL || strcmp(profile->based_on, profile->name) == 0)
    return NULL;
  return lt_policy_find_profile(policy, profile->based_on);
}

static gboolean
check_circle(const LtPolicy *policy, const LtJsonAt *root, const LtProfile *profile, GError **error)
{
  LtJsonAt profiles = {root->doc, root, {"profiles", 0}, NULL};
  LtJsonAt at = {root->doc, &profiles, {profile->name, 0}, NULL};
  LtJsonAt based_on = {root->doc, &at, {"based-on", 0}, NULL};
  const LtProfile *base = base_in_document(policy, profile);

  if (policy->layer == LT_LAYER_PRESET && g_strcmp0(profile->based_on, profile->name) == 0)
    base = profile;
  for (guint i = 0; base != NULL && base != profile && i < policy->profiles->len; i++)
    base = base_in_document(policy, base);
  if (base != profile)
    return TRUE;
  return lt_json_refuse(&based_on,
                        LT_POLICY_ERROR_INVALID,
                        error,
                        "\"%s\" is based on itself in the end; remove one \"based-on\"",
                        profile->name);
}

/* (element-type utf8): names of profiles that a child or another profile has; borrowed. */
static GHashTable *
used_profiles(const LtPolicy *policy)
{
  GHashTable *used = g_hash_table_new(g_str_hash, g_str_equal);

  for (guint i = 0; i < policy->children->len; i++) {
    const LtChildEntry *entry = g_ptr_array_index(policy->children, i);

    g_hash_table_add(used, entry->profile);
  }
  for (guint i = 0; i < policy->profiles->len; i++) {
    const LtProfile *profile = g_ptr_array_index(policy->profiles, i);

    if (profile->based_on != NULL)
      g_hash_table_add(used, profile->based_on);
  }
  return used;
}

static gboolean
check_profiles(LtPolicy *policy, const LtJsonAt *root, GError **error)
{
  g_autoptr(GHashTable) used = used_profiles(policy);
  LtJsonAt profiles = {root->doc, root, {"profiles", 0}, NULL};

  for (guint i = 0; i < policy->profiles->len; i++) {
    const LtProfile *profile = g_ptr_array_index(policy->profiles, i);
    LtJsonAt at = {root->doc, &profiles, {profile->name, 0}, NULL};

    if (!check_circle(policy, root, profile, error))
      return FALSE;
    if (policy->layer == LT_LAYER_HOUSEHOLD && !g_hash_table_contains(used, profile->name))
      lt_json_warn(policy->warnings, &at, "nobody has this profile; name it in \"children\"");
  }
  return TRUE;
}

static gboolean
read_document(LtPolicy *policy, GError **error)
{
  static const LtJsonField fields[] = {
      {"luytre", visit_form},
      {"$schema", lt_json_visit_text},
      {"note", lt_json_visit_text},
      {"profiles", visit_profiles},
      {"children", visit_children},
      {"categories", visit_categories},
      {"help-channels", visit_help_channels},
      {"starter-sites", visit_starter_sites},
  };
  LtJsonAt root = lt_json_doc_root(policy->doc);
  LtJsonAt form;

  /* First, so that a later form is not refused for a name that it has and this one has not. */
  if (lt_json_find_member(&root, "luytre", &form) && !visit_form(&form, policy, error))
    return FALSE;
  if (!lt_json_read_fields(&root, fields, G_N_ELEMENTS(fields), policy, error))
    return FALSE;
  if (!lt_json_find_member(&root, "luytre", &form))
    return lt_json_require(&root, "luytre", error);
  return check_profiles(policy, &root, error);
}

LtPolicy *
lt_policy_parse(const char *json, gsize len, const char *file, LtLayer layer, GError **error)
{
  g_autoptr(LtPolicy) policy = NULL;
  LtJsonDoc *doc = lt_json_doc_new(json, len, file, error);

  if (doc == NULL)
    return NULL;
  policy = g_atomic_rc_box_new0(LtPolicy);
  policy->doc = doc;
  policy->layer = layer;
  policy->profiles = g_ptr_array_new_with_free_func((GDestroyNotify) lt_profile_free);
  policy->profiles_by_name = g_hash_table_new(g_str_hash, g_str_equal);
  policy->children = g_ptr_array_new_with_free_func(child_entry_free);
  policy->child_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  policy->categories = g_ptr_array_new_with_free_func(category_names_free);
  policy->help_channels = g_ptr_array_new_with_free_func((GDestroyNotify) lt_help_channel_free);
  policy->warnings = g_ptr_array_new_with_free_func(g_free);
  policy->users = g_ptr_array_new();
  policy->groups = g_ptr_array_new();
  if (!read_document(policy, error))
    return NULL;

  g_ptr_array_add(policy->warnings, NULL);
  g_ptr_array_add(policy->users, NULL);
  g_ptr_array_add(policy->groups, NULL);
  return g_steal_pointer(&policy);
}

static void
policy_clear(gpointer data)
{
  LtPolicy *policy = data;

  g_ptr_array_unref(policy->groups);
  g_ptr_array_unref(policy->users);
  g_ptr_array_unref(policy->warnings);
  g_ptr_array_unref(policy->help_channels);
  g_ptr_array_unref(policy->categories);
  g_hash_table_unref(policy->child_names);
  g_ptr_array_unref(policy->children);
  g_hash_table_unref(policy->profiles_by_name);
  g_ptr_array_unref(policy->profiles);
  lt_json_doc_free(policy->doc);
}

LtPolicy *
lt_policy_ref(LtPolicy *policy)
{
  return g_atomic_rc_box_acquire(policy);
}

void
lt_policy_unref(LtPolicy *policy)
{
  if (policy != NULL)
    g_atomic_rc_box_release_full(policy, policy_clear);
}

const char *
lt_policy_file(const LtPolicy *policy)
{
  return lt_json_doc_file(policy->doc);
}

LtLayer
lt_policy_layer(const LtPolicy *policy)
{
  return policy->layer;
}

const char *const *
lt_policy_warnings(const LtPolicy *policy)
{
  return (const char *const *) policy->warnings->pdata;
}

const char *const *
lt_policy_users(const LtPolicy *policy)
{
  return (const char *const *) policy->users->pdata;
}

const char *const *
lt_policy_groups(const LtPolicy *policy)
{
  return (const char *const *) policy->groups->pdata;
}

const GPtrArray *
lt_policy_profiles(const LtPolicy *policy)
{
  return policy->profiles;
}

const GPtrArray *
lt_policy_children(const LtPolicy *policy)
{
  return policy->children;
}

const GPtrArray *
lt_policy_categories(const LtPolicy *policy)
{
  return policy->categories;
}

const GPtrArray *
lt_policy_help_channels(const LtPolicy *policy)
{
  return policy->help_channels;
}

const LtJsonDoc *
lt_policy_doc(const LtPolicy *policy)
{
  return policy->doc;
}
