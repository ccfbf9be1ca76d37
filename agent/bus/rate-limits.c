/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often one user may call: a bucket of tokens a user, a bounded number of users. */
#include "agent/bus/rate-limits.h"

struct _LtRateLimits {
  gint64 us_per_token;
  gint64 window_us;
  GHashTable *full_at_us; /* uid -> gint64, when its bucket is full again */
};

LtRateLimits *
lt_rate_limits_new(guint n_burst, gint64 window_us)
{
  g_return_val_if_fail(n_burst > 0 && window_us >= (gint64) n_burst, NULL);
  LtRateLimits *limits = g_new0(LtRateLimits, 1);
  limits->us_per_token = window_us / n_burst;
  limits->window_us = limits->us_per_token * n_burst;
  limits->full_at_us = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  return limits;
}

void
lt_rate_limits_free(LtRateLimits *limits)
{
  if (limits == NULL)
    return;
  g_hash_table_unref(limits->full_at_us);
  g_free(limits);
}

static gboolean
is_full_again(gpointer uid, gpointer full_at_us, gpointer now_us)
{
  return *(gint64 *) full_at_us <= *(gint64 *) now_us;
}

static gint64 *
make_bucket(LtRateLimits *limits, guint32 uid, gint64 now_us)
{
  if (g_hash_table_size(limits->full_at_us) >= LT_RATE_LIMITS_MAX_USERS)
    g_hash_table_foreach_remove(limits->full_at_us, is_full_again, &now_us);
  if (g_hash_table_size(limits->full_at_us) >= LT_RATE_LIMITS_MAX_USERS)
    return NULL;
  gint64 *full_at_us = g_memdup2(&now_us, sizeof now_us);
  g_hash_table_insert(limits->full_at_us, GUINT_TO_POINTER(uid), full_at_us);
  return full_at_us;
}

gboolean
lt_rate_limits_take(LtRateLimits *limits, guint32 uid, gint64 monotonic_now_us)
{
  gint64 *full_at_us = g_hash_table_lookup(limits->full_at_us, GUINT_TO_POINTER(uid));
  if (full_at_us == NULL)
    full_at_us = make_bucket(limits, uid, monotonic_now_us);
  if (full_at_us == NULL)
    return FALSE;
  gint64 next_us = MAX(*full_at_us, monotonic_now_us) + limits->us_per_token;
  if (next_us - monotonic_now_us > limits->window_us)
    return FALSE;
  *full_at_us = next_us;
  return TRUE;
}
