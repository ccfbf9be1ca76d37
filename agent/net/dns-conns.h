/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children's TCP connections: questions in, answers out in any order, all of it bounded. */
#pragma once

#include "agent/net/dns-flights.h"

#include <glib.h>

G_BEGIN_DECLS

/* RFC 7766 section 6.2: limits on connections and idle time are ours to set. */
#define LT_DNS_MAX_CONNS 64
#define LT_DNS_MAX_CONNS_OF_CHILD 16

/* Without a whole question or an answer taken for so long, a connection is closed; a slow drip of
 * bytes does not count. */
#define LT_DNS_CONN_IDLE_S 10

/* Questions of one connection under way; more wait in the kernel. */
#define LT_DNS_MAX_FLIGHTS_OF_CONN 8

/* Answers that wait for a slow reader; then no question is read, so it cannot grow much further. */
#define LT_DNS_CONN_MAX_WAITING_BYTES 65536

/**
 * LtDnsConnsQuestionFunc:
 * @message: (array length=len): without the length prefix, at most %LT_DNS_MAX_QUERY_BYTES
 *
 * Must lead to lt_dns_conns_answer() exactly once, now or later.
 */
typedef void (*LtDnsConnsQuestionFunc)(const LtDnsClient *client,
                                       const guint8 *message,
                                       gsize len,
                                       gpointer user_data);

typedef struct _LtDnsConns LtDnsConns;

LtDnsConns *lt_dns_conns_new(int epoll_fd, LtDnsConnsQuestionFunc on_question, gpointer user_data);
void lt_dns_conns_free(LtDnsConns *conns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsConns, lt_dns_conns_free)

/* Takes what waits at a listener. Whoever comes past a limit is closed at once. */
void lt_dns_conns_accept(
    LtDnsConns *conns, int listener_fd, guint16 slot, guint32 child_generation, gint64 now_us);

void lt_dns_conns_on_event(
    LtDnsConns *conns, guint16 index, guint32 generation, guint32 events, gint64 now_us);

/* Answers a question; nothing happens when its connection has gone. @message: (array length=len):
 * without the length prefix; of length 0: there is no answer to be given. */
void lt_dns_conns_answer(
    LtDnsConns *conns, const LtDnsClient *client, const guint8 *message, gsize len, gint64 now_us);

/* Closes what is idle. */
void lt_dns_conns_on_time(LtDnsConns *conns, gint64 now_us);
/* When to look again; G_MAXINT64 without connections. */
gint64 lt_dns_conns_next_us(const LtDnsConns *conns);

void lt_dns_conns_close_child(LtDnsConns *conns, guint16 slot);

G_END_DECLS
