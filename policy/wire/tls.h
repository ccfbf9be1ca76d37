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
 * @out: protocol, name, host, length, ECH; the rest is 0
 *
 * One ClientHello over any number of handshake records of any length; record versions 3.x are all
 * the same (RFC 8446 section 5.1). A stream that starts with another record, or with another
 * handshake message, or has other records inside the hello is MALFORMED, since some servers step
 * over what they don't expect. A
 * hello in the form of SSL 2.0 (RFC 5246 appendix E.2) is FOUND and names nobody: it has no room
 * for a name.
 *
 * The name: HOST or ADDRESS when server_name holds exactly one host_name; NONE without that
 * extension; BAD when it is empty, holds several or another kind, comes twice, or is no host name.
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
