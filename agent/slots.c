/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small number that a child has in packet marks: the same as long as the agent lives. */
#include "agent/slots.h"

#include "policy/rule-set.h"

typedef struct {
  guint16 slot;
  guint64 last_round;
} Holder;

struct _LtSlots {
  GHashTable *of_uid; /* uid -> Holder */
  guint64 round;
};

LtSlots *
lt_slots_new(void)
{
  LtSlots *slots = g_new0(LtSlots, 1);
  slots->of_uid = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  return slots;
}

void
lt_slots_free(LtSlots *slots)
{
  if (slots == NULL)
    return;
  g_hash_table_unref(slots->of_uid);
  g_free(slots);
}

static Holder *
find(LtSlots *slots, guint32 uid)
{
  return g_hash_table_lookup(slots->of_uid, GUINT_TO_POINTER(uid));
}

void
lt_slots_begin(LtSlots *slots, const GArray *uids)
{
  slots->round++;
  for (guint i = 0; i < uids->len; i++) {
    Holder *holder = find(slots, g_array_index(uids, guint32, i));
    if (holder != NULL)
      holder->last_round = slots->round;
  }
}

/* 0 when everybody who holds one is a child. */
static guint16
take_from_longest_gone(LtSlots *slots)
{
  gpointer uid = NULL, value = NULL, gone = NULL;
  const Holder *longest = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, slots->of_uid);
  while (g_hash_table_iter_next(&iter, &uid, &value)) {
    const Holder *holder = value;
    if (holder->last_round < slots->round &&
        (longest == NULL || holder->last_round < longest->last_round)) {
      longest = holder;
      gone = uid;
    }
  }
  guint16 slot = longest != NULL ? longest->slot : 0;
  if (longest != NULL)
    g_hash_table_remove(slots->of_uid, gone);
  return slot;
}

guint16
lt_slots_take(LtSlots *slots, guint32 uid)
{
  const Holder *known = find(slots, uid);
  if (known != NULL)
    return known->slot;
  guint n_taken = g_hash_table_size(slots->of_uid);
  guint16 slot = n_taken < LT_SLOT_MAX ? (guint16) (n_taken + 1) : take_from_longest_gone(slots);
  if (slot == 0)
    return 0;
  Holder *holder = g_new0(Holder, 1);
  holder->slot = slot;
  holder->last_round = slots->round;
  g_hash_table_insert(slots->of_uid, GUINT_TO_POINTER(uid), holder);
  return slot;
}
