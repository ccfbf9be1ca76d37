/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of short texts that are asked for all parts of one label, whose hashes come from one pass.
 */
#pragma once

#include "policy/label-fold.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtLabelHashes:
 * @prefix: the hash of the first so many characters
 * @power: of the polynomial's base
 *
 * A polynomial modulo 2^64: the hash of any part of a label, and of a label without one of its
 * letters, is two multiplications away. Nobody outside adds texts to the tables.
 */
typedef struct {
  gsize len;
  guint64 prefix[LT_LABEL_MAX_LEN + 1];
  guint64 power[LT_LABEL_MAX_LEN + 1];
} LtLabelHashes;

void lt_label_hashes_init(LtLabelHashes *hashes, const char *label, gsize len);
/* Of a whole text, of at most LT_LABEL_MAX_LEN characters. */
guint64 lt_label_hash(const char *text, gsize len);
/* Of the characters from @from to before @to. */
guint64 lt_label_hashes_part(const LtLabelHashes *hashes, gsize from, gsize to);
/* Of all characters but number @without. */
guint64 lt_label_hashes_without(const LtLabelHashes *hashes, gsize without);

typedef struct _LtLabelTable LtLabelTable;

LtLabelTable *lt_label_table_new(void);
void lt_label_table_free(LtLabelTable *table);

/* @text and @value are borrowed. One hash may be added for several texts. */
void lt_label_table_add(LtLabelTable *table, guint64 hash, const char *text, const char *value);

/**
 * LtLabelEntry:
 * @len: of @text
 */
typedef struct {
  guint64 hash;
  const char *text;
  const char *value;
  gsize len;
} LtLabelEntry;

/**
 * lt_label_table_find:
 * @at: (inout): 0 at first; then as the call before left it
 *
 * Returns: (nullable): the next entry that was added with @hash. Does not allocate.
 */
const LtLabelEntry *lt_label_table_find(const LtLabelTable *table, guint64 hash, guint *at);

/* (nullable): the value of the very text; @hash is its. */
const char *
lt_label_table_get(const LtLabelTable *table, guint64 hash, const char *text, gsize len);
/* The same for a text without hashes. */
const char *lt_label_table_get_text(const LtLabelTable *table, const char *text, gsize len);

G_END_DECLS
