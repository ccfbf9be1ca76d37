/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where each setting of a child comes from: which layer and file set it, and which one locked it.
 */
#pragma once

#include "policy/policy.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtOrigin:
 * @setting: as it is locked: "sites.default", "sites.categories.games", "time.windows"
 * @value: as the file has it, JSON in one line
 * @layer: who set it
 * @file: in which document
 * @profile: in which of its profiles
 * @locked_by: (nullable): the document that lets nearer layers only be stricter
 *
 * One setting that is in force.
 */
typedef struct {
  char *setting;
  char *value;
  LtLayer layer;
  char *file;
  char *profile;
  char *locked_by;
} LtOrigin;

void lt_origin_free(LtOrigin *origin);

/**
 * lt_origins_find:
 * @documents: (array length=n_documents): as lt_rule_set_new() takes them
 *
 * Settings with one value (an action, a degree) come from one place. Lists of sites add up, but for
 * an allow list above a lock. Of all others the nearest layer's holds, and below a lock also the
 * locked one: the stricter of both counts.
 *
 * Returns: (nullable) (transfer full) (element-type LtOrigin): in the order of settings; NULL if
 *   no document names the account as a child.
 */
GPtrArray *lt_origins_find(LtPolicy *const *documents, gsize n_documents, const LtAccount *account);

/* "preset", "site", "household". Static. */
const char *lt_origin_layer_name(LtLayer layer);

G_END_DECLS
