/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The known word that somebody probably meant. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_nearest_word:
 * @word: what was written, UTF-8
 * @known: (array zero-terminated=1): the words that would be right
 *
 * Returns: (nullable): the word of @known with the fewest letters added, left out or changed;
 * borrowed. NULL if none is near: more than a third of the letters would have to change.
 */
const char *lt_nearest_word(const char *word, const char *const *known);

G_END_DECLS
