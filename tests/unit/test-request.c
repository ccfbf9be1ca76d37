/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first request of a stream: which reader answers, and requests one after another. */
#include "policy/wire/request.h"
#include "tests/unit/wire-build.h"

#include <string.h>

static void
test_protocols(void)
{
  static const struct {
    const char *label, *text;
    LtWireAnswer answer;
  } rows[] = {
      {"nothing", "", LT_WIRE_NEED_MORE},
      {"HTTP", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", LT_WIRE_FOUND},
      {"HTTP begun", "GET / HT", LT_WIRE_NEED_MORE},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", LT_WIRE_MALFORMED},
      {"SSH", "SSH-2.0-Example\r\n", LT_WIRE_NOT_MINE},
      {"TLS begun", "\x16\x03\x01", LT_WIRE_NEED_MORE},
      {"TLS by its first byte", "\x16", LT_WIRE_NEED_MORE},
      {"no TLS by its second byte", "\x16\x02", LT_WIRE_NOT_MINE},
      {"alert", "\x15\x03\x01", LT_WIRE_MALFORMED},
      {"high bytes", "\xff\xff\xff\xff", LT_WIRE_NOT_MINE},
      {"both lengths",
       "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       LT_WIRE_MALFORMED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gsize len = strlen(rows[i].text);
    g_autofree guint8 *copy = lt_build_exact((const guint8 *) rows[i].text, len);
    LtRequest request = {.len_bytes = 4711};
    LtWireAnswer answer = lt_request_read(copy, len, &request);

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(answer, ==, rows[i].answer);
    if (answer != LT_WIRE_FOUND)
      g_assert_cmpuint(request.len_bytes, ==, 4711);
  }
}

/* Three requests in one stream, the last one TLS through a tunnel. */
static void
test_one_after_another(void)
{
  static const char first[] = "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc";
  static const char second[] = "CONNECT b.example:443 HTTP/1.1\r\n\r\n";
  g_autoptr(GByteArray) stream = g_byte_array_new();
  g_autoptr(GByteArray) hello = lt_build_hello_for("c.example", 517);
  g_autoptr(GByteArray) records = lt_build_records(hello, 100);
  static const char *const hosts[] = {"a.example", "b.example", "c.example"};
  gsize at = 0;

  lt_build_text(stream, first);
  lt_build_text(stream, second);
  lt_build_bytes(stream, records);
  for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
    LtRequest request;

    g_assert_cmpint(
        lt_request_read(stream->data + at, stream->len - at, &request), ==, LT_WIRE_FOUND);
    g_assert_cmpstr(request.host.name, ==, hosts[i]);
    g_assert_true(request.is_tunnel == (i == 1));
    at += request.len_bytes + request.body_len_bytes;
  }
  g_assert_cmpuint(at, ==, stream->len);
}

static void
test_words(void)
{
  g_assert_cmpstr(lt_protocol_to_string(LT_PROTOCOL_DNS), ==, "dns");
  g_assert_cmpstr(lt_protocol_to_string(LT_PROTOCOL_HTTP), ==, "http");
  g_assert_cmpstr(lt_protocol_to_string(LT_PROTOCOL_TLS), ==, "tls");
  g_assert_cmpstr(lt_protocol_to_string(LT_PROTOCOL_QUIC), ==, "quic");
  g_assert_cmpstr(lt_protocol_to_string(LT_PROTOCOL_UNKNOWN), ==, "unknown");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/request/protocols", test_protocols);
  g_test_add_func("/request/one-after-another", test_one_after_another);
  g_test_add_func("/request/words", test_words);
  return g_test_run();
}
