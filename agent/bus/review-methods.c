/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parent looks at what a child's open pages need, and opens some of it. */
#include "agent/bus/service-private.h"
#include "agent/clock.h"
#include "policy/host.h"
#include "policy/needed-hosts.h"

/* Rules may have changed since it was refused: what is open now, or closed by more than the
 * default, is no proposal. */
static gboolean
is_proposal(const LtChildRules *child, const char *host, gint64 utc_now_s)
{
  LtDecision decision = lt_child_rules_decide_site(child, host, utc_now_s);
  return decision.reason == LT_REASON_DEFAULT && !lt_decision_lets_through(&decision);
}

static GVariant *
suggestion(const LtNeeded *needed)
{
  GVariantDict dict;
  g_variant_dict_init(&dict, NULL);
  g_variant_dict_insert(&dict, "name", "s", needed->host);
  g_variant_dict_insert(&dict, "site", "s", needed->site);
  g_variant_dict_insert(&dict, "visits", "u", needed->n_visits);
  return g_variant_dict_end(&dict);
}

/* (nullable): NULL: the call was refused. */
static const LtChildRules *
find_child(LtCall *call, guint32 uid)
{
  const LtChildRules *child = lt_rule_set_find_uid(lt_house_rules(call->service->house), uid);
  if (child == NULL)
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "uid %u is no child", uid);
  return child;
}

static void
review(LtCall *call)
{
  guint32 uid = 0;
  gint64 utc_now_s = lt_clock_utc_now_s();
  LtReviews *reviews = call->service->reviews;
  GVariantBuilder list;
  g_variant_get(lt_call_arguments(call), "(u)", &uid);
  const LtChildRules *child = find_child(call, uid);
  if (child == NULL)
    return;
  if (!lt_reviews_open(reviews, uid, utc_now_s)) {
    lt_call_fail(call, LT_BUS_ERROR_LIMIT, "too many reviews are open: end one first");
    return;
  }
  g_autoptr(GArray) needed = lt_reviews_list(reviews, uid);
  g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
  for (guint i = 0; i < needed->len; i++) {
    const LtNeeded *item = &g_array_index(needed, LtNeeded, i);
    if (is_proposal(child, item->host, utc_now_s))
      g_variant_builder_add_value(&list, suggestion(item));
  }
  lt_call_return(call, g_variant_new("(xaa{sv})", lt_reviews_utc_until(reviews, uid), &list));
}

static void
end_review(LtCall *call)
{
  guint32 uid = 0;
  g_variant_get(lt_call_arguments(call), "(u)", &uid);
  lt_reviews_close(call->service->reviews, uid);
  lt_call_return(call, NULL);
}

static gboolean
was_needed(LtReviews *reviews, guint32 uid, const char *host)
{
  g_autoptr(GArray) needed = lt_reviews_list(reviews, uid);
  for (guint i = 0; needed != NULL && i < needed->len; i++)
    if (g_str_equal(g_array_index(needed, LtNeeded, i).host, host))
      return TRUE;
  return FALSE;
}

static void
accept_suggestion(LtCall *call)
{
  guint32 uid = 0;
  const char *name = NULL;
  LtHost host;
  g_variant_get(lt_call_arguments(call), "(u&s)", &uid, &name);
  const LtChildRules *child = find_child(call, uid);
  if (child == NULL)
    return;
  if (lt_host_from_text(name, &host) != LT_HOST_OK)
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "name: not a host name");
  else if (!was_needed(call->service->reviews, uid, host.name) ||
           !is_proposal(child, host.name, lt_clock_utc_now_s()))
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "%s is none of the suggestions", host.name);
  else
    lt_call_grant_site(call, uid, host.name, G_MAXINT64, "");
}

LtCallHandler
lt_review_methods_find(const char *member)
{
  if (g_str_equal(member, "Review"))
    return review;
  if (g_str_equal(member, "EndReview"))
    return end_review;
  if (g_str_equal(member, "AcceptSuggestion"))
    return accept_suggestion;
  return NULL;
}
