/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only thing that touches bytes from outside: reads in order, never past the end. */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/**
 * LtCursor:
 * @at: the next byte
 * @left: how many bytes are left from @at on
 *
 * A borrowed view by value. Every function compares the wish with @left (it never adds to a
 * pointer first) and, when the bytes don't suffice, returns FALSE and leaves the cursor and the
 * output alone. Numbers are big-endian and read byte by byte: any alignment will do.
 *
 * In the header because a reader of a packet calls these some dozens of times.
 */
typedef struct {
  const guint8 *at;
  gsize left;
} LtCursor;

static inline LtCursor
lt_cursor(const guint8 *bytes, gsize len)
{
  return (LtCursor){bytes, len};
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_skip(LtCursor *cursor, gsize n)
{
  if (n > cursor->left)
    return FALSE;
  if (n > 0) /* no arithmetic on a NULL that stands for "no bytes" */
    cursor->at += n;
  cursor->left -= n;
  return TRUE;
}

/* The next @n bytes, borrowed; the cursor moves behind them. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_take(LtCursor *cursor, gsize n, LtCursor *out)
{
  LtCursor taken = {cursor->at, n};

  if (!lt_cursor_skip(cursor, n))
    return FALSE;
  *out = taken;
  return TRUE;
}

/* The next byte without moving. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_peek(const LtCursor *cursor, guint8 *out)
{
  if (cursor->left < 1)
    return FALSE;
  *out = cursor->at[0];
  return TRUE;
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_u8(LtCursor *cursor, guint8 *out)
{
  if (cursor->left < 1)
    return FALSE;
  *out = cursor->at[0];
  cursor->at += 1;
  cursor->left -= 1;
  return TRUE;
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_u16(LtCursor *cursor, guint16 *out)
{
  if (cursor->left < 2)
    return FALSE;
  *out = (guint16) (cursor->at[0] << 8 | cursor->at[1]);
  cursor->at += 2;
  cursor->left -= 2;
  return TRUE;
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_u24(LtCursor *cursor, guint32 *out)
{
  if (cursor->left < 3)
    return FALSE;
  *out = (guint32) cursor->at[0] << 16 | (guint32) cursor->at[1] << 8 | cursor->at[2];
  cursor->at += 3;
  cursor->left -= 3;
  return TRUE;
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_u32(LtCursor *cursor, guint32 *out)
{
  if (cursor->left < 4)
    return FALSE;
  *out = (guint32) cursor->at[0] << 24 | (guint32) cursor->at[1] << 16 |
         (guint32) cursor->at[2] << 8 | cursor->at[3];
  cursor->at += 4;
  cursor->left -= 4;
  return TRUE;
}

/* A block with its length before it in one or two bytes, as TLS has everywhere. Nothing moves
 * unless all of the block is there. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_block8(LtCursor *cursor, LtCursor *out)
{
  LtCursor next = *cursor;
  guint8 len;

  if (!lt_cursor_u8(&next, &len) || !lt_cursor_take(&next, len, out))
    return FALSE;
  *cursor = next;
  return TRUE;
}

G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_block16(LtCursor *cursor, LtCursor *out)
{
  LtCursor next = *cursor;
  guint16 len;

  if (!lt_cursor_u16(&next, &len) || !lt_cursor_take(&next, len, out))
    return FALSE;
  *cursor = next;
  return TRUE;
}

/* The next line without its end, LF or CRLF; FALSE when no LF is there yet. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
lt_cursor_line(LtCursor *cursor, LtCursor *out)
{
  const guint8 *end = cursor->left > 0 ? memchr(cursor->at, '\n', cursor->left) : NULL;
  gsize len;

  if (end == NULL)
    return FALSE;
  len = (gsize) (end - cursor->at);
  *out = (LtCursor){cursor->at, len > 0 && end[-1] == '\r' ? len - 1 : len};
  cursor->at += len + 1;
  cursor->left -= len + 1;
  return TRUE;
}

G_END_DECLS
