/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small state machine over chunk sizes, chunks and the trailer. */

#include "policy/wire/http-body.h"

enum {
  SIZE_FIRST, /* the first hexadecimal digit of a chunk's size */
  SIZE,       /* further digits */
  EXTENSION,  /* up to the end of the size's line */
  SIZE_LF,
  DATA,
  DATA_CR, /* the line end behind a chunk */
  DATA_LF,
  TRAILER_START, /* at the start of a trailer line */
  TRAILER,
  TRAILER_LF,
  END_LF,
};

/* A size of more digits than this does not fit 64 bits. */
#define MAX_SIZE_DIGITS 15

static LtWireAnswer
begin_chunk(LtChunked *body)
{
  body->left = body->size;
  body->state = body->size > 0 ? DATA : TRAILER_START;
  body->size = 0;
  return LT_WIRE_NEED_MORE;
}

static LtWireAnswer
feed_size(LtChunked *body, guint8 byte)
{
  if (g_ascii_isxdigit((char) byte)) {
    if (body->left >= MAX_SIZE_DIGITS)
      return LT_WIRE_MALFORMED;
    body->size = body->size * 16 + (guint64) g_ascii_xdigit_value((char) byte);
    body->left++;
    body->state = SIZE;
    return LT_WIRE_NEED_MORE;
  }
  if (body->state == SIZE_FIRST)
    return LT_WIRE_MALFORMED;
  body->left = 0;
  if (byte == '\r')
    body->state = SIZE_LF;
  else if (byte == '\n')
    return begin_chunk(body);
  else if (byte == ';' || byte == ' ' || byte == '\t')
    body->state = EXTENSION;
  else
    return LT_WIRE_MALFORMED;
  return LT_WIRE_NEED_MORE;
}

/* A line that only has to end: extensions behind a size, a field of the trailer. */
static LtWireAnswer
feed_line(LtChunked *body, guint8 byte, guint8 on_cr)
{
  if (++body->left > LT_CHUNKED_MAX_LINE)
    return LT_WIRE_MALFORMED;
  if (byte == '\r')
    body->state = on_cr;
  return LT_WIRE_NEED_MORE;
}

static LtWireAnswer
feed_byte(LtChunked *body, guint8 byte)
{
  switch (body->state) {
  case SIZE_FIRST:
  case SIZE:
    return feed_size(body, byte);
  case EXTENSION:
    return byte == '\n' ? begin_chunk(body) : feed_line(body, byte, SIZE_LF);
  case SIZE_LF:
    return byte == '\n' ? begin_chunk(body) : LT_WIRE_MALFORMED;
  case DATA_CR:
  case DATA_LF:
    if (byte == '\r' && body->state == DATA_CR)
      body->state = DATA_LF;
    else if (byte == '\n')
      body->state = SIZE_FIRST;
    else
      return LT_WIRE_MALFORMED;
    return LT_WIRE_NEED_MORE;
  case TRAILER_START:
    body->left = 0;
    if (byte == '\n')
      return LT_WIRE_FOUND;
    body->state = byte == '\r' ? END_LF : TRAILER;
    return LT_WIRE_NEED_MORE;
  case TRAILER:
    if (byte == '\n')
      body->state = TRAILER_START;
    return byte == '\n' ? LT_WIRE_NEED_MORE : feed_line(body, byte, TRAILER_LF);
  case TRAILER_LF:
    body->state = TRAILER_START;
    return byte == '\n' ? LT_WIRE_NEED_MORE : LT_WIRE_MALFORMED;
  case END_LF:
    return byte == '\n' ? LT_WIRE_FOUND : LT_WIRE_MALFORMED;
  default:
    return LT_WIRE_MALFORMED;
  }
}

LtWireAnswer
lt_chunked_feed(LtChunked *body, const guint8 *bytes, gsize len, gsize *out_used)
{
  gsize at = 0;
  while (at < len) {
    if (body->state == DATA) {
      gsize step = (gsize) MIN(body->left, (guint64) (len - at));
      body->left -= step;
      at += step;
      if (body->left == 0)
        body->state = DATA_CR;
      continue;
    }
    LtWireAnswer answer = feed_byte(body, bytes[at]);
    at++;
    if (answer == LT_WIRE_FOUND)
      *out_used = at;
    if (answer != LT_WIRE_NEED_MORE)
      return answer;
  }
  return LT_WIRE_NEED_MORE;
}
