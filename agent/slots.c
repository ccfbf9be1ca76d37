/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small number that a child has in packet marks: the same as long as the agent lives. */
#include "agent/slots.h"

#include "policy/rule-set.h"

struct _LtSlots {
  GHashTable *of_uid;
};

LtSlots *
lt_slots_new(void)
{
  LtSlots *slots = g_new0(LtSlots, 1);
  slots->of_uid = g_hash_table_new(NULL, NULL);
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

guint16
lt_slots_take(LtSlots *slots, guint32 uid)
{
  gpointer known = g_hash_table_lookup(slots->of_uid, GUINT_TO_POINTER(uid));
  if (known != NULL)
    return (guint16) GPOINTER_TO_UINT(known);
  guint next = g_hash_table_size(slots->of_uid) + 1;
  if (next > LT_SLOT_MAX)
    return 0;
  g_hash_table_insert(slots->of_uid, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(next));
  return (guint16) next;
}
