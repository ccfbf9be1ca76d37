/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing over a dense row of tags: a miss, which is nearly every question, reads one. */
#include "policy/label-table.h"

#include <string.h>

/* Odd, so that it has an inverse modulo 2^64: the one of Knuth's MMIX generator. */
#define BASE G_GUINT64_CONSTANT(6364136223846793005)
#define MIN_SLOTS 64u

struct _LtLabelTable {
  guint32 *tags;    /* 0: empty */
  guint32 *numbers; /* of the entry in the same slot */
  guint n_slots;    /* a power of two, at least four times the entries */
  GArray *entries;  /* LtLabelEntry */
};

void
lt_label_hashes_init(LtLabelHashes *hashes, const char *label, gsize len)
{
  guint64 hash = 0;
  guint64 power = 1;

  g_return_if_fail(len <= LT_LABEL_MAX_LEN);
  hashes->len = len;
  for (gsize i = 0; i < len; i++) {
    hashes->prefix[i] = hash;
    hashes->power[i] = power;
    hash = hash * BASE + (guchar) label[i] + 1;
    power *= BASE;
  }
  hashes->prefix[len] = hash;
  hashes->power[len] = power;
}

guint64
lt_label_hashes_part(const LtLabelHashes *hashes, gsize from, gsize to)
{
  return hashes->prefix[to] - hashes->prefix[from] * hashes->power[to - from];
}

guint64
lt_label_hashes_without(const LtLabelHashes *hashes, gsize without)
{
  const gsize n_after = hashes->len - without - 1;

  return hashes->prefix[without] * hashes->power[n_after] +
         lt_label_hashes_part(hashes, without + 1, hashes->len);
}

/* The polynomial's low bits know of the last letters alone. */
static guint32
make_tag(guint64 hash)
{
  return (guint32) ((hash ^ hash >> 29) * BASE >> 32) | 1;
}

static void
put(LtLabelTable *table, guint32 number)
{
  const guint32 tag = make_tag(g_array_index(table->entries, LtLabelEntry, number).hash);
  guint slot = tag >> 1 & (table->n_slots - 1);

  while (table->tags[slot] != 0)
    slot = (slot + 1) & (table->n_slots - 1);
  table->tags[slot] = tag;
  table->numbers[slot] = number;
}

static void
make_slots(LtLabelTable *table, guint n_slots)
{
  g_free(table->tags);
  g_free(table->numbers);
  table->n_slots = n_slots;
  table->tags = g_new0(guint32, n_slots);
  table->numbers = g_new(guint32, n_slots);
  for (guint i = 0; i < table->entries->len; i++)
    put(table, i);
}

LtLabelTable *
lt_label_table_new(void)
{
  LtLabelTable *table = g_new0(LtLabelTable, 1);

  table->entries = g_array_new(FALSE, FALSE, sizeof(LtLabelEntry));
  make_slots(table, MIN_SLOTS);
  return table;
}

void
lt_label_table_free(LtLabelTable *table)
{
  if (table == NULL)
    return;
  g_array_unref(table->entries);
  g_free(table->numbers);
  g_free(table->tags);
  g_free(table);
}

void
lt_label_table_add(LtLabelTable *table, guint64 hash, const char *text, const char *value)
{
  const LtLabelEntry entry = {hash, text, value, strlen(text)};

  g_array_append_val(table->entries, entry);
  if (table->entries->len * 4 > table->n_slots)
    make_slots(table, table->n_slots * 2);
  else
    put(table, table->entries->len - 1);
}

const LtLabelEntry *
lt_label_table_find(const LtLabelTable *table, guint64 hash, guint *at)
{
  const guint32 tag = make_tag(hash);

  for (;; ++*at) {
    guint slot = ((tag >> 1) + *at) & (table->n_slots - 1);
    const LtLabelEntry *entry;

    if (table->tags[slot] == 0)
      return NULL;
    if (table->tags[slot] != tag)
      continue;
    entry = &g_array_index(table->entries, LtLabelEntry, table->numbers[slot]);
    if (entry->hash == hash) {
      ++*at;
      return entry;
    }
  }
}

const char *
lt_label_table_get(const LtLabelTable *table, guint64 hash, const char *text, gsize len)
{
  const LtLabelEntry *entry;
  guint at = 0;

  while ((entry = lt_label_table_find(table, hash, &at)) != NULL) {
    if (entry->len == len && memcmp(entry->text, text, len) == 0)
      return entry->value;
  }
  return NULL;
}

guint64
lt_label_hash(const char *text, gsize len)
{
  LtLabelHashes hashes;

  lt_label_hashes_init(&hashes, text, len);
  return hashes.prefix[len];
}

const char *
lt_label_table_get_text(const LtLabelTable *table, const char *text, gsize len)
{
  return len <= LT_LABEL_MAX_LEN ? lt_label_table_get(table, lt_label_hash(text, len), text, len)
                                 : NULL;
}
