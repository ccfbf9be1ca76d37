/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS answers that we make ourselves from a question. RFC 1035, 2308, 6891, 8914. */
#pragma once

#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* Header, question, SOA and OPT with one option; never needs truncation. */
#define LT_DNS_REPLY_MAX_BYTES 512

/* How long a refusal may be remembered (RFC 2308 section 5): a grant opens a site in a second. */
#define LT_DNS_REPLY_TTL_S 1

/* No Extended DNS Error in the reply. RFC 8914 section 5.2: codes for private use end here. */
#define LT_DNS_EDE_NONE 0xffffu

/**
 * lt_dns_reply_write:
 * @query: the message that @question was read from
 * @rcode: LT_DNS_RCODE_*; NOERROR makes a NODATA answer
 * @ede: LT_DNS_EDE_*, in an OPT record and only when the query had one
 * @out: (array length=size): at least %LT_DNS_REPLY_MAX_BYTES
 *
 * A reply without answers. NXDOMAIN and NODATA carry an SOA with %LT_DNS_REPLY_TTL_S.
 *
 * Returns: bytes written; 0 when @size is too small.
 */
gsize lt_dns_reply_write(const guint8 *query,
                         const LtDnsQuestion *question,
                         guint8 rcode,
                         guint16 ede,
                         guint8 *out,
                         gsize size);

/**
 * lt_dns_reply_write_truncated:
 * @rcode: of the reply that is too long for the client
 *
 * Header with TC, question and, if the query had one, OPT: the client asks again over TCP
 * (RFC 2181 section 9).
 */
gsize lt_dns_reply_write_truncated(
    const guint8 *query, const LtDnsQuestion *question, guint8 rcode, guint8 *out, gsize size);

/**
 * lt_dns_reply_write_format_error:
 * @message: (array length=len): what came instead of a question
 *
 * FORMERR with the header alone.
 *
 * Returns: bytes written; 0 when there is no header or when it is itself a response, which must
 * never be answered.
 */
gsize lt_dns_reply_write_format_error(const guint8 *message, gsize len, guint8 *out, gsize size);

G_END_DECLS
