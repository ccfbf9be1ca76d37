/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keyed 64-bit hashes of a name's suffixes: SipHash-1-3 over words that are cut from the end. */
#pragma once

#include "policy/host-walk.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_HOST_HASH_KEY_BYTES 16

/**
 * LtHostHashKey:
 *
 * Secret, so that nobody can make a name whose hash is another's. Who knows no key cannot tell a
 * hash from a random number (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
 */
typedef struct {
  guint64 k0;
  guint64 k1;
} LtHostHashKey;

/* The key's bytes, little-endian, k0 first. */
LtHostHashKey lt_host_hash_key(const guint8 bytes[LT_HOST_HASH_KEY_BYTES]);

/**
 * lt_host_hash_name:
 * @name: (array length=len): a normalised name; need not end in NUL
 *
 * The message that is hashed are the name's bytes with its 8-byte words in reverse order: the last
 * eight bytes first, what is left at the beginning last. So all suffixes of a name share their
 * words.
 */
guint64 lt_host_hash_name(const LtHostHashKey *key, const char *name, gsize len);

/**
 * lt_host_hash_walk:
 * @out: (array length=LT_HOST_MAX_LABELS): the hash of each suffix of @walk, in the order of its
 *   starts: the last suffix first
 *
 * All of them in one pass. Does not allocate.
 */
void lt_host_hash_walk(const LtHostHashKey *key, const LtHostWalk *walk, guint64 *out);

G_END_DECLS
