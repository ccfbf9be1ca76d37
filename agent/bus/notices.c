/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which refusal was told just now: at most one notice a child, site and minute. */
#include "agent/bus/notices.h"

struct _LtNotices {
  GHashTable *told_at_us; /* "uid site" -> gint64 */
};

LtNotices *
lt_notices_new(void)
{
  LtNotices *notices = g_new0(LtNotices, 1);
  notices->told_at_us = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return notices;
}

void
lt_notices_free(LtNotices *notices)
{
  if (notices == NULL)
    return;
  g_hash_table_unref(notices->told_at_us);
  g_free(notices);
}

static gboolean
is_past(gpointer key, gpointer told_at_us, gpointer now_us)
{
  return *(gint64 *) now_us - *(gint64 *) told_at_us >= LT_NOTICES_PAUSE_US;
}

gboolean
lt_notices_take(LtNotices *notices, guint32 uid, const char *site, gint64 monotonic_now_us)
{
  g_autofree char *key = g_strdup_printf("%u %s", uid, site);
  gint64 *told_at_us = g_hash_table_lookup(notices->told_at_us, key);
  if (told_at_us != NULL && !is_past(key, told_at_us, &monotonic_now_us))
    return FALSE;
  if (told_at_us == NULL && g_hash_table_size(notices->told_at_us) >= LT_NOTICES_MAX)
    g_hash_table_foreach_remove(notices->told_at_us, is_past, &monotonic_now_us);
  if (told_at_us == NULL && g_hash_table_size(notices->told_at_us) >= LT_NOTICES_MAX)
    return FALSE;
  g_hash_table_insert(notices->told_at_us,
                      g_steal_pointer(&key),
                      g_memdup2(&monotonic_now_us, sizeof monotonic_now_us));
  return TRUE;
}
