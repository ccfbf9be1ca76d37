/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many notices a child gets when many sites are refused at once. */
#include "tray/throttle.h"

struct _LtThrottle {
  GHashTable *told;                            /* site (owned) → gint64 instant (owned) */
  gint64 single_s[LT_THROTTLE_WINDOW_SINGLES]; /* a ring of when single notices were shown */
  guint next_single;
};

LtThrottle *
lt_throttle_new(void)
{
  LtThrottle *throttle = g_new0(LtThrottle, 1);
  throttle->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < LT_THROTTLE_WINDOW_SINGLES; i++)
    throttle->single_s[i] = G_MININT64;
  return throttle;
}

void
lt_throttle_free(LtThrottle *throttle)
{
  if (!throttle)
    return;
  g_clear_pointer(&throttle->told, g_hash_table_unref);
  g_free(throttle);
}

/* An instant that never was counts as long ago; a difference with it would overflow. */
static gboolean
is_within(gint64 then_s, gint64 now_s, gint64 span_s)
{
  return then_s != G_MININT64 && now_s - then_s < span_s;
}

static gboolean
is_old(gpointer site, gpointer instant, gpointer now_s)
{
  return !is_within(*(gint64 *) instant, *(gint64 *) now_s, LT_THROTTLE_WINDOW_S);
}

/* Whether one more notice by itself is not too many; if so, it is counted. */
static gboolean
take_single(LtThrottle *throttle, gint64 now_s)
{
  guint n_moment = 0;
  for (guint i = 0; i < LT_THROTTLE_WINDOW_SINGLES; i++)
    n_moment += is_within(throttle->single_s[i], now_s, LT_THROTTLE_MOMENT_S) ? 1 : 0;
  gint64 *oldest = &throttle->single_s[throttle->next_single];
  if (n_moment >= LT_THROTTLE_MOMENT_SINGLES || is_within(*oldest, now_s, LT_THROTTLE_WINDOW_S))
    return FALSE;
  *oldest = now_s;
  throttle->next_single = (throttle->next_single + 1) % LT_THROTTLE_WINDOW_SINGLES;
  return TRUE;
}

LtThrottleAnswer
lt_throttle_ask(LtThrottle *throttle, const char *site, gint64 now_s)
{
  g_return_val_if_fail(throttle, LT_THROTTLE_SILENT);
  g_return_val_if_fail(site, LT_THROTTLE_SILENT);

  g_hash_table_foreach_remove(throttle->told, is_old, &now_s);
  if (g_hash_table_contains(throttle->told, site))
    return LT_THROTTLE_SILENT;
  if (g_hash_table_size(throttle->told) >= LT_THROTTLE_MAX_SITES)
    return LT_THROTTLE_SILENT;

  g_hash_table_insert(throttle->told, g_strdup(site), g_memdup2(&now_s, sizeof now_s));
  return take_single(throttle, now_s) ? LT_THROTTLE_SHOW : LT_THROTTLE_SUMMARY;
}
