/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For which sites does a request wait? Known without a look into the store. */
#include "agent/bus/open-requests.h"

struct _LtOpenRequests {
  GHashTable *utc_asked_s; /* "uid what" -> gint64 */
};

static char *
make_key(guint32 uid, const char *what)
{
  return g_strdup_printf("%u %s", uid, what);
}

LtOpenRequests *
lt_open_requests_new(void)
{
  LtOpenRequests *open = g_new0(LtOpenRequests, 1);
  open->utc_asked_s = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return open;
}

void
lt_open_requests_free(LtOpenRequests *open)
{
  if (open == NULL)
    return;
  g_hash_table_unref(open->utc_asked_s);
  g_free(open);
}

static gboolean
is_expired(gpointer key, gpointer utc_asked_s, gpointer utc_now_s)
{
  return *(gint64 *) utc_asked_s + LT_STORE_REQUEST_LIFETIME_S <= *(gint64 *) utc_now_s;
}

void
lt_open_requests_add(LtOpenRequests *open, guint32 uid, const char *what, gint64 utc_asked_s)
{
  g_hash_table_foreach_remove(open->utc_asked_s, is_expired, &utc_asked_s);
  /* Asking again does not make the request younger. */
  if (lt_open_requests_has(open, uid, what, utc_asked_s))
    return;
  g_hash_table_insert(
      open->utc_asked_s, make_key(uid, what), g_memdup2(&utc_asked_s, sizeof utc_asked_s));
}

void
lt_open_requests_remove(LtOpenRequests *open, guint32 uid, const char *what)
{
  g_autofree char *key = make_key(uid, what);
  g_hash_table_remove(open->utc_asked_s, key);
}

gboolean
lt_open_requests_has(LtOpenRequests *open, guint32 uid, const char *what, gint64 utc_now_s)
{
  g_autofree char *key = make_key(uid, what);
  gint64 *utc_asked_s = g_hash_table_lookup(open->utc_asked_s, key);
  return utc_asked_s != NULL && !is_expired(key, utc_asked_s, &utc_now_s);
}
