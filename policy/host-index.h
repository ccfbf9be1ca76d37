/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of normalised host names that is asked by all suffixes of a name at once. */
#pragma once

#include "policy/host-walk.h"

#include <glib.h>

G_BEGIN_DECLS

/* lt_host_index_find(): not in the set. */
#define LT_HOST_INDEX_NONE G_MAXUINT32

typedef struct _LtHostIndex LtHostIndex;

LtHostIndex *lt_host_index_new(void);
void lt_host_index_free(LtHostIndex *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostIndex, lt_host_index_free)

/**
 * lt_host_index_add:
 * @host: a normalised host name or address; copied
 *
 * Only while the set is made: once threads share it, it must not change.
 *
 * Returns: its number: 0 for the first name, 1 for the second; the former number if it was added
 * before.
 */
guint32 lt_host_index_add(LtHostIndex *set, const char *host);

guint32 lt_host_index_size(const LtHostIndex *set);
/* Borrowed. */
const char *lt_host_index_name(const LtHostIndex *set, guint32 number);

/**
 * lt_host_index_find:
 * @suffix: which suffix of the walk, below its n
 *
 * Returns: the number of that suffix of the name, %LT_HOST_INDEX_NONE if it is not in the set. Does
 * not allocate.
 */
guint32 lt_host_index_find(const LtHostIndex *set, const LtHostWalk *walk, guint suffix);

G_END_DECLS
