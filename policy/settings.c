/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of settings that can be locked. */
#include "policy/settings.h"

#include <string.h>

#define CATEGORIES_PREFIX "sites.categories."

/* In the order of LtSetting; then those that stand for several. */
static const char *const paths[] = {
    [LT_SETTING_DEFAULT] = "sites.default",
    [LT_SETTING_UNKNOWN_PROTOCOLS] = "sites.unknown-protocols",
    [LT_SETTING_VPN] = "sites.vpn",
    [LT_SETTING_SAFE_SEARCH] = "sites.safe-search",
    [LT_SETTING_YOUTUBE] = "sites.youtube",
    [LT_SETTING_NAME_BINDING] = "sites.name-binding",
    [LT_SETTING_ALLOW] = "sites.allow",
    [LT_SETTING_BLOCK] = "sites.block",
    [LT_SETTING_WINDOWS] = "time.windows",
    [LT_SETTING_BUDGET] = "time.budget",
    [LT_SETTING_BANK] = "time.bank",
    [LT_SETTING_STUDY] = "time.study",
    [LT_SETTING_WARN] = "time.warn",
    [LT_SETTING_BREAK] = "time.break",
    [LT_SETTING_ON_END] = "time.on-end",
    [LT_SETTING_EXCEPTIONS] = "time.exceptions",
    [LT_SETTING_BUDGETS] = "budgets",
    [LT_SETTING_KEEP] = "privacy.keep",
    [LT_SETTING_PARENT_SEES] = "privacy.parent-sees",
    [LT_N_SETTINGS] = "sites",
    "sites.categories",
    "time",
    "privacy",
    NULL,
};

const char *const *
lt_locks_paths(void)
{
  return paths;
}

gboolean
lt_locks_add(LtLocks *locks, const char *path)
{
  const guint64 all_categories = LT_CATEGORY_BIT(LT_N_CATEGORIES) - 1;
  gsize len = strlen(path);
  guint32 found = 0;

  if (g_str_has_prefix(path, CATEGORIES_PREFIX)) {
    LtCategory category = lt_category_find(path + strlen(CATEGORIES_PREFIX));

    if (category == LT_N_CATEGORIES)
      return FALSE;
    locks->categories |= LT_CATEGORY_BIT(category);
    return TRUE;
  }
  for (guint i = 0; i < LT_N_SETTINGS; i++) {
    if (strncmp(paths[i], path, len) == 0 && (paths[i][len] == '\0' || paths[i][len] == '.'))
      found |= 1u << i;
  }
  locks->settings |= found;
  if (strcmp(path, "sites") == 0 || strcmp(path, "sites.categories") == 0) {
    locks->categories |= all_categories;
    return TRUE;
  }
  return found != 0;
}
