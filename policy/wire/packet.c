/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One IP packet taken apart: addresses, ports, TCP fields, payload. Reads; never copies. */
#include "policy/wire/packet.h"

#include "policy/wire/cursor.h"

#include <string.h>

/* IANA protocol numbers. */
#define PROTOCOL_HOP_BY_HOP 0u
#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u
#define PROTOCOL_ROUTING 43u
#define PROTOCOL_FRAGMENT 44u
#define PROTOCOL_AH 51u
#define PROTOCOL_DESTINATION 60u

#define V4_HEADER_MIN_LEN 20u
#define TCP_HEADER_MIN_LEN 20u
#define UDP_HEADER_LEN 8u

#define TCP_OPTION_END 0u
#define TCP_OPTION_NOP 1u
#define TCP_OPTION_FASTOPEN 34u

/**
 * Body:
 * @bytes: of the packet, past the headers read so far; what was captured
 * @cut_bytes: how many more the IP header promises
 */
typedef struct {
  LtCursor bytes;
  gsize cut_bytes;
} Body;

/* Too short: because of the capture, or because the packet itself is broken. */
static LtWireAnswer
too_short(const Body *body)
{
  return body->cut_bytes > 0 ? LT_WIRE_NEED_MORE : LT_WIRE_MALFORMED;
}

/* @promised_bytes: by the IP header, from @bytes on. Bytes past it are padding of the link. */
static Body
limit_body(LtCursor bytes, gsize promised_bytes)
{
  Body body = {bytes, 0};

  if (bytes.left > promised_bytes)
    body.bytes.left = promised_bytes;
  else
    body.cut_bytes = promised_bytes - bytes.left;
  return body;
}

static void
note_fragment(LtPacket *packet, guint32 id, guint offset_bytes, gboolean more)
{
  packet->is_fragment = offset_bytes > 0 || more;
  packet->more_fragments = more;
  packet->fragment_offset_bytes = offset_bytes;
  packet->fragment_id = id;
}

/* RFC 791 section 3.1. */
static LtWireAnswer
read_v4(LtCursor cursor, LtPacket *packet, Body *out)
{
  guint8 version_ihl, ttl;
  guint16 total_len, id, fragment, checksum;
  LtCursor addresses;
  gsize header_len;

  if (!lt_cursor_u8(&cursor, &version_ihl) || !lt_cursor_skip(&cursor, 1) ||
      !lt_cursor_u16(&cursor, &total_len) || !lt_cursor_u16(&cursor, &id) ||
      !lt_cursor_u16(&cursor, &fragment) || !lt_cursor_u8(&cursor, &ttl) ||
      !lt_cursor_u8(&cursor, &packet->tuple.protocol) || !lt_cursor_u16(&cursor, &checksum) ||
      !lt_cursor_take(&cursor, 8, &addresses))
    return LT_WIRE_NEED_MORE;
  header_len = (gsize) (version_ihl & 0xfu) * 4;
  if (header_len < V4_HEADER_MIN_LEN)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_skip(&cursor, header_len - V4_HEADER_MIN_LEN))
    return LT_WIRE_NEED_MORE;
  packet->tuple.family = 4;
  memcpy(packet->tuple.saddr, addresses.at, 4);
  memcpy(packet->tuple.daddr, addresses.at + 4, 4);
  note_fragment(packet, id, (guint) (fragment & 0x1fffu) * 8, (fragment & 0x2000u) != 0);
  /* 0 in what a machine captures of itself: the card would have cut the packet (segmentation
   * offload). */
  if (total_len == 0)
    total_len = (guint16) MIN(header_len + cursor.left, G_MAXUINT16);
  if (total_len < header_len)
    return LT_WIRE_MALFORMED;
  *out = limit_body(cursor, total_len - header_len);
  return LT_WIRE_FOUND;
}

/* RFC 8200 section 4.5; one that is all of its datagram is no fragment (RFC 6946). */
static LtWireAnswer
read_v6_fragment(Body *body, LtPacket *packet)
{
  guint8 next, reserved;
  guint16 offset;
  guint32 id;

  if (!lt_cursor_u8(&body->bytes, &next) || !lt_cursor_u8(&body->bytes, &reserved) ||
      !lt_cursor_u16(&body->bytes, &offset) || !lt_cursor_u32(&body->bytes, &id))
    return too_short(body);
  packet->tuple.protocol = next;
  note_fragment(packet, id, offset & 0xfff8u, (offset & 1u) != 0);
  return LT_WIRE_FOUND;
}

/* RFC 8200 sections 4.3, 4.4, 4.6 count in 8 bytes past the first 8; RFC 4302 section 2.2 in 4
 * bytes past the first 8. */
static LtWireAnswer
skip_extension(Body *body, LtPacket *packet)
{
  guint unit = packet->tuple.protocol == PROTOCOL_AH ? 4 : 8;
  guint8 next, len;

  if (!lt_cursor_u8(&body->bytes, &next) || !lt_cursor_u8(&body->bytes, &len) ||
      !lt_cursor_skip(&body->bytes, 6 + (gsize) len * unit))
    return too_short(body);
  packet->tuple.protocol = next;
  return LT_WIRE_FOUND;
}

/* Every header uses up at least eight bytes: the loop ends. */
static LtWireAnswer
skip_extensions(Body *body, LtPacket *packet)
{
  LtWireAnswer answer = LT_WIRE_FOUND;

  while (answer == LT_WIRE_FOUND && !packet->is_fragment) {
    guint8 protocol = packet->tuple.protocol;
    gboolean is_v6 = packet->tuple.family == 6;

    if (is_v6 && protocol == PROTOCOL_FRAGMENT)
      answer = read_v6_fragment(body, packet);
    else if (protocol == PROTOCOL_AH ||
             (is_v6 && (protocol == PROTOCOL_HOP_BY_HOP || protocol == PROTOCOL_ROUTING ||
                        protocol == PROTOCOL_DESTINATION)))
      answer = skip_extension(body, packet);
    else
      break;
  }
  return answer;
}

/* RFC 8200 section 3. */
static LtWireAnswer
read_v6(LtCursor cursor, LtPacket *packet, Body *out)
{
  guint16 payload_len;
  guint8 hop_limit;
  LtCursor addresses;
  gsize promised;

  if (!lt_cursor_skip(&cursor, 4) || !lt_cursor_u16(&cursor, &payload_len) ||
      !lt_cursor_u8(&cursor, &packet->tuple.protocol) || !lt_cursor_u8(&cursor, &hop_limit) ||
      !lt_cursor_take(&cursor, 32, &addresses))
    return LT_WIRE_NEED_MORE;
  packet->tuple.family = 6;
  memcpy(packet->tuple.saddr, addresses.at, 16);
  memcpy(packet->tuple.daddr, addresses.at + 16, 16);
  /* As with IPv4: a packet that the card would have cut; also a jumbogram (RFC 2675). */
  promised = payload_len > 0 ? payload_len : cursor.left;
  *out = limit_body(cursor, promised);
  return LT_WIRE_FOUND;
}

/* RFC 7413 section 4.1.1. A list that breaks off says nothing more (RFC 9293 section 3.1). */
static gboolean
has_fastopen(LtCursor options)
{
  guint8 kind, len;

  while (lt_cursor_u8(&options, &kind) && kind != TCP_OPTION_END) {
    if (kind == TCP_OPTION_FASTOPEN)
      return TRUE;
    if (kind == TCP_OPTION_NOP)
      continue;
    if (!lt_cursor_u8(&options, &len) || len < 2 || !lt_cursor_skip(&options, len - 2u))
      return FALSE;
  }
  return FALSE;
}

/* RFC 9293 section 3.1. */
static LtWireAnswer
read_tcp(Body *body, LtPacket *packet)
{
  LtCursor *bytes = &body->bytes;
  guint8 offset;
  gsize header_len;
  LtCursor options;

  if (!lt_cursor_u16(bytes, &packet->tuple.sport) || !lt_cursor_u16(bytes, &packet->tuple.dport) ||
      !lt_cursor_u32(bytes, &packet->tcp_seq) || !lt_cursor_u32(bytes, &packet->tcp_ack) ||
      !lt_cursor_u8(bytes, &offset) || !lt_cursor_u8(bytes, &packet->tcp_flags) ||
      !lt_cursor_skip(bytes, 6))
    return too_short(body);
  header_len = (gsize) (offset >> 4) * 4;
  if (header_len < TCP_HEADER_MIN_LEN)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_take(bytes, header_len - TCP_HEADER_MIN_LEN, &options))
    return too_short(body);
  packet->tcp_has_fastopen_cookie = has_fastopen(options);
  return LT_WIRE_FOUND;
}

/* RFC 768; a length of 0 is a jumbogram's (RFC 2675 section 4). */
static LtWireAnswer
read_udp(Body *body, LtPacket *packet)
{
  guint16 udp_len;
  gsize left;

  if (!lt_cursor_u16(&body->bytes, &packet->tuple.sport) ||
      !lt_cursor_u16(&body->bytes, &packet->tuple.dport) ||
      !lt_cursor_u16(&body->bytes, &udp_len) || !lt_cursor_skip(&body->bytes, 2))
    return too_short(body);
  if (udp_len == 0)
    return LT_WIRE_FOUND;
  if (udp_len < UDP_HEADER_LEN)
    return LT_WIRE_MALFORMED;
  left = udp_len - UDP_HEADER_LEN;
  if (left > body->bytes.left + body->cut_bytes)
    return LT_WIRE_MALFORMED;
  if (left < body->bytes.left)
    body->bytes.left = left;
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_packet_read(const guint8 *bytes, gsize len, LtPacket *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  LtPacket packet = {0};
  LtWireAnswer answer;
  guint8 first;
  Body body;

  if (!lt_cursor_peek(&cursor, &first))
    return LT_WIRE_NEED_MORE;
  if (first >> 4 == 4)
    answer = read_v4(cursor, &packet, &body);
  else if (first >> 4 == 6)
    answer = read_v6(cursor, &packet, &body);
  else
    return LT_WIRE_NOT_MINE;
  if (answer == LT_WIRE_FOUND)
    answer = skip_extensions(&body, &packet);
  if (answer == LT_WIRE_FOUND && !packet.is_fragment && packet.tuple.protocol == PROTOCOL_TCP)
    answer = read_tcp(&body, &packet);
  if (answer == LT_WIRE_FOUND && !packet.is_fragment && packet.tuple.protocol == PROTOCOL_UDP)
    answer = read_udp(&body, &packet);
  if (answer != LT_WIRE_FOUND)
    return answer;
  packet.payload = body.bytes.at;
  packet.payload_len = body.bytes.left;
  *out = packet;
  return LT_WIRE_FOUND;
}

/* A multiplication spreads low bits upwards, the shift brings them back down. */
static guint64
mix(guint64 hash, guint64 word)
{
  hash = (hash ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  return hash ^ hash >> 29;
}

guint32
lt_tuple_hash(const LtTuple *tuple, guint32 seed)
{
  guint64 words[4], hash;

  memcpy(words, tuple->saddr, sizeof tuple->saddr);
  memcpy(words + 2, tuple->daddr, sizeof tuple->daddr);
  hash = mix(seed,
             (guint64) tuple->family << 40 | (guint64) tuple->protocol << 32 |
                 (guint64) tuple->sport << 16 | tuple->dport);
  for (guint i = 0; i < G_N_ELEMENTS(words); i++)
    hash = mix(hash, words[i]);
  return (guint32) (hash ^ hash >> 32);
}

gboolean
lt_tuple_equal(const LtTuple *a, const LtTuple *b)
{
  return a->family == b->family && a->protocol == b->protocol && a->sport == b->sport &&
         a->dport == b->dport && memcmp(a->saddr, b->saddr, sizeof a->saddr) == 0 &&
         memcmp(a->daddr, b->daddr, sizeof a->daddr) == 0;
}
