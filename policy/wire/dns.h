/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS questions, and which response belongs to one. RFC 1035, RFC 6891. */
#pragma once

#include "policy/host.h"
#include "policy/wire/answer.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_DNS_HEADER_LEN 12
/* A name, QTYPE and QCLASS. */
#define LT_DNS_QUESTION_MAX_BYTES (255 + 4)
#define LT_DNS_TYPE_A 1
#define LT_DNS_TYPE_CNAME 5
#define LT_DNS_TYPE_AAAA 28
#define LT_DNS_TYPE_DNAME 39
#define LT_DNS_TYPE_OPT 41
#define LT_DNS_TYPE_SVCB 64
#define LT_DNS_TYPE_HTTPS 65
#define LT_DNS_RCODE_NOERROR 0
#define LT_DNS_RCODE_FORMERR 1
#define LT_DNS_RCODE_SERVFAIL 2
#define LT_DNS_RCODE_NXDOMAIN 3
#define LT_DNS_RCODE_REFUSED 5
/* RFC 8914 section 4.18: "Filtered": the client, or its parent, asked for it. */
#define LT_DNS_EDE_FILTERED 17

/**
 * LtDnsQuestion:
 * @id: transaction ID
 * @flags: the second 16 bits of the header
 * @type, @klass: QTYPE, QCLASS
 * @host: the name, normalised; @name_is_host is FALSE when it has bytes that no host name has (it
 * is then judged as a bad name) or is the root
 * @question_len_bytes: of the question section, from byte 12 on
 * @has_edns: an OPT record is there
 * @udp_size_bytes: its advertised size, 512 without one
 * @dnssec_ok: its DO bit
 */
typedef struct {
  guint16 id;
  guint16 flags;
  guint16 type;
  guint16 klass;
  gboolean name_is_host;
  gboolean name_is_root;
  LtHost host;
  gsize question_len_bytes;
  gboolean has_edns;
  guint16 udp_size_bytes;
  gboolean dnssec_ok;
} LtDnsQuestion;

/**
 * lt_dns_read_question:
 * @message: (array length=len): a query without the TCP length prefix
 *
 * Returns: FOUND for a query (QR 0, opcode 0) with exactly one question; NOT_MINE for anything that
 * is no DNS query at all; NEED_MORE or MALFORMED as they say.
 */
LtWireAnswer lt_dns_read_question(const guint8 *message,
                                  gsize len,
                                  LtDnsQuestion *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_response_matches:
 * @response: (array length=len): without the TCP length prefix
 * @id: the transaction ID that was sent
 * @question: (array length=question_len): the question section that was sent (the
 *   question_len_bytes behind the header)
 *
 * Returns: TRUE for a response with this ID and exactly this question; letters of the name may
 * differ in case (RFC 1035 section 2.3.3).
 */
gboolean lt_dns_response_matches(
    const guint8 *response, gsize len, guint16 id, const guint8 *question, gsize question_len);

G_END_DECLS
