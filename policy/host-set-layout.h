/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a host set, byte by byte: for the two files that write and read it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * All numbers are little-endian. The parts stand in this order:
 *
 *   header      192 bytes
 *   classes     each: u16 n, then n times u8 list, u8 LtListed; class 0 is empty
 *   patterns    each: u64 hash of the name that it is for (0: every name), u8 list, u8 LtListed,
 *               u16 n, n bytes of text; by hash
 *   lists       JSON, an array of objects
 *   padding     to a multiple of 8
 *   directory   u32 for each bucket and one more: the number of its first name
 *   names       entry_bytes each, by bucket and then by value: remainder << class_bits | class
 *   padding     8 bytes, so that a name can be read as a word
 *
 * A name's bucket are the first dir_bits of its 64-bit hash (policy/host-hash.h), its remainder the
 * next 8 * entry_bytes - class_bits. The key is drawn for each set: whoever may read the file could
 * make names that are taken for listed ones, so only the agent may.
 */
#define LT_HOST_SET_MAGIC "LuytreHS"
#define LT_HOST_SET_VERSION 1
#define LT_HOST_SET_HEADER_BYTES 192
#define LT_HOST_SET_TAIL_BYTES 8

/* Where the header's parts are. */
#define LT_HOST_SET_AT_VERSION 8         /* u32 */
#define LT_HOST_SET_AT_DIR_BITS 12       /* u8 */
#define LT_HOST_SET_AT_CLASS_BITS 13     /* u8 */
#define LT_HOST_SET_AT_ENTRY_BYTES 14    /* u8: 6 or 7 */
#define LT_HOST_SET_AT_FILE_BYTES 16     /* u64 */
#define LT_HOST_SET_AT_UTC_MADE_S 24     /* i64 */
#define LT_HOST_SET_AT_N_NAMES 32        /* u64 */
#define LT_HOST_SET_AT_KEY 40            /* 16 bytes */
#define LT_HOST_SET_AT_N_CLASSES 56      /* u32 */
#define LT_HOST_SET_AT_CLASSES_BYTES 60  /* u32 */
#define LT_HOST_SET_AT_N_PATTERNS 64     /* u32 */
#define LT_HOST_SET_AT_PATTERNS_BYTES 68 /* u32 */
#define LT_HOST_SET_AT_LISTS_BYTES 72    /* u32 */
#define LT_HOST_SET_AT_TABLES_SHA256 80  /* of classes, patterns, lists and padding */
#define LT_HOST_SET_AT_NAMES_SHA256 112  /* of directory, names and padding */
#define LT_HOST_SET_AT_HEADER_SHA256 144 /* of the header up to here */

/* A directory of one bucket for 10 to 20 names. */
#define LT_HOST_SET_BUCKET_NAMES 10
#define LT_HOST_SET_MAX_DIR_BITS 28
#define LT_HOST_SET_MAX_CLASS_BITS 16

/* They are hashed and read when a set is opened, by the loop: a damaged or made-up size must not
 * hold it. 65,536 classes of three lists each, all patterns and 250 lists are half of it. */
#define LT_HOST_SET_MAX_TABLES_BYTES (2u * 1024 * 1024)

typedef struct {
  guint dir_bits;
  guint class_bits;
  guint entry_bytes;
} LtHostSetShape;

/* Which bucket a hash is in, and what is compared there. */
static inline guint32
lt_host_set_bucket(const LtHostSetShape *shape, guint64 hash)
{
  return shape->dir_bits == 0 ? 0 : (guint32) (hash >> (64 - shape->dir_bits));
}

static inline guint64
lt_host_set_remainder(const LtHostSetShape *shape, guint64 hash)
{
  return (hash << shape->dir_bits) >> (64 - (8 * shape->entry_bytes - shape->class_bits));
}

/* That one of @n_labels names that are not among @n_names is taken for one of them. */
static inline double
lt_host_set_chance(const LtHostSetShape *shape, guint64 n_names, guint n_labels)
{
  guint bits = shape->dir_bits + 8 * shape->entry_bytes - shape->class_bits;

  return (double) n_names * n_labels / (double) (G_GUINT64_CONSTANT(1) << MIN(bits, 63));
}

G_END_DECLS
