/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain names inside DNS messages, with compression. RFC 1035 sections 3.1 and 4.1.4. */
#include "policy/wire/dns-name.h"

#include "policy/wire/cursor.h"
#include "policy/wire/dns.h"

#include <string.h>

/* The two top bits of a length byte: 00 a label, 11 a pointer, else nothing in use. */
#define LABEL_TYPE_MASK 0xc0u
#define LABEL_TYPE_POINTER 0xc0u

/* Follows the pointer whose first byte was @high; only to before @run_start. */
static LtWireAnswer
follow(const guint8 *message, gsize len, guint8 high, gsize *run_start, LtCursor *cursor)
{
  guint8 low;
  gsize target;

  if (!lt_cursor_u8(cursor, &low))
    return LT_WIRE_NEED_MORE;
  target = (gsize) (high & ~LABEL_TYPE_MASK) << 8 | low;
  if (target < LT_DNS_HEADER_LEN || target >= *run_start)
    return LT_WIRE_MALFORMED;
  *run_start = target;
  *cursor = lt_cursor(message, len);
  return lt_cursor_skip(cursor, target) ? LT_WIRE_FOUND : LT_WIRE_MALFORMED;
}

LtWireAnswer
lt_dns_name_read(const guint8 *message, gsize len, gsize at, LtDnsName *out, gsize *out_end)
{
  LtCursor cursor = lt_cursor(message, len), label;
  gsize run_start = at, end = 0;
  LtDnsName name;

  name.wire_len = 0;
  if (!lt_cursor_skip(&cursor, at))
    return LT_WIRE_NEED_MORE;
  for (;;) {
    guint8 label_len;

    if (!lt_cursor_u8(&cursor, &label_len))
      return LT_WIRE_NEED_MORE;
    if ((label_len & LABEL_TYPE_MASK) == LABEL_TYPE_POINTER) {
      gsize pointer_end = len - cursor.left + 1;
      LtWireAnswer followed = follow(message, len, label_len, &run_start, &cursor);

      if (followed != LT_WIRE_FOUND)
        return followed;
      if (end == 0)
        end = pointer_end;
      continue;
    }
    if ((label_len & LABEL_TYPE_MASK) != 0)
      return LT_WIRE_MALFORMED;
    /* The root's zero must still fit behind this label. */
    if (label_len > 0 && (guint) name.wire_len + label_len + 2 > LT_DNS_NAME_MAX_BYTES)
      return LT_WIRE_MALFORMED;
    if (!lt_cursor_take(&cursor, label_len, &label))
      return LT_WIRE_NEED_MORE;
    name.wire[name.wire_len++] = label_len;
    if (label_len == 0)
      break;
    memcpy(name.wire + name.wire_len, label.at, label_len);
    name.wire_len = (guint8) (name.wire_len + label_len);
  }
  if (end == 0)
    end = len - cursor.left;
  out->wire_len = name.wire_len;
  memcpy(out->wire, name.wire, name.wire_len);
  if (out_end != NULL)
    *out_end = end;
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_dns_name_first(const guint8 *message, gsize len, LtCursor *out)
{
  LtCursor cursor = lt_cursor(message, len);
  guint8 label_len;
  gsize end;

  if (!lt_cursor_skip(&cursor, LT_DNS_HEADER_LEN))
    return LT_WIRE_NEED_MORE;
  do {
    if (!lt_cursor_u8(&cursor, &label_len))
      return LT_WIRE_NEED_MORE;
    if ((label_len & LABEL_TYPE_MASK) != 0)
      return LT_WIRE_MALFORMED;
    end = len - cursor.left + label_len - LT_DNS_HEADER_LEN;
    if (label_len > 0 && end >= LT_DNS_NAME_MAX_BYTES)
      return LT_WIRE_MALFORMED;
    if (!lt_cursor_skip(&cursor, label_len))
      return LT_WIRE_NEED_MORE;
  } while (label_len > 0);
  *out = lt_cursor(message + LT_DNS_HEADER_LEN, end);
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_dns_name_skip(const guint8 *message, gsize len, gsize at, gsize *out_end)
{
  LtCursor cursor = lt_cursor(message, len);
  guint8 label_len;

  if (!lt_cursor_skip(&cursor, at))
    return LT_WIRE_NEED_MORE;
  do {
    if (!lt_cursor_u8(&cursor, &label_len))
      return LT_WIRE_NEED_MORE;
    if ((label_len & LABEL_TYPE_MASK) == LABEL_TYPE_POINTER) {
      if (!lt_cursor_skip(&cursor, 1))
        return LT_WIRE_NEED_MORE;
      break;
    }
    if ((label_len & LABEL_TYPE_MASK) != 0)
      return LT_WIRE_MALFORMED;
    if (!lt_cursor_skip(&cursor, label_len))
      return LT_WIRE_NEED_MORE;
  } while (label_len != 0);
  *out_end = len - cursor.left;
  return LT_WIRE_FOUND;
}

gboolean
lt_dns_name_is_root(const LtDnsName *name)
{
  return name->wire_len == 1;
}

gboolean
lt_dns_name_to_host(const LtDnsName *name, LtHost *out)
{
  return lt_host_from_labels(name->wire, name->wire_len, out);
}

static char *
write_byte(char *at, guint8 byte)
{
  if (byte == '.' || byte == '\\') {
    *at++ = '\\';
    *at++ = (char) byte;
  } else if (byte >= ' ' && byte < 0x7f) {
    *at++ = g_ascii_tolower((char) byte);
  } else {
    *at++ = '\\';
    *at++ = (char) ('0' + byte / 100);
    *at++ = (char) ('0' + byte / 10 % 10);
    *at++ = (char) ('0' + byte % 10);
  }
  return at;
}

void
lt_dns_name_to_text(const LtDnsName *name, char out[LT_DNS_NAME_TEXT_SIZE])
{
  char *to = out;

  if (lt_dns_name_is_root(name))
    *to++ = '.';
  for (gsize at = 0; name->wire[at] != 0; at += (gsize) name->wire[at] + 1) {
    if (at > 0)
      *to++ = '.';
    for (gsize i = 1; i <= name->wire[at]; i++)
      to = write_byte(to, name->wire[at + i]);
  }
  *to = '\0';
}
