/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces that notices are put together from; only for tray/words*.c and their tests. */
#pragma once

#include "tray/template.h"
#include "tray/words.h"

G_BEGIN_DECLS

/* The longest note or request that a notice shows, in characters. */
#define LT_WORDS_NOTE_MAX_CHARS 160

/* (transfer full): @sentence with @places, and with {you} and {adult} of the manner. */
char *
lt_words_fill(const char *sentence, const LtPlace *places, gsize n_places, const LtManner *manner);

/* Appends a line to @text: as it is, or filled. */
void lt_words_add_line(GString *text, const char *line);
void lt_words_add(GString *text,
                  const char *sentence,
                  const LtPlace *places,
                  gsize n_places,
                  const LtManner *manner);

/* Appends what somebody wrote ("{note}" in @sentence), tamed; nothing when it is empty. */
void
lt_words_add_note(GString *text, const char *sentence, const char *note, const LtManner *manner);

/* Appends until when a grant lasts, when it ends. */
void lt_words_add_end(GString *text, const LtGrantNews *grant, const LtManner *manner);

/* (transfer full): an instant as people say it: "20:30" today, with the day on another. */
char *lt_words_time(gint64 utc_s, const LtManner *manner);

/* (transfer full): "Opened for 1 hour". */
char *lt_words_opened(const LtGrantNews *grant, const LtManner *manner);

/* (transfer full): the whole; @title has places, @site is a raw name, @text is copied. */
LtWords *lt_words_new(const char *title,
                      const char *site,
                      const GString *text,
                      LtOffer offers,
                      const LtManner *manner);

G_END_DECLS
