/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of so many numbered places are taken; new ones come from the front. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_INDEX_MAP_MAX 16384u

/* Begins with zeros: nothing is taken. */
typedef struct {
  guint n_taken;
  guint first_word; /* none before it has a free bit */
  guint64 words[LT_INDEX_MAP_MAX / 64];
} LtIndexMap;

gboolean lt_index_map_has(const LtIndexMap *map, guint index);
/* @index: must be free. */
void lt_index_map_take(LtIndexMap *map, guint index);
/* @index: must be taken. */
void lt_index_map_give_back(LtIndexMap *map, guint index);
/* The free one nearest to the front; -1: none. */
int lt_index_map_first_free(LtIndexMap *map);
/* The first taken one from @index on; -1: none. */
int lt_index_map_next(const LtIndexMap *map, guint index);

G_END_DECLS
