/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which direction of which flow a packet of a capture belongs to: a key for hash tables. */
#pragma once

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtInspectKey:
 * @tuple: from its sender to its receiver
 * @context: its network
 */
typedef struct {
  LtTuple tuple;
  guint32 context;
} LtInspectKey;

/* For g_hash_table_new() and its like. */
guint lt_inspect_key_hash(gconstpointer key);
gboolean lt_inspect_key_equal(gconstpointer a, gconstpointer b);

G_END_DECLS
