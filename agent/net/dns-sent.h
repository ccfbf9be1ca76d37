/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child's question as it is asked of the resolvers. */
#pragma once

#include "agent/net/dns-flights.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtDnsSent:
 * @target: the name that is asked in place of the question's; NULL: its own
 * @bytes, @len: the query; borrowed from what it was made of, or from @renamed
 * @question_len: bytes of its question section
 * @is_kept, @key: whether the cache may hold the answer, and as what
 * @renamed: where a query for @target is made
 */
typedef struct {
  const char *target;
  const guint8 *bytes;
  gsize len;
  gsize question_len;
  gboolean is_kept;
  LtDnsCacheKey key;
  guint8 renamed[LT_DNS_MAX_QUERY_BYTES + LT_DNS_QUESTION_MAX_BYTES];
} LtDnsSent;

/* @query: (array length=len): that @question was read from. FALSE when @target does not fit. */
gboolean lt_dns_sent_init(LtDnsSent *sent,
                          guint16 slot,
                          const guint8 *query,
                          gsize len,
                          const LtDnsQuestion *question,
                          const char *target) G_GNUC_WARN_UNUSED_RESULT;

/* Fills a flight that lt_dns_flights_add() gave: all that lt_dns_upstream_send() needs. */
void lt_dns_sent_fill(const LtDnsSent *sent,
                      const guint8 *query,
                      const LtDnsQuestion *question,
                      LtDnsFlight *flight);

G_END_DECLS
