/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a profile says of sites: kinds of them, lists of them, and all others. */
#pragma once

#include "policy/profile.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_profile_sites_read:
 * @at: a profile's "sites"
 * @profile: what it sets is written there
 * @warnings: (element-type utf8): what is valid but surely not meant is appended
 */
gboolean lt_profile_sites_read(const LtJsonAt *at,
                               LtProfile *profile,
                               GPtrArray *warnings,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The category that a member's key names. */
gboolean lt_profile_read_category_key(const LtJsonAt *at,
                                      LtCategory *out_category,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_profile_read_entries:
 * @at: a list of texts
 * @entries: (element-type LtSiteEntry): appended to
 *
 * Warns of public suffixes and of entries that stand there twice.
 */
gboolean lt_profile_read_entries(const LtJsonAt *at,
                                 GPtrArray *entries,
                                 GPtrArray *warnings,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
