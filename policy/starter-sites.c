/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the sites that the youngest begin with. */
#include "policy/starter-sites.h"

#include "policy/policy.h"
#include "policy/profile-sites.h"
#include "policy/time-text.h"

#include <string.h>

/* ISO 639: two or three letters. */
#define MIN_LANGUAGE_LEN 2
#define MAX_LANGUAGE_LEN 3

static const char *const ages[LT_STARTER_N_AGES + 1] = {"3+", "6+", "9+", NULL};
static const char *const names[LT_STARTER_N_AGES] = {"starter-3", "starter-6", "starter-9"};

typedef struct {
  LtProfile *const *profiles;
  GPtrArray *warnings;
  GPtrArray *sites;   /* LtSiteEntry: these and the next are of the element that is being read */
  GPtrArray *helpers; /* LtSiteEntry */
  LtCategory category;
  guint age;
} Reader;

const char *
lt_starter_profile_name(guint age)
{
  g_return_val_if_fail(age < LT_STARTER_N_AGES, NULL);
  return names[age];
}

static gboolean
visit_sites(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_profile_read_entries(at, r->sites, r->warnings, error);
}

/* Under the name of a host that many share stand strangers' names. */
static gboolean
visit_helpers(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  if (!lt_profile_read_entries(at, r->helpers, r->warnings, error))
    return FALSE;
  for (guint i = 0; i < r->helpers->len; i++) {
    const LtSiteEntry *entry = g_ptr_array_index(r->helpers, i);
    const LtJsonAt here = {at->doc, at, {NULL, i}, NULL};

    if (entry->scope != LT_SCOPE_SELF)
      return lt_json_refuse(&here,
                            LT_POLICY_ERROR_INVALID,
                            error,
                            "a helper is one host alone; write \"=%s\"",
                            entry->host);
  }
  return TRUE;
}

static gboolean
visit_category(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *id;

  if (!lt_json_read_string(at, &id, error))
    return FALSE;
  r->category = lt_category_find(id);
  if (r->category != LT_N_CATEGORIES)
    return TRUE;
  return lt_json_refuse(
      at, LT_POLICY_ERROR_INVALID, error, "\"%s\" is no category; write one like \"edu\"", id);
}

static gboolean
visit_ages(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  return lt_json_read_word(at, ages, &r->age, error);
}

static gboolean
visit_language(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *text;
  gsize len;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  len = strlen(text);
  if (len >= MIN_LANGUAGE_LEN && len <= MAX_LANGUAGE_LEN &&
      strspn(text, "abcdefghijklmnopqrstuvwxyz") == len)
    return TRUE;
  return lt_json_refuse(
      at, LT_POLICY_ERROR_INVALID, error, "\"%s\" is no language; write one like \"vi\"", text);
}

static gboolean
visit_languages(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_language, target, error);
}

/* Null until a person has opened it. */
static gboolean
visit_verified(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *text;
  GDate first;
  GDate last;

  if (at->value == NULL)
    return TRUE;
  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  if (strchr(text, '/') == NULL && lt_time_text_parse_dates(text, &first, &last))
    return TRUE;
  return lt_json_refuse(at,
                        LT_POLICY_ERROR_INVALID,
                        error,
                        "\"%s\" is no date; write one like \"2027-02-06\", or null",
                        text);
}

/* Moves @entries to the profile of the age. */
static void
take(Reader *r, GPtrArray *entries, LtCategory category)
{
  while (entries->len > 0) {
    LtStarterSite *site = g_new(LtStarterSite, 1);

    *site = (LtStarterSite){g_ptr_array_steal_index(entries, 0), category};
    g_ptr_array_add(r->profiles[r->age]->starter, site);
  }
}

static gboolean
read_element(const LtJsonAt *at, Reader *r, GError **error)
{
  static const LtJsonField fields[] = {
      {"sites", visit_sites},
      {"helpers", visit_helpers},
      {"category", visit_category},
      {"ages", visit_ages},
      {"languages", visit_languages},
      {"verified", visit_verified},
      {"note", lt_json_visit_text},
  };

  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), r, error) ||
      !lt_json_require(at, "category", error) || !lt_json_require(at, "ages", error) ||
      !lt_json_require(at, "languages", error) || !lt_json_require(at, "verified", error))
    return FALSE;
  if (r->sites->len + r->helpers->len == 0)
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "nothing is named here; add \"sites\" or \"helpers\"");
  take(r, r->sites, r->category);
  take(r, r->helpers, LT_N_CATEGORIES);
  return TRUE;
}

static gboolean
visit_element(const LtJsonAt *at, gpointer target, GError **error)
{
  const Reader *all = target;
  g_autoptr(GPtrArray) sites = g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  g_autoptr(GPtrArray) helpers =
      g_ptr_array_new_with_free_func((GDestroyNotify) lt_site_entry_free);
  Reader r = {
      .profiles = all->profiles, .warnings = all->warnings, .sites = sites, .helpers = helpers};

  return read_element(at, &r, error);
}

gboolean
lt_starter_sites_read(const LtJsonAt *at,
                      LtProfile *const *profiles,
                      GPtrArray *warnings,
                      GError **error)
{
  Reader r = {.profiles = profiles, .warnings = warnings};

  return lt_json_read_elements(at, visit_element, &r, error);
}
