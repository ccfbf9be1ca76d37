/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP/1 requests: names, line ends, framing, and what is no HTTP. */
#include "policy/wire/http.h"
#include "tests/unit/wire-build.h"

#include <string.h>

static LtWireAnswer
read_exact(const char *text, gsize len, LtRequest *out, gboolean *out_is_ambiguous)
{
  g_autofree guint8 *copy = lt_build_exact((const guint8 *) text, len);
  LtWireAnswer answer = lt_http_read_head(copy, len, out, out_is_ambiguous);

  if (answer == LT_WIRE_FOUND && out->raw_name != NULL)
    out->raw_name = (const guint8 *) text + (out->raw_name - copy);
  return answer;
}

#define GET "GET / HTTP/1.1\r\n"

static void
test_names(void)
{
  static const struct {
    const char *label, *text;
    LtName name;
    const char *host;
  } rows[] = {
      {"plain", GET "Host: example.com\r\n\r\n", LT_NAME_HOST, "example.com"},
      {"folded letters", GET "hOST:EXAMPLE.com\r\n\r\n", LT_NAME_HOST, "example.com"},
      {"blanks", GET "Host:  \t example.com \t\r\n\r\n", LT_NAME_HOST, "example.com"},
      {"port", GET "Host: example.com:8080\r\n\r\n", LT_NAME_HOST, "example.com"},
      {"empty port", GET "Host: example.com:\r\n\r\n", LT_NAME_HOST, "example.com"},
      {"port of letters", GET "Host: example.com:http\r\n\r\n", LT_NAME_BAD, ""},
      {"IPv4", GET "Host: 192.0.2.1:80\r\n\r\n", LT_NAME_ADDRESS, "192.0.2.1"},
      {"IPv6", GET "Host: [2001:db8::1]:80\r\n\r\n", LT_NAME_ADDRESS, "2001:db8::1"},
      {"IPv6 without brackets", GET "Host: 2001:db8::1\r\n\r\n", LT_NAME_BAD, ""},
      {"none", GET "Accept: */*\r\n\r\n", LT_NAME_NONE, ""},
      {"no headers", GET "\r\n", LT_NAME_NONE, ""},
      {"empty", GET "Host:\r\n\r\n", LT_NAME_NONE, ""},
      {"user in Host", GET "Host: me@example.com\r\n\r\n", LT_NAME_BAD, ""},
      {"two in one", GET "Host: a.example, b.example\r\n\r\n", LT_NAME_BAD, ""},
      {"same twice",
       GET "Host: a.example\r\nHost: A.EXAMPLE:80\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"differing", GET "Host: a.example\r\nHost: b.example\r\n\r\n", LT_NAME_BAD, NULL},
      {"three, the last differs",
       GET "Host: a.example\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
       LT_NAME_BAD,
       NULL},
      {"empty, then one", GET "Host:\r\nHost: b.example\r\n\r\n", LT_NAME_BAD, NULL},
      {"one, then empty", GET "Host: a.example\r\nHost:\r\n\r\n", LT_NAME_BAD, NULL},
      {"blank before the colon", GET "Host : a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"hidden by a blank", GET "Host: a.example\r\nHost : b.example\r\n\r\n", LT_NAME_BAD, NULL},
      {"value on the next line", GET "Host:\r\n a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"two lines", GET "Host: a.example\r\n b.example\r\n\r\n", LT_NAME_BAD, ""},
      {"folded into another", GET "X: y\r\n Host: b.example\r\n\r\n", LT_NAME_NONE, ""},
      {"a longer name", GET "Hostess: b.example\r\n\r\n", LT_NAME_NONE, ""},
      {"no header line", GET "rubbish\r\nHost: a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"in the body", GET "\r\nHost: b.example\r\n\r\n", LT_NAME_NONE, ""},
      {"LF alone", "GET / HTTP/1.1\nHost: a.example\n\n", LT_NAME_HOST, "a.example"},
      {"mixed ends", "GET / HTTP/1.1\nHost: a.example\r\n\n", LT_NAME_HOST, "a.example"},
      {"empty lines before", "\r\n\n" GET "Host: a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"absolute",
       "GET http://a.example:80/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"absolute without a path",
       "GET http://a.example HTTP/1.1\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"absolute with a query",
       "GET http://a.example?x HTTP/1.1\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"absolute with a user",
       "GET http://b.example@a.example/ HTTP/1.1\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"absolute, other scheme", "GET ws://a.example/ HTTP/1.1\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"absolute without a host", "GET http:///x HTTP/1.1\r\nHost:\r\n\r\n", LT_NAME_BAD, ""},
      {"a path that looks absolute",
       "GET /http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"two slashes are a path",
       "GET //b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"CONNECT",
       "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"CONNECT IPv6", "CONNECT [::1]:443 HTTP/1.1\r\n\r\n", LT_NAME_ADDRESS, "::1"},
      {"CONNECT with a path",
       "CONNECT /x HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"unknown method",
       "BREW /pot HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"method that is longer than any",
       "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"no target", "OPTIONS HTTP/1.1\r\nHost: a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"blanks around",
       "GET \t /  HTTP/1.1 \r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"blanks first",
       "\r\n \t\v\fGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
       LT_NAME_HOST,
       "a.example"},
      {"a backslash before the user's end",
       "GET http://b.example\\@a.example/ HTTP/1.1\r\n\r\n",
       LT_NAME_BAD,
       NULL},
      {"a blank before the user's end",
       "GET http://b.example x@a.example/ HTTP/1.1\r\n\r\n",
       LT_NAME_BAD,
       NULL},
      {"version 2 in text", "GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", LT_NAME_HOST, "a.example"},
      {"HTTP/0.9", "GET /\r\n", LT_NAME_NONE, ""},
      {"HTTP/0.9, absolute", "GET http://a.example/\n", LT_NAME_HOST, "a.example"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtRequest request;
    gboolean is_ambiguous = TRUE;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(
        read_exact(rows[i].text, strlen(rows[i].text), &request, &is_ambiguous), ==, LT_WIRE_FOUND);
    g_assert_cmpint(request.protocol, ==, LT_PROTOCOL_HTTP);
    g_assert_cmpint(request.name, ==, rows[i].name);
    if (rows[i].host != NULL)
      g_assert_cmpstr(request.host.name, ==, rows[i].host);
    g_assert_false(is_ambiguous);
  }
}

static void
test_nul(void)
{
  static const char text[] = GET "Host: a.example\0.b.example\r\n\r\n";
  static const char target[] = "GET http://a.example\0.b.example/ HTTP/1.1\r\n\r\n";
  LtRequest request;

  g_assert_cmpint(read_exact(text, sizeof text - 1, &request, NULL), ==, LT_WIRE_FOUND);
  g_assert_cmpint(request.name, ==, LT_NAME_BAD);
  g_assert_cmpuint(request.raw_name_len, ==, 20);
  g_assert_cmpint(read_exact(target, sizeof target - 1, &request, NULL), ==, LT_WIRE_FOUND);
  g_assert_cmpint(request.name, ==, LT_NAME_BAD);
}

static void
test_other_answers(void)
{
  static const struct {
    const char *label, *text;
    LtWireAnswer answer;
  } rows[] = {
      {"nothing", "", LT_WIRE_NEED_MORE},
      {"line ends", "\r\n\r\n", LT_WIRE_NEED_MORE},
      {"a method", "GET", LT_WIRE_NEED_MORE},
      {"a line", GET, LT_WIRE_NEED_MORE},
      {"no empty line", GET "Host: a.example\r\n", LT_WIRE_NEED_MORE},
      {"half an empty line", GET "Host: a.example\r\n\r", LT_WIRE_NEED_MORE},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", LT_WIRE_MALFORMED},
      {"SSH", "SSH-2.0-Example_1 comment\r\n", LT_WIRE_NOT_MINE},
      {"SMTP", "EHLO client.example\r\n", LT_WIRE_NOT_MINE},
      {"a word", "QUIT\r\n", LT_WIRE_NOT_MINE},
      {"HTTP/0.9 of another method", "POST /\r\n", LT_WIRE_NOT_MINE},
      {"a response", "HTTP/1.1 200 OK\r\n\r\n", LT_WIRE_NOT_MINE},
      {"binary", "\x01\x02", LT_WIRE_NOT_MINE},
      {"method of 32", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", LT_WIRE_NEED_MORE},
      {"method of 33", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", LT_WIRE_NEED_MORE},
      {"blanks first, then none", " \t\v\f(", LT_WIRE_NOT_MINE},
      {"vertical tab behind the method", "GET\v/ HTTP/1.1\r\n\r\n", LT_WIRE_MALFORMED},
      {"form feed behind the method", "GET\f/ HTTP/1.1\r\n\r\n", LT_WIRE_MALFORMED},
      {"blank before the first header", GET " Host: b.example\r\n\r\n", LT_WIRE_MALFORMED},
      {"CR inside a header", GET "X: y\rHost: b.example\r\n\r\n", LT_WIRE_MALFORMED},
      {"two CRs at the end", GET "Host: a.example\r\r\n\r\n", LT_WIRE_MALFORMED},
      {"CR inside the line", "GET /\r HTTP/1.1\r\n\r\n", LT_WIRE_MALFORMED},
      {"version without a blank", "GET /HTTP/1.1\r\nHost: b.example\r\n\r\n", LT_WIRE_MALFORMED},
      {"the same, another method", "POST /HTTP/1.1\r\nHost: b.example\r\n\r\n", LT_WIRE_MALFORMED},
      {"words behind the version",
       "GET / HTTP/1.1 x\r\nHost: b.example\r\n\r\n",
       LT_WIRE_MALFORMED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtRequest request = {.len_bytes = 4711};
    gboolean is_ambiguous = 4711;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(rows[i].text, strlen(rows[i].text), &request, &is_ambiguous),
                    ==,
                    rows[i].answer);
    g_assert_cmpuint(request.len_bytes, ==, 4711);
    g_assert_cmpint(is_ambiguous, ==, 4711);
  }
}

/* Some servers look at the target, others at Host. */
static void
test_two_sites(void)
{
  static const struct {
    const char *text;
    gboolean ambiguous;
  } rows[] = {
      {"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", FALSE},
      {"GET http://a.example/ HTTP/1.1\r\nHost: A.example.:80\r\n\r\n", FALSE},
      {"GET http://a.example/ HTTP/1.1\r\nHost:\r\n\r\n", FALSE},
      {"GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n", TRUE},
      {"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", TRUE},
      {"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", FALSE},
      {"CONNECT a.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", TRUE},
      {"CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 0\r\n\r\n", FALSE},
      {"CONNECT a.example:443 HTTP/1.1\r\nContent-Length: 1\r\n\r\n", TRUE},
      {"CONNECT a.example:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtRequest request;
    gboolean is_ambiguous;

    g_test_message("%s", rows[i].text);
    g_assert_cmpint(
        read_exact(rows[i].text, strlen(rows[i].text), &request, &is_ambiguous), ==, LT_WIRE_FOUND);
    g_assert_cmpstr(request.host.name, ==, "a.example");
    g_assert_true(is_ambiguous == rows[i].ambiguous);
  }
}

static void
test_framing(void)
{
  static const struct {
    const char *label, *headers;
    gboolean ambiguous;
    guint64 len;
    gboolean chunked;
  } rows[] = {
      {"none", "", FALSE, 0, FALSE},
      {"length", "Content-Length: 12\r\n", FALSE, 12, FALSE},
      {"length 0", "Content-Length: 0\r\n", FALSE, 0, FALSE},
      {"largest", "Content-Length: 18446744073709551615\r\n", FALSE, G_MAXUINT64, FALSE},
      {"one more", "Content-Length: 18446744073709551616\r\n", TRUE, 0, FALSE},
      {"same twice", "Content-Length: 5\r\nContent-Length: 5\r\n", FALSE, 5, FALSE},
      {"differing", "Content-Length: 5\r\nContent-Length: 6\r\n", TRUE, 6, FALSE},
      {"list", "Content-Length: 5, 5\r\n", TRUE, 0, FALSE},
      {"sign", "Content-Length: +5\r\n", TRUE, 0, FALSE},
      {"hexadecimal", "Content-Length: 0x5\r\n", TRUE, 0, FALSE},
      {"empty", "Content-Length:\r\n", TRUE, 0, FALSE},
      {"chunked", "Transfer-Encoding: Chunked\r\n", FALSE, 0, TRUE},
      {"chunked at the end", "Transfer-Encoding: gzip, chunked\r\n", FALSE, 0, TRUE},
      {"chunked not at the end", "Transfer-Encoding: chunked, gzip\r\n", TRUE, 0, FALSE},
      {"chunked twice", "Transfer-Encoding: chunked, chunked\r\n", TRUE, 0, TRUE},
      {"two headers", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", TRUE, 0, TRUE},
      {"something else", "Transfer-Encoding: identity\r\n", TRUE, 0, FALSE},
      {"nearly chunked", "Transfer-Encoding: xchunked\r\n", TRUE, 0, FALSE},
      {"both", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", TRUE, 5, TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text = g_strconcat("POST / HTTP/1.1\r\n", rows[i].headers, "\r\nbody", NULL);
    LtRequest request;
    gboolean is_ambiguous;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(text, strlen(text), &request, &is_ambiguous), ==, LT_WIRE_FOUND);
    g_assert_true(is_ambiguous == rows[i].ambiguous);
    g_assert_cmpuint(request.body_len_bytes, ==, rows[i].len);
    g_assert_true(request.body_is_chunked == rows[i].chunked);
    g_assert_cmpuint(request.len_bytes, ==, strlen(text) - strlen("body"));
  }
}

static void
test_kinds(void)
{
  static const char old[] = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
  static const char tunnel[] = "CONNECT a.example:443 HTTP/1.1\r\n\r\n";
  static const char upgrade[] = "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
  LtRequest request;
  gboolean is_ambiguous;

  g_assert_cmpint(read_exact(old, sizeof old - 1, &request, &is_ambiguous), ==, LT_WIRE_FOUND);
  g_assert_true(is_ambiguous);
  g_assert_cmpint(read_exact(tunnel, sizeof tunnel - 1, &request, NULL), ==, LT_WIRE_FOUND);
  g_assert_true(request.is_tunnel);
  g_assert_false(request.is_upgrade);
  g_assert_cmpint(read_exact(upgrade, sizeof upgrade - 1, &request, NULL), ==, LT_WIRE_FOUND);
  g_assert_true(request.is_upgrade);
  g_assert_false(request.is_tunnel);
}

/* Every beginning of a request needs more, one with a header of 60 kB too. */
static void
test_cuts(void)
{
  g_autoptr(GString) text = g_string_new(GET "Cookie: ");
  LtRequest request;

  while (text->len < 60000)
    g_string_append_c(text, 'x');
  g_string_append(text, "\r\nHost: a.example\r\n\r\n");
  for (gsize len = 0; len < text->len; len += len < 40 || len + 40 > text->len ? 1 : 997)
    g_assert_cmpint(read_exact(text->str, len, &request, NULL), ==, LT_WIRE_NEED_MORE);
  g_assert_cmpint(read_exact(text->str, text->len, &request, NULL), ==, LT_WIRE_FOUND);
  g_assert_cmpstr(request.host.name, ==, "a.example");
  g_assert_cmpuint(request.len_bytes, ==, text->len);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/http/names", test_names);
  g_test_add_func("/http/nul", test_nul);
  g_test_add_func("/http/other-answers", test_other_answers);
  g_test_add_func("/http/framing", test_framing);
  g_test_add_func("/http/two-sites", test_two_sites);
  g_test_add_func("/http/kinds", test_kinds);
  g_test_add_func("/http/cuts", test_cuts);
  return g_test_run();
}
