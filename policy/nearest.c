/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The known word that somebody probably meant, by Levenshtein's distance. */
#include "policy/nearest.h"

#include <string.h>

/* Longer words are not compared: no known word is as long. */
#define MAX_WORD_LEN 63

static guint
distance(const char *a, const char *b)
{
  guint row[MAX_WORD_LEN + 1];
  gsize len_b = strlen(b);

  for (guint j = 0; j <= len_b; j++)
    row[j] = j;
  for (guint i = 1; a[i - 1] != '\0'; i++) {
    guint diagonal = row[0];

    row[0] = i;
    for (guint j = 1; j <= len_b; j++) {
      guint changed = diagonal + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));

      diagonal = row[j];
      row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
    }
  }
  return row[len_b];
}

const char *
lt_nearest_word(const char *word, const char *const *known)
{
  const char *best = NULL;
  guint best_distance = G_MAXUINT;

  if (strlen(word) > MAX_WORD_LEN)
    return NULL;
  for (; *known != NULL; known++) {
    guint d = distance(word, *known);

    if (d < best_distance && d * 3 <= MAX(strlen(*known), 3u)) {
      best = *known;
      best_distance = d;
    }
  }
  return best;
}
