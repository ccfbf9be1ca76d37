/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands behind an allowed hello: second hellos, early data, and everything that is no such
 * thing. */

#include "tests/unit/judge-desk.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define ISN 0xfffffff0u /* sequence numbers go round in every test */
#define HELLO_LEN 517u

#define SPEC "\x14\3\3\0\1\1"
#define EARLY "\x17\3\3\0\3abc"

/* A hello in one record of HELLO_LEN bytes. */
static GByteArray *
hello_of(const char *name)
{
  g_autoptr(GByteArray) message = lt_build_hello_for(name, HELLO_LEN - 5);
  return lt_build_records(message, HELLO_LEN);
}

static LtVerdict
send_bytes(LtDesk *desk, guint32 offset, const void *bytes, gsize len)
{
  LtPacket packet = {.tcp_seq = ISN + offset, .tcp_ack = 7, .tcp_flags = LT_TCP_ACK};
  packet.tuple = (LtTuple){.family = 4, .protocol = 6, .sport = desk->sport, .dport = 443};
  packet.tuple.saddr[0] = packet.tuple.daddr[0] = 10;
  packet.payload = bytes;
  packet.payload_len = len;
  LtMarkState state = offset > 0 ? LT_MARK_WATCH : LT_MARK_NEW;
  return lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

static void
assert_allowed(LtDesk *desk)
{
  g_autoptr(GByteArray) hello = hello_of("good.test");
  desk->sport++;
  g_assert_cmpint(send_bytes(desk, 0, hello->data, HELLO_LEN), ==, LT_VERDICT_WATCH);
  lt_desk_assert_silence(desk);
}

typedef struct {
  const char *label;
  const char *between; /* the first hello and the second */
  gsize between_len;
  const char *name; /* of the second hello */
  LtVerdict verdict;
  LtReason reason;
} Row;

static const Row rows[] = {
    {"the same name", "", 0, "good.test", LT_VERDICT_WATCH, 0},
    {"behind a change_cipher_spec", SPEC, 6, "good.test", LT_VERDICT_WATCH, 0},
    {"behind early data", EARLY EARLY, 16, "good.test", LT_VERDICT_WATCH, 0},
    {"a closed one", "", 0, "bad.test", LT_VERDICT_DENY, LT_REASON_TAMPERING},
    {"an open one", "", 0, "another.test", LT_VERDICT_DENY, LT_REASON_TAMPERING},
    {"closed behind a spec", SPEC, 6, "bad.test", LT_VERDICT_DENY, LT_REASON_TAMPERING},
    {"closed behind early data", EARLY, 8, "bad.test", LT_VERDICT_DENY, LT_REASON_TAMPERING},
    {"closed behind an alert",
     "\x15\3\3\0\2\1\0",
     7,
     "bad.test",
     LT_VERDICT_DENY,
     LT_REASON_TAMPERING},
    {"another handshake message",
     "\x16\3\3\0\4\x10\0\0\0",
     9,
     "good.test",
     LT_VERDICT_DENY,
     LT_REASON_BAD_NAME},
    {"no record", "GET /", 5, "good.test", LT_VERDICT_DENY, LT_REASON_BAD_NAME},
};

/* Each row in one packet with the first hello, behind it, and cut everywhere. */
static void
test_second_hello(LtDesk *desk, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const Row *row = &rows[i];
    g_autoptr(GByteArray) first = hello_of("good.test"), second = hello_of(row->name);
    g_autoptr(GByteArray) stream = g_byte_array_new();
    g_test_message("%s", row->label);
    lt_build_bytes(stream, first);
    g_byte_array_append(stream, (const guint8 *) row->between, (guint) row->between_len);
    lt_build_bytes(stream, second);

    desk->sport++;
    g_assert_cmpint(send_bytes(desk, 0, stream->data, stream->len), ==, row->verdict);
    for (guint cut = HELLO_LEN; cut < stream->len; cut++) {
      if (row->verdict == LT_VERDICT_DENY)
        lt_desk_assert_event(desk, row->reason, "good.test");
      desk->sport++;
      LtVerdict verdict = send_bytes(desk, 0, stream->data, cut);
      if (verdict == LT_VERDICT_WATCH)
        verdict = send_bytes(desk, cut, stream->data + cut, stream->len - cut);
      g_assert_cmpint(verdict, ==, row->verdict);
    }
    if (row->verdict == LT_VERDICT_DENY)
      lt_desk_assert_event(desk, row->reason, "good.test");
  }
}

/* Another message in the record of the first hello: the server would read it, nobody else. */
static void
test_two_in_a_record(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) message = lt_build_hello_for("good.test", 200);
  g_autoptr(GByteArray) more = lt_build_hello_for("bad.test", 200);
  lt_build_bytes(message, more);
  const gsize record_lens[] = {400, 300, 100, 7};
  for (gsize i = 0; i < G_N_ELEMENTS(record_lens); i++) {
    g_autoptr(GByteArray) records = lt_build_records(message, record_lens[i]);
    LtNetEvent event;
    desk->sport++;
    g_assert_cmpint(send_bytes(desk, 0, records->data, records->len), ==, LT_VERDICT_DENY);
    g_assert_true(lt_event_ring_pop(desk->events, &event));
  }
}

static void
test_changed_early_data(LtDesk *desk, gconstpointer data)
{
  assert_allowed(desk);
  g_assert_cmpint(send_bytes(desk, HELLO_LEN, EARLY, 8), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(send_bytes(desk, HELLO_LEN, EARLY, 8), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(send_bytes(desk, HELLO_LEN, "\x16\3\3\0\3abc", 8), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, "good.test");
}

/* Early data ends with the room for it, a second hello with the limits of a first. */
static void
test_limits(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) hello = hello_of("good.test");
  guint8 record[1024] = {0x17, 3, 3, 1019 >> 8, 1019 & 255};
  guint32 at = HELLO_LEN;
  assert_allowed(desk);
  for (; at + sizeof record <= LT_FLOW_BUFFER_BYTES; at += (guint32) sizeof record)
    g_assert_cmpint(send_bytes(desk, at, record, sizeof record), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(send_bytes(desk, at, record, sizeof record), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");

  assert_allowed(desk);
  for (guint32 i = 0; i < LT_JUDGE_MAX_PACKETS; i++)
    g_assert_cmpint(send_bytes(desk, HELLO_LEN + i, hello->data + i, 1), ==, LT_VERDICT_WATCH);
  at = HELLO_LEN + LT_JUDGE_MAX_PACKETS;
  g_assert_cmpint(send_bytes(desk, at, hello->data + LT_JUDGE_MAX_PACKETS, 1), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");

  /* Its own time counts, not that of the first. */
  assert_allowed(desk);
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(send_bytes(desk, HELLO_LEN, hello->data, 100), ==, LT_VERDICT_WATCH);
  desk->judge.now_us += LT_FLOW_UNDECIDED_US + 1;
  g_assert_cmpint(send_bytes(desk, HELLO_LEN + 100, hello->data + 100, 416), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");
}

/* Others' connections take the buffer in which half a second hello stands. */
static void
test_lost_half(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) hello = hello_of("good.test");
  assert_allowed(desk);
  guint16 sport = desk->sport;
  desk->judge.now_us += 2 * LT_FLOW_UNDECIDED_US;
  g_assert_cmpint(send_bytes(desk, HELLO_LEN, hello->data, 100), ==, LT_VERDICT_WATCH);
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++)
    assert_allowed(desk);
  desk->sport = sport;
  g_assert_cmpint(send_bytes(desk, HELLO_LEN + 100, hello->data + 100, 417), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, "good.test");
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test)(LtDesk *desk, gconstpointer data);
  } tests[] = {
      {"/judge-tls/second-hello", test_second_hello},
      {"/judge-tls/two-in-a-record", test_two_in_a_record},
      {"/judge-tls/changed-early-data", test_changed_early_data},
      {"/judge-tls/limits", test_limits},
      {"/judge-tls/lost-half", test_lost_half},
  };
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, LtDesk, NULL, lt_desk_set_up, tests[i].test, lt_desk_tear_down);
  return g_test_run();
}
