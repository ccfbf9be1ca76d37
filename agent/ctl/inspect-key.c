/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which direction of which flow a packet of a capture belongs to: a key for hash tables. */
#include "agent/ctl/inspect-key.h"

guint
lt_inspect_key_hash(gconstpointer key)
{
  const LtInspectKey *k = key;

  return lt_tuple_hash(&k->tuple, k->context);
}

gboolean
lt_inspect_key_equal(gconstpointer a, gconstpointer b)
{
  const LtInspectKey *first = a, *second = b;

  return first->context == second->context && lt_tuple_equal(&first->tuple, &second->tuple);
}
