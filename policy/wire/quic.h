/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client says in the clear when it begins a QUIC connection. RFC 9000, 9001, 9369. */
#pragma once

#include "policy/wire/quic-keys.h"
#include "policy/wire/stream.h"

#include <glib.h>

G_BEGIN_DECLS

/* RFC 9000 section 14.1: servers discard an Initial packet in a smaller datagram. */
#define LT_QUIC_INITIAL_MIN_BYTES 1200u

/* Packets in one datagram: one for each kind of keys is what clients send. */
#define LT_QUIC_MAX_PACKETS 16u

/* Room for the CRYPTO bytes of a connection's Initial packets: two hellos with post-quantum key
 * shares. More is FULL. */
#define LT_QUIC_CRYPTO_MAX_BYTES 16384u

/**
 * LtQuicClient:
 * @version: the version of its latest Initial packet; 0: none was read yet
 * @cid: the Destination Connection ID that the keys come from: of the first Initial packet, or of
 * the first one behind a Retry
 * @keys: of @version and @cid
 * @next_pn: the highest number of its Initial packets + 1
 *
 * What must be known of a connection to read more of its client's Initial packets. All zeros is a
 * client that has said nothing. No pointers: may be copied and stored.
 */
typedef struct {
  guint32 version;
  guint8 cid_len;
  guint8 cid[LT_QUIC_CID_MAX_LEN];
  LtQuicKeys keys;
  guint64 next_pn;
} LtQuicClient;

/**
 * LtQuicPackets:
 *
 * Which packets stand in a datagram, as bits.
 *
 * @LT_QUIC_HAS_INITIAL: of a version that lt_quic_version_is_known(), as the next two
 * @LT_QUIC_HAS_ZERO_RTT: may come before the Initial; nobody but the server can read it
 * @LT_QUIC_HAS_HANDSHAKE: follows the server's answer
 * @LT_QUIC_HAS_SHORT: a short header, or anything else with the top bit clear; in the first place
 * it may be another protocol, behind others it may be padding
 * @LT_QUIC_HAS_OTHER_VERSION: a long header of a version that is not known, version negotiation
 * (which servers alone send), or another protocol with the top bit set (RTP)
 */
typedef enum {
  LT_QUIC_HAS_INITIAL = 1 << 0,
  LT_QUIC_HAS_ZERO_RTT = 1 << 1,
  LT_QUIC_HAS_HANDSHAKE = 1 << 2,
  LT_QUIC_HAS_SHORT = 1 << 3,
  LT_QUIC_HAS_OTHER_VERSION = 1 << 4,
} LtQuicPackets;

/**
 * LtQuicDatagram:
 * @packets: %LtQuicPackets
 * @version: of the first long header, else 0
 * @has_token: an Initial packet has a token: of a Retry, or of an earlier connection
 * @has_crypto: an Initial packet has CRYPTO bytes
 * @has_close: an Initial packet has CONNECTION_CLOSE
 */
typedef struct {
  guint packets;
  guint32 version;
  gboolean has_token;
  gboolean has_crypto;
  gboolean has_close;
} LtQuicDatagram;

/**
 * LtQuicAnswer:
 * @LT_QUIC_NO_INITIAL: nothing here can be read; @packets says what it is
 * @LT_QUIC_BEGAN: the first Initial of this client; its CRYPTO bytes are in
 * @LT_QUIC_CONTINUED: more Initial packets of the same connection; their CRYPTO bytes are in
 * @LT_QUIC_OTHER_CONNECTION: Initial packets that only the keys of their own Destination Connection
 * ID open: a connection begins anew, after a Retry or on the same ports as an earlier one. Nothing
 * was changed: clear client and stream and read again
 * @LT_QUIC_UNREADABLE: an Initial that no known keys open, as a server would find too. Nothing was
 * changed: drop the datagram
 * @LT_QUIC_TOO_SMALL: an Initial in a datagram that is too small for it: servers discard it.
 * Nothing was changed: drop the datagram
 * @LT_QUIC_FULL: CRYPTO bytes that have no room, or too many holes: refuse
 * @LT_QUIC_CONFLICT: CRYPTO bytes come again with another content, or a packet that is meant to be
 * read in two ways: tampering, refuse
 * @LT_QUIC_MALFORMED: no client of a known version sends this, or it is no QUIC: refuse
 */
typedef enum {
  LT_QUIC_NO_INITIAL,
  LT_QUIC_BEGAN,
  LT_QUIC_CONTINUED,
  LT_QUIC_OTHER_CONNECTION,
  LT_QUIC_UNREADABLE,
  LT_QUIC_TOO_SMALL,
  LT_QUIC_FULL,
  LT_QUIC_CONFLICT,
  LT_QUIC_MALFORMED,
} LtQuicAnswer;

/**
 * lt_quic_read_datagram:
 * @client: the connection that the datagram's flow is known to have
 * @crypto: (nullable): its CRYPTO bytes so far, begun with offset 0 (@first_seq 0); NULL: only
 * look, has_crypto then tells whether it is needed
 * @bytes: (array length=len): the payload of one UDP datagram that the client sent
 * @out: written whatever the answer is; on MALFORMED as far as was read
 *
 * Reads all Initial packets of a datagram. When the answer is BEGAN or CONTINUED, the stream's
 * contiguous bytes are TLS handshake messages from the first on: lt_tls_read_handshake() finds the
 * name. A second message is the hello after a HelloRetryRequest; it is to be judged as the first.
 *
 * Against a client that shows the reader one hello and the server another: it may make any datagram
 * that was let go miss the server, and the server may find its connections by their IDs alone. The
 * stream holds all that any server could have taken for the connection, and differences are
 * CONFLICT. So a caller, once it has let go any CRYPTO bytes of a connection,
 *  - keeps client and stream, or lets no more CRYPTO bytes of that connection go;
 *  - refuses the flow when time or room runs out before the hello is whole, and on
 *    OTHER_CONNECTION then;
 *  - begins nothing with a connection ID of an earlier connection, whichever flow that was on.
 * tests/fuzz/fuzz-quic.c holds such a caller to it that no server ever has a hello that the caller
 * has not had.
 *
 * Packets of one datagram must have one version and one Destination Connection ID (RFC 9000 section
 * 12.2). Whether the fixed bit is set makes no difference to what is read (RFC 9287). A packet of
 * the other version that the connection's ID opens is part of the connection (RFC 9369 section 4).
 */
LtQuicAnswer lt_quic_read_datagram(LtQuicClient *client,
                                   LtStream *crypto,
                                   const guint8 *bytes,
                                   gsize len,
                                   LtQuicDatagram *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
