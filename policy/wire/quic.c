/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client says in the clear when it begins a QUIC connection. RFC 9000, 9001, 9369. */
#include "policy/wire/quic.h"

#include "policy/wire/quic-frames.h"

#include <string.h>

/* RFC 9000 section 17.2. */
#define FIRST_IS_LONG 0x80u
#define FIRST_RESERVED 0x0cu

typedef enum {
  TYPE_INITIAL,
  TYPE_ZERO_RTT,
  TYPE_HANDSHAKE,
  TYPE_RETRY,
} Type;

typedef struct {
  LtCursor packet;
  gsize header_len; /* up to the packet number */
} Initial;

/* What the headers of a datagram say. */
typedef struct {
  LtCursor cid;
  guint n_packets;
  guint n_initials;
  Initial initials[LT_QUIC_MAX_PACKETS];
} Headers;

/* RFC 9000 section 17.2.2 to 17.2.5; RFC 9369 section 3.2. */
static Type
packet_type(guint32 version, guint8 first)
{
  guint bits = first >> 4 & 3u;

  return (Type) (version == LT_QUIC_VERSION_2 ? (bits + 3u) % 4u : bits);
}

static gboolean
read_varint_block(LtCursor *cursor, LtCursor *out)
{
  LtCursor next = *cursor;
  guint64 len;

  if (!lt_quic_frames_varint(&next, &len) || len > next.left ||
      !lt_cursor_take(&next, (gsize) len, out))
    return FALSE;
  *cursor = next;
  return TRUE;
}

/* All packets of one datagram are of one connection (RFC 9000 section 12.2). */
static gboolean
is_same_connection(Headers *headers, LtQuicDatagram *out, guint32 version, LtCursor cid)
{
  if (headers->n_packets > 1)
    return version == out->version && cid.left == headers->cid.left &&
           memcmp(cid.at, headers->cid.at, cid.left) == 0;
  out->version = version;
  headers->cid = cid;
  return TRUE;
}

/* The packet whose version and connection IDs were read up to @rest. */
static gboolean
read_typed(LtCursor *cursor, guint8 first, LtCursor rest, Headers *headers, LtQuicDatagram *out)
{
  LtCursor start = *cursor, token = {NULL, 0}, body;
  Type type = packet_type(out->version, first);

  if (type == TYPE_RETRY || (type == TYPE_INITIAL && !read_varint_block(&rest, &token)) ||
      !read_varint_block(&rest, &body))
    return FALSE;
  *cursor = rest;
  if (type == TYPE_ZERO_RTT)
    out->packets |= LT_QUIC_HAS_ZERO_RTT;
  if (type == TYPE_HANDSHAKE)
    out->packets |= LT_QUIC_HAS_HANDSHAKE;
  if (type != TYPE_INITIAL)
    return TRUE;
  out->packets |= LT_QUIC_HAS_INITIAL;
  if (token.left > 0)
    out->has_token = TRUE;
  headers->initials[headers->n_initials++] =
      (Initial){{start.at, start.left - rest.left}, start.left - rest.left - body.left};
  return TRUE;
}

/* One packet; FALSE when no client sends it. */
static gboolean
read_packet(LtCursor *cursor, Headers *headers, LtQuicDatagram *out)
{
  LtCursor rest = *cursor, cid, source;
  guint8 first;
  guint32 version;

  if (++headers->n_packets > LT_QUIC_MAX_PACKETS || !lt_cursor_u8(&rest, &first))
    return FALSE;
  if (!(first & FIRST_IS_LONG)) {
    out->packets |= LT_QUIC_HAS_SHORT;
    cursor->left = 0;
    return TRUE;
  }
  if (!lt_cursor_u32(&rest, &version))
    return FALSE;
  if (!lt_quic_version_is_known(version)) {
    out->packets |= LT_QUIC_HAS_OTHER_VERSION;
    out->version = version;
    cursor->left = 0;
    return headers->n_packets == 1;
  }
  if (!lt_cursor_block8(&rest, &cid) || cid.left > LT_QUIC_CID_MAX_LEN ||
      !lt_cursor_block8(&rest, &source) || source.left > LT_QUIC_CID_MAX_LEN ||
      !is_same_connection(headers, out, version, cid))
    return FALSE;
  return read_typed(cursor, first, rest, headers, out);
}

/* The client that a first Initial in this datagram would begin. */
static LtQuicClient
new_client(guint32 version, LtCursor cid)
{
  LtQuicClient client = {.version = version, .cid_len = (guint8) cid.left};

  memcpy(client.cid, cid.at, cid.left);
  lt_quic_keys_derive(version, cid.at, cid.left, &client.keys);
  return client;
}

/* The known connection as a packet of @version would continue it. */
static LtQuicClient
same_client(const LtQuicClient *client, guint32 version)
{
  LtQuicClient same = *client;

  if (version != same.version)
    lt_quic_keys_derive(version, same.cid, same.cid_len, &same.keys);
  same.version = version;
  return same;
}

static gboolean
is_first_cid(const LtQuicClient *client, LtCursor cid)
{
  return client->version != 0 && client->cid_len == cid.left &&
         memcmp(client->cid, cid.at, cid.left) == 0;
}

static gboolean
open_initial(LtQuicClient *client, const Initial *initial, guint8 *buffer, LtCursor *out)
{
  guint64 pn;

  if (!lt_quic_keys_open(
          &client->keys, initial->packet, initial->header_len, client->next_pn, buffer, &pn, out))
    return FALSE;
  client->next_pn = MAX(client->next_pn, pn + 1);
  return TRUE;
}

/* Whose is the datagram's first Initial? A packet can be made so that two keys open it, one for
 * this reader and the other for the server: so all keys that a server might use are tried. On BEGAN
 * and CONTINUED @buffer and @payload are of the client in @out. */
static LtQuicAnswer
find_client(const LtQuicClient *known,
            const Headers *headers,
            guint32 version,
            guint8 *buffer,
            LtCursor *payload,
            LtQuicClient *out)
{
  gboolean is_new = FALSE;

  if (!is_first_cid(known, headers->cid)) {
    *out = new_client(version, headers->cid);
    is_new = open_initial(out, &headers->initials[0], buffer, payload);
  }
  if (known->version == 0)
    return is_new ? LT_QUIC_BEGAN : LT_QUIC_UNREADABLE;
  *out = same_client(known, version);
  if (open_initial(out, &headers->initials[0], buffer, payload))
    return is_new ? LT_QUIC_CONFLICT : LT_QUIC_CONTINUED;
  return is_new ? LT_QUIC_OTHER_CONNECTION : LT_QUIC_UNREADABLE;
}

/* An open packet: the reserved bits are 0 (RFC 9000 section 17.2), the frames are a client's. */
static LtQuicAnswer
read_open(const guint8 *buffer, LtCursor payload, LtStream *crypto, LtQuicDatagram *out)
{
  if (buffer[0] & FIRST_RESERVED)
    return LT_QUIC_MALFORMED;
  return lt_quic_frames_read(payload, crypto, out);
}

static LtQuicAnswer
read_initials(LtQuicClient *client, LtStream *crypto, const Headers *headers, LtQuicDatagram *out)
{
  guint8 buffer[LT_QUIC_DATAGRAM_MAX_BYTES];
  LtQuicClient now;
  LtCursor payload;
  LtQuicAnswer frames, answer;

  answer = find_client(client, headers, out->version, buffer, &payload, &now);
  if (answer != LT_QUIC_BEGAN && answer != LT_QUIC_CONTINUED)
    return answer;
  frames = read_open(buffer, payload, crypto, out);
  for (guint i = 1; i < headers->n_initials && frames == LT_QUIC_CONTINUED; i++) {
    if (!open_initial(&now, &headers->initials[i], buffer, &payload))
      return LT_QUIC_MALFORMED;
    frames = read_open(buffer, payload, crypto, out);
  }
  if (frames != LT_QUIC_CONTINUED)
    return frames;
  *client = now;
  return answer;
}

LtQuicAnswer
lt_quic_read_datagram(
    LtQuicClient *client, LtStream *crypto, const guint8 *bytes, gsize len, LtQuicDatagram *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  Headers headers;

  headers.n_packets = 0;
  headers.n_initials = 0;
  *out = (LtQuicDatagram){0};
  while (cursor.left > 0)
    if (!read_packet(&cursor, &headers, out))
      return LT_QUIC_MALFORMED;
  if (headers.n_initials == 0)
    return LT_QUIC_NO_INITIAL;
  if (len < LT_QUIC_INITIAL_MIN_BYTES)
    return LT_QUIC_TOO_SMALL;
  return read_initials(client, crypto, &headers, out);
}
