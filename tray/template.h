/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the named places of a translated sentence: "Opened by {adult}". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtPlace:
 * @name: what stands between the braces, ASCII
 * @value: what comes there instead; UTF-8
 */
typedef struct {
  const char *name;
  const char *value;
} LtPlace;

/**
 * lt_template_fill:
 * @sentence: UTF-8 with places such as "{site}"; a brace that names no known place stays as it is
 * @places: (array length=n_places): the values; for each also a place with a capital first letter
 *   ("{Adult}") is known, whose value begins with a capital
 *
 * One pass: a value is never searched for places, so that a site or a child's words that hold
 * "{adult}" stay what they are. Named places because pronoun and verb change their order between
 * languages.
 *
 * Returns: (transfer full): the sentence.
 */
char *lt_template_fill(const char *sentence, const LtPlace *places, gsize n_places);

/* Returns: (transfer full): @text with its first character in upper case; @text is UTF-8. */
char *lt_template_capital(const char *text);

G_END_DECLS
