/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS proxy: one loopback port per child, one thread, answers judged by the child's rules. */
#pragma once

#include "agent/net/answers.h"
#include "agent/net/dns-ports.h"
#include "agent/net/event.h"
#include "agent/net/rules-cell.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtDnsProxy LtDnsProxy;

#define LT_DNS_PROXY_ERROR (lt_dns_proxy_error_quark())
GQuark lt_dns_proxy_error_quark(void);
typedef enum {
  LT_DNS_PROXY_ERROR_SOCKET,
  LT_DNS_PROXY_ERROR_THREAD,
} LtDnsProxyError;

/**
 * lt_dns_proxy_new:
 * @rules: the cell that the proxy's thread reads; must outlive the proxy
 * @events: where refusals are told; must outlive the proxy
 * @resolv_conf: the system's resolver configuration, normally "/etc/resolv.conf"; read again when
 * it changes
 */
LtDnsProxy *lt_dns_proxy_new(LtRulesCell *rules,
                             LtEventRing *events,
                             const char *resolv_conf,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Stops the thread and closes every socket. */
void lt_dns_proxy_free(LtDnsProxy *proxy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsProxy, lt_dns_proxy_free)

/* Loop, before children are opened: what DNS gives to children whose names are bound to addresses
 * is remembered in @answers, which must outlive the proxy. */
void lt_dns_proxy_remember(LtDnsProxy *proxy, LtAnswers *answers);

/**
 * lt_dns_proxy_open_child:
 * @slot: the child's slot in the rule sets
 * @wished_port: the port of a dead agent: flows that were redirected to it go on; 0: none. Another
 * one is taken if it is not free
 * @out_port: a port that listens on 127.0.0.1 and ::1, UDP and TCP, for this child alone
 *
 * Loop. Asking again for an open slot gives its port. Falls closed: without a port the firewall
 * refuses the child's DNS.
 *
 * Who asks is known by the port alone, and any local user may send to it: such questions are judged
 * by the child's rules and count against the child's bounds (agent/net/dns-flights.h, dns-conns.h).
 * The redirect loses what was meant for a link-local resolver (fe80::/10; measured, Linux 6.18).
 * The firewall should refuse it, so that programs go on to their next resolver at once.
 */
gboolean lt_dns_proxy_open_child(LtDnsProxy *proxy,
                                 guint16 slot,
                                 guint16 wished_port,
                                 guint16 *out_port,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with ports that are open already, which are handed over; the child's must be closed. */
void lt_dns_proxy_adopt_child(LtDnsProxy *proxy, guint16 slot, const LtDnsPorts *ports);
/* 0: closed. */
guint16 lt_dns_proxy_child_port(LtDnsProxy *proxy, guint16 slot);
void lt_dns_proxy_close_child(LtDnsProxy *proxy, guint16 slot);

/* Loop: asks the thread for a sign of life, unless it owes one already. */
void lt_dns_proxy_ask_alive(LtDnsProxy *proxy);
/* FALSE while it owes one. */
gboolean lt_dns_proxy_is_alive(LtDnsProxy *proxy);

/**
 * LtDnsProxyStats: counters since the start, read at any time from any thread.
 */
typedef struct {
  guint64 n_questions;
  guint64 n_refused;
  guint64 n_forwarded;
  guint64 n_cached; /* answered from what was kept */
  guint64 n_timeouts;
  guint64 n_bad_answers;
  guint64 n_dropped; /* table full or per-child limit */
  guint n_upstreams;
} LtDnsProxyStats;
void lt_dns_proxy_get_stats(LtDnsProxy *proxy, LtDnsProxyStats *out);

G_END_DECLS
