/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging HTTP request by request: bodies, chunks, upgrades and tunnels, without a kernel in
 * between. */

#include "tests/unit/judge-desk.h"
#include "tests/unit/wire-build.h"

#include <string.h>

/* A hello of @len bytes in one record. */
static GByteArray *
hello_of(const char *name, gsize len)
{
  g_autoptr(GByteArray) message = lt_build_hello_for(name, len - 5);
  GByteArray *record = lt_build_records(message, len);
  g_assert_cmpuint(record->len, ==, len);
  return record;
}

static void
test_http_requests(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, 2 * len, bad, 9), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");

  g_autofree char *both = g_strconcat(good, bad, NULL);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, both, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

/* Long after its first request a connection has a second one in two pieces: its own time counts. */
static void
test_http_much_later(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  desk->judge.now_us += 10 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_STAY, len, good, 10, 8), ==, LT_VERDICT_HALF);
  g_assert_cmpint(
      lt_desk_send_text(desk, LT_MARK_STAY, len + 10, good + 10, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_STAY, 2 * len, good, 10, 9), ==, LT_VERDICT_HALF);
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_STAY, 2 * len + 10, good + 10, 1, 9), ==, LT_VERDICT_DENY);
}

static void
test_http_request_changed(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *same = "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, 0, same, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, same, 8), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
}

static void
test_http_bodies(LtDesk *desk, gconstpointer data)
{
  static const struct {
    const char *label, *head, *body;
  } cases[] = {
      {"counted", "Content-Length: 40\r\n", "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n......"},
      {"chunks",
       "Transfer-Encoding: chunked\r\n",
       "22\r\nGET / HTTP/1.1\r\nHost: bad.test\r\n\r\n\r\n0\r\n\r\n"},
  };
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *head =
        g_strdup_printf("POST / HTTP/1.1\r\nHost: good.test\r\n%s\r\n", cases[i].head);
    guint32 head_len = (guint32) strlen(head), body_len = (guint32) strlen(cases[i].body);
    for (guint32 cut = 0; cut <= body_len; cut++) {
      g_test_message("%s, cut at %u", cases[i].label, cut);
      g_autofree char *first = g_strdup_printf("%s%.*s", head, (int) cut, cases[i].body);
      g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, first, 7), ==, LT_VERDICT_STAY);
      if (cut < body_len)
        g_assert_cmpint(
            lt_desk_send_text(desk, LT_MARK_STAY, head_len + cut, cases[i].body + cut, 7),
            ==,
            LT_VERDICT_STAY);
      g_assert_cmpint(
          lt_desk_send_text(desk, LT_MARK_STAY, head_len + body_len, bad, 8), ==, LT_VERDICT_DENY);
      lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
    }
  }
}

/* A piece of a body in chunks is missing: the rest waits until TCP has sent it. */
static void
test_http_hole_in_chunks(LtDesk *desk, gconstpointer data)
{
  const char *head = "POST / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  guint32 len = (guint32) strlen(head);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, head, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      lt_desk_send_text(desk, LT_MARK_STAY, len + 5, "lo\r\n0\r\n\r\n", 7), ==, LT_VERDICT_LATER);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, "4\r\nhe", 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      lt_desk_send_text(desk, LT_MARK_STAY, len + 5, "lo\r\n0\r\n\r\n", 7), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);
}

/* More than half a buffer of requests, and a piece of the last one that came before the rest. */
static void
test_http_piece_of_the_next(LtDesk *desk, gconstpointer data)
{
  g_autofree char *filler = g_strnfill(20000, 'x');
  g_autofree char *good =
      g_strdup_printf("GET / HTTP/1.1\r\nHost: good.test\r\nX: %s\r\n\r\n", filler);
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  guint32 len = (guint32) strlen(good), bad_len = (guint32) strlen(bad);
  const struct {
    const char *label;
    guint32 first; /* bytes of the bad request that come with the second good one */
    guint32 early; /* where its early piece begins */
  } cases[] = {{"behind", 10, 10}, {"with a hole", 0, 10}, {"all but a byte", 0, 1}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint32 first = cases[i].first, early = cases[i].early;
    g_autofree char *second = g_strdup_printf("%s%.*s", good, (int) first, bad);
    g_test_message("%s", cases[i].label);
    desk->sport++;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
    if (first == 0)
      g_assert_cmpint(
          lt_desk_send(desk, LT_MARK_STAY, 2 * len + early, bad + early, bad_len - early - 2, 8),
          ==,
          LT_VERDICT_HALF);
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, len, second, 9), ==, LT_VERDICT_HALF);
    guint32 rest = first > 0 ? first : 0, end = first > 0 ? bad_len - 2 : early;
    g_assert_cmpint(lt_desk_send(desk, LT_MARK_STAY, 2 * len + rest, bad + rest, end - rest, 10),
                    ==,
                    LT_VERDICT_HALF);
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, 2 * len + bad_len - 2, "\r\n", 10),
                    ==,
                    LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
}

/* The framing of a body in chunks changes when it is sent again. */
static void
test_http_changed_chunks(LtDesk *desk, gconstpointer data)
{
  const char *head = "POST / HTTP/1.1\r\nHost: good.test\r\nTransfer-Encoding: chunked\r\n\r\n";
  guint32 len = (guint32) strlen(head);
  g_autofree char *filler = g_strnfill(1014, 'x');
  const char *end = "0\r\n\r\nGET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  const guint counts[] = {1, 40, 200}; /* kept, kept in part, long gone */
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
    g_autofree char *line = g_strdup_printf("3f6\r\n%s\r\n", filler);
    guint32 line_len = (guint32) strlen(line);
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, head, 7), ==, LT_VERDICT_STAY);
    for (guint j = 0; j < counts[i]; j++)
      g_assert_cmpint(
          lt_desk_send_text(desk, LT_MARK_STAY, len + j * line_len, line, 7), ==, LT_VERDICT_STAY);
    guint32 last = len + (counts[i] - 1) * line_len;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, last, line, 7), ==, LT_VERDICT_STAY);
    lt_desk_assert_silence(desk);
    guint32 at = i == 2 ? len : last;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_STAY, at, end, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
    desk->sport++;
  }
}

/* Half a request stands in a buffer that others' connections take. */
static void
test_http_lost_half(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  guint16 sport = desk->sport;
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_STAY, len, bad, 10, 8), ==, LT_VERDICT_HALF);
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    desk->sport++;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  }
  desk->sport = sport;
  g_assert_cmpint(
      lt_desk_send_text(desk, LT_MARK_STAY, len + 10, bad + 10, 8), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");
}

static void
test_http_upgrade(LtDesk *desk, gconstpointer data)
{
  const char *upgrade = "GET /chat HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\n\r\n";
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  guint32 len = (guint32) strlen(upgrade), good_len = (guint32) strlen(good);
  /* Until the kernel has seen the server agree, all is HTTP. */
  for (LtMarkState state = LT_MARK_STAY; state <= LT_MARK_UPGRADE; state += 3) {
    desk->sport++;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
    g_assert_cmpint(lt_desk_send_text(desk, state, len, "\x81\x05hello", 8), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_UNKNOWN_PROTOCOL, "good.test");
    desk->sport++;
    g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
    g_assert_cmpint(lt_desk_send_text(desk, state, len, bad, 8), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
  desk->sport++;
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  /* Sent again, and back under a new epoch: it still waits for the server. */
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_UPGRADE, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_UPGRADE, len, "", 7), ==, LT_VERDICT_UPGRADE);
  /* The server has gone on with HTTP: half a request does not let it choose again. */
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_STAY, len, good, 9, 8), ==, LT_VERDICT_HALF);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_HALF, len + 9, good + 9, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      lt_desk_send_text(desk, LT_MARK_STAY, len + good_len, upgrade, 9), ==, LT_VERDICT_UPGRADE);
  /* It has agreed, and the rules are new. */
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_ALLOW, 2 * len + good_len, "\x81\x05hello", 9),
                  ==,
                  LT_VERDICT_ALLOW);
}

static void
test_http_tunnel(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  const char *connect = "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\n";
  guint32 connect_len = (guint32) strlen(connect);

  desk->sport++;
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, connect, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_STAY, connect_len, good->data, 517, 8), ==, LT_VERDICT_WATCH);
  desk->sport++;
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, connect, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_STAY, connect_len, bad->data, 517, 8), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test)(LtDesk *desk, gconstpointer data);
  } tests[] = {
      {"/judge/http/requests", test_http_requests},
      {"/judge/http/much-later", test_http_much_later},
      {"/judge/http/request-changed", test_http_request_changed},
      {"/judge/http/bodies", test_http_bodies},
      {"/judge/http/hole-in-chunks", test_http_hole_in_chunks},
      {"/judge/http/piece-of-the-next", test_http_piece_of_the_next},
      {"/judge/http/changed-chunks", test_http_changed_chunks},
      {"/judge/http/lost-half", test_http_lost_half},
      {"/judge/http/upgrade", test_http_upgrade},
      {"/judge/http/tunnel", test_http_tunnel},
  };
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, LtDesk, NULL, lt_desk_set_up, tests[i].test, lt_desk_tear_down);
  return g_test_run();
}
