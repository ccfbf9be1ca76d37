/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site that a TLS ClientHello asks for. RFC 8446, RFC 5246, RFC 6066. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/* A hello with every post-quantum key share is below 20 kB; servers refuse more than this. */
#define LT_TLS_HELLO_MAX_BYTES 65536

/**
 * lt_tls_read_stream:
 * @bytes: (array length=len): a client's stream from its start
 * @out: protocol, name, host, length, ECH, whether something stands behind; the rest is 0
 *
 * One ClientHello. The rules, each with its row in tests/unit/test-tls.c:
 *
 * | the hello | answer | name |
 * | --- | --- | --- |
 * | in one record, or over any number of any length, empty ones too | FOUND | as below |
 * | cut anywhere | NEED_MORE | |
 * | over 16 kB, up to %LT_TLS_HELLO_MAX_BYTES | FOUND | as below |
 * | longer | MALFORMED | |
 * | record version 3.x, whatever x is (RFC 8446 section 5.1) | FOUND | as below |
 * | record type or version of nobody | NOT_MINE | |
 * | behind another record, or another handshake message | MALFORMED | |
 * | with another record inside | MALFORMED | |
 * | with a length inside that is not its own, or bytes left over | MALFORMED | |
 * | another message behind it in its records | FOUND, has_rest | as below |
 * | in the form of SSL 2.0 (RFC 5246 appendix E.2): no room for a name | FOUND | NONE |
 * | no extensions, or none with a name | FOUND | NONE |
 * | one host_name | FOUND | HOST |
 * | the same with a final dot: dropped | FOUND | HOST |
 * | an IPv4 or IPv6 literal | FOUND | ADDRESS |
 * | an empty extension, an empty list, an empty name | FOUND | BAD |
 * | several names, or a name of another kind, before or behind a host_name | FOUND | BAD |
 * | the extension twice, with the same name or another | FOUND | BAD |
 * | a name with a port, a NUL, a byte of no host, or too long | FOUND | BAD |
 * | with encrypted_client_hello (RFC 9849) | FOUND, has_ech | the outer one |
 * | the second one, behind a HelloRetryRequest: lt_tls_read_behind_hello() | FOUND | as the first |
 *
 * Where servers step over what they don't expect, MALFORMED keeps what they would find there from
 * being another name.
 */
LtWireAnswer
lt_tls_read_stream(const guint8 *bytes, gsize len, LtRequest *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_tls_read_behind_hello:
 * @bytes: (array length=len): a client's stream from the end of a hello, or of a record behind it
 * @out: a further hello, as from lt_tls_read_stream()
 * @out_passed: always written: how many bytes of other records stand before it. They are whole;
 *   reading may go on behind them next time
 *
 * What a client may send before the server has taken up its hello: change_cipher_spec (RFC 8446
 * appendix D.4), early data (section 4.2.10), an alert, and after a HelloRetryRequest a second
 * hello (section 4.1.2).
 *
 * Returns: FOUND; NEED_MORE, also behind the last record; MALFORMED: no record, or another
 * handshake message.
 */
LtWireAnswer lt_tls_read_behind_hello(const guint8 *bytes,
                                      gsize len,
                                      LtRequest *out,
                                      gsize *out_passed) G_GNUC_WARN_UNUSED_RESULT;

/* What a record that carries such a hello begins with. */
#define LT_TLS_RECORD_HANDSHAKE 22u

/**
 * lt_tls_read_handshake:
 * @bytes: (array length=len): handshake messages without records (as CRYPTO frames carry them)
 *
 * As lt_tls_read_stream() from the message's type byte on.
 */
LtWireAnswer
lt_tls_read_handshake(const guint8 *bytes, gsize len, LtRequest *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
