/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tray does: hears the agent, tells its user, carries answers back. */
#include "tray/applet.h"

#include "tray/address.h"
#include "tray/client.h"
#include "tray/news.h"
#include "tray/notices.h"
#include "tray/throttle.h"
#include "tray/words.h"

#include <string.h>
#include <unistd.h>

/* The summary is rewritten in place, at most this often. */
#define SUMMARY_AFTER_S 1

/* Requests shown at login, the newest ones; the others wait in luytrectl. */
#define MAX_WAITING_SHOWN 5

/* Request ids remembered, so that a restart of the agent does not bring a notice back. */
#define MAX_SEEN 512

/* The one notice of a parent who looks. */
#define REVIEW_KEY "review"

struct _LtApplet {
  char **address_paths;
  guint away_after_s;
  guint32 uid;

  LtClient *client;
  LtNotices *notices;
  LtThrottle *throttle;

  GPtrArray *summary; /* sites (owned) of the summary, the newest first */
  guint summary_id;
  gint64 summary_begun_s;

  GHashTable *seen; /* gint64 request ids (owned) */
  gboolean is_child;
  guint away_id;
};

/* An LtManner that owns its parts. */
typedef struct {
  LtManner manner;
  LtAddress *address;
} Present;

static Present *
present_new(LtApplet *applet)
{
  Present *present = g_new0(Present, 1);
  present->address = lt_address_load((const char *const *) applet->address_paths);
  present->manner = (LtManner){
      .address = present->address,
      .has_buttons = lt_notices_has_buttons(applet->notices),
      .utc_now_s = g_get_real_time() / G_USEC_PER_SEC,
      .zone = g_time_zone_new_local(),
  };
  return present;
}

static void
present_free(Present *present)
{
  g_time_zone_unref(present->manner.zone);
  lt_address_free(present->address);
  g_free(present);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Present, present_free)

/* All that is told about one site takes one place: refused, asked, opened follow each other. */
static char *
key_of_site(const char *site)
{
  return g_strconcat("site:", site, NULL);
}

static char *
key_of_request(gint64 id)
{
  return g_strdup_printf("request:%" G_GINT64_FORMAT, id);
}

static gint64
monotonic_s(void)
{
  return g_get_monotonic_time() / G_USEC_PER_SEC;
}

static gboolean
on_summary(gpointer data)
{
  LtApplet *applet = data;
  applet->summary_id = 0;
  g_ptr_array_add(applet->summary, NULL);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words =
      lt_words_summary((const char *const *) applet->summary->pdata, &present->manner);
  lt_notices_show(applet->notices, "summary", words, LT_NOTICE_QUIET, NULL);
  g_ptr_array_set_size(applet->summary, (int) applet->summary->len - 1);
  return G_SOURCE_REMOVE;
}

static void
add_to_summary(LtApplet *applet, const LtDecisionNews *decision)
{
  /* A warning refused nothing, and what has no name cannot be listed. */
  if (!*decision->name || strcmp(decision->action, "warn") == 0)
    return;
  gint64 now_s = monotonic_s();
  if (now_s - applet->summary_begun_s >= LT_THROTTLE_WINDOW_S) {
    g_ptr_array_set_size(applet->summary, 0);
    applet->summary_begun_s = now_s;
  }
  if (applet->summary->len >= LT_THROTTLE_MAX_SITES ||
      g_ptr_array_find_with_equal_func(applet->summary, decision->name, g_str_equal, NULL))
    return;
  g_ptr_array_insert(applet->summary, 0, g_strdup(decision->name));
  if (!applet->summary_id)
    applet->summary_id = g_timeout_add_seconds(SUMMARY_AFTER_S, on_summary, applet);
}

static void
tell_blocked(LtApplet *applet, GVariant *dict)
{
  LtDecisionNews decision = lt_news_decision(dict);
  if (!lt_words_is_worth_telling(&decision))
    return;
  g_autofree char *key = key_of_site(*decision.name ? decision.name : decision.reason);
  switch (lt_throttle_ask(applet->throttle, key, monotonic_s())) {
  case LT_THROTTLE_SILENT:
    return;
  case LT_THROTTLE_SUMMARY:
    add_to_summary(applet, &decision);
    return;
  case LT_THROTTLE_SHOW:
    break;
  }
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &present->manner);
  gboolean is_warning = strcmp(decision.action, "warn") == 0;
  lt_notices_show(
      applet->notices, key, words, is_warning ? LT_NOTICE_QUIET : LT_NOTICE_PASSING, dict);
}

static void
tell_granted(LtApplet *applet, GVariant *dict)
{
  LtGrantNews grant = lt_news_grant(dict);
  g_autofree char *key = key_of_site(grant.what);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_granted(&grant, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, dict);
}

static void
tell_refused(LtApplet *applet, GVariant *dict)
{
  LtRequestNews request = lt_news_request(dict);
  g_autofree char *key = key_of_site(request.what);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_refused(&request, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, dict);
}

static void
tell_ended(LtApplet *applet, GVariant *dict)
{
  LtGrantNews grant = lt_news_grant(dict);
  g_autofree char *key = key_of_site(grant.what);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_ended(&grant, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, dict);
}

/* The notice stays no longer than what it tells. */
static void
tell_reviewed(LtApplet *applet, GVariant *dict)
{
  gint64 utc_until_s = lt_news_review_until(dict);
  if (utc_until_s == 0) {
    lt_notices_withdraw(applet->notices, REVIEW_KEY);
    return;
  }
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_reviewed(utc_until_s, &present->manner);
  lt_notices_show(applet->notices, REVIEW_KEY, words, LT_NOTICE_PASSING, NULL);
}

static void
tell_child(LtApplet *applet, LtClientNews what, GVariant *dict)
{
  switch (what) {
  case LT_CLIENT_BLOCKED:
    tell_blocked(applet, dict);
    break;
  case LT_CLIENT_ASKED:
    /* The reply to Ask is what the child waits for. */
    break;
  case LT_CLIENT_GRANTED:
    tell_granted(applet, dict);
    break;
  case LT_CLIENT_REFUSED:
    tell_refused(applet, dict);
    break;
  case LT_CLIENT_ENDED:
    tell_ended(applet, dict);
    break;
  case LT_CLIENT_REVIEWED:
    tell_reviewed(applet, dict);
    break;
  }
}

/* FALSE: it was shown before. */
static gboolean
see_request(LtApplet *applet, gint64 id)
{
  if (g_hash_table_size(applet->seen) >= MAX_SEEN)
    g_hash_table_remove_all(applet->seen);
  return g_hash_table_add(applet->seen, g_memdup2(&id, sizeof id));
}

static void
tell_asked(LtApplet *applet, GVariant *dict)
{
  LtRequestNews request = lt_news_request(dict);
  if (!see_request(applet, request.id))
    return;
  g_autofree char *key = key_of_request(request.id);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_asked(&request, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_WAITING, dict);
}

/* What a child is refused is no news for a parent: only what needs an answer is. */
static void
tell_parent(LtApplet *applet, LtClientNews what, GVariant *dict)
{
  gint64 answered = 0;
  switch (what) {
  case LT_CLIENT_ASKED:
    tell_asked(applet, dict);
    return;
  case LT_CLIENT_GRANTED:
    answered = lt_news_grant(dict).request;
    break;
  case LT_CLIENT_REFUSED:
    answered = lt_news_request(dict).id;
    break;
  case LT_CLIENT_BLOCKED:
  case LT_CLIENT_ENDED:
  case LT_CLIENT_REVIEWED:
    return;
  }
  g_autofree char *key = key_of_request(answered);
  lt_notices_withdraw(applet->notices, key);
}

static void
on_news(LtClientNews what, guint32 uid, GVariant *dict, gpointer data)
{
  LtApplet *applet = data;
  if (uid == applet->uid)
    tell_child(applet, what, dict);
  else
    tell_parent(applet, what, dict);
}

/* Requests that were made while no parent was logged in. */
static void
on_waiting(GVariant *result, const GError *error, gpointer data)
{
  LtApplet *applet = data;
  /* Who is no parent, or has to type a password first, gets none here. */
  if (!result)
    return;
  g_autoptr(GVariant) requests = g_variant_get_child_value(result, 0);
  gsize n = g_variant_n_children(requests);
  guint n_shown = 0;
  for (gsize i = 0; i < n && n_shown < MAX_WAITING_SHOWN; i++) {
    g_autoptr(GVariant) dict = g_variant_get_child_value(requests, i);
    if (lt_news_request(dict).uid == applet->uid)
      continue;
    tell_asked(applet, dict);
    n_shown++;
  }
}

static gboolean
on_away(gpointer data)
{
  LtApplet *applet = data;
  applet->away_id = 0;
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = lt_words_away(&present->manner);
  lt_notices_show(applet->notices, "away", words, LT_NOTICE_QUIET, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_here(gboolean is_here, gpointer data)
{
  LtApplet *applet = data;
  g_clear_handle_id(&applet->away_id, g_source_remove);
  if (is_here) {
    lt_notices_withdraw(applet->notices, "away");
    lt_client_list_open_requests(applet->client, on_waiting, applet, NULL);
  } else if (applet->is_child) {
    applet->away_id = g_timeout_add_seconds(applet->away_after_s, on_away, applet);
  }
}

static void
on_children(const guint32 *uids, gsize n_uids, gpointer data)
{
  LtApplet *applet = data;
  applet->is_child = FALSE;
  for (gsize i = 0; i < n_uids; i++)
    applet->is_child = applet->is_child || uids[i] == applet->uid;
}

/* A question on its way to the agent, and what it is about. */
typedef struct {
  LtApplet *applet;
  GVariant *subject;
  gboolean yes;
} Question;

static Question *
question_new(LtApplet *applet, GVariant *subject, gboolean yes)
{
  Question *question = g_new0(Question, 1);
  *question = (Question){applet, g_variant_ref(subject), yes};
  return question;
}

static void
question_free(gpointer data)
{
  Question *question = data;
  g_clear_pointer(&question->subject, g_variant_unref);
  g_free(question);
}

/* A decision calls it "name", a request and a grant "what". */
static const char *
site_of(GVariant *subject)
{
  const char *name = lt_news_decision(subject).name;
  return *name ? name : lt_news_request(subject).what;
}

static void
on_ask_reply(GVariant *result, const GError *error, gpointer data)
{
  Question *question = data;
  LtApplet *applet = question->applet;
  const char *site = site_of(question->subject);
  LtAskFailure failure =
      lt_client_error_is(error, "Limit") ? LT_ASK_TOO_OFTEN : LT_ASK_NOT_POSSIBLE;
  g_autofree char *key = key_of_site(site);
  g_autoptr(Present) present = present_new(applet);
  g_autoptr(LtWords) words = result ? lt_words_request_sent(site, &present->manner)
                                    : lt_words_request_failed(site, failure, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, question->subject);
}

static void
on_answer_reply(GVariant *result, const GError *error, gpointer data)
{
  Question *question = data;
  LtApplet *applet = question->applet;
  LtRequestNews request = lt_news_request(question->subject);
  g_autoptr(Present) present = present_new(applet);
  /* Another parent was faster; the signal about it has cleared up. */
  if (lt_client_error_is(error, "NoSuch"))
    return;
  if (!result) {
    g_autofree char *key = key_of_request(request.id);
    g_autoptr(LtWords) words = lt_words_answer_failed(&request, &present->manner);
    lt_notices_show(applet->notices, key, words, LT_NOTICE_WAITING, question->subject);
    return;
  }
  g_autoptr(GVariant) dict = g_variant_get_child_value(result, 0);
  LtGrantNews grant = lt_news_grant(dict);
  g_autofree char *key = g_strdup_printf("answer:%" G_GINT64_FORMAT, request.id);
  g_autoptr(LtWords) words =
      lt_words_answered(&request, question->yes ? &grant : NULL, &present->manner);
  lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, NULL);
}

static void
answer(LtApplet *applet, GVariant *subject, gboolean yes)
{
  lt_client_answer(applet->client,
                   lt_news_request(subject).id,
                   yes,
                   yes ? LT_APPLET_GRANT_S : 0,
                   on_answer_reply,
                   question_new(applet, subject, yes),
                   question_free);
}

static void
on_pressed(LtNoticeButton button, const char *key, GVariant *subject, gpointer data)
{
  LtApplet *applet = data;
  switch (button) {
  case LT_NOTICE_ASK:
    lt_client_ask(applet->client,
                  applet->uid,
                  site_of(subject),
                  on_ask_reply,
                  question_new(applet, subject, FALSE),
                  question_free);
    break;
  case LT_NOTICE_WHY: {
    LtDecisionNews decision = lt_news_decision(subject);
    g_autoptr(Present) present = present_new(applet);
    g_autoptr(LtWords) words = lt_words_why(&decision, &present->manner);
    lt_notices_show(applet->notices, key, words, LT_NOTICE_PASSING, subject);
    break;
  }
  case LT_NOTICE_OPEN:
    answer(applet, subject, TRUE);
    break;
  case LT_NOTICE_REFUSE:
    answer(applet, subject, FALSE);
    break;
  }
}

LtApplet *
lt_applet_new(const char *const *address_paths, guint away_after_s)
{
  static const LtClientEvents events = {on_news, on_here, on_children};
  LtApplet *applet = g_new0(LtApplet, 1);
  applet->address_paths = g_strdupv((char **) address_paths);
  applet->away_after_s = away_after_s;
  applet->uid = getuid();
  applet->summary = g_ptr_array_new_with_free_func(g_free);
  applet->summary_begun_s = -LT_THROTTLE_WINDOW_S;
  applet->seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  applet->throttle = lt_throttle_new();
  applet->notices = lt_notices_new(on_pressed, applet);
  applet->client = lt_client_new(&events, applet);
  return applet;
}

void
lt_applet_free(LtApplet *applet)
{
  if (!applet)
    return;
  g_clear_handle_id(&applet->away_id, g_source_remove);
  g_clear_handle_id(&applet->summary_id, g_source_remove);
  g_clear_pointer(&applet->client, lt_client_free);
  g_clear_pointer(&applet->notices, lt_notices_free);
  g_clear_pointer(&applet->throttle, lt_throttle_free);
  g_clear_pointer(&applet->seen, g_hash_table_unref);
  g_clear_pointer(&applet->summary, g_ptr_array_unref);
  g_clear_pointer(&applet->address_paths, g_strfreev);
  g_free(applet);
}
