/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small number that a child has in packet marks: the same as long as the machine runs. */
#include "agent/slots.h"

#include "policy/rule-set.h"

#include <gio/gio.h>

typedef struct {
  guint16 slot;
  guint64 last_round;
} Holder;

struct _LtSlots {
  GHashTable *of_uid; /* uid -> Holder */
  guint64 round;
  gboolean is_taken[LT_SLOT_MAX + 1];
  gboolean is_changed;
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
  slots->is_changed = longest != NULL;
  if (longest != NULL)
    g_hash_table_remove(slots->of_uid, gone);
  return slot;
}

static guint16
first_free(const LtSlots *slots)
{
  for (guint16 slot = 1; slot <= LT_SLOT_MAX; slot++)
    if (!slots->is_taken[slot])
      return slot;
  return 0;
}

static void
give(LtSlots *slots, guint32 uid, guint16 slot)
{
  Holder *holder = g_new0(Holder, 1);
  holder->slot = slot;
  holder->last_round = slots->round;
  slots->is_taken[slot] = TRUE;
  slots->is_changed = TRUE;
  g_hash_table_insert(slots->of_uid, GUINT_TO_POINTER(uid), holder);
}

guint16
lt_slots_take(LtSlots *slots, guint32 uid)
{
  const Holder *known = find(slots, uid);
  if (known != NULL)
    return known->slot;
  guint16 slot = first_free(slots);
  if (slot == 0)
    slot = take_from_longest_gone(slots);
  if (slot != 0)
    give(slots, uid, slot);
  return slot;
}

void
lt_slots_restore(LtSlots *slots, const char *path)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return;
  g_auto(GStrv) lines = g_strsplit(text, "\n", LT_SLOT_MAX + 1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    guint64 slot = 0, uid = 0;
    g_auto(GStrv) words = g_strsplit(lines[i], " ", 2);
    if (g_strv_length(words) == 2 &&
        g_ascii_string_to_unsigned(words[0], 10, 1, LT_SLOT_MAX, &slot, NULL) &&
        g_ascii_string_to_unsigned(words[1], 10, 1, G_MAXUINT32 - 1, &uid, NULL) &&
        !slots->is_taken[slot] && find(slots, (guint32) uid) == NULL)
      give(slots, (guint32) uid, (guint16) slot);
  }
  slots->is_changed = FALSE;
}

void
lt_slots_save(LtSlots *slots, const char *path)
{
  gpointer uid = NULL, value = NULL;
  GHashTableIter iter;
  g_autoptr(GError) error = NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  if (!slots->is_changed)
    return;
  slots->is_changed = FALSE;
  g_hash_table_iter_init(&iter, slots->of_uid);
  while (g_hash_table_iter_next(&iter, &uid, &value))
    g_string_append_printf(text, "%u %u\n", ((const Holder *) value)->slot, GPOINTER_TO_UINT(uid));
  if (!g_file_set_contents_full(
          path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_warning("A crash will cost children their connections: %s", error->message);
}
