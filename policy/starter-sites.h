/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sites that the youngest begin with, and the hosts that these load from: the package's data. */
#pragma once

#include "policy/json-reader.h"
#include "policy/profile.h"

#include <glib.h>

G_BEGIN_DECLS

/* Ages from which on a site is one of them: 3, 6 and 9 years. */
#define LT_STARTER_N_AGES 3

/* Static: "starter-3", "starter-6" or "starter-9", the profile that has the sites of @age. */
const char *lt_starter_profile_name(guint age);

/**
 * lt_starter_sites_read:
 * @at: the list "starter-sites" of a document of the package
 * @profiles: (array fixed-size=LT_STARTER_N_AGES): each one's starter sites are appended to
 * @warnings: (element-type utf8): appended to
 *
 * Each element has the sites that a child may open, or the exact hosts that such sites load from,
 * or both; a kind; an age; languages; and when a person last opened them, null for not yet.
 */
gboolean lt_starter_sites_read(const LtJsonAt *at,
                               LtProfile *const *profiles,
                               GPtrArray *warnings,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
