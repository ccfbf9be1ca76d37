/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of normalised host names: open addressing, and hashes that grow from the end of a name. */
#include "policy/host-index.h"

#include <string.h>

#define MIN_SLOTS 16u

typedef struct {
  guint32 hash;
  guint32 number; /* LT_HOST_INDEX_NONE: empty */
} Slot;

struct _LtHostIndex {
  Slot *slots;
  guint32 n_slots; /* a power of two, at least twice the number of names */
  GArray *offsets; /* guint32: where each name starts in @text */
  GString *text;   /* the names, each ended by NUL */
};

static void
slots_clear(Slot *slots, guint32 n_slots)
{
  for (guint32 i = 0; i < n_slots; i++)
    slots[i].number = LT_HOST_INDEX_NONE;
}

LtHostIndex *
lt_host_index_new(void)
{
  LtHostIndex *set = g_new0(LtHostIndex, 1);

  set->n_slots = MIN_SLOTS;
  set->slots = g_new(Slot, MIN_SLOTS);
  slots_clear(set->slots, MIN_SLOTS);
  set->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
  set->text = g_string_new(NULL);
  return set;
}

void
lt_host_index_free(LtHostIndex *set)
{
  if (set == NULL)
    return;
  g_string_free(set->text, TRUE);
  g_array_unref(set->offsets);
  g_free(set->slots);
  g_free(set);
}

guint32
lt_host_index_size(const LtHostIndex *set)
{
  return set->offsets->len;
}

static inline const char *
name_at(const LtHostIndex *set, guint32 number)
{
  return set->text->str + g_array_index(set->offsets, guint32, number);
}

const char *
lt_host_index_name(const LtHostIndex *set, guint32 number)
{
  g_return_val_if_fail(number < set->offsets->len, "");

  return name_at(set, number);
}

static guint32
find_hashed(const LtHostIndex *set, guint32 hash, const char *name)
{
  const guint32 mask = set->n_slots - 1;

  for (guint32 i = hash & mask; set->slots[i].number != LT_HOST_INDEX_NONE; i = (i + 1) & mask) {
    if (set->slots[i].hash == hash &&
        strcmp(lt_host_index_name(set, set->slots[i].number), name) == 0)
      return set->slots[i].number;
  }
  return LT_HOST_INDEX_NONE;
}

static void
slots_put(Slot *slots, guint32 n_slots, Slot slot)
{
  guint32 i = slot.hash & (n_slots - 1);

  while (slots[i].number != LT_HOST_INDEX_NONE)
    i = (i + 1) & (n_slots - 1);
  slots[i] = slot;
}

static void
grow(LtHostIndex *set)
{
  guint32 n_slots = set->n_slots * 2;
  Slot *slots = g_new(Slot, n_slots);

  slots_clear(slots, n_slots);
  for (guint32 i = 0; i < set->n_slots; i++) {
    if (set->slots[i].number != LT_HOST_INDEX_NONE)
      slots_put(slots, n_slots, set->slots[i]);
  }
  g_free(set->slots);
  set->slots = slots;
  set->n_slots = n_slots;
}

guint32
lt_host_index_add(LtHostIndex *set, const char *host)
{
  guint32 hash = lt_host_walk_hash(host);
  guint32 offset = (guint32) set->text->len;
  guint32 number;

  number = find_hashed(set, hash, host);
  if (number != LT_HOST_INDEX_NONE)
    return number;

  number = set->offsets->len;
  g_array_append_val(set->offsets, offset);
  g_string_append_len(set->text, host, (gssize) strlen(host) + 1);
  if (set->offsets->len * 2 > set->n_slots)
    grow(set);
  slots_put(set->slots, set->n_slots, (Slot){hash, number});
  return number;
}

guint32
lt_host_index_find(const LtHostIndex *set, const LtHostWalk *walk, guint suffix)
{
  guint i = walk->n - 1 - suffix;

  g_return_val_if_fail(suffix < walk->n, LT_HOST_INDEX_NONE);

  return find_hashed(set, walk->hash[i], walk->host + walk->start[i]);
}
