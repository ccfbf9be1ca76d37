/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of a client's QUIC Initial packet. RFC 9000 sections 12.4 and 19. */
#include "policy/wire/quic-frames.h"

#include <string.h>

/* RFC 9000 section 12.4, table 3: what may stand in an Initial packet. */
#define FRAME_PADDING 0x00u
#define FRAME_PING 0x01u
#define FRAME_ACK 0x02u
#define FRAME_ACK_ECN 0x03u
#define FRAME_CRYPTO 0x06u
#define FRAME_CLOSE 0x1cu

gboolean
lt_quic_frames_varint(LtCursor *cursor, guint64 *out)
{
  LtCursor next = *cursor;
  guint8 byte;
  guint64 value;
  guint n_more;

  if (!lt_cursor_u8(&next, &byte))
    return FALSE;
  n_more = (1u << (byte >> 6)) - 1u;
  value = byte & 0x3fu;
  while (n_more-- > 0) {
    if (!lt_cursor_u8(&next, &byte))
      return FALSE;
    value = value << 8 | byte;
  }
  *cursor = next;
  *out = value;
  return TRUE;
}

static gboolean
skip_varints(LtCursor *cursor, guint64 n)
{
  guint64 value;

  for (; n > 0; n--)
    if (!lt_quic_frames_varint(cursor, &value))
      return FALSE;
  return TRUE;
}

static gboolean
read_block(LtCursor *cursor, LtCursor *out)
{
  guint64 len;

  return lt_quic_frames_varint(cursor, &len) && len <= cursor->left &&
         lt_cursor_take(cursor, (gsize) len, out);
}

/* RFC 9000 section 19.3. Every range takes bytes, so their count is no danger. */
static gboolean
skip_ack(LtCursor *cursor, gboolean has_ecn)
{
  guint64 n_ranges;

  return skip_varints(cursor, 2) && lt_quic_frames_varint(cursor, &n_ranges) &&
         skip_varints(cursor, 1) && skip_varints(cursor, n_ranges) &&
         skip_varints(cursor, n_ranges) && skip_varints(cursor, has_ecn ? 3 : 0);
}

/* RFC 9000 section 19.6. */
static LtQuicAnswer
read_crypto(LtCursor *cursor, LtStream *crypto, LtQuicDatagram *out)
{
  guint64 offset;
  LtCursor data;

  if (!lt_quic_frames_varint(cursor, &offset) || !read_block(cursor, &data))
    return LT_QUIC_MALFORMED;
  if (data.left == 0)
    return LT_QUIC_CONTINUED;
  out->has_crypto = TRUE;
  if (crypto == NULL)
    return LT_QUIC_CONTINUED;
  if (offset >= crypto->capacity_bytes)
    return LT_QUIC_FULL;
  switch (lt_stream_add(crypto, (guint32) offset, data.at, data.left)) {
  case LT_STREAM_ADDED:
    return LT_QUIC_CONTINUED;
  case LT_STREAM_CONFLICT:
    return LT_QUIC_CONFLICT;
  case LT_STREAM_FULL:
  case LT_STREAM_OUTSIDE:
    break;
  }
  return LT_QUIC_FULL;
}

/* RFC 9000 section 19.19; the kind that an application closes with has no place here. */
static gboolean
skip_close(LtCursor *cursor, LtQuicDatagram *out)
{
  LtCursor reason;

  out->has_close = TRUE;
  return skip_varints(cursor, 2) && read_block(cursor, &reason);
}

/* Most of a client's first packets is padding: eight bytes at a time. */
static void
skip_padding(LtCursor *cursor)
{
  guint64 eight;

  while (cursor->left >= sizeof eight) {
    memcpy(&eight, cursor->at, sizeof eight);
    if (eight != 0 || !lt_cursor_skip(cursor, sizeof eight))
      break;
  }
}

LtQuicAnswer
lt_quic_frames_read(LtCursor payload, LtStream *crypto, LtQuicDatagram *out)
{
  LtQuicAnswer answer = payload.left > 0 ? LT_QUIC_CONTINUED : LT_QUIC_MALFORMED;
  gboolean is_whole = TRUE;
  guint8 type;

  while (answer == LT_QUIC_CONTINUED && is_whole && lt_cursor_u8(&payload, &type)) {
    switch (type) {
    case FRAME_PADDING:
      skip_padding(&payload);
      break;
    case FRAME_PING:
      break;
    case FRAME_ACK:
    case FRAME_ACK_ECN:
      is_whole = skip_ack(&payload, type == FRAME_ACK_ECN);
      break;
    case FRAME_CRYPTO:
      answer = read_crypto(&payload, crypto, out);
      break;
    case FRAME_CLOSE:
      is_whole = skip_close(&payload, out);
      break;
    default:
      return LT_QUIC_MALFORMED;
    }
  }
  return is_whole ? answer : LT_QUIC_MALFORMED;
}
