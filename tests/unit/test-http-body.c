/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies in chunks: where they end, fed at once and byte by byte. */

#include "policy/wire/http-body.h"

#include <string.h>

static const struct {
  const char *label;
  const char *bytes;
  LtWireAnswer answer;
  gsize used; /* when found */
} cases[] = {
    {"empty body", "0\r\n\r\n", LT_WIRE_FOUND, 5},
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n", LT_WIRE_FOUND, 15},
    {"what follows is left", "5\r\nhello\r\n0\r\n\r\nGET / ", LT_WIRE_FOUND, 15},
    {"hexadecimal size", "a\r\n0123456789\r\n0\r\n\r\n", LT_WIRE_FOUND, 20},
    {"upper case size", "A\r\n0123456789\r\n0\r\n\r\n", LT_WIRE_FOUND, 20},
    {"leading zeros", "005\r\nhello\r\n000\r\n\r\n", LT_WIRE_FOUND, 19},
    {"extension", "5;name=value\r\nhello\r\n0;x\r\n\r\n", LT_WIRE_FOUND, 28},
    {"trailer", "0\r\nExpires: never\r\nX: y\r\n\r\n", LT_WIRE_FOUND, 27},
    {"bare line feeds", "5\nhello\n0\n\n", LT_WIRE_FOUND, 11},
    {"chunk that holds a chunk", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", LT_WIRE_FOUND, 15},
    {"size unfinished", "5", LT_WIRE_NEED_MORE, 0},
    {"chunk unfinished", "5\r\nhell", LT_WIRE_NEED_MORE, 0},
    {"trailer unfinished", "0\r\nX: y\r\n", LT_WIRE_NEED_MORE, 0},
    {"no size", "\r\nhello", LT_WIRE_MALFORMED, 0},
    {"no digit", "g\r\n", LT_WIRE_MALFORMED, 0},
    {"a sign", "-5\r\nhello", LT_WIRE_MALFORMED, 0},
    {"junk behind the size", "5x\r\nhello", LT_WIRE_MALFORMED, 0},
    {"chunk longer than its size", "5\r\nhello!\r\n", LT_WIRE_MALFORMED, 0},
    {"carriage return alone", "5\rhello", LT_WIRE_MALFORMED, 0},
    {"largest size", "fffffffffffffff\r\nx", LT_WIRE_NEED_MORE, 0},
    {"size of 16 digits", "0000000000000005\r\nhello", LT_WIRE_MALFORMED, 0},
};

static void
test_at_once(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    LtChunked body = {0};
    gsize used = 0;
    g_test_message("%s", cases[i].label);
    LtWireAnswer answer =
        lt_chunked_feed(&body, (const guint8 *) cases[i].bytes, strlen(cases[i].bytes), &used);
    g_assert_cmpint(answer, ==, cases[i].answer);
    g_assert_cmpuint(used, ==, cases[i].used);
  }
}

static void
test_byte_by_byte(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    LtChunked body = {0};
    LtWireAnswer answer = LT_WIRE_NEED_MORE;
    gsize at = 0;
    g_test_message("%s", cases[i].label);
    while (answer == LT_WIRE_NEED_MORE && cases[i].bytes[at] != '\0') {
      gsize used = 0;
      answer = lt_chunked_feed(&body, (const guint8 *) &cases[i].bytes[at], 1, &used);
      g_assert_cmpuint(used, ==, answer == LT_WIRE_FOUND ? 1 : 0);
      at++;
    }
    g_assert_cmpint(answer, ==, cases[i].answer);
    if (answer == LT_WIRE_FOUND)
      g_assert_cmpuint(at, ==, cases[i].used);
  }
}

static void
test_endless_line(void)
{
  LtChunked body = {0};
  gsize used = 0;
  g_assert_cmpint(lt_chunked_feed(&body, (const guint8 *) "5;", 2, &used), ==, LT_WIRE_NEED_MORE);
  for (guint i = 0; i < LT_CHUNKED_MAX_LINE; i++)
    g_assert_cmpint(lt_chunked_feed(&body, (const guint8 *) "x", 1, &used), ==, LT_WIRE_NEED_MORE);
  g_assert_cmpint(lt_chunked_feed(&body, (const guint8 *) "x", 1, &used), ==, LT_WIRE_MALFORMED);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http-body/at-once", test_at_once);
  g_test_add_func("/http-body/byte-by-byte", test_byte_by_byte);
  g_test_add_func("/http-body/endless-line", test_endless_line);
  return g_test_run();
}
