/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent's signals tell, as plain values. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A grant without an end carries this as its "until". */
#define LT_NEWS_UNTIL_REVOKED G_MAXINT64

/**
 * LtDecisionNews:
 * @uid: whose connection it was
 * @name: the site as the agent normalised it; "" when none was named
 * @action: allow warn budget ask block
 * @reason: help grant listed category default no-rules ...
 * @owner: help grant household site preset list default
 * @rule: the entry that answered ("olm.vn", "games")
 * @list: the block list that has the site, else ""
 * @utc_until_s: holds until then; 0: no end is known
 * @is_asked: a request for it is open
 *
 * Strings are borrowed from the variant, never NULL; what is absent or of another type is "" or 0,
 * so that a newer agent is understood as far as possible.
 */
typedef struct {
  guint32 uid;
  const char *name;
  const char *action;
  const char *reason;
  const char *owner;
  const char *rule;
  const char *list;
  gint64 utc_until_s;
  gboolean is_asked;
} LtDecisionNews;

/* A request; borrowed strings and defaults as above. @state: open granted refused expired. */
typedef struct {
  gint64 id;
  guint32 uid;
  const char *user;
  const char *kind;
  const char *what;
  const char *words;
  gint64 utc_asked_s;
  const char *state;
  const char *note;
} LtRequestNews;

/* A grant; @request is 0 when nobody had asked. */
typedef struct {
  gint64 id;
  guint32 uid;
  const char *user;
  const char *kind;
  const char *what;
  gint64 utc_from_s;
  gint64 utc_until_s;
  gint64 request;
  const char *note;
} LtGrantNews;

/* @dict: a{sv} of org.luytre.Agent1; must outlive the answer. */
LtDecisionNews lt_news_decision(GVariant *dict);
LtRequestNews lt_news_request(GVariant *dict);
LtGrantNews lt_news_grant(GVariant *dict);
/* When a review ends; 0: it is over. */
gint64 lt_news_review_until(GVariant *dict);

G_END_DECLS
