/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows words as desktop notifications with buttons, and keeps count of those that are open. */
#pragma once

#include "tray/words.h"

#include <glib.h>

G_BEGIN_DECLS

/* The most notices kept open; the oldest makes room. */
#define LT_NOTICES_MAX 24

typedef struct _LtNotices LtNotices;

/**
 * LtNoticeKind:
 * @LT_NOTICE_PASSING: goes by itself after a child has had time to read it.
 * @LT_NOTICE_QUIET: the same, of low urgency.
 * @LT_NOTICE_WAITING: stays until it is answered or withdrawn.
 */
typedef enum {
  LT_NOTICE_PASSING,
  LT_NOTICE_QUIET,
  LT_NOTICE_WAITING,
} LtNoticeKind;

/**
 * LtNoticeButton:
 *
 * Also the action's name in the notification protocol: "ask", "why", "open", "refuse".
 */
typedef enum {
  LT_NOTICE_ASK,
  LT_NOTICE_WHY,
  LT_NOTICE_OPEN,
  LT_NOTICE_REFUSE,
} LtNoticeButton;

/* A button was pressed on the notice @key; the notice is gone already. */
typedef void (*LtNoticePressed)(LtNoticeButton button,
                                const char *key,
                                GVariant *subject,
                                gpointer data);

/* @data is handed to @pressed. Speaks to the session's notification server by libnotify. */
LtNotices *lt_notices_new(LtNoticePressed pressed, gpointer data);
void lt_notices_free(LtNotices *notices);

/* Whether the server that is there now shows buttons. */
gboolean lt_notices_has_buttons(LtNotices *notices);

/**
 * lt_notices_show:
 * @key: a notice that is open under the same key is replaced in place
 * @subject: what the buttons are about; a reference is taken
 *
 * Escapes the words for a server that reads markup. Without a server nothing is shown; that is no
 * failure of anything else.
 */
void lt_notices_show(LtNotices *notices,
                     const char *key,
                     const LtWords *words,
                     LtNoticeKind kind,
                     GVariant *subject);

/* Takes the notice @key away, if it is open. */
void lt_notices_withdraw(LtNotices *notices, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtNotices, lt_notices_free)

G_END_DECLS
