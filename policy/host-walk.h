/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host name taken apart into its suffixes, to be looked for in sets of names. */
#pragma once

#include "policy/host.h"

#include <glib.h>

G_BEGIN_DECLS

/* 253 characters hold at most 127 labels. */
#define LT_HOST_MAX_LABELS 127

/**
 * LtHostWalk:
 * @host: borrowed
 * @len: its characters
 * @n: suffixes: the name itself is number 0, without its first label 1, and so on; 1 for an address
 * @is_address: @host is an IP address: no name is below another
 * @start: where each suffix starts in @host, the last suffix first
 * @hash: its hash
 *
 * A name taken apart once, to be looked for in several sets.
 */
typedef struct {
  const char *host;
  gsize len;
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

/* The hash of a whole name, as a walk has it. */
guint32 lt_host_walk_hash(const char *host);

G_END_DECLS
