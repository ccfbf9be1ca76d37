/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams taken from a child's socket, several at a time. */
#pragma once

#include "agent/net/dns-flights.h"

#include <glib.h>

G_BEGIN_DECLS

/* Questions read from a child's socket before others have their turn. */
#define LT_DNS_INBOX_SIZE 16

typedef struct _LtDnsInbox LtDnsInbox;

LtDnsInbox *lt_dns_inbox_new(void);
void lt_dns_inbox_free(LtDnsInbox *inbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsInbox, lt_dns_inbox_free)

/* Takes what waits at @fd, up to %LT_DNS_INBOX_SIZE datagrams, in one system call. Never waits.
 * Returns: how many; 0 also on an error. */
guint lt_dns_inbox_read(LtDnsInbox *inbox, int fd);

/**
 * lt_dns_inbox_get:
 * @index: below what lt_dns_inbox_read() returned
 * @from: (out): who sent it
 * @len: (out): its bytes, at most %LT_DNS_MAX_QUERY_BYTES
 * @is_cut: (out): it was longer than that: no question of anybody's
 *
 * Returns: (array length=len): borrowed until the next read.
 */
const guint8 *lt_dns_inbox_get(
    const LtDnsInbox *inbox, guint index, LtDnsAddress *from, gsize *len, gboolean *is_cut);

G_END_DECLS
