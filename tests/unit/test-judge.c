/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging flows packet by packet: what a child's program may try, without a kernel in between. */

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

/* With the end of the client's stream. */
static LtVerdict
send_end(LtDesk *desk, LtMarkState state, guint32 offset, const void *bytes, gsize len)
{
  LtPacket packet = lt_desk_packet(offset, bytes, len);
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
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  lt_desk_assert_silence(desk);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, bad->data, 517, 7), ==, LT_VERDICT_DENY);
}

static void
test_sent_again(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) bad = hello_of("xbad.test", 517);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  /* The same bytes, whole and in part, while the kernel holds the flow for new or for watched. */
  for (LtMarkState state = LT_MARK_NEW; state <= LT_MARK_WATCH; state++) {
    g_assert_cmpint(lt_desk_send(desk, state, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
    g_assert_cmpint(lt_desk_send(desk, state, 100, good->data + 100, 300, 7), ==, LT_VERDICT_WATCH);
  }
  lt_desk_assert_silence(desk);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_WATCH, 0, bad->data, 517, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
}

static void
test_changed_while_undecided(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  g_autoptr(GByteArray) other = hello_of("gxod.test", 517);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 516, 7), ==, LT_VERDICT_HALF);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, other->data, 516, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, NULL);
}

/* Every cut of a hello, and the second half sent again before the first. */
static void
test_cuts(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 300);
  for (guint cut = 1; cut < 300; cut++) {
    g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, bad->data, cut, 7), ==, LT_VERDICT_HALF);
    g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, bad->data, cut, 7), ==, LT_VERDICT_HALF);
    g_assert_cmpint(
        lt_desk_send(desk, LT_MARK_NEW, cut, bad->data + cut, 300 - cut, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
}

static void
test_limits(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  for (guint i = 0; i < LT_JUDGE_MAX_PACKETS; i++)
    g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, i, good->data + i, 1, 7), ==, LT_VERDICT_HALF);
  g_assert_cmpint(
      lt_desk_send(
          desk, LT_MARK_NEW, LT_JUDGE_MAX_PACKETS, good->data + LT_JUDGE_MAX_PACKETS, 1, 7),
      ==,
      LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);

  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 100, 7), ==, LT_VERDICT_HALF);
  desk->judge.now_us += LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_NEW, 100, good->data + 100, 1, 7), ==, LT_VERDICT_HALF);
  desk->judge.now_us += 1;
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_NEW, 101, good->data + 101, 416, 7), ==, LT_VERDICT_DENY);
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
      g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
      LtVerdict verdict = lt_desk_send(desk, LT_MARK_NEW, at, bad->data, first, 7);
      if (first < 517) {
        g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
        verdict = lt_desk_send(desk, LT_MARK_NEW, at + first, bad->data + first, 517 - first, 7);
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
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, post, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 5000, bad->data, 517, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
}

static void
test_new_rules(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  const LtMarkState states[] = {LT_MARK_WATCH, LT_MARK_ALLOW};
  for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
    lt_desk_use_rules(desk, "{\"default\":\"allow\"}");
    g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
    g_assert_cmpint(
        lt_desk_send(desk, states[i], 517, "\x17\3\3\0\0", 5, 7), ==, (LtVerdict) states[i]);
    g_assert_cmpint(lt_desk_send(desk, states[i], 517, "", 0, 7), ==, (LtVerdict) states[i]);
    lt_desk_use_rules(desk, "{\"default\":\"block\"}");
    g_assert_cmpint(lt_desk_send(desk, states[i], 517, "", 0, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_DEFAULT, "good.test");
    /* Now it is unknown: refused without a word. */
    g_assert_cmpint(lt_desk_send(desk, states[i], 517, "more", 4, 7), ==, LT_VERDICT_DENY);
    lt_desk_assert_silence(desk);
  }
}

static void
test_another_child_s_flow(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  LtPacket packet = lt_desk_packet(0, good->data, 517);
  g_assert_cmpint(
      lt_judge_tcp(&desk->judge, LT_DESK_SLOT + 1, LT_MARK_NEW, &packet), ==, LT_VERDICT_DENY);
  g_assert_cmpint(
      lt_judge_udp(&desk->judge, LT_DESK_SLOT + 1, LT_MARK_NEW, &packet), ==, LT_VERDICT_DENY);
}

static void
test_nameless(LtDesk *desk, gconstpointer data)
{
  const char *ssh = "SSH-2.0-OpenSSH_9.2\r\n";
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNKNOWN_PROTOCOL, "10.0.0.0");
  lt_desk_use_rules(desk, "{\"default\":\"allow\",\"unknown-protocols\":\"allow\"}");
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_ALLOW);
  lt_desk_use_rules(desk, "{\"default\":\"block\",\"allow\":[\"10.0.0.0\"]}");
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, ssh, 7), ==, LT_VERDICT_ALLOW);
  lt_desk_assert_silence(desk);
}

/* Pushed out of the memory in the middle of its hello: the rest is no beginning. */
static void
test_forgotten_while_undecided(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_of("bad.test", 517);
  lt_desk_use_rules(
      desk, "{\"default\":\"allow\",\"block\":[\"bad.test\"],\"unknown-protocols\":\"allow\"}");
  LtPacket packet = lt_desk_packet(0, bad->data, 300);
  LtVerdict verdict = lt_judge_tcp(&desk->judge, LT_DESK_SLOT, LT_MARK_NEW, &packet);
  g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
  lt_flow_table_remove(desk->flows, lt_flow_table_find(desk->flows, &packet.tuple));
  packet = lt_desk_packet(300, bad->data + 300, 217);
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
      g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, twice, cases[i].said, 7),
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
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_HALF, 0, good, 7), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
  /* Another connection with these ports, far from the first one. */
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, 0, "", 0), ==, LT_VERDICT_HALF);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 1u << 30, good, 7), ==, LT_VERDICT_STAY);
  /* The second half of a request, too. */
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, (1u << 30) + len + 9, "", 0), ==, LT_VERDICT_LATER);
  g_assert_cmpint(
      lt_desk_send(desk, LT_MARK_STAY, (1u << 30) + len, good, 9, 8), ==, LT_VERDICT_HALF);
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
  g_assert_cmpint(lt_desk_send(desk, LT_MARK_NEW, 0, good->data, 517, 7), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, 517, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_WATCH, 600, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_ALLOW, 90000, "", 0), ==, LT_VERDICT_ALLOW);
  desk->sport++;
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, upgrade, 7), ==, LT_VERDICT_UPGRADE);
  g_assert_cmpint(send_end(desk, LT_MARK_NEW, len, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_UPGRADE, len, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_ALLOW, len + 90000, "", 0), ==, LT_VERDICT_ALLOW);
  desk->sport++;
  len = (guint32) strlen(body);
  g_assert_cmpint(lt_desk_send_text(desk, LT_MARK_NEW, 0, body, 7), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, len + 50, "", 0), ==, LT_VERDICT_GO_ON);
  g_assert_cmpint(send_end(desk, LT_MARK_STAY, len + 99, "", 0), ==, LT_VERDICT_GO_ON);
  lt_desk_assert_silence(desk);
}

static void
test_no_room(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_of("good.test", 517);
  LtPacket packet = lt_desk_packet(0, good->data, 100);
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
