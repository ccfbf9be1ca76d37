/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set that is made of all kept lists. */
#pragma once

#include "agent/update/update.h"

G_BEGIN_DECLS

/* Beside the set: of what it was made. */
#define LT_UPDATE_SET_MADE_OF_FILE "sites.from"

/**
 * lt_update_set_make:
 * @dir: where the set is
 * @lists_dir: where the kept lists are
 * @items: (element-type LtUpdateItem): what it is made of, as far as it is kept
 *
 * See lt_update_compile().
 */
gboolean lt_update_set_make(const char *dir,
                            const char *lists_dir,
                            const GPtrArray *items,
                            gboolean *is_new,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
