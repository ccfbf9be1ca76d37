/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first bytes of a TCP stream put in order, however they were cut, and kept to notice changes.
 */
#include "policy/wire/stream.h"

#include <string.h>

/* RFC 7323 section 2.3: no window is larger, so no honest byte is further ahead. */
#define MAX_AHEAD_BYTES (1u << 30)

void
lt_stream_init(LtStream *stream, guint8 *buffer, guint32 capacity_bytes, guint32 first_seq)
{
  *stream = (LtStream){buffer, capacity_bytes, first_seq, 0, {{0, 0}}};
}

/* Does [from, to) repeat bytes that are there with another content? */
static gboolean
conflicts(const LtStream *stream, guint32 from, guint32 to, const guint8 *bytes)
{
  for (guint i = 0; i < stream->n_ranges; i++) {
    guint32 low = MAX(from, stream->ranges[i].from);
    guint32 high = MIN(to, stream->ranges[i].to);

    if (low < high && memcmp(stream->buffer + low, bytes + (low - from), high - low) != 0)
      return TRUE;
  }
  return FALSE;
}

/* Puts [from, to) into the sorted ranges, joined with those that it touches. */
static gboolean
cover(LtStream *stream, guint32 from, guint32 to)
{
  guint first = 0, last;
  gsize n_after;

  while (first < stream->n_ranges && stream->ranges[first].to < from)
    first++;
  for (last = first; last < stream->n_ranges && stream->ranges[last].from <= to; last++) {
    from = MIN(from, stream->ranges[last].from);
    to = MAX(to, stream->ranges[last].to);
  }
  if (first == last && stream->n_ranges == LT_STREAM_MAX_RANGES)
    return FALSE;
  n_after = (gsize) stream->n_ranges - last;
  memmove(stream->ranges + first + 1, stream->ranges + last, n_after * sizeof stream->ranges[0]);
  stream->ranges[first].from = from;
  stream->ranges[first].to = to;
  stream->n_ranges = (guint16) (first + 1 + n_after);
  return TRUE;
}

LtStreamAnswer
lt_stream_add(LtStream *stream, guint32 seq, const guint8 *bytes, gsize len)
{
  guint32 ahead = seq - stream->first_seq;
  gboolean is_cut = FALSE;

  /* Starts before the first byte: the upper half of the circle. */
  if (ahead > G_MAXINT32) {
    guint32 behind = stream->first_seq - seq;

    if (len <= behind)
      return LT_STREAM_OUTSIDE;
    bytes += behind;
    len -= behind;
    ahead = 0;
  }
  if (ahead > MAX_AHEAD_BYTES)
    return LT_STREAM_OUTSIDE;
  if (len == 0)
    return LT_STREAM_ADDED;
  if (ahead >= stream->capacity_bytes)
    return LT_STREAM_FULL;
  if (len > stream->capacity_bytes - ahead) {
    len = stream->capacity_bytes - ahead;
    is_cut = TRUE;
  }
  if (conflicts(stream, ahead, ahead + (guint32) len, bytes))
    return LT_STREAM_CONFLICT;
  /* The bytes first: who is stopped in between has not said yet that they are there. */
  memcpy(stream->buffer + ahead, bytes, len);
  if (!cover(stream, ahead, ahead + (guint32) len))
    return LT_STREAM_FULL;
  return is_cut ? LT_STREAM_FULL : LT_STREAM_ADDED;
}

guint32
lt_stream_contiguous(const LtStream *stream)
{
  if (stream->n_ranges == 0 || stream->ranges[0].from > 0)
    return 0;
  return stream->ranges[0].to;
}

void
lt_stream_drop(LtStream *stream, guint32 n_bytes)
{
  guint16 n_kept = 0;
  guint32 end = 0;

  for (guint i = 0; i < stream->n_ranges; i++) {
    guint32 from = stream->ranges[i].from, to = stream->ranges[i].to;

    if (to <= n_bytes)
      continue;
    stream->ranges[n_kept].from = from > n_bytes ? from - n_bytes : 0;
    stream->ranges[n_kept++].to = to - n_bytes;
    end = to;
  }
  if (end > n_bytes)
    memmove(stream->buffer, stream->buffer + n_bytes, end - n_bytes);
  stream->n_ranges = n_kept;
  stream->first_seq += n_bytes;
}
