/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small number that a child has in packet marks: the same as long as the machine runs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtSlots LtSlots;

LtSlots *lt_slots_new(void);
void lt_slots_free(LtSlots *slots);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtSlots, lt_slots_free)

/**
 * lt_slots_begin:
 * @uids: (element-type guint32): all that are children now
 *
 * Before lt_slots_take(): says who keeps a slot. Whoever is not among them may lose it, the one
 * longest gone first, and only when there is no unused one: marks of the kernel outlive a change of
 * rules.
 */
void lt_slots_begin(LtSlots *slots, const GArray *uids);

/**
 * lt_slots_restore:
 * @path: where a dead agent kept them; marks of the kernel still carry its numbers
 *
 * Before the first lt_slots_begin(). What is not there or cannot be right is left out.
 */
void lt_slots_restore(LtSlots *slots, const char *path);
/* Writes the file anew if a slot has changed hands since the last time. */
void lt_slots_save(LtSlots *slots, const char *path);

/* 1 to LT_SLOT_MAX, the one that @uid has or a new one; 0 when all are taken. */
guint16 lt_slots_take(LtSlots *slots, guint32 uid);

G_END_DECLS
