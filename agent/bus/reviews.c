/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open reviews: a table of needed hosts for each child, and the time when it is thrown away. */
#include "agent/bus/reviews.h"

#include "policy/needed-hosts.h"

typedef struct {
  LtReviews *reviews;
  guint32 uid;
  gint64 utc_until_s;
  guint timeout;
  LtNeededHosts *needed;
} Review;

struct _LtReviews {
  LtReviewsHooks hooks;
  gpointer user_data;
  GHashTable *open; /* uid -> Review */
};

static void
review_free(gpointer data)
{
  Review *review = data;
  g_clear_handle_id(&review->timeout, g_source_remove);
  review->reviews->hooks.watch(review->uid, FALSE, review->reviews->user_data);
  lt_needed_hosts_free(review->needed);
  g_free(review);
}

LtReviews *
lt_reviews_new(const LtReviewsHooks *hooks, gpointer user_data)
{
  LtReviews *reviews = g_new0(LtReviews, 1);
  reviews->hooks = *hooks;
  reviews->user_data = user_data;
  reviews->open = g_hash_table_new_full(NULL, NULL, NULL, review_free);
  return reviews;
}

void
lt_reviews_free(LtReviews *reviews)
{
  if (reviews == NULL)
    return;
  g_hash_table_unref(reviews->open);
  g_free(reviews);
}

static Review *
find(LtReviews *reviews, guint32 uid)
{
  return g_hash_table_lookup(reviews->open, GUINT_TO_POINTER(uid));
}

static gboolean
on_over(gpointer user_data)
{
  Review *review = user_data;
  review->timeout = 0;
  lt_reviews_close(review->reviews, review->uid);
  return G_SOURCE_REMOVE;
}

gboolean
lt_reviews_open(LtReviews *reviews, guint32 uid, gint64 utc_now_s)
{
  if (find(reviews, uid) != NULL)
    return TRUE;
  if (!reviews->hooks.watch(uid, TRUE, reviews->user_data))
    return FALSE;
  Review *review = g_new0(Review, 1);
  review->reviews = reviews;
  review->uid = uid;
  review->utc_until_s = utc_now_s + LT_REVIEWS_LAST_S;
  review->needed = lt_needed_hosts_new();
  review->timeout = g_timeout_add_seconds(LT_REVIEWS_LAST_S, on_over, review);
  g_hash_table_insert(reviews->open, GUINT_TO_POINTER(uid), review);
  reviews->hooks.changed(uid, review->utc_until_s, reviews->user_data);
  return TRUE;
}

void
lt_reviews_close(LtReviews *reviews, guint32 uid)
{
  if (g_hash_table_remove(reviews->open, GUINT_TO_POINTER(uid)))
    reviews->hooks.changed(uid, 0, reviews->user_data);
}

gint64
lt_reviews_utc_until(LtReviews *reviews, guint32 uid)
{
  const Review *review = find(reviews, uid);
  return review != NULL ? review->utc_until_s : 0;
}

void
lt_reviews_note(LtReviews *reviews, const LtNetEvent *event, gint64 monotonic_now_us)
{
  Review *review = find(reviews, event->uid);
  if (review == NULL || !event->has_name)
    return;
  if (event->action < LT_ACTION_ASK)
    lt_needed_hosts_reached(review->needed, event->host.name, monotonic_now_us);
  else if (event->reason == LT_REASON_DEFAULT)
    lt_needed_hosts_refused(review->needed, event->host.name, monotonic_now_us);
}

GArray *
lt_reviews_list(LtReviews *reviews, guint32 uid)
{
  const Review *review = find(reviews, uid);
  return review != NULL ? lt_needed_hosts_list(review->needed) : NULL;
}
