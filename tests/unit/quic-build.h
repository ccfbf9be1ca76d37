/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC packets of a client for tests, protected with keys derived apart from the reader's. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtBuildQuic:
 * @version: 1, or RFC 9369's; any other is built as version 1 is
 * @cid: its connection ID in text, as long as the text
 * @key_cid: (nullable): the one that the keys come from, when that is another
 * @token: (nullable): in text
 * @pn: packet number, of which @pn_len bytes (0 stands for 4) are sent
 * @first_xor: changes the first byte before protection (reserved bits, fixed bit)
 *
 * All zeros but @version is a fine packet without a connection ID.
 */
typedef struct {
  guint32 version;
  const char *cid;
  const char *key_cid;
  const char *token;
  guint64 pn;
  guint pn_len;
  guint8 first_xor;
} LtBuildQuic;

/* The shortest form of a number, RFC 9000 section 16. */
void lt_build_varint(GByteArray *to, guint64 value);
/* A CRYPTO frame with @len bytes of @message from @offset on. */
void lt_build_quic_crypto(GByteArray *to, const GByteArray *message, gsize offset, gsize len);

/**
 * lt_build_quic_initial:
 * @datagram: a packet is appended
 * @frames: what is in it, without padding
 * @fill_to: bytes that @datagram shall have then at least, by PADDING; 0: as few as there can be
 */
void lt_build_quic_initial(GByteArray *datagram,
                           const LtBuildQuic *how,
                           const GByteArray *frames,
                           gsize fill_to);

/* A packet of one of the other types with a length: 1 0-RTT, 2 Handshake (in version 1's numbers),
 * @len bytes that nobody can read. */
void lt_build_quic_sealed(GByteArray *datagram, const LtBuildQuic *how, guint type, gsize len);

/* A whole hello in the first Initial of a datagram of 1200 bytes or more. */
GByteArray *lt_build_quic_hello(const LtBuildQuic *how, const GByteArray *hello);

G_END_DECLS
