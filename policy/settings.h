/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a profile by the names under which they can be locked. */
#pragma once

#include "policy/category.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtSetting:
 *
 * What a profile can set and a lock can hold. Those before %LT_N_SCALARS have one value, whose
 * order is its strictness: an #LtAction, 0 or 1 for safe-search, an #LtYoutube, an #LtNameBinding.
 */
typedef enum {
  LT_SETTING_DEFAULT,
  LT_SETTING_UNKNOWN_PROTOCOLS,
  LT_SETTING_VPN,
  LT_SETTING_SAFE_SEARCH,
  LT_SETTING_YOUTUBE,
  LT_SETTING_NAME_BINDING,
  LT_N_SCALARS,
  LT_SETTING_ALLOW = LT_N_SCALARS,
  LT_SETTING_BLOCK,
  LT_SETTING_WINDOWS,
  LT_SETTING_BUDGET,
  LT_SETTING_BANK,
  LT_SETTING_STUDY,
  LT_SETTING_WARN,
  LT_SETTING_BREAK,
  LT_SETTING_ON_END,
  LT_SETTING_EXCEPTIONS,
  LT_SETTING_BUDGETS,
  LT_SETTING_KEEP,
  LT_SETTING_PARENT_SEES,
  LT_N_SETTINGS,
} LtSetting;

typedef enum {
  LT_YOUTUBE_OFF,
  LT_YOUTUBE_MODERATE,
  LT_YOUTUBE_STRICT,
} LtYoutube;

/**
 * LtNameBinding:
 * @LT_NAME_BINDING_OFF: a site may be at any address
 * @LT_NAME_BINDING_OBSERVE: connections to other addresses than DNS gave for the name are counted
 * @LT_NAME_BINDING_STRICT: they are refused
 */
typedef enum {
  LT_NAME_BINDING_OFF,
  LT_NAME_BINDING_OBSERVE,
  LT_NAME_BINDING_STRICT,
} LtNameBinding;

/* A value that a profile does not set. */
#define LT_UNSET (-1)

/**
 * LtLocks:
 * @settings: a bit for each #LtSetting
 * @categories: a bit for each #LtCategory
 *
 * What the layers below (nearer to the child's parents) can only make stricter.
 */
typedef struct {
  guint32 settings;
  guint64 categories;
} LtLocks;

/**
 * lt_locks_add:
 * @path: "sites.default", "sites.categories.games", "time.windows", ...; "sites", "time",
 *   "privacy" and "sites.categories" stand for all below them
 *
 * Returns: FALSE if no setting has that name; @locks is then as before.
 */
gboolean lt_locks_add(LtLocks *locks, const char *path) G_GNUC_WARN_UNUSED_RESULT;

static inline gboolean
lt_locks_has(const LtLocks *locks, LtSetting setting)
{
  return (locks->settings >> setting & 1) != 0;
}

/* (array zero-terminated=1): the paths that can be locked, but those of single categories. */
const char *const *lt_locks_paths(void);

G_END_DECLS
