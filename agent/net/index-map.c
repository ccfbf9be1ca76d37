/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bit for each place. */

#include "agent/net/index-map.h"

static guint64
bit(guint index)
{
  return G_GUINT64_CONSTANT(1) << (index % 64);
}

gboolean
lt_index_map_has(const LtIndexMap *map, guint index)
{
  return (map->words[index / 64] & bit(index)) != 0;
}

void
lt_index_map_take(LtIndexMap *map, guint index)
{
  map->words[index / 64] |= bit(index);
  map->n_taken++;
}

void
lt_index_map_give_back(LtIndexMap *map, guint index)
{
  map->words[index / 64] &= ~bit(index);
  map->first_word = MIN(map->first_word, index / 64);
  map->n_taken--;
}

int
lt_index_map_first_free(LtIndexMap *map)
{
  guint word = map->first_word;
  while (word < G_N_ELEMENTS(map->words) && map->words[word] == G_MAXUINT64)
    word++;
  map->first_word = word;
  if (word == G_N_ELEMENTS(map->words))
    return -1;
  return (int) (word * 64 + (guint) __builtin_ctzll(~map->words[word]));
}

int
lt_index_map_next(const LtIndexMap *map, guint index)
{
  for (guint at = index; at < LT_INDEX_MAP_MAX; at = (at | 63) + 1) {
    guint64 left = map->words[at / 64] >> (at % 64);
    if (left != 0)
      return (int) (at + (guint) __builtin_ctzll(left));
  }
  return -1;
}
