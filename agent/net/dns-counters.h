/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the DNS thread counts; read by any thread, so each number is atomic by itself. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

G_BEGIN_DECLS

/* Members as in LtDnsProxyStats (agent/net/dns-proxy.h). */
typedef struct {
  _Atomic guint64 n_questions;
  _Atomic guint64 n_refused;
  _Atomic guint64 n_forwarded;
  _Atomic guint64 n_cached;
  _Atomic guint64 n_timeouts;
  _Atomic guint64 n_bad_answers;
  _Atomic guint64 n_dropped;
  _Atomic guint n_upstreams;
  _Atomic guint32 n_answered; /* the last LT_DNS_COMMAND_ANSWER */
} LtDnsCounters;

static inline void
lt_dns_count(_Atomic guint64 *counter)
{
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

G_END_DECLS
