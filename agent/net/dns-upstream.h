/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions out to the system's resolvers, and their answers back: retries, rotation, timeouts. */
#pragma once

#include "agent/net/dns-counters.h"
#include "agent/net/dns-flights.h"

#include <glib.h>

G_BEGIN_DECLS

/* A question is asked again, of the next server, after this time over UDP and over TCP; earlier if
 * resolv.conf's "timeout" is shorter. glibc's 5 s would outlast many a client. */
#define LT_DNS_RETRY_UDP_MS 1500
#define LT_DNS_RETRY_TCP_MS 3000

/* A question ends when each server had its timeout in each attempt, but not later than this: its
 * client has gone by then. */
#define LT_DNS_MAX_LIFETIME_S 10

/* A server that let so many questions in a row wait is not asked first any more ... */
#define LT_DNS_MAX_SILENT 3
/* ... but by one question in so many seconds. */
#define LT_DNS_PROBE_S 30

/**
 * LtDnsUpstreamHandlers:
 * @on_answer: a response with the right source, ID and question. @message may be changed in place.
 *   TRUE: taken, the question is over; FALSE: it is broken, a better one may come
 * @on_failure: no answer came in time, or nobody can be asked; the question is over
 *
 * The flight is removed after the handler.
 */
typedef struct {
  gboolean (*on_answer)(LtDnsFlight *flight, guint8 *message, gsize len, gpointer user_data);
  void (*on_failure)(LtDnsFlight *flight, gpointer user_data);
} LtDnsUpstreamHandlers;

/**
 * LtDnsUpstream:
 *
 * Each question has a socket of its own for each server that it asks, connected, so with a source
 * port and an ID that only that question has (RFC 5452), and the kernel checks the answer's source.
 */
typedef struct _LtDnsUpstream LtDnsUpstream;

/* All is borrowed and must outlive it; @handlers is copied. */
LtDnsUpstream *lt_dns_upstream_new(int epoll_fd,
                                   LtDnsFlights *flights,
                                   LtDnsCounters *counters,
                                   const char *resolv_conf,
                                   const LtDnsUpstreamHandlers *handlers,
                                   gpointer user_data);
/* Drops what is under way, without handlers. */
void lt_dns_upstream_free(LtDnsUpstream *upstream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsUpstream, lt_dns_upstream_free)

/* Looks at resolv.conf; cheap, once before the questions of a wake-up. TRUE if the servers may have
 * changed: what former ones said is not to be repeated. */
gboolean lt_dns_upstream_refresh(LtDnsUpstream *upstream);

/* Sends a new question; of the flight, what stands before @born_us and the query are set. May end
 * it at once. */
void lt_dns_upstream_send(LtDnsUpstream *upstream, LtDnsFlight *flight, gint64 now_us);

void lt_dns_upstream_on_event(
    LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, guint32 events, gint64 now_us);

/* Retries and gives up what is due. */
void lt_dns_upstream_on_time(LtDnsUpstream *upstream, gint64 now_us);

/* Forgets a question without a handler. */
void lt_dns_upstream_drop(LtDnsUpstream *upstream, LtDnsFlight *flight);

G_END_DECLS
