/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first bytes of a TCP stream put in order, however they were cut, and kept to notice changes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Holes at one time; a stack that has more outstanding is not one that a person uses. */
#define LT_STREAM_MAX_RANGES 16

/**
 * LtStream:
 *
 * Coverage-checked reassembly into a buffer that the caller owns. Never allocates. Sequence
 * arithmetic is modulo 2^32 (RFC 9293 section 3.4).
 */
typedef struct {
  guint8 *buffer;
  guint32 capacity_bytes;
  guint32 first_seq; /* sequence number of buffer[0] */
  guint16 n_ranges;
  struct {
    guint32 from, to; /* covered: [from, to), offsets, sorted, never touching */
  } ranges[LT_STREAM_MAX_RANGES];
} LtStream;

/**
 * LtStreamAnswer:
 * @LT_STREAM_ADDED: the bytes are in (new ones or equal to what was there)
 * @LT_STREAM_CONFLICT: bytes that were there already come again with another content: tampering
 * @LT_STREAM_FULL: past the buffer's end, or more holes than %LT_STREAM_MAX_RANGES; what fits was
 * added
 * @LT_STREAM_OUTSIDE: wholly before the first byte, or absurdly far ahead; nothing was added
 */
typedef enum {
  LT_STREAM_ADDED,
  LT_STREAM_CONFLICT,
  LT_STREAM_FULL,
  LT_STREAM_OUTSIDE,
} LtStreamAnswer;

void lt_stream_init(LtStream *stream, guint8 *buffer, guint32 capacity_bytes, guint32 first_seq);
LtStreamAnswer lt_stream_add(LtStream *stream, guint32 seq, const guint8 *bytes, gsize len)
    G_GNUC_WARN_UNUSED_RESULT;

/* How many bytes from the stream's first byte on are there without a hole. */
guint32 lt_stream_contiguous(const LtStream *stream);

/**
 * lt_stream_drop:
 *
 * Moves the stream's first byte @n_bytes (below 2^30) further: what stood before is forgotten,
 * whether it had come or not, and the buffer has room again.
 */
void lt_stream_drop(LtStream *stream, guint32 n_bytes);

G_END_DECLS
