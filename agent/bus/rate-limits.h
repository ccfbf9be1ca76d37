/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often one user may call: a bucket of tokens a user, a bounded number of users. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Users with a bucket that is not full; more at one time are refused. */
#define LT_RATE_LIMITS_MAX_USERS 1024

typedef struct _LtRateLimits LtRateLimits;

/**
 * lt_rate_limits_new:
 * @n_burst: calls that may come at once
 * @window_us: the time in which an empty bucket fills up again
 */
LtRateLimits *lt_rate_limits_new(guint n_burst, gint64 window_us);
void lt_rate_limits_free(LtRateLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtRateLimits, lt_rate_limits_free)

/* Takes a token of @uid. FALSE: none is left, refuse the call. */
gboolean lt_rate_limits_take(LtRateLimits *limits, guint32 uid, gint64 monotonic_now_us);

G_END_DECLS
