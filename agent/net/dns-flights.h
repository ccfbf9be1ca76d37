/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions under way: a bounded table, each with who asks and when to look at it again. */
#pragma once

#include "agent/net/dns-cache.h"
#include "agent/net/dns-servers.h"

#include "policy/rule-set.h"
#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* In all, of one child, and of one child over TCP, where an answer may hold 64 kB. */
#define LT_DNS_MAX_FLIGHTS 1024
#define LT_DNS_MAX_FLIGHTS_OF_CHILD 256
#define LT_DNS_MAX_TCP_FLIGHTS_OF_CHILD 32

/* A question with options; a real one has 30 to 150 bytes, padded ones 468 (RFC 8467). */
#define LT_DNS_MAX_QUERY_BYTES 1232

/**
 * LtDnsClient:
 * @slot: the child
 * @is_tcp: came by connection @conn of @conn_generation; else by datagram from @address to the
 *   child's IPv4 or IPv6 socket, which answers
 * @child_generation: the child's ports may have been closed and opened since
 */
typedef struct {
  guint16 slot;
  gboolean is_tcp;
  guint32 child_generation;
  guint16 conn;
  guint32 conn_generation;
  LtDnsAddress address;
} LtDnsClient;

/**
 * LtDnsFlight:
 * @index, @generation: its name in poll tags
 * @client, @question: who asks what
 * @target: the name that is asked in place of the question's; static; NULL: the question's own
 * @asked: header and question section as they came
 * @is_kept, @key: whether the answer is kept in the cache, and as what
 * @sent_question_len: bytes of the question section of @query
 * @query_len: bytes of @query
 * @query: two bytes for the length over TCP, then what is asked, but for @id as it came or with
 *   @target in it
 * @id: our own transaction ID towards servers
 * @born_us, @next_us: monotonic
 *
 * The rest is dns-upstream.c's.
 */
typedef struct _LtDnsFlight LtDnsFlight;
struct _LtDnsFlight {
  guint16 index;
  guint32 generation;
  gboolean is_used;
  LtDnsClient client;
  LtDnsQuestion question;
  const char *target;
  guint8 asked[LT_DNS_HEADER_LEN + LT_DNS_QUESTION_MAX_BYTES];
  gboolean is_kept;
  LtDnsCacheKey key;
  gsize sent_question_len;
  gint64 born_us;
  gint64 next_us;

  guint16 id;
  guint servers_serial; /* which reading of resolv.conf @fds belong to */
  guint n_tries;
  guint n_failed; /* servers that refused us in a row, without waiting */
  guint server;   /* asked last */
  int fds[LT_DNS_MAX_SERVERS];

  gsize n_written; /* TCP: of the query with its prefix */
  gsize n_read;    /* TCP: of the prefix, then of the answer */
  guint8 prefix[2];
  guint8 *answer; /* TCP: answer_len bytes */
  gsize answer_len;

  LtDnsFlight *before, *after; /* by @next_us */
  gsize query_len;
  guint8 query[2 + LT_DNS_MAX_QUERY_BYTES + LT_DNS_QUESTION_MAX_BYTES]; /* a target may be longer */
};

typedef struct _LtDnsFlights LtDnsFlights;

LtDnsFlights *lt_dns_flights_new(void);
/* Descriptors must have been closed. */
void lt_dns_flights_free(LtDnsFlights *flights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsFlights, lt_dns_flights_free)

/* NULL when the table is full or the child has its share. */
LtDnsFlight *lt_dns_flights_add(LtDnsFlights *flights, const LtDnsClient *client);
void lt_dns_flights_remove(LtDnsFlights *flights, LtDnsFlight *flight);

/* NULL when that question is not under way any more. */
LtDnsFlight *lt_dns_flights_find(LtDnsFlights *flights, guint16 index, guint32 generation);

/* Sets @next_us. Calls come in the order of time, but for a change of the waiting time. */
void lt_dns_flights_schedule(LtDnsFlights *flights, LtDnsFlight *flight, gint64 next_us);
/* The one to look at first; NULL when none is under way. */
LtDnsFlight *lt_dns_flights_first(LtDnsFlights *flights);

/* Any one of a child's questions; NULL when it has none. */
LtDnsFlight *lt_dns_flights_of_child(LtDnsFlights *flights, guint16 slot);

G_END_DECLS
