/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages and packets for tests of the readers, built byte by byte. */
#include "tests/unit/wire-build.h"

#include <string.h>

void
lt_build_u8(GByteArray *to, guint value)
{
  const guint8 byte = (guint8) value;

  g_byte_array_append(to, &byte, 1);
}

void
lt_build_u16(GByteArray *to, guint value)
{
  lt_build_u8(to, value >> 8);
  lt_build_u8(to, value & 0xffu);
}

void
lt_build_u24(GByteArray *to, guint value)
{
  lt_build_u8(to, value >> 16);
  lt_build_u16(to, value & 0xffffu);
}

void
lt_build_u32(GByteArray *to, guint32 value)
{
  lt_build_u16(to, value >> 16);
  lt_build_u16(to, value & 0xffffu);
}

void
lt_build_text(GByteArray *to, const char *text)
{
  g_byte_array_append(to, (const guint8 *) text, (guint) strlen(text));
}

GByteArray *
lt_build_unhex(const char *hex)
{
  GByteArray *bytes = g_byte_array_new();

  for (gsize i = 0; hex[i] != '\0'; i += 2)
    lt_build_u8(bytes,
                (guint) (g_ascii_xdigit_value(hex[i]) << 4 | g_ascii_xdigit_value(hex[i + 1])));
  return bytes;
}

void
lt_build_bytes(GByteArray *to, const GByteArray *bytes)
{
  g_byte_array_append(to, bytes->data, bytes->len);
}

static void
append_zeros(GByteArray *to, gsize n)
{
  while (n-- > 0)
    lt_build_u8(to, 0);
}

void
lt_build_extension(GByteArray *to, guint type, const GByteArray *body)
{
  lt_build_u16(to, type);
  lt_build_u16(to, body->len);
  lt_build_bytes(to, body);
}

void
lt_build_server_name(GByteArray *to, guint name_type, const char *name, gsize len)
{
  g_autoptr(GByteArray) body = g_byte_array_new();

  lt_build_u16(body, (guint) len + 3);
  lt_build_u8(body, name_type);
  lt_build_u16(body, (guint) len);
  g_byte_array_append(body, (const guint8 *) name, (guint) len);
  lt_build_extension(to, 0, body);
}

GByteArray *
lt_build_hello(const GByteArray *extensions)
{
  GByteArray *hello = g_byte_array_new();
  guint body_len = 2 + 32 + 1 + 32 + 2 + 4 + 2 + (extensions != NULL ? 2 + extensions->len : 0);

  lt_build_u8(hello, 1);
  lt_build_u24(hello, body_len);
  lt_build_u16(hello, 0x0303);
  append_zeros(hello, 32);
  lt_build_u8(hello, 32);
  append_zeros(hello, 32);
  lt_build_u16(hello, 4);
  lt_build_u32(hello, 0x13011302);
  lt_build_u16(hello, 0x0100);
  if (extensions != NULL) {
    lt_build_u16(hello, extensions->len);
    lt_build_bytes(hello, extensions);
  }
  return hello;
}

GByteArray *
lt_build_hello_for(const char *name, gsize total_len)
{
  g_autoptr(GByteArray) extensions = g_byte_array_new();
  g_autoptr(GByteArray) bare = lt_build_hello(extensions);
  g_autoptr(GByteArray) padding = g_byte_array_new();
  gsize there = bare->len + 4 + 5 + strlen(name);

  if (total_len >= there + 4) {
    append_zeros(padding, total_len - there - 4);
    lt_build_extension(extensions, 21, padding);
  }
  lt_build_server_name(extensions, 0, name, strlen(name));
  return lt_build_hello(extensions);
}

GByteArray *
lt_build_records(const GByteArray *message, gsize record_len)
{
  GByteArray *records = g_byte_array_new();

  for (gsize at = 0; at < message->len; at += record_len) {
    gsize len = MIN(record_len, message->len - at);

    lt_build_u24(records, 0x160301);
    lt_build_u16(records, (guint) len);
    g_byte_array_append(records, message->data + at, (guint) len);
  }
  return records;
}

void
lt_build_dns_name(GByteArray *to, const char *name)
{
  g_auto(GStrv) labels = g_strsplit(name, ".", -1);

  for (char **label = labels; *label != NULL; label++) {
    lt_build_u8(to, (guint) strlen(*label));
    lt_build_text(to, *label);
  }
  lt_build_u8(to, 0);
}

GByteArray *
lt_build_dns(guint id, guint flags, const char *name, guint type, guint n_answers, guint n_more)
{
  GByteArray *message = g_byte_array_new();

  lt_build_u16(message, id);
  lt_build_u16(message, flags);
  lt_build_u16(message, 1);
  lt_build_u16(message, n_answers);
  lt_build_u16(message, 0);
  lt_build_u16(message, n_more);
  if (*name != '\0')
    lt_build_dns_name(message, name);
  else
    lt_build_u8(message, 0);
  lt_build_u16(message, type);
  lt_build_u16(message, 1);
  return message;
}

void
lt_build_dns_record(GByteArray *to, guint type, guint klass, guint32 ttl, const GByteArray *data)
{
  lt_build_u16(to, type);
  lt_build_u16(to, klass);
  lt_build_u32(to, ttl);
  lt_build_u16(to, data->len);
  lt_build_bytes(to, data);
}

GByteArray *
lt_build_v4(guint protocol, guint fragment, const GByteArray *payload)
{
  GByteArray *packet = g_byte_array_new();

  lt_build_u16(packet, 0x4500);
  lt_build_u16(packet, 20 + payload->len);
  lt_build_u16(packet, 0x1234);
  lt_build_u16(packet, fragment);
  lt_build_u8(packet, 64);
  lt_build_u8(packet, protocol);
  lt_build_u16(packet, 0);
  lt_build_u32(packet, 0xc0000201); /* 192.0.2.1 */
  lt_build_u32(packet, 0xc6336402); /* 198.51.100.2 */
  lt_build_bytes(packet, payload);
  return packet;
}

GByteArray *
lt_build_v6(guint next, const GByteArray *payload)
{
  GByteArray *packet = g_byte_array_new();

  lt_build_u32(packet, 0x60000000);
  lt_build_u16(packet, payload->len);
  lt_build_u8(packet, next);
  lt_build_u8(packet, 64);
  for (guint end = 1; end <= 2; end++) { /* 2001:db8::1, 2001:db8::2 */
    lt_build_u32(packet, 0x20010db8);
    append_zeros(packet, 8);
    lt_build_u32(packet, end);
  }
  lt_build_bytes(packet, payload);
  return packet;
}

GByteArray *
lt_build_tcp(guint32 seq, guint flags, const GByteArray *options, const GByteArray *payload)
{
  GByteArray *segment = g_byte_array_new();

  lt_build_u16(segment, 40000);
  lt_build_u16(segment, 443);
  lt_build_u32(segment, seq);
  lt_build_u32(segment, 77);
  lt_build_u8(segment, (5 + options->len / 4) << 4);
  lt_build_u8(segment, flags);
  lt_build_u16(segment, 8192);
  lt_build_u32(segment, 0);
  lt_build_bytes(segment, options);
  lt_build_bytes(segment, payload);
  return segment;
}

GByteArray *
lt_build_udp(const GByteArray *payload)
{
  GByteArray *datagram = g_byte_array_new();

  lt_build_u16(datagram, 40000);
  lt_build_u16(datagram, 53);
  lt_build_u16(datagram, 8 + payload->len);
  lt_build_u16(datagram, 0);
  lt_build_bytes(datagram, payload);
  return datagram;
}

guint8 *
lt_build_exact(const guint8 *bytes, gsize len)
{
  guint8 *copy = g_malloc(MAX(len, 1));

  if (len > 0)
    memcpy(copy, bytes, len);
  return copy;
}
