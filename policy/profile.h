/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One profile of a policy document: what it sets, what it locks, what it is based on. */
#pragma once

#include "policy/json-reader.h"
#include "policy/settings.h"
#include "policy/site-entry.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtStarterSite:
 * @entry: a site that the package's starter list has
 * @category: its kind; %LT_N_CATEGORIES for a host that only helps other sites
 */
typedef struct {
  LtSiteEntry *entry;
  LtCategory category;
} LtStarterSite;

/**
 * LtProfile:
 * @name: its name in its document
 * @based_on: (nullable): the profile that answers what this one does not set
 * @locks: what the layers nearer to the child can only make stricter
 * @scalar: by #LtSetting; %LT_UNSET if not set
 * @category: by #LtCategory, an #LtAction; %LT_UNSET if not set
 * @category_budget: (nullable): the budget's name where the action is %LT_ACTION_BUDGET
 * @budgets: (element-type utf8): names of its own budgets
 * @allow: (element-type LtSiteEntry)
 * @block: (element-type LtSiteEntry)
 * @starter: (element-type LtStarterSite): open where nothing else answers, or where one would ask
 */
typedef struct {
  char *name;
  char *based_on;
  LtLocks locks;
  gint8 scalar[LT_N_SCALARS];
  gint8 category[LT_N_CATEGORIES];
  char *category_budget[LT_N_CATEGORIES];
  GPtrArray *budgets;
  GPtrArray *allow;
  GPtrArray *block;
  GPtrArray *starter;
} LtProfile;

/**
 * lt_profile_read:
 * @at: a member of "profiles"
 * @warnings: (element-type utf8): what is valid but surely not meant is appended
 */
LtProfile *
lt_profile_read(const LtJsonAt *at, GPtrArray *warnings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One that sets nothing. */
LtProfile *lt_profile_new(const char *name);
void lt_profile_free(LtProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtProfile, lt_profile_free)

/* Letters, digits, '.', '-' and '_', at most 64, a letter or digit first. */
gboolean lt_profile_name_is_valid(const char *name);

/* The name of a profile, for "profile" and "based-on". */
gboolean
lt_profile_read_name(const LtJsonAt *at, char **out_name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
