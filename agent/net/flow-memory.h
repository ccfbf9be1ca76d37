/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory in a file that outlives us: mapped whole, given place on the disk piece by piece. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtFlowMemory LtFlowMemory;

/**
 * lt_flow_memory_open:
 * @path: a file, mapped and shared with whoever comes after us; NULL: memory that ends with the
 * process
 * @size_bytes: what is mapped. The file has holes where nothing was written yet
 *
 * A file of another length keeps the bytes that fit.
 */
LtFlowMemory *
lt_flow_memory_open(const char *path, gsize size_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_flow_memory_free(LtFlowMemory *memory);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtFlowMemory, lt_flow_memory_free)

/* Borrowed; page-aligned. */
guint8 *lt_flow_memory_bytes(LtFlowMemory *memory);

/**
 * lt_flow_memory_make_room:
 *
 * Before a part of the memory is touched for the first time: a hole that finds no place on the disk
 * is a bus error, not a failed call. Returns: FALSE with errno when there is none.
 */
gboolean
lt_flow_memory_make_room(LtFlowMemory *memory, gsize from, gsize n_bytes) G_GNUC_WARN_UNUSED_RESULT;

/* The cheap question instead: has the disk so much left? Who fills it a moment later is not seen.
 */
gboolean lt_flow_memory_has_place(LtFlowMemory *memory, gsize n_bytes);

/* Gives whole pages back; they read as 0 afterwards and need room again. */
void lt_flow_memory_give_back(LtFlowMemory *memory, gsize from, gsize n_bytes);

G_END_DECLS
