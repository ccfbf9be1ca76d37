/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where does an HTTP/1 body in chunks end? Follows the framing; reads none of the content. */
#pragma once

#include "policy/wire/answer.h"

#include <glib.h>

G_BEGIN_DECLS

/* RFC 9112 section 7.1.1 leaves the length of chunk extensions and trailers open; real ones have a
 * few dozen characters. */
#define LT_CHUNKED_MAX_LINE 4096

/**
 * LtChunked:
 * @state: internal; all zero begins a body
 * @left: internal: bytes left of the chunk, or characters seen of a line
 * @size: internal: the size that is being read
 */
typedef struct {
  guint8 state;
  guint64 left;
  guint64 size;
} LtChunked;

/**
 * lt_chunked_feed:
 * @bytes: (array length=len): the next bytes of the body, in order
 * @out_used: set on %LT_WIRE_FOUND only: how many of them belong to the body
 *
 * RFC 9112 section 7.1. Returns: FOUND when the last chunk and its trailer end within @bytes;
 * NEED_MORE when all of them belong to the body and it goes on; MALFORMED.
 */
LtWireAnswer lt_chunked_feed(LtChunked *body, const guint8 *bytes, gsize len, gsize *out_used)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
