/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of normalised host names that is asked by all suffixes of a name at once. */
#pragma once

#include "policy/host.h"

#include <glib.h>

G_BEGIN_DECLS

/* 253 characters hold at most 127 labels. */
#define LT_HOST_MAX_LABELS 127

/* lt_host_set_find(): not in the set. */
#define LT_HOST_SET_NONE G_MAXUINT32

typedef struct _LtHostSet LtHostSet;

/**
 * LtHostWalk:
 * @host: borrowed
 * @n: suffixes: the name itself is number 0, without its first label 1, and so on; 1 for an address
 * @is_address: @host is an IP address: no name is below another
 * @start: where each suffix starts in @host, the last suffix first
 * @hash: its hash
 *
 * A name taken apart once, to be looked for in several sets.
 */
typedef struct {
  const char *host;
  guint n;
  gboolean is_address;
  guint8 start[LT_HOST_MAX_LABELS];
  guint32 hash[LT_HOST_MAX_LABELS];
} LtHostWalk;

/**
 * lt_host_walk_init:
 * @host: a normalised host name or address; borrowed by @walk
 *
 * Does not allocate. Returns: FALSE if @host is empty or longer than a name may be; @walk has then
 * no suffixes.
 */
gboolean lt_host_walk_init(LtHostWalk *walk, const char *host);

LtHostSet *lt_host_set_new(void);
void lt_host_set_free(LtHostSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostSet, lt_host_set_free)

/**
 * lt_host_set_add:
 * @host: a normalised host name or address; copied
 *
 * Only while the set is made: once threads share it, it must not change.
 *
 * Returns: its number: 0 for the first name, 1 for the second; the former number if it was added
 * before.
 */
guint32 lt_host_set_add(LtHostSet *set, const char *host);

guint32 lt_host_set_size(const LtHostSet *set);
/* Borrowed. */
const char *lt_host_set_name(const LtHostSet *set, guint32 number);

/**
 * lt_host_set_find:
 * @suffix: which suffix of the walk, below its n
 *
 * Returns: the number of that suffix of the name, %LT_HOST_SET_NONE if it is not in the set. Does
 * not allocate.
 */
guint32 lt_host_set_find(const LtHostSet *set, const LtHostWalk *walk, guint suffix);

G_END_DECLS
