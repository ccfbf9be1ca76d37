/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of normalised host names: open addressing, and hashes that grow from the end of a name. */
#include "policy/host-set.h"

#include <string.h>

/* FNV-1a, 32 bits: draft-eastlake-fnv section 5. A child cannot add names, only look for them. */
#define FNV_OFFSET 2166136261u
#define FNV_PRIME 16777619u

#define MIN_SLOTS 16u

typedef struct {
  guint32 hash;
  guint32 number; /* LT_HOST_SET_NONE: empty */
} Slot;

struct _LtHostSet {
  Slot *slots;
  guint32 n_slots; /* a power of two, at least twice the number of names */
  GArray *offsets; /* guint32: where each name starts in @text */
  GString *text;   /* the names, each ended by NUL */
};

static inline guint32
hash_add(guint32 hash, char c)
{
  return (hash ^ (guchar) c) * FNV_PRIME;
}

/* RFC 3696 section 2: no top-level domain is all digits, so such a name is an IPv4 address. */
static gboolean
ends_in_number(const char *host, gsize len)
{
  gsize i = len;

  while (i > 0 && g_ascii_isdigit(host[i - 1]))
    i--;
  return i < len && (i == 0 || host[i - 1] == '.');
}

gboolean
lt_host_walk_init(LtHostWalk *walk, const char *host)
{
  gsize len = strlen(host);
  gboolean is_address = ends_in_number(host, len);
  guint32 hash = FNV_OFFSET;
  guint n = 0;

  walk->host = host;
  walk->n = 0;
  if (len == 0 || len > LT_HOST_MAX_LEN)
    return FALSE;
  for (gsize i = len; i > 0; i--) {
    if (host[i - 1] == '.' && n < LT_HOST_MAX_LABELS - 1) {
      walk->start[n] = (guint8) i;
      walk->hash[n++] = hash;
    } else if (host[i - 1] == '.' && !is_address) {
      return FALSE;
    }
    is_address |= host[i - 1] == ':';
    hash = hash_add(hash, host[i - 1]);
  }
  walk->is_address = is_address;
  if (is_address)
    n = 0;
  walk->start[n] = 0;
  walk->hash[n] = hash;
  walk->n = n + 1;
  return TRUE;
}

static void
slots_clear(Slot *slots, guint32 n_slots)
{
  for (guint32 i = 0; i < n_slots; i++)
    slots[i].number = LT_HOST_SET_NONE;
}

LtHostSet *
lt_host_set_new(void)
{
  LtHostSet *set = g_new0(LtHostSet, 1);

  set->n_slots = MIN_SLOTS;
  set->slots = g_new(Slot, MIN_SLOTS);
  slots_clear(set->slots, MIN_SLOTS);
  set->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
  set->text = g_string_new(NULL);
  return set;
}

void
lt_host_set_free(LtHostSet *set)
{
  if (set == NULL)
    return;
  g_string_free(set->text, TRUE);
  g_array_unref(set->offsets);
  g_free(set->slots);
  g_free(set);
}

guint32
lt_host_set_size(const LtHostSet *set)
{
  return set->offsets->len;
}

static inline const char *
name_at(const LtHostSet *set, guint32 number)
{
  return set->text->str + g_array_index(set->offsets, guint32, number);
}

const char *
lt_host_set_name(const LtHostSet *set, guint32 number)
{
  g_return_val_if_fail(number < set->offsets->len, "");

  return name_at(set, number);
}

static guint32
find_hashed(const LtHostSet *set, guint32 hash, const char *name)
{
  const guint32 mask = set->n_slots - 1;

  for (guint32 i = hash & mask; set->slots[i].number != LT_HOST_SET_NONE; i = (i + 1) & mask) {
    if (set->slots[i].hash == hash &&
        strcmp(lt_host_set_name(set, set->slots[i].number), name) == 0)
      return set->slots[i].number;
  }
  return LT_HOST_SET_NONE;
}

static void
slots_put(Slot *slots, guint32 n_slots, Slot slot)
{
  guint32 i = slot.hash & (n_slots - 1);

  while (slots[i].number != LT_HOST_SET_NONE)
    i = (i + 1) & (n_slots - 1);
  slots[i] = slot;
}

static void
grow(LtHostSet *set)
{
  guint32 n_slots = set->n_slots * 2;
  Slot *slots = g_new(Slot, n_slots);

  slots_clear(slots, n_slots);
  for (guint32 i = 0; i < set->n_slots; i++) {
    if (set->slots[i].number != LT_HOST_SET_NONE)
      slots_put(slots, n_slots, set->slots[i]);
  }
  g_free(set->slots);
  set->slots = slots;
  set->n_slots = n_slots;
}

guint32
lt_host_set_add(LtHostSet *set, const char *host)
{
  guint32 hash = FNV_OFFSET;
  guint32 offset = (guint32) set->text->len;
  guint32 number;

  for (gsize i = strlen(host); i > 0; i--)
    hash = hash_add(hash, host[i - 1]);
  number = find_hashed(set, hash, host);
  if (number != LT_HOST_SET_NONE)
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
lt_host_set_find(const LtHostSet *set, const LtHostWalk *walk, guint suffix)
{
  guint i = walk->n - 1 - suffix;

  g_return_val_if_fail(suffix < walk->n, LT_HOST_SET_NONE);

  return find_hashed(set, walk->hash[i], walk->host + walk->start[i]);
}
