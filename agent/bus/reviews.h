/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children whose parents look, for a while, at what open pages need: in memory and nowhere else. */
#pragma once

#include "agent/net/event.h"

#include <glib.h>

G_BEGIN_DECLS

/* A review ends by itself after this time, and with it everything that it has seen. */
#define LT_REVIEWS_LAST_S (30 * 60)

typedef struct _LtReviews LtReviews;

/**
 * LtReviewsHooks:
 * @watch: turns events of the child's plain allowances on and off; FALSE: no room for one more
 * @changed: a review of the child has begun, or ended: @utc_until_s is then 0
 */
typedef struct {
  gboolean (*watch)(guint32 uid, gboolean on, gpointer user_data);
  void (*changed)(guint32 uid, gint64 utc_until_s, gpointer user_data);
} LtReviewsHooks;

LtReviews *lt_reviews_new(const LtReviewsHooks *hooks, gpointer user_data);
/* Ends all reviews; nobody is told. */
void lt_reviews_free(LtReviews *reviews);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtReviews, lt_reviews_free)

/* Begins a review unless one is open. FALSE: too many are. */
gboolean
lt_reviews_open(LtReviews *reviews, guint32 uid, gint64 utc_now_s) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the review, if there is one. */
void lt_reviews_close(LtReviews *reviews, guint32 uid);

/* When the open review ends, seconds since the epoch; 0: none is open. */
gint64 lt_reviews_utc_until(LtReviews *reviews, guint32 uid);

/**
 * lt_reviews_note:
 *
 * What the packet path tells. Kept of a child with an open review alone: sites that it reached, and
 * hosts that were refused because no rule names them. Whatever a category, an entry or a reason of
 * its own closes is left out, so that it is never proposed. Help channels make no events.
 */
void lt_reviews_note(LtReviews *reviews, const LtNetEvent *event, gint64 monotonic_now_us);

/* (transfer full) (nullable) (element-type LtNeeded): NULL: no review is open. */
GArray *lt_reviews_list(LtReviews *reviews, guint32 uid);

G_END_DECLS
