/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is inside a policy document, for those who join documents into rules. */
#pragma once

#include "policy/help-channels.h"
#include "policy/policy.h"
#include "policy/profile.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtChildEntry:
 * @name: a user's or a group's name
 * @is_group: which of them
 * @profile: the name of the profile
 *
 * One element of "children".
 */
typedef struct {
  char *name;
  gboolean is_group;
  char *profile;
} LtChildEntry;

/**
 * LtCategoryNames:
 * @category: a kind of sites
 * @entries: (element-type LtSiteEntry): sites that are of it
 *
 * One member of the document's "categories".
 */
typedef struct {
  LtCategory category;
  GPtrArray *entries;
} LtCategoryNames;

/* (element-type LtProfile), in the document's order. */
const GPtrArray *lt_policy_profiles(const LtPolicy *policy);
/* (nullable) */
const LtProfile *lt_policy_find_profile(const LtPolicy *policy, const char *name);
/* (element-type LtChildEntry) */
const GPtrArray *lt_policy_children(const LtPolicy *policy);
/* (element-type LtCategoryNames) */
const GPtrArray *lt_policy_categories(const LtPolicy *policy);
/* (element-type LtHelpChannel) */
const GPtrArray *lt_policy_help_channels(const LtPolicy *policy);
const LtJsonDoc *lt_policy_doc(const LtPolicy *policy);

G_END_DECLS
