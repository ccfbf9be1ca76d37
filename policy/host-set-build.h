/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the file of a host set, in memory. */
#pragma once

#include "policy/host-hash.h"
#include "policy/host-pattern.h"
#include "policy/host-set.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtHostSetBuild LtHostSetBuild;

/* @key: LT_HOST_HASH_KEY_BYTES random bytes. */
LtHostSetBuild *lt_host_set_build_new(const guint8 *key);
void lt_host_set_build_free(LtHostSetBuild *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostSetBuild, lt_host_set_build_free)

/**
 * lt_host_set_build_add_list:
 * @list: (transfer full): its counts may be written until the set is finished
 *
 * Returns: its number; G_MAXUINT8 if %LT_HOST_SET_MAX_LISTS are there already (@list is freed).
 */
guint8 lt_host_set_build_add_list(LtHostSetBuild *build, LtHostSetList *list);
/* Borrowed. */
LtHostSetList *lt_host_set_build_list(LtHostSetBuild *build, guint8 list);

/**
 * lt_host_set_build_add_name:
 * @listed: flags of #LtListed
 * @host: (array length=len): a normalised name or address
 */
void lt_host_set_build_add_name(
    LtHostSetBuild *build, guint8 list, guint listed, const char *host, gsize len);

/* What the same call without "cancel" has added or will add is not in the set. */
void lt_host_set_build_cancel_name(
    LtHostSetBuild *build, guint8 list, guint listed, const char *host, gsize len);

/**
 * lt_host_set_build_add_pattern:
 * @listed: %LT_LISTED_EXCEPT, %LT_LISTED_IMPORTANT, both or 0
 * @text: (array length=len): see policy/host-pattern.h
 *
 * Returns: %LT_HOST_PATTERN_TOO_LONG also when the set has as many patterns as it may have.
 */
LtHostPatternAnswer lt_host_set_build_add_pattern(LtHostSetBuild *build,
                                                  guint8 list,
                                                  guint listed,
                                                  const char *text,
                                                  gsize len) G_GNUC_WARN_UNUSED_RESULT;

/* As lt_host_set_build_cancel_name(). */
void lt_host_set_build_cancel_pattern(
    LtHostSetBuild *build, guint8 list, guint listed, const char *text, gsize len);

/**
 * lt_host_set_build_finish:
 *
 * Only once. Returns: (transfer full) (nullable): the file; NULL if the lists have more
 * combinations for a name, or more names, than the file's form can hold (65,535 or 2 MiB of them,
 * and 4 thousand million).
 */
GBytes *lt_host_set_build_finish(LtHostSetBuild *build, gint64 utc_made_s);

G_END_DECLS
