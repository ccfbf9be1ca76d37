/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SipHash-1-3 of every suffix of a name: the whole words are taken once, each suffix is closed by
 * itself. */
#include "policy/host-hash.h"

#include <string.h>

typedef struct {
  guint64 v0, v1, v2, v3;
} State;

static inline guint64
rotate(guint64 x, guint n)
{
  return x << n | x >> (64 - n);
}

/* SipRound of the paper's figure 2.1. */
static inline void
mix(State *s)
{
  s->v0 += s->v1;
  s->v1 = rotate(s->v1, 13) ^ s->v0;
  s->v0 = rotate(s->v0, 32);
  s->v2 += s->v3;
  s->v3 = rotate(s->v3, 16) ^ s->v2;
  s->v0 += s->v3;
  s->v3 = rotate(s->v3, 21) ^ s->v0;
  s->v2 += s->v1;
  s->v1 = rotate(s->v1, 17) ^ s->v2;
  s->v2 = rotate(s->v2, 32);
}

static inline void
take_word(State *s, guint64 word)
{
  s->v3 ^= word;
  mix(s);
  s->v0 ^= word;
}

static inline State
begin(const LtHostHashKey *key)
{
  return (State){key->k0 ^ G_GUINT64_CONSTANT(0x736f6d6570736575),
                 key->k1 ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
                 key->k0 ^ G_GUINT64_CONSTANT(0x6c7967656e657261),
                 key->k1 ^ G_GUINT64_CONSTANT(0x7465646279746573)};
}

static inline guint64
load_word(const char *at)
{
  guint64 word;

  memcpy(&word, at, sizeof word);
  return GUINT64_FROM_LE(word);
}

/* The first @n bytes, below eight, of a suffix of @len bytes; never reads past its end. */
static inline guint64
load_head(const char *at, gsize n, gsize len)
{
  guint64 word = 0;

  if (n == 0)
    return 0;
  if (len >= sizeof word)
    return load_word(at) & (G_MAXUINT64 >> (64 - 8 * n));
  for (gsize i = n; i > 0; i--)
    word = word << 8 | (guchar) at[i - 1];
  return word;
}

/* The state is a copy: the longer suffixes go on from the original. */
static inline guint64
finish(State s, const char *suffix, gsize len)
{
  take_word(&s, load_head(suffix, len % 8, len) | (guint64) len << 56);
  s.v2 ^= 0xff;
  mix(&s);
  mix(&s);
  mix(&s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

LtHostHashKey
lt_host_hash_key(const guint8 bytes[LT_HOST_HASH_KEY_BYTES])
{
  return (LtHostHashKey){load_word((const char *) bytes), load_word((const char *) bytes + 8)};
}

guint64
lt_host_hash_name(const LtHostHashKey *key, const char *name, gsize len)
{
  State s = begin(key);

  for (gsize left = len; left >= 8; left -= 8)
    take_word(&s, load_word(name + left - 8));
  return finish(s, name, len);
}

void
lt_host_hash_walk(const LtHostHashKey *key, const LtHostWalk *walk, guint64 *out)
{
  const char *end = walk->host + walk->len;
  const char *at = end; /* all behind it is in the state */
  State s = begin(key);

  for (guint i = 0; i < walk->n; i++) {
    const char *suffix = walk->host + walk->start[i];

    for (; at - suffix >= 8; at -= 8)
      take_word(&s, load_word(at - 8));
    out[i] = finish(s, suffix, (gsize) (end - suffix));
  }
}
