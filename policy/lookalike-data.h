/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters that look like letters of ASCII; made by data/embed-folding.py. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint32 letter; /* Unicode */
  char plain;
} LtFoldedLetter;

/* By letter. */
extern const LtFoldedLetter lt_lookalike_letters[];
extern const gsize lt_lookalike_letters_len;

G_END_DECLS
