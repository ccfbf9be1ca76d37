/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging flows packet by packet: what a child's program may try, without a kernel in between. */

#include "tests/unit/judge-desk.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define ISN 0xfffffff0u /* sequence numbers go round in every test */

/* A hello of @len bytes in one record. */
static GByteArray *
hello_of(const char *name, gsize len)
{
  g_autoptr(GByteArray) message = lt_build_hello_for(name, len - 5);
  GByteArray *record = lt_build_records(message, len);
  g_assert_cmpuint(record->len, ==, len);
  return record;
}

static LtPacket
packet_of(guint32 offset, const void *bytes, gsize len)
{
  LtPacket packet = {.tcp_seq = ISN + offset, .tcp_ack = 7, .tcp_flags = LT_TCP_ACK};
  packet.tuple = (LtTuple){.family = 4, .protocol = 6, .sport = 40000, .dport = 443};
  packet.tuple.saddr[0] = packet.tuple.daddr[0] = 10;
  packet.tuple.saddr[3] = 1;
  packet.payload = bytes;
  packet.payload_len = len;
  return packet;
}

static LtVerdict
send_bytes(
    LtDesk *desk, LtMarkState state, guint32 offset, const void *bytes, gsize len, guint32 ack)
{
  LtPacket packet = packet_of(offset, bytes, len);
  packet.tcp_ack = ack;
  packet.tuple.sport = desk->sport;
  return lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

static LtVerdict
send_text(LtDesk *desk, LtMarkState state, guint32 offset, const char *text, guint32 ack)
{
  return send_bytes(desk, state, offset, text, strlen(text), ack);
}

/* With the end of the client's stream. */
static LtVerdict
send_end(LtDesk *desk, LtMarkState state, guint32 offset, const void *bytes, gsize len)
{
  LtPacket packet = packet_of(offset, bytes, len);
  packet.tcp_flags |= LT_TCP_FIN;
  packet.tcp_ack = 8;
  packet.tuple.sport = desk->sport;
  return lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

static void
test_hello(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  lt_desk_assert_silence(desk);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, bad->data, 517, 7), ==, LT_VERDICT_DENY);
}

static void
test_sent_again(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) bad = hello_of("xbad.test", 517);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  /* The same bytes, whole and in part, while the kernel holds the flow for new or for watched. */
  for (LtMarkState state = LT_MARK_NEW; state <= LT_MARK_WATCH; state++) {
    g_assert_cmpint(send_bytes(desk, state, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
    g_assert_cmpint(send_bytes(desk, state, 100, good->data + 100, 300, 7), ==, LT_VERDICT_WATCH);
  }
  lt_desk_assert_silence(desk);
  g_assert_cmpint(send_bytes(desk, LT_MARK_WATCH, 0, bad->data, 517, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
}

static void
test_changed_while_undecided(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) other = hello_of("gxod.test", 517);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 516, 7), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, other->data, 516, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, NULL);
}

/* Every cut of a hello, and the second half sent again before the first. */
static void
test_cuts(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 300);
  for (guint cut = 1; cut < 300; cut++) {
    g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, bad->data, cut, 7), ==, LT_VERDICT_HALF);
    g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, bad->data, cut, 7), ==, LT_VERDICT_HALF);
    g_assert_cmpint(
        send_bytes(desk, LT_MARK_NEW, cut, bad->data + cut, 300 - cut, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
}

static void
test_limits(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  for (guint i = 0; i < LT_JUDGE_MAX_PACKETS; i++)
    g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, i, good->data + i, 1, 7), ==, LT_VERDICT_HALF);
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_NEW, LT_JUDGE_MAX_PACKETS, good->data + LT_JUDGE_MAX_PACKETS, 1, 7),
      ==,
      LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);

  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 100, 7), ==, LT_VERDICT_HALF);
  desk->judge.now_us += LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 100, good->data + 100, 1, 7), ==, LT_VERDICT_HALF);
  desk->judge.now_us += 1;
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_NEW, 101, good->data + 101, 416, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
}

/* The same addresses and ports, reset and used again at once: sequence numbers lie close behind. */
static void
test_ports_used_again(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  static const guint32 distances[] = {517, 600, 20000, 0x100000, 0x200000, 0x80000000, 0xfffff000};
  for (gsize i = 0; i < G_N_ELEMENTS(distances); i++) {
    for (guint first = 1; first <= 517; first += 258) {
      guint32 at = distances[i];
      g_test_message("%u ahead, first piece %u", at, first);
      g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
      LtVerdict verdict = send_bytes(desk, LT_MARK_NEW, at, bad->data, first, 7);
      if (first < 517) {
        g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
        verdict = send_bytes(desk, LT_MARK_NEW, at + first, bad->data + first, 517 - first, 7);
      }
      g_assert_cmpint(verdict, ==, LT_VERDICT_DENY);
      lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
    }
  }
}

/* The former connection had a long body announced: what lies in it is no body of the new
 * connection. */
static void
test_ports_used_again_in_a_body(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  const char *post = "POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 1000000000\r\n\r\n";
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, post, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 5000, bad->data, 517, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

static void
test_new_rules(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  const LtMarkState states[] = {LT_MARK_WATCH, LT_MARK_ALLOW};
  for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
    lt_desk_use_rules(desk, "{\"default\":\"allow\"}");
    g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
    g_assert_cmpint(
        send_bytes(desk, states[i], 517, "\x17\3\3\0\0", 5, 7), ==, (LtVerdict) states[i]);
    g_assert_cmpint(send_bytes(desk, states[i], 517, "", 0, 7), ==, (LtVerdict) states[i]);
    lt_desk_use_rules(desk, "{\"default\":\"block\"}");
    g_assert_cmpint(send_bytes(desk, states[i], 517, "", 0, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_DEFAULT, "good.test");
    /* Now it is unknown: refused without a word. */
    g_assert_cmpint(send_bytes(desk, states[i], 517, "more", 4, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_silence(desk);
  }
}

static void
test_another_child_s_flow(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  LtPacket packet = packet_of(0, good->data, 517);
  g_assert_cmpint(
      lt_judge_tcp(&desk->judge, LT_DESK_SLOT + 1, LT_MARK_NEW, &packet), ==, LT_VERDICT_DENY);
  g_assert_cmpint(
      lt_judge_udp(&desk->judge, LT_DESK_SLOT + 1, LT_MARK_NEW, &packet), ==, LT_VERDICT_DENY);
}

static void
test_http_requests(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *bad = "GET / HTTP/1.1\r\nHost: bad.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, 2 * len, bad, 9), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");

  g_autofree char *both = g_strconcat(good, bad, NULL);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, both, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

/* Long after its first request a connection has a second one in two pieces: its own time counts. */
static void
test_http_much_later(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  desk->judge.now_us += 10 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(send_bytes(desk, LT_MARK_STAY, len, good, 10, 8), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len + 10, good + 10, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_bytes(desk, LT_MARK_STAY, 2 * len, good, 10, 9), ==, LT_VERDICT_HALF);
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_STAY, 2 * len + 10, good + 10, 1, 9), ==, LT_VERDICT_DENY);
}

static void
test_http_request_changed(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  const char *same = "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, 0, same, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, good, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, same, 8), ==, LT_VERDICT_DENY);
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
      g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, first, 7), ==, LT_VERDICT_STAY);
      if (cut < body_len)
        g_assert_cmpint(send_text(desk, LT_MARK_STAY, head_len + cut, cases[i].body + cut, 7),
                        ==,
                        LT_VERDICT_STAY);
      g_assert_cmpint(
          send_text(desk, LT_MARK_STAY, head_len + body_len, bad, 8), ==, LT_VERDICT_DENY);
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
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, head, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      send_text(desk, LT_MARK_STAY, len + 5, "lo\r\n0\r\n\r\n", 7), ==, LT_VERDICT_LATER);
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, "4\r\nhe", 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      send_text(desk, LT_MARK_STAY, len + 5, "lo\r\n0\r\n\r\n", 7), ==, LT_VERDICT_STAY);
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
    g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
    if (first == 0)
      g_assert_cmpint(
          send_bytes(desk, LT_MARK_STAY, 2 * len + early, bad + early, bad_len - early - 2, 8),
          ==,
          LT_VERDICT_HALF);
    g_assert_cmpint(send_text(desk, LT_MARK_STAY, len, second, 9), ==, LT_VERDICT_HALF);
    guint32 rest = first > 0 ? first : 0, end = first > 0 ? bad_len - 2 : early;
    g_assert_cmpint(send_bytes(desk, LT_MARK_STAY, 2 * len + rest, bad + rest, end - rest, 10),
                    ==,
                    LT_VERDICT_HALF);
    g_assert_cmpint(
        send_text(desk, LT_MARK_STAY, 2 * len + bad_len - 2, "\r\n", 10), ==, LT_VERDICT_DENY);
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
    g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, head, 7), ==, LT_VERDICT_STAY);
    for (guint j = 0; j < counts[i]; j++)
      g_assert_cmpint(
          send_text(desk, LT_MARK_STAY, len + j * line_len, line, 7), ==, LT_VERDICT_STAY);
    guint32 last = len + (counts[i] - 1) * line_len;
    g_assert_cmpint(send_text(desk, LT_MARK_STAY, last, line, 7), ==, LT_VERDICT_STAY);
    lt_desk_assert_silence(desk);
    guint32 at = i == 2 ? len : last;
    g_assert_cmpint(send_text(desk, LT_MARK_STAY, at, end, 7), ==, LT_VERDICT_DENY);
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
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(send_bytes(desk, LT_MARK_STAY, len, bad, 10, 8), ==, LT_VERDICT_HALF);
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    desk->sport++;
    g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, good, 7), ==, LT_VERDICT_STAY);
  }
  desk->sport = sport;
  g_assert_cmpint(send_text(desk, LT_MARK_STAY, len + 10, bad + 10, 8), ==, LT_VERDICT_DENY);
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
    g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
    g_assert_cmpint(send_text(desk, state, len, "\x81\x05hello", 8), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_UNKNOWN_PROTOCOL, "good.test");
    desk->sport++;
    g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
    g_assert_cmpint(send_text(desk, state, len, bad, 8), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
  desk->sport++;
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  /* Sent again, and back under a new epoch: it still waits for the server. */
  g_assert_cmpint(send_text(desk, LT_MARK_UPGRADE, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  g_assert_cmpint(send_text(desk, LT_MARK_UPGRADE, len, "", 7), ==, LT_VERDICT_UPGRADE);
  /* The server has gone on with HTTP: half a request does not let it choose again. */
  g_assert_cmpint(send_bytes(desk, LT_MARK_STAY, len, good, 9, 8), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_text(desk, LT_MARK_HALF, len + 9, good + 9, 8), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      send_text(desk, LT_MARK_STAY, len + good_len, upgrade, 9), ==, LT_VERDICT_UPGRADE);
  /* It has agreed, and the rules are new. */
  g_assert_cmpint(
      send_text(desk, LT_MARK_ALLOW, 2 * len + good_len, "\x81\x05hello", 9), ==, LT_VERDICT_ALLOW);
}

static void
test_http_tunnel(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  const char *connect = "CONNECT good.test:443 HTTP/1.1\r\nHost: good.test:443\r\n\r\n";
  guint32 connect_len = (guint32) strlen(connect);

  desk->sport++;
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, connect, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_STAY, connect_len, good->data, 517, 8), ==, LT_VERDICT_WATCH);
  desk->sport++;
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, connect, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_STAY, connect_len, bad->data, 517, 8), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

static void
test_nameless(LtDesk *desk, gconstpointer data)
{
  const char *ssh = "SSH-2.0-OpenSSH_9.2\r\n";
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNKNOWN_PROTOCOL, "10.0.0.0");
  lt_desk_use_rules(desk, "{\"default\":\"allow\",\"unknown-protocols\":\"allow\"}");
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_ALLOW);
  lt_desk_use_rules(desk, "{\"default\":\"block\",\"allow\":[\"10.0.0.0\"]}");
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_ALLOW);
  lt_desk_assert_silence(desk);
}

/* Pushed out of the memory in the middle of its hello: the rest is no beginning. */
static void
test_forgotten_while_undecided(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  lt_desk_use_rules(
      desk, "{\"default\":\"allow\",\"block\":[\"bad.test\"],\"unknown-protocols\":\"allow\"}");
  LtPacket packet = packet_of(0, bad->data, 300);
  LtVerdict verdict = lt_judge_tcp(&desk->judge, LT_DESK_SLOT, LT_MARK_NEW, &packet);
  g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
  lt_flow_table_remove(desk->flows, lt_flow_table_find(desk->flows, &packet.tuple));
  packet = packet_of(300, bad->data + 300, 217);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint(lt_judge_tcp(&desk->judge, LT_DESK_SLOT, (LtMarkState) verdict, &packet),
                    ==,
                    LT_VERDICT_DENY);
  lt_desk_assert_silence(desk);
}

/* There are servers that take the end of a stream for that of a head. */
static void
test_end_of_a_half(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  const struct {
    const char *label;
    guint32 said, lost, with_end; /* bytes that came before, that did not, and with the FIN */
    LtMarkState state;            /* that the kernel has then */
    LtMarkState stamp;            /* that it had when the FIN was queued */
    LtVerdict verdict;
  } cases[] = {
      {"nothing", 0, 0, 0, LT_MARK_NEW, LT_MARK_NEW, LT_VERDICT_HALF},
      {"all at once", 0, 0, len, LT_MARK_NEW, LT_MARK_NEW, LT_VERDICT_STAY},
      {"half at once", 0, 0, len - 2, LT_MARK_NEW, LT_MARK_NEW, LT_VERDICT_DENY},
      {"half before", len - 2, 0, 0, LT_MARK_HALF, LT_MARK_HALF, LT_VERDICT_DENY},
      {"half just before", len - 2, 0, 0, LT_MARK_HALF, LT_MARK_NEW, LT_VERDICT_DENY},
      {"half of it lost", len - 9, 7, 0, LT_MARK_HALF, LT_MARK_HALF, LT_VERDICT_DENY},
      {"the rest", len - 2, 0, 2, LT_MARK_HALF, LT_MARK_HALF, LT_VERDICT_STAY},
      {"most of the rest", len - 2, 0, 1, LT_MARK_HALF, LT_MARK_HALF, LT_VERDICT_DENY},
      {"all before", len, 0, 0, LT_MARK_STAY, LT_MARK_STAY, LT_VERDICT_GO_ON},
      {"all just before", len, 0, 0, LT_MARK_STAY, LT_MARK_NEW, LT_VERDICT_GO_ON},
      {"half of a second before", len + 10, 0, 0, LT_MARK_HALF, LT_MARK_HALF, LT_VERDICT_DENY},
      {"just before", len + 10, 0, 0, LT_MARK_HALF, LT_MARK_STAY, LT_VERDICT_DENY},
      {"half of a second lost", len, 10, 0, LT_MARK_STAY, LT_MARK_STAY, LT_VERDICT_LATER},
      {"just before, lost", len, 10, 0, LT_MARK_STAY, LT_MARK_NEW, LT_VERDICT_LATER},
      {"half of a second", len, 0, 10, LT_MARK_STAY, LT_MARK_STAY, LT_VERDICT_DENY},
      {"a second", len, 0, len, LT_MARK_STAY, LT_MARK_STAY, LT_VERDICT_STAY},
  };
  g_autofree char *twice = g_strconcat(good, good, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].label);
    desk->sport++;
    if (cases[i].said > 0)
      g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, twice, cases[i].said, 7),
                      ==,
                      (LtVerdict) cases[i].state);
    g_assert_cmpint(send_end(desk,
                             cases[i].stamp,
                             cases[i].said + cases[i].lost,
                             twice + cases[i].said + cases[i].lost,
                             cases[i].with_end),
                    ==,
                    cases[i].verdict);
    if (cases[i].verdict == LT_VERDICT_DENY)
      lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
  }
}

/* The end comes, sent again, before the bytes that it ends: those were lost on their way to us. */
static void
test_end_before_its_bytes(LtDesk *desk, gconstpointer data)
{
  const char *good = "GET / HTTP/1.1\r\nHost: good.test\r\n\r\n";
  guint32 len = (guint32) strlen(good);
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, len, "", 0), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_end(desk, LT_MARK_HALF, len, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_text(desk, LT_MARK_HALF, 0, good, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
  /* Another connection with these ports, far from the first one. */
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, 0, "", 0), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 1u << 30, good, 7), ==, LT_VERDICT_STAY);
  /* The second half of a request, too. */
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, (1u << 30) + len + 9, "", 0), ==, LT_VERDICT_LATER);
  g_assert_cmpint(
      send_bytes(desk, LT_MARK_STAY, (1u << 30) + len, good, 9, 8), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_end(desk, LT_MARK_HALF, (1u << 30) + len + 9, "", 0), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");
}

/* The end of what is no HTTP, and of what the kernel has passed on alone. */
static void
test_end_of_others(LtDesk *desk, gconstpointer data)
{
  const char *upgrade = "GET /chat HTTP/1.1\r\nHost: good.test\r\nConnection: Upgrade\r\n"
                        "Upgrade: websocket\r\n\r\n";
  const char *body = "POST / HTTP/1.1\r\nHost: good.test\r\nContent-Length: 99\r\n\r\n";
  guint32 len = (guint32) strlen(upgrade);
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_assert_cmpint(send_bytes(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, 517, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_WATCH, 600, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_ALLOW, 90000, "", 0), ==, LT_VERDICT_ALLOW);
  desk->sport++;
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, len, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_UPGRADE, len, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_ALLOW, len + 90000, "", 0), ==, LT_VERDICT_ALLOW);
  desk->sport++;
  len = (guint32) strlen(body);
  g_assert_cmpint(send_text(desk, LT_MARK_NEW, 0, body, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, len + 50, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, len + 99, "", 0), ==, LT_VERDICT_GO_ON);
  lt_desk_assert_silence(desk);
}

static void
test_no_room(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  LtPacket packet = packet_of(0, good->data, 100);
  for (guint i = 0; i < LT_FLOW_BUFFERS_OF_ONE; i++) {
    packet.tuple.sport = (guint16) (i + 1);
    g_assert_cmpint(
        lt_judge_tcp(&desk->judge, LT_DESK_SLOT, LT_MARK_NEW, &packet), ==, LT_VERDICT_HALF);
  }
  packet.tuple.sport = 50000;
  g_assert_cmpint(
      lt_judge_tcp(&desk->judge, LT_DESK_SLOT, LT_MARK_NEW, &packet), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test)(LtDesk *desk, gconstpointer data);
  } tests[] = {
      {"/judge/hello", test_hello},
      {"/judge/sent-again", test_sent_again},
      {"/judge/changed-while-undecided", test_changed_while_undecided},
      {"/judge/cuts", test_cuts},
      {"/judge/limits", test_limits},
      {"/judge/ports-used-again", test_ports_used_again},
      {"/judge/ports-used-again-in-a-body", test_ports_used_again_in_a_body},
      {"/judge/new-rules", test_new_rules},
      {"/judge/another-child-s-flow", test_another_child_s_flow},
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
      {"/judge/nameless", test_nameless},
      {"/judge/forgotten-while-undecided", test_forgotten_while_undecided},
      {"/judge/end-of-a-half", test_end_of_a_half},
      {"/judge/end-before-its-bytes", test_end_before_its_bytes},
      {"/judge/end-of-others", test_end_of_others},
      {"/judge/no-room", test_no_room},
  };
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, LtDesk, NULL, lt_desk_set_up, tests[i].test, lt_desk_tear_down);
  return g_test_run();
}
