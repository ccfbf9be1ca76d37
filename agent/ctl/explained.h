/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One decision as luytrectl shows it: a line of JSON, or a sentence. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtExplained:
 * @user: whose rules
 * @name: the site, as it was asked for
 * @action, @reason, @owner: words as on the bus
 * @rule: the entry that answered
 * @list: (nullable): the list's name where the owner is a list
 * @utc_until_s: seconds since the epoch; 0 and G_MAXINT64: no end is known
 */
typedef struct {
  const char *user;
  const char *name;
  const char *action;
  const char *reason;
  const char *owner;
  const char *rule;
  const char *list;
  gint64 utc_until_s;
} LtExplained;

/* (transfer full): one line without its end: user, name, action, reason, rule, owner, until. */
char *lt_explained_to_json(const LtExplained *explained);

/* (transfer full): a sentence in English. */
char *lt_explained_to_words(const LtExplained *explained);

G_END_DECLS
