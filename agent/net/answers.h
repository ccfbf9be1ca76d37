/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The addresses that DNS gave to children, for whoever must know whether a name belongs to one.
 * Outlives a killed agent. */
#pragma once

#include "policy/name-binding.h"
#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

/* 8,192 sets of 8: a day of one child's browsing is some thousands. In a set that is full a child's
 * own oldest goes first if half of it is that child's, so that nobody can push out all of
 * another's.
 */
#define LT_ANSWERS_SETS 8192u
#define LT_ANSWERS_WAYS 8u

/* Programs keep an address for as long as DNS says, some for as long as they run. */
#define LT_ANSWERS_KEPT_S (24 * 3600)

typedef struct _LtAnswers LtAnswers;

/**
 * lt_answers_open:
 * @path: a file, normally "/run/luytre/answers", mapped and shared with whoever comes after us;
 *   NULL: memory that ends with the process
 *
 * A file of another form or of another boot is begun anew. It holds keyed hashes, no names. One
 * thread writes; any may read at the same time, without a lock.
 */
LtAnswers *lt_answers_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_answers_free(LtAnswers *answers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtAnswers, lt_answers_free)

/**
 * lt_answers_note:
 * @now_us: monotonic
 *
 * Writer: the child @uid is given this answer. Does not allocate.
 */
void lt_answers_note(LtAnswers *answers, guint32 uid, const LtNameBindings *given, gint64 now_us);

/* Writer: the same for a reply as it goes to @child, if its names are bound, and that @child asked
 * for a name of Tor's shape; @answers and @child may be NULL. */
void lt_answers_note_reply(LtAnswers *answers,
                           const LtChildRules *child,
                           const LtDnsQuestion *question,
                           const guint8 *message,
                           gsize len,
                           gint64 now_us);

/* TRUE if this child has asked for @host, a name of Tor's shape (policy/tor.h): of those it is kept
 * for every child, wherever they are. */
gboolean lt_answers_has_asked(LtAnswers *answers, guint32 uid, const char *host, gint64 now_us);

/* TRUE if @host, or a name of the same domain, was given out with this address to this child. */
gboolean lt_answers_has(
    LtAnswers *answers, guint32 uid, const LtAddress *address, const char *host, gint64 now_us);

G_END_DECLS
