/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows words as desktop notifications with buttons. */
#include "tray/notices.h"

#include <libnotify/notify.h>
#include <string.h>

/* About 30 words at the pace of a nine-year-old, and the time to notice that there is something. */
#define PASSING_MS 20000

struct _LtNotices {
  LtNoticePressed pressed;
  gpointer data;
  GHashTable *open; /* key (owned by the notice) → Notice (owned) */
  guint64 n_shown;
};

typedef struct {
  LtNotices *notices; /* borrowed */
  char *key;
  GVariant *subject;
  NotifyNotification *shown;
  gulong closed_id;
  guint64 serial; /* the order of showing */
} Notice;

/* libnotify goes on with its object after it called back, so the last reference goes later. */
static void
notice_free(gpointer data)
{
  Notice *notice = data;
  g_clear_signal_handler(&notice->closed_id, notice->shown);
  g_idle_add_once(g_object_unref, g_steal_pointer(&notice->shown));
  g_clear_pointer(&notice->subject, g_variant_unref);
  g_clear_pointer(&notice->key, g_free);
  g_free(notice);
}

static const struct {
  const char *action;
  LtOffer offer;
  const char *(*label)(void);
} buttons[] = {
    [LT_NOTICE_ASK] = {"ask", LT_OFFER_ASK, lt_words_button_ask},
    [LT_NOTICE_WHY] = {"why", LT_OFFER_WHY, lt_words_button_why},
    [LT_NOTICE_OPEN] = {"open", LT_OFFER_ANSWER, lt_words_button_open},
    [LT_NOTICE_REFUSE] = {"refuse", LT_OFFER_ANSWER, lt_words_button_refuse},
};

static gboolean
has_capability(const char *name)
{
  GList *capabilities = notify_get_server_caps();
  gboolean found = g_list_find_custom(capabilities, name, (GCompareFunc) g_strcmp0) != NULL;
  g_list_free_full(capabilities, g_free);
  return found;
}

/* The site stands out in a line of its own; everything that came from outside is escaped. */
static char *
compose_body(const LtWords *words)
{
  gboolean has_site = *words->site;
  const char *between = has_site && *words->text ? "\n" : "";
  if (!has_capability("body-markup"))
    return g_strconcat(words->site, between, words->text, NULL);
  g_autofree char *site = g_markup_escape_text(words->site, -1);
  g_autofree char *text = g_markup_escape_text(words->text, -1);
  return g_strconcat(has_site ? "<b>" : "", site, has_site ? "</b>" : "", between, text, NULL);
}

static void
on_closed(NotifyNotification *shown, gpointer data)
{
  Notice *notice = data;
  g_hash_table_remove(notice->notices->open, notice->key);
}

static void
on_action(NotifyNotification *shown, char *action, gpointer data)
{
  Notice *notice = data;
  LtNotices *notices = notice->notices;
  for (guint i = 0; i < G_N_ELEMENTS(buttons); i++) {
    if (strcmp(action, buttons[i].action) != 0)
      continue;
    /* Out of the table before the answer, which may show another notice under the same key. */
    g_hash_table_steal(notices->open, notice->key);
    notices->pressed((LtNoticeButton) i, notice->key, notice->subject, notices->data);
    notify_notification_close(shown, NULL);
    notice_free(notice);
    return;
  }
}

static Notice *
notice_new(LtNotices *notices, const char *key)
{
  Notice *notice = g_new0(Notice, 1);
  notice->notices = notices;
  notice->key = g_strdup(key);
  notice->shown = notify_notification_new("", NULL, NULL);
  notice->closed_id = g_signal_connect(notice->shown, "closed", G_CALLBACK(on_closed), notice);
  g_hash_table_insert(notices->open, notice->key, notice);
  return notice;
}

static void
drop_oldest(LtNotices *notices)
{
  GHashTableIter iter;
  gpointer value = NULL;
  Notice *oldest = NULL;
  g_hash_table_iter_init(&iter, notices->open);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    Notice *notice = value;
    if (!oldest || notice->serial < oldest->serial)
      oldest = notice;
  }
  if (oldest)
    lt_notices_withdraw(notices, oldest->key);
}

static void
dress(Notice *notice, const LtWords *words, LtNoticeKind kind)
{
  g_autofree char *body = compose_body(words);
  NotifyNotification *shown = notice->shown;
  gboolean waits = kind == LT_NOTICE_WAITING;
  notify_notification_update(
      shown, words->title, body, waits ? "dialog-question" : "dialog-information");
  notify_notification_set_timeout(shown, waits ? NOTIFY_EXPIRES_NEVER : PASSING_MS);
  notify_notification_set_urgency(
      shown, kind == LT_NOTICE_QUIET ? NOTIFY_URGENCY_LOW : NOTIFY_URGENCY_NORMAL);
  notify_notification_clear_actions(shown);
  for (guint i = 0; i < G_N_ELEMENTS(buttons); i++) {
    if ((words->offers & buttons[i].offer) != 0)
      notify_notification_add_action(
          shown, buttons[i].action, buttons[i].label(), on_action, notice, NULL);
  }
}

LtNotices *
lt_notices_new(LtNoticePressed pressed, gpointer data)
{
  g_return_val_if_fail(pressed, NULL);
  LtNotices *notices = g_new0(LtNotices, 1);
  notices->pressed = pressed;
  notices->data = data;
  notices->open = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, notice_free);
  notify_init("Lũy Tre");
  return notices;
}

void
lt_notices_free(LtNotices *notices)
{
  if (!notices)
    return;
  g_clear_pointer(&notices->open, g_hash_table_unref);
  notify_uninit();
  g_free(notices);
}

gboolean
lt_notices_has_buttons(LtNotices *notices)
{
  return has_capability("actions");
}

void
lt_notices_show(
    LtNotices *notices, const char *key, const LtWords *words, LtNoticeKind kind, GVariant *subject)
{
  g_return_if_fail(notices && key && words);
  Notice *notice = g_hash_table_lookup(notices->open, key);
  if (!notice && g_hash_table_size(notices->open) >= LT_NOTICES_MAX)
    drop_oldest(notices);
  if (!notice)
    notice = notice_new(notices, key);
  g_clear_pointer(&notice->subject, g_variant_unref);
  notice->subject = subject ? g_variant_ref_sink(subject) : NULL;
  notice->serial = ++notices->n_shown;
  dress(notice, words, kind);

  g_autoptr(GError) error = NULL;
  if (notify_notification_show(notice->shown, &error))
    return;
  g_debug("notification: %s", error->message);
  g_hash_table_remove(notices->open, key);
}

void
lt_notices_withdraw(LtNotices *notices, const char *key)
{
  g_return_if_fail(notices && key);
  Notice *notice = g_hash_table_lookup(notices->open, key);
  if (!notice)
    return;
  /* The server says "closed" later; by then the notice is out of the table. */
  notify_notification_close(notice->shown, NULL);
  g_hash_table_remove(notices->open, key);
}
