/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Greetings of proxies and tunnels: which they are, when that is known, and whom they ask for. */
#include "policy/wire/proxy.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define BYTES(text) (const guint8 *) (text), sizeof(text) - 1

static LtWireAnswer
recognise(const guint8 *bytes, gsize len, LtProxyKind *out)
{
  g_autofree guint8 *copy = lt_build_exact(bytes, len);
  return lt_proxy_recognise(copy, len, out);
}

static void
test_socks(void)
{
  static const struct {
    const char *label;
    const guint8 *bytes;
    gsize len;
    LtWireAnswer answer;
    LtProxyKind kind;
  } rows[] = {
      {"nothing", BYTES(""), LT_WIRE_NEED_MORE, 0},
      {"a version", BYTES("\x05"), LT_WIRE_NEED_MORE, 0},
      {"a greeting", BYTES("\x05\x01\x00"), LT_WIRE_FOUND, LT_PROXY_SOCKS5},
      {"cut short, and answered", BYTES("\x05\xff\x00"), LT_WIRE_FOUND, LT_PROXY_SOCKS5},
      {"no methods", BYTES("\x05\x00\x00"), LT_WIRE_NOT_MINE, 0},
      {"SOCKS 4 begun", BYTES("\x04\x01\x01"), LT_WIRE_NEED_MORE, 0},
      {"SOCKS 4", BYTES("\x04\x01\x01\xbb"), LT_WIRE_FOUND, LT_PROXY_SOCKS4},
      {"SOCKS 4, bind", BYTES("\x04\x02\x00\x50"), LT_WIRE_FOUND, LT_PROXY_SOCKS4},
      {"Tor's resolve", BYTES("\x04\xf0\x00\x00"), LT_WIRE_FOUND, LT_PROXY_SOCKS4},
      {"port 0", BYTES("\x04\x01\x00\x00"), LT_WIRE_NOT_MINE, 0},
      {"another command", BYTES("\x04\x03\x00\x50"), LT_WIRE_NOT_MINE, 0},
      {"SSH", BYTES("SSH-2.0-x\r\n"), LT_WIRE_NOT_MINE, 0},
      {"X11", BYTES("l\x00\x0b\x00\x00\x00"), LT_WIRE_NOT_MINE, 0},
      {"PulseAudio", BYTES("\x00\x00\x01\x14\xff\xff\xff\xff"), LT_WIRE_NOT_MINE, 0},
      {"D-Bus",
       BYTES("\x00"
             "AUTH EXTERNAL"),
       LT_WIRE_NOT_MINE,
       0},
      {"PostgreSQL", BYTES("\x00\x00\x00\x08\x04\xd2\x16\x2f"), LT_WIRE_NOT_MINE, 0},
      {"DNS over TCP", BYTES("\x00\x1d\x38\x10\x01\x00\x00\x01"), LT_WIRE_NOT_MINE, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtProxyKind kind = 99;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(recognise(rows[i].bytes, rows[i].len, &kind), ==, rows[i].answer);
    g_assert_cmpint(kind, ==, rows[i].answer == LT_WIRE_FOUND ? (int) rows[i].kind : 99);
  }
}

/* A first packet of OpenVPN: opcode, session, @number as the packet number (0: none), zeros at the
 * end if nothing is in cipher. */
static GByteArray *
openvpn(guint8 opcode, gsize len, guint32 number, gboolean is_in_cipher)
{
  GByteArray *packet = g_byte_array_new();

  lt_build_u16(packet, (guint) len);
  lt_build_u8(packet, opcode);
  while (packet->len < 2 + 9)
    lt_build_u8(packet, 0xa5);
  if (len > 14)
    lt_build_u32(packet, number);
  while (packet->len < 2 + len - 5)
    lt_build_u8(packet, 0x5a);
  while (packet->len < 2 + len)
    lt_build_u8(packet, is_in_cipher ? 0xc3 : 0);
  return packet;
}

static void
test_openvpn(void)
{
  static const struct {
    const char *label;
    guint8 opcode;
    gsize len;
    guint32 number;
    gboolean is_in_cipher;
    LtWireAnswer answer;
  } rows[] = {
      {"plain", 0x38, 14, 0, FALSE, LT_WIRE_FOUND},
      {"plain, packet 7", 0x38, 14, 0, TRUE, LT_WIRE_NOT_MINE},
      {"signed with SHA-1", 0x38, 42, 0x5a5a5a5a, FALSE, LT_WIRE_FOUND},
      {"signed with SHA-512", 0x38, 86, 0x5a5a5a5a, FALSE, LT_WIRE_FOUND},
      {"in cipher", 0x38, 54, 1, TRUE, LT_WIRE_FOUND},
      {"in cipher, a number too high", 0x38, 54, 0x100, TRUE, LT_WIRE_NOT_MINE},
      {"own key", 0x50, 700, 1, TRUE, LT_WIRE_FOUND},
      {"own key, a cookie is welcome", 0x50, 700, 0x0f000001, TRUE, LT_WIRE_FOUND},
      {"own key, as long as SOCKS 5", 0x50, 0x500, 1, TRUE, LT_WIRE_FOUND},
      {"own key, another number", 0x50, 700, 0x10000001, TRUE, LT_WIRE_NOT_MINE},
      {"another length", 0x38, 15, 0, FALSE, LT_WIRE_NOT_MINE},
      {"another opcode", 0x20, 14, 0, FALSE, LT_WIRE_NOT_MINE},
      {"another key", 0x39, 14, 0, FALSE, LT_WIRE_NOT_MINE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) packet =
        openvpn(rows[i].opcode, rows[i].len, rows[i].number, rows[i].is_in_cipher);
    LtProxyKind kind;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(recognise(packet->data, packet->len, &kind), ==, rows[i].answer);
    if (rows[i].answer != LT_WIRE_FOUND)
      continue;
    g_assert_cmpint(kind, ==, LT_PROXY_OPENVPN);
    g_assert_cmpint(recognise(packet->data, packet->len - 1, &kind), ==, LT_WIRE_NEED_MORE);
  }
}

static void
test_targets(void)
{
  static const struct {
    const char *label;
    LtProxyKind kind;
    const guint8 *bytes;
    gsize len;
    LtWireAnswer answer;
    LtName name;
    const char *host;
  } rows[] = {
#define V4 LT_PROXY_SOCKS4
#define V5 LT_PROXY_SOCKS5
      {"SOCKS 4",
       V4,
       BYTES("\x04\x01\x01\xbb\xc0\x00\x02\x07me\0"),
       LT_WIRE_FOUND,
       LT_NAME_ADDRESS,
       "192.0.2.7"},
      {"SOCKS 4a",
       V4,
       BYTES("\x04\x01\x01\xbb\x00\x00\x00\x01\0Bad.Test\0"),
       LT_WIRE_FOUND,
       LT_NAME_HOST,
       "bad.test"},
      {"SOCKS 4a without its end",
       V4,
       BYTES("\x04\x01\x01\xbb\x00\x00\x00\x01\0Bad.Test"),
       LT_WIRE_NEED_MORE,
       0,
       NULL},
      {"SOCKS 4a, no name",
       V4,
       BYTES("\x04\x01\x01\xbb\x00\x00\x00\x01\0a b\0"),
       LT_WIRE_FOUND,
       LT_NAME_BAD,
       NULL},
      {"a greeting alone", V5, BYTES("\x05\x01\x00"), LT_WIRE_NEED_MORE, 0, NULL},
      {"a name",
       V5,
       BYTES("\x05\x01\x00\x05\x01\x00\x03\x08"
             "bad.test\x01\xbb"),
       LT_WIRE_FOUND,
       LT_NAME_HOST,
       "bad.test"},
      {"an address in text",
       V5,
       BYTES("\x05\x01\x00\x05\x01\x00\x03\x09"
             "192.0.2.7\x01\xbb"),
       LT_WIRE_FOUND,
       LT_NAME_ADDRESS,
       "192.0.2.7"},
      {"IPv4",
       V5,
       BYTES("\x05\x01\x00\x05\x01\x00\x01\xc0\x00\x02\x07\x01\xbb"),
       LT_WIRE_FOUND,
       LT_NAME_ADDRESS,
       "192.0.2.7"},
      {"IPv6",
       V5,
       BYTES("\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x01\xbb"),
       LT_WIRE_FOUND,
       LT_NAME_ADDRESS,
       "2001:db8::7"},
      {"behind a password",
       V5,
       BYTES("\x05\x02\x00\x02\x01\x02me\x02no\x05\x01\x00\x03\x08"
             "bad.test\x01\xbb"),
       LT_WIRE_FOUND,
       LT_NAME_HOST,
       "bad.test"},
      {"a password begun", V5, BYTES("\x05\x01\x02\x01\x02me"), LT_WIRE_NEED_MORE, 0, NULL},
      {"a password that was not offered", V5, BYTES("\x05\x01\x00\x01"), LT_WIRE_NOT_MINE, 0, NULL},
      {"a login that hides the rest", V5, BYTES("\x05\x01\x01\x02\x00"), LT_WIRE_NOT_MINE, 0, NULL},
      {"another kind of address",
       V5,
       BYTES("\x05\x01\x00\x05\x01\x00\x02"),
       LT_WIRE_MALFORMED,
       0,
       NULL},
      {"nothing in the clear", LT_PROXY_OPENVPN, BYTES("\x00\x0e\x38"), LT_WIRE_NOT_MINE, 0, NULL},
#undef V4
#undef V5
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree guint8 *copy = lt_build_exact(rows[i].bytes, rows[i].len);
    LtRequest request = {.len_bytes = 4711};

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(
        lt_proxy_read_target(rows[i].kind, copy, rows[i].len, &request), ==, rows[i].answer);
    g_assert_cmpuint(request.len_bytes, ==, rows[i].answer == LT_WIRE_FOUND ? rows[i].len : 4711);
    if (rows[i].answer != LT_WIRE_FOUND)
      continue;
    g_assert_cmpint(request.name, ==, rows[i].name);
    if (rows[i].host != NULL)
      g_assert_cmpstr(request.host.name, ==, rows[i].host);
  }
}

/* The user's name of SOCKS 4 has no length: a bound of ours ends it. */
static void
test_endless_user(void)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  LtRequest request;

  g_byte_array_append(bytes, BYTES("\x04\x01\x01\xbb\xc0\x00\x02\x07"));
  while (bytes->len < 8 + 255)
    lt_build_u8(bytes, 'x');
  g_assert_cmpint(lt_proxy_read_target(LT_PROXY_SOCKS4, bytes->data, bytes->len, &request),
                  ==,
                  LT_WIRE_NEED_MORE);
  lt_build_u8(bytes, 'x');
  g_assert_cmpint(lt_proxy_read_target(LT_PROXY_SOCKS4, bytes->data, bytes->len, &request),
                  ==,
                  LT_WIRE_MALFORMED);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/proxy/socks", test_socks);
  g_test_add_func("/proxy/openvpn", test_openvpn);
  g_test_add_func("/proxy/targets", test_targets);
  g_test_add_func("/proxy/endless-user", test_endless_user);
  return g_test_run();
}
