/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that imitate a bank's, a wallet's, a school's or an office's, and brands of betting sites.
 */
#pragma once

#include "policy/host-walk.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtLookalikeKind:
 * @LT_LOOKALIKE_NONE: like nothing that is protected
 * @LT_LOOKALIKE_LETTERS: other letters that look the same, also digits and "rn" for "m"
 * @LT_LOOKALIKE_TYPO: one letter too many, too few, wrong, or two exchanged
 * @LT_LOOKALIKE_WORDS: the name with words of imitators ("dangnhap", "login", digits) added
 * @LT_LOOKALIKE_SUFFIX: the very name below a suffix that costs next to nothing
 * @LT_LOOKALIKE_INSIDE: the whole name in front of another ("vietcombank.com.vn.example.top")
 * @LT_LOOKALIKE_GAMBLING: a label has the brand of a betting site in it
 */
typedef enum {
  LT_LOOKALIKE_NONE,
  LT_LOOKALIKE_LETTERS,
  LT_LOOKALIKE_TYPO,
  LT_LOOKALIKE_WORDS,
  LT_LOOKALIKE_SUFFIX,
  LT_LOOKALIKE_INSIDE,
  LT_LOOKALIKE_GAMBLING,
} LtLookalikeKind;

/* "letters", "typo", ... */
const char *lt_lookalike_kind_name(LtLookalikeKind kind);

/**
 * LtLookalike:
 * @of: the name that is imitated, or the betting site's brand; borrowed
 */
typedef struct {
  LtLookalikeKind kind;
  const char *of;
} LtLookalike;

typedef struct _LtLookalikes LtLookalikes;

/**
 * lt_lookalikes_new:
 * @json: (array length=len): as policy/data/lookalikes.json
 * @file: its name for messages
 *
 * Fails with %LT_POLICY_ERROR: file, line, column, pointer, what is wrong.
 */
LtLookalikes *lt_lookalikes_new(const char *json, gsize len, const char *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
LtLookalikes *lt_lookalikes_ref(LtLookalikes *lookalikes);
void lt_lookalikes_unref(LtLookalikes *lookalikes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtLookalikes, lt_lookalikes_unref)

/**
 * lt_lookalikes_find:
 *
 * Returns: FALSE, and @out is left alone, if the name is like nothing, is protected itself, or is
 *   below a suffix that only schools and offices get. Does not allocate. Any thread.
 */
gboolean
lt_lookalikes_find(const LtLookalikes *lookalikes, const LtHostWalk *walk, LtLookalike *out);

G_END_DECLS
