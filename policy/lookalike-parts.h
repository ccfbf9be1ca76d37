/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of names that are imitated: for those who read it and those who look in it. */
#pragma once

#include "policy/host-index.h"
#include "policy/label-table.h"
#include "policy/lookalike.h"

#include <glib.h>

G_BEGIN_DECLS

/* Every second short word is one letter away from another; longer names hardly ever are. */
#define LT_LOOKALIKE_MIN_TYPO_LEN 6
/* "acb" and "shb" are in many words: they need a hyphen beside them. */
#define LT_LOOKALIKE_MIN_INNER_LEN 5

/* Names are ASCII: a bit or a row for each first letter. */
#define LT_LOOKALIKE_N_LETTERS 128

struct _LtLookalikes {
  gint n_refs;
  LtHostIndex *domains;                    /* protected, and what is below them */
  LtLabelTable *labels;                    /* their first labels: the domain */
  LtLabelTable *skeletons;                 /* what those look like: the domain */
  LtLabelTable *variants;                  /* the labels, and each without one letter: the domain */
  guint64 lengths[LT_LOOKALIKE_N_LETTERS]; /* by a label's first letter: a bit for each length */
  LtLabelTable *words;                     /* that imitators add */
  LtLabelTable *suffixes;                  /* cheap */
  LtHostIndex *trusted;                    /* suffixes */
  GPtrArray
      *tokens[LT_LOOKALIKE_N_LETTERS]; /* of betting sites, by their first letter; NULL: none */
  GPtrArray *texts;                    /* what the tables point to */
};

/* A label that is looked at, in letters of ASCII. */
typedef struct {
  const char *text;
  LtLabelHashes hashes;
} LtLookalikeLabel;

static inline void
lt_lookalike_label_init(LtLookalikeLabel *label, const char *text, gsize len)
{
  label->text = text;
  lt_label_hashes_init(&label->hashes, text, len);
}

/* Into an empty @set; see lt_lookalikes_new(). */
gboolean lt_lookalike_read(LtLookalikes *set,
                           const char *json,
                           gsize len,
                           const char *file,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
