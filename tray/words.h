/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns what happened into a few kind words: title, site, text and what can be done next.
 *
 * Pure: no clock, bus, file; the language is the process's. The voice: say what comes next, not
 * what is forbidden; nobody is accused; short sentences, for a reader of nine.
 */
#pragma once

#include "tray/address.h"
#include "tray/news.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtManner:
 * @address: how people are called
 * @has_buttons: the notification server shows buttons; without them the text says how to ask
 * @utc_now_s: the present
 * @zone: the zone of the times shown
 *
 * Borrowed for the time of a call.
 */
typedef struct {
  const LtAddress *address;
  gboolean has_buttons;
  gint64 utc_now_s;
  GTimeZone *zone;
} LtManner;

/**
 * LtOffer:
 * @LT_OFFER_ASK: the child may ask for the site.
 * @LT_OFFER_WHY: there is a longer explanation.
 * @LT_OFFER_ANSWER: a parent may open the site or say "not this time".
 *
 * What the reader can do next.
 */
typedef enum {
  LT_OFFER_NOTHING = 0,
  LT_OFFER_ASK = 1 << 0,
  LT_OFFER_WHY = 1 << 1,
  LT_OFFER_ANSWER = 1 << 2,
} LtOffer;

/**
 * LtWords:
 * @title: one line
 * @site: the site as it is shown, or "" when none was named
 * @text: further lines, separated by "\n", without markup
 * @offers: see %LtOffer
 *
 * No member is escaped: whoever hands them to a reader of markup does that.
 */
typedef struct {
  char *title;
  char *site;
  char *text;
  LtOffer offers;
} LtWords;

void lt_words_free(LtWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtWords, lt_words_free)

/* How the answer of the agent to a child's request failed. */
typedef enum {
  LT_ASK_TOO_OFTEN,
  LT_ASK_NOT_POSSIBLE,
} LtAskFailure;

/* Whether a refusal is worth a word: not for adverts, and not where programs go another way or try
 * again by themselves ("quic", "forgotten"). */
gboolean lt_words_is_worth_telling(const LtDecisionNews *decision);

/* To a child: the site is not open, or open with a warning. */
LtWords *lt_words_blocked(const LtDecisionNews *decision, const LtManner *manner);
/* To a child who asked why: rule, owner, until when, help. */
LtWords *lt_words_why(const LtDecisionNews *decision, const LtManner *manner);
/* To a child: several sites at once. @sites: (array zero-terminated=1): at least one. */
LtWords *lt_words_summary(const char *const *sites, const LtManner *manner);
/* To a child: the request is on its way, or is not. @site: as the agent named it. */
LtWords *lt_words_request_sent(const char *site, const LtManner *manner);
LtWords *lt_words_request_failed(const char *site, LtAskFailure failure, const LtManner *manner);
/* To a child: how it ended. */
LtWords *lt_words_granted(const LtGrantNews *grant, const LtManner *manner);
LtWords *lt_words_refused(const LtRequestNews *request, const LtManner *manner);
LtWords *lt_words_ended(const LtGrantNews *grant, const LtManner *manner);
/* To a child: until then a parent looks at which hosts open pages need. */
LtWords *lt_words_reviewed(gint64 utc_until_s, const LtManner *manner);
/* To a child: the agent has not been there for a while. */
LtWords *lt_words_away(const LtManner *manner);

/* To a parent: a child asks. */
LtWords *lt_words_asked(const LtRequestNews *request, const LtManner *manner);
/* To a parent: what became of the answer. @grant: NULL after "not this time". */
LtWords *
lt_words_answered(const LtRequestNews *request, const LtGrantNews *grant, const LtManner *manner);
LtWords *lt_words_answer_failed(const LtRequestNews *request, const LtManner *manner);

/* The words on the buttons; static. */
const char *lt_words_button_ask(void);
const char *lt_words_button_why(void);
const char *lt_words_button_open(void);
const char *lt_words_button_refuse(void);

G_END_DECLS
