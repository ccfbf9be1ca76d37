/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a client's QUIC Initial packets, which everybody who sees them can know. */
#pragma once

#include "policy/wire/cursor.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_QUIC_VERSION_1 1u          /* RFC 9000 */
#define LT_QUIC_VERSION_2 0x6b3343cfu /* RFC 9369 */

/**
 * lt_quic_version_is_known:
 *
 * Returns: TRUE for the versions whose Initial packets are read: 1, 2, and what some programs and
 * servers still speak: the drafts of version 1 from 21 (draft-ietf-quic-tls section 5.2) to 34 and
 * two that Facebook's clients made of them. Drafts and version 1 differ in the salt alone.
 */
gboolean lt_quic_version_is_known(guint32 version);

/* RFC 9000 section 17.2, all versions. */
#define LT_QUIC_CID_MAX_LEN 20

/* No UDP payload is longer. */
#define LT_QUIC_DATAGRAM_MAX_BYTES 65535u

/**
 * LtQuicKeys:
 *
 * What protects a client's Initial packets (RFC 9001 section 5): AES-128-GCM and AES-128. No
 * pointer inside: may be stored.
 */
typedef struct {
  guint8 key[16];
  guint8 iv[12];
  guint8 header[16];
} LtQuicKeys;

/**
 * lt_quic_keys_derive:
 * @version: one that lt_quic_version_is_known()
 * @cid: (array length=len): the Destination Connection ID of the connection's first Initial packet
 *
 * RFC 9001 section 5.2, RFC 9369 section 3.3.
 */
void lt_quic_keys_derive(guint32 version, const guint8 *cid, gsize len, LtQuicKeys *out);

/**
 * lt_quic_keys_open:
 * @packet: the whole packet, protected
 * @header_len: where its packet number begins
 * @next_pn: the highest number seen so far in this connection's Initial packets + 1, else 0
 * @buffer: %LT_QUIC_DATAGRAM_MAX_BYTES bytes for the open packet
 * @out_pn: its full number
 * @out_payload: its frames, in @buffer
 *
 * Takes off the header protection and decrypts (RFC 9001 section 5.3 and 5.4). @buffer then
 * begins with the first byte as it was before protection.
 *
 * Returns: FALSE when it doesn't authenticate or is too short to; @buffer then holds anything.
 */
gboolean lt_quic_keys_open(const LtQuicKeys *keys,
                           LtCursor packet,
                           gsize header_len,
                           guint64 next_pn,
                           guint8 *buffer,
                           guint64 *out_pn,
                           LtCursor *out_payload) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
