/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One IP packet taken apart: addresses, ports, TCP fields, payload. Reads; never copies. */
#pragma once

#include "policy/wire/answer.h"

#include <glib.h>

G_BEGIN_DECLS

/* One direction of a flow: addresses in network order, IPv4 in the first four bytes, rest zero. */
typedef struct {
  guint8 family;   /* 4 or 6 */
  guint8 protocol; /* 6 TCP, 17 UDP, else as in the IP header */
  guint16 sport;
  guint16 dport;
  guint8 saddr[16];
  guint8 daddr[16];
} LtTuple;

#define LT_TCP_FIN 0x01u
#define LT_TCP_SYN 0x02u
#define LT_TCP_RST 0x04u
#define LT_TCP_PSH 0x08u
#define LT_TCP_ACK 0x10u
#define LT_TCP_URG 0x20u

/**
 * LtPacket:
 * @tuple: addresses and ports (ports 0 unless TCP or UDP with a whole header)
 * @is_fragment: a fragment of a datagram; @payload is then the fragment's own bytes
 * @fragment_offset_bytes, @more_fragments, @fragment_id: meaningful if @is_fragment
 * @tcp_seq, @tcp_ack: of a TCP header, host order
 * @tcp_flags: LT_TCP_*
 * @tcp_has_fastopen_cookie: option 34 (RFC 7413) is there
 * @payload: (array length=payload_len): behind the last header that was read; borrowed
 *
 * RFC 791, RFC 8200 (hop-by-hop, routing, fragment, destination options, AH by RFC 4302), RFC 9293,
 * RFC 768. Bytes past the IP length are no payload.
 */
typedef struct {
  LtTuple tuple;
  gboolean is_fragment;
  gboolean more_fragments;
  guint32 fragment_offset_bytes;
  guint32 fragment_id;
  guint32 tcp_seq;
  guint32 tcp_ack;
  guint8 tcp_flags;
  gboolean tcp_has_fastopen_cookie;
  const guint8 *payload;
  gsize payload_len;
} LtPacket;

/**
 * lt_packet_read:
 * @bytes: (array length=len): from the first byte of the IP header
 *
 * Returns: FOUND; NOT_MINE (neither IPv4 nor IPv6); NEED_MORE (captured shorter than its headers
 * say: a payload cut short is FOUND with what is there); MALFORMED.
 */
LtWireAnswer
lt_packet_read(const guint8 *bytes, gsize len, LtPacket *out) G_GNUC_WARN_UNUSED_RESULT;

guint32 lt_tuple_hash(const LtTuple *tuple, guint32 seed);
gboolean lt_tuple_equal(const LtTuple *a, const LtTuple *b);

G_END_DECLS
