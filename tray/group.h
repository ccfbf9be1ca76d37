/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The groups of sites ("categories" of the rules) in words that a child may read. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The name of the group with the id @id, translated; @id itself for one that a household or a list
 * made up. Never NULL; static or @id. */
const char *lt_group_name(const char *id);

/* What such sites are like, in one translated sentence; NULL when the name says it. Static. */
const char *lt_group_reason(const char *id);

/* Whether a child who came upon such a site should hear of the help line. */
gboolean lt_group_may_upset(const char *id);

/* Whether sites of the group are parts of other pages that nobody opens by hand (adverts): they are
 * left out in silence. */
gboolean lt_group_is_background(const char *id);

G_END_DECLS
