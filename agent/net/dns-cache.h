/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of the resolvers, kept for a short while in bounded memory. */
#pragma once

#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* In all, and of one entry with its administration: an ordinary answer has 60 to 400 bytes. */
#define LT_DNS_CACHE_BYTES (512 * 1024)
#define LT_DNS_CACHE_ENTRY_BYTES 512

/* Kept for as long as its TTL says, but not longer than this: a VPN that comes up or a network that
 * changes behind the same resolver may mean other answers for the same names. */
#define LT_DNS_CACHE_MAX_S 60
#define LT_DNS_CACHE_MAX_NEGATIVE_S 10

/**
 * LtDnsCacheKey:
 * @hash: of all that follows and of the name
 * @slot: whose: a child cannot find out by its watch what another one has looked up
 * @bits: of the query: RD, AD, CD, EDNS, DO
 *
 * What tells one question from another, but for its name, type and class.
 */
typedef struct {
  guint64 hash;
  guint16 slot;
  guint16 bits;
} LtDnsCacheKey;

/**
 * lt_dns_cache_key:
 * @query: (array length=len): that @question was read from
 *
 * Returns: FALSE when its answer is not to be kept: questions with options (a cookie, a client
 *   subnet) have answers of their own, those for names of the local network change with the
 *   network, and of other classes than IN or for ANY nobody asks twice.
 */
gboolean lt_dns_cache_key(const guint8 *query,
                          gsize len,
                          const LtDnsQuestion *question,
                          guint16 slot,
                          LtDnsCacheKey *out);

typedef struct _LtDnsCache LtDnsCache;

LtDnsCache *lt_dns_cache_new(void);
void lt_dns_cache_free(LtDnsCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsCache, lt_dns_cache_free)

/**
 * lt_dns_cache_find:
 * @query: whose question section is looked for; @question_len bytes behind the header
 * @boot_us: now, on a clock that goes on while the machine sleeps
 * @out: (array length=size): the answer, with the question section and ID of @query and what is
 *   left of its TTLs
 *
 * Does not allocate.
 *
 * Returns: its bytes; 0 when there is none, or its time is up.
 */
gsize lt_dns_cache_find(LtDnsCache *cache,
                        const LtDnsCacheKey *key,
                        const guint8 *query,
                        gsize question_len,
                        gint64 boot_us,
                        guint8 *out,
                        gsize size);

/* Keeps a well-formed answer, in place of an older or expired one, if it may be kept
 * (policy/wire/dns-age.h). The memory comes with the first. */
void lt_dns_cache_add(LtDnsCache *cache,
                      const LtDnsCacheKey *key,
                      gsize question_len,
                      const guint8 *message,
                      gsize len,
                      gint64 boot_us);

/* Forgets everything and gives the memory back. */
void lt_dns_cache_clear(LtDnsCache *cache);

/* When nothing that it holds is of use any more, so that it can be cleared; G_MAXINT64 if empty. */
gint64 lt_dns_cache_end_us(const LtDnsCache *cache);

G_END_DECLS
