/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of the resolvers, kept for a short while in bounded memory. */
#include "agent/net/dns-cache.h"

#include "policy/wire/dns-age.h"

#include <string.h>

/* A question may have its answer in one of so many places: the one that ends first makes room. */
#define N_WAYS 4
#define N_ENTRIES (LT_DNS_CACHE_BYTES / LT_DNS_CACHE_ENTRY_BYTES)
#define N_SETS (N_ENTRIES / N_WAYS)

#define TYPE_ANY 255
#define CLASS_IN 1

/* RFC 1035 section 4.1.1, RFC 4035 section 3: RD, AD and CD, as they stand in the flags. */
#define FLAGS_IN_KEY 0x0130u
#define BIT_EDNS 0x0001u
#define BIT_DNSSEC_OK 0x0002u

/* RFC 6891 section 6.1.2: OPT without options, at the end: its root, type, sizes, flags, length. */
#define PLAIN_OPT_LEN 11

typedef struct {
  LtDnsCacheKey key;
  gint64 stored_us;
  gint64 end_us;
  guint16 len; /* 0: free */
  guint8 message[];
} Entry;

#define MAX_MESSAGE_BYTES (LT_DNS_CACHE_ENTRY_BYTES - sizeof(Entry))

struct _LtDnsCache {
  guint8 *memory; /* N_ENTRIES entries; NULL while empty */
  gint64 end_us;
  guint64 seed; /* nobody outside can choose names that fall together */
};

/* Not of the Internet: each network has its own. RFC 6762, RFC 8375, and what people have used. */
static gboolean
is_local(const char *host)
{
  static const char *const domains[] = {"arpa",
                                        "corp",
                                        "home",
                                        "internal",
                                        "intranet",
                                        "lan",
                                        "local",
                                        "localdomain",
                                        "localhost",
                                        "private"};

  if (strchr(host, '.') == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS(domains); i++)
    if (lt_host_is_within(host, domains[i]))
      return TRUE;
  return FALSE;
}

/* Nothing behind the question, or an OPT record of version 0 without options. */
static gboolean
has_no_options(const guint8 *query, gsize len, const LtDnsQuestion *question)
{
  static const guint8 one_more[] = {0, 0, 0, 0, 0, 1};
  gsize at = LT_DNS_HEADER_LEN + question->question_len_bytes;
  const guint8 *opt = query + at;

  if (len == at)
    return memcmp(query + 6, "\0\0\0\0\0\0", 6) == 0;
  return question->has_edns && len - at == PLAIN_OPT_LEN &&
         memcmp(query + 6, one_more, sizeof one_more) == 0 && opt[5] == 0 && opt[6] == 0;
}

static guint64
mix(guint64 hash, guint8 byte)
{
  return (hash ^ byte) * G_GUINT64_CONSTANT(0x100000001b3); /* FNV-1a */
}

/* Over the question section with its letters folded; length bytes are never letters. */
static guint64
hash_question(const LtDnsCacheKey *key, const guint8 *question, gsize len)
{
  guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

  hash = mix(mix(hash, (guint8) key->slot), (guint8) (key->slot >> 8));
  hash = mix(mix(hash, (guint8) key->bits), (guint8) (key->bits >> 8));
  for (gsize i = 0; i < len; i++)
    hash = mix(hash, (guint8) g_ascii_tolower((char) question[i]));
  return hash;
}

gboolean
lt_dns_cache_key(
    const guint8 *query, gsize len, const LtDnsQuestion *question, guint16 slot, LtDnsCacheKey *out)
{
  if (!question->name_is_host || question->klass != CLASS_IN || question->type == TYPE_ANY ||
      is_local(question->host.name) || !has_no_options(query, len, question))
    return FALSE;
  out->slot = slot;
  out->bits = (guint16) ((question->flags & FLAGS_IN_KEY) | (question->has_edns ? BIT_EDNS : 0) |
                         (question->dnssec_ok ? BIT_DNSSEC_OK : 0));
  out->hash = hash_question(out, query + LT_DNS_HEADER_LEN, question->question_len_bytes);
  return TRUE;
}

LtDnsCache *
lt_dns_cache_new(void)
{
  LtDnsCache *cache = g_new0(LtDnsCache, 1);

  cache->end_us = G_MAXINT64;
  cache->seed = (guint64) g_random_int() << 32 | g_random_int();
  return cache;
}

void
lt_dns_cache_free(LtDnsCache *cache)
{
  if (cache == NULL)
    return;
  g_free(cache->memory);
  g_free(cache);
}

/* The ways of a key's set, one behind another. */
static Entry *
entry_at(const LtDnsCache *cache, const LtDnsCacheKey *key, guint way)
{
  guint64 mixed = (key->hash ^ cache->seed) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  gsize index = (gsize) (mixed >> 32) % N_SETS * N_WAYS + way;

  return (Entry *) (void *) (cache->memory + index * LT_DNS_CACHE_ENTRY_BYTES);
}

/* @question: the bytes behind the header. */
static gboolean
is_entry_of(const Entry *entry, const LtDnsCacheKey *key, const guint8 *question, gsize len)
{
  if (entry->len < LT_DNS_HEADER_LEN + len || entry->key.hash != key->hash ||
      entry->key.slot != key->slot || entry->key.bits != key->bits)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (g_ascii_tolower((char) entry->message[LT_DNS_HEADER_LEN + i]) !=
        g_ascii_tolower((char) question[i]))
      return FALSE;
  return TRUE;
}

gsize
lt_dns_cache_find(LtDnsCache *cache,
                  const LtDnsCacheKey *key,
                  const guint8 *query,
                  gsize question_len,
                  gint64 boot_us,
                  guint8 *out,
                  gsize size)
{
  if (cache->memory == NULL)
    return 0;
  for (guint way = 0; way < N_WAYS; way++) {
    const Entry *entry = entry_at(cache, key, way);

    if (!is_entry_of(entry, key, query + LT_DNS_HEADER_LEN, question_len))
      continue;
    if (boot_us >= entry->end_us || entry->len > size)
      return 0;
    memcpy(out, entry->message, entry->len);
    memcpy(out, query, 2);
    memcpy(out + LT_DNS_HEADER_LEN, query + LT_DNS_HEADER_LEN, question_len);
    lt_dns_age_add(out, entry->len, (guint32) ((boot_us - entry->stored_us) / G_USEC_PER_SEC));
    return entry->len;
  }
  return 0;
}

void
lt_dns_cache_add(LtDnsCache *cache,
                 const LtDnsCacheKey *key,
                 gsize question_len,
                 const guint8 *message,
                 gsize len,
                 gint64 boot_us)
{
  gboolean is_negative;
  guint32 limit_s = lt_dns_age_limit(message, len, &is_negative);
  Entry *entry = NULL;

  if (len > MAX_MESSAGE_BYTES || limit_s == 0)
    return;
  if (cache->memory == NULL) {
    cache->memory = g_malloc0(LT_DNS_CACHE_BYTES);
    cache->end_us = 0;
  }
  for (guint way = 0; way < N_WAYS; way++) {
    Entry *at = entry_at(cache, key, way);

    if (is_entry_of(at, key, message + LT_DNS_HEADER_LEN, question_len)) {
      entry = at;
      break;
    }
    if (entry == NULL || at->end_us < entry->end_us)
      entry = at;
  }
  limit_s = MIN(limit_s, is_negative ? LT_DNS_CACHE_MAX_NEGATIVE_S : LT_DNS_CACHE_MAX_S);
  entry->key = *key;
  entry->stored_us = boot_us;
  entry->end_us = boot_us + (gint64) limit_s * G_USEC_PER_SEC;
  entry->len = (guint16) len;
  memcpy(entry->message, message, len);
  cache->end_us = MAX(cache->end_us, entry->end_us);
}

void
lt_dns_cache_clear(LtDnsCache *cache)
{
  g_clear_pointer(&cache->memory, g_free);
  cache->end_us = G_MAXINT64;
}

gint64
lt_dns_cache_end_us(const LtDnsCache *cache)
{
  return cache->end_us;
}
