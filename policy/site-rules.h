/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the layers together say of sites, joined once and shared by all children of a profile. */
#pragma once

#include "policy/decision.h"
#include "policy/encrypted-dns.h"
#include "policy/host-set.h"
#include "policy/host-walk.h"
#include "policy/lookalike.h"
#include "policy/policy-parts.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_N_LAYERS 3

/**
 * LtProfileLink:
 * @profile: borrowed from its document, which must outlive the rules
 * @layer: its document's
 * @by: the layer of the entry that gave the child this profile, or what it is based on
 */
typedef struct {
  const LtProfile *profile;
  LtLayer layer;
  LtLayer by;
} LtProfileLink;

typedef struct _LtSiteRules LtSiteRules;
typedef struct _LtCategoryTable LtCategoryTable;

/**
 * lt_category_table_new:
 * @known: references are taken
 *
 * Which sites are of which category, by the documents, by block lists, and by whose names they
 * imitate. What the last two say counts as the package's word: every layer's rules for a category
 * are about it.
 */
LtCategoryTable *
lt_category_table_new(LtPolicy *const *documents, gsize n_documents, const LtSiteSources *known);
void lt_category_table_free(LtCategoryTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtCategoryTable, lt_category_table_free)

/**
 * lt_site_rules_new:
 * @links: (element-type LtProfileLink): the most particular profile first; within one layer each
 *   overrules those behind it, and a layer overrules the ones below it but for their locks
 * @is_broken: a profile in this row is missing: what nothing answers is blocked
 */
LtSiteRules *lt_site_rules_new(const GArray *links, gboolean is_broken);
void lt_site_rules_free(LtSiteRules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtSiteRules, lt_site_rules_free)

/**
 * lt_site_rules_decide:
 * @hiding: (nullable): the name is known to hide others; then an allow entry shorter than that name
 *   says nothing of it, and nothing else opens it
 * @floor: (out): what locked settings demand at least; its action is %LT_ACTION_ALLOW if nothing
 *
 * Own entries, categories, default, and never milder than a locked setting. A site that is a scam
 * by its name alone is decided as %LT_REASON_LOOKALIKE. Does not allocate.
 */
LtDecision lt_site_rules_decide(const LtSiteRules *rules,
                                const LtCategoryTable *categories,
                                const LtHostWalk *walk,
                                const LtHiding *hiding,
                                LtDecision *floor);

/* A setting with one value, and whose it is. */
gint lt_site_rules_scalar(const LtSiteRules *rules, LtSetting setting, LtOwner *owner);

G_END_DECLS
