/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging datagrams: QUIC as clients and tricksters send it, tunnels, protocols without a name. */

#include "agent/net/judge-quic.h"

#include "tests/unit/judge-desk.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define CID "8 bytes!"
#define CID2 "nine byte"
#define CID3 "ten bytes!"

static void
pass_s(LtDesk *desk, gint64 seconds)
{
  desk->judge.now_us += seconds * G_USEC_PER_SEC;
}

static LtTuple
tuple_from(guint16 sport, guint16 dport)
{
  LtTuple tuple = {.family = 4, .protocol = 17, .sport = sport, .dport = dport};
  tuple.saddr[0] = 10;
  tuple.daddr[0] = 11;
  return tuple;
}

static LtVerdict
send_to(LtDesk *desk, LtMarkState state, guint16 sport, guint16 dport, const void *bytes, gsize len)
{
  g_autofree guint8 *exact = lt_build_exact(bytes, len);
  LtPacket packet = {.payload = exact, .payload_len = len};
  packet.tuple = tuple_from(sport, dport);
  return lt_judge_udp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

static LtVerdict
say(LtDesk *desk, LtMarkState state, const GByteArray *datagram)
{
  return send_to(desk, state, 40000, 443, datagram->data, datagram->len);
}

static LtVerdict
say_text(LtDesk *desk, LtMarkState state, const char *text)
{
  return send_to(desk, state, 40000, 443, text, strlen(text));
}

static GByteArray *
hello_on(guint32 version, const char *cid, const char *name)
{
  LtBuildQuic how = {.version = version, .cid = cid};
  g_autoptr(GByteArray) message = lt_build_hello_for(name, 300);
  return lt_build_quic_hello(&how, message);
}

/* A datagram with the bytes of @message from @from to @to. */
static GByteArray *
part_of(const char *cid, const GByteArray *message, gsize from, gsize to)
{
  LtBuildQuic how = {.version = 1, .cid = cid, .pn = from};
  g_autoptr(GByteArray) frames = g_byte_array_new();
  GByteArray *datagram = g_byte_array_new();
  lt_build_quic_crypto(frames, message, from, to - from);
  lt_build_quic_initial(datagram, &how, frames, 1200);
  return datagram;
}

/* Both halves of a hello for @name. */
static void
halves_of(const char *cid, const char *name, GByteArray **out_first, GByteArray **out_second)
{
  g_autoptr(GByteArray) message = lt_build_hello_for(name, 1700);
  *out_first = part_of(cid, message, 0, 1000);
  *out_second = part_of(cid, message, 1000, message->len);
}

/* A packet of the connection that begins later: a long header, then @len bytes. */
static GByteArray *
sealed(guint type, gsize len)
{
  LtBuildQuic how = {.version = 1, .cid = CID};
  GByteArray *datagram = g_byte_array_new();
  lt_build_quic_sealed(datagram, &how, type, len);
  return datagram;
}

static void
test_hello(LtDesk *desk, gconstpointer data)
{
  static const guint32 versions[] = {1, 0x6b3343cf};
  for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
    g_autoptr(GByteArray) good = hello_on(versions[i], i == 0 ? CID : CID2, "good.test");
    g_autoptr(GByteArray) bad = hello_on(versions[i], CID3, "bad.test");
    guint16 sport = (guint16) (100 + i);
    g_assert_cmpint(
        send_to(desk, LT_MARK_NEW, sport, 4433, good->data, good->len), ==, LT_VERDICT_STAY);
    lt_desk_assert_silence(desk);
    sport = (guint16) (200 + i);
    g_assert_cmpint(
        send_to(desk, LT_MARK_NEW, sport, 443, bad->data, bad->len), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  }
}

static void
test_rest_of_connection(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  g_autoptr(GByteArray) handshake = sealed(2, 300);
  g_assert_cmpint(say(desk, LT_MARK_NEW, handshake), ==, LT_VERDICT_DENY);
  g_assert_cmpint(say_text(desk, LT_MARK_NEW, "Ashort header"), ==, LT_VERDICT_DENY);
  g_assert_cmpint(say(desk, LT_MARK_NEW, good), ==, LT_VERDICT_STAY);
  /* Also when the kernel has forgotten the flow while it was idle. */
  for (LtMarkState state = LT_MARK_NEW; state <= LT_MARK_STAY; state += 2) {
    g_assert_cmpint(say(desk, state, handshake), ==, LT_VERDICT_STAY);
    g_assert_cmpint(say(desk, state, good), ==, LT_VERDICT_STAY);
    g_assert_cmpint(say_text(desk, state, "Ashort header"), ==, LT_VERDICT_STAY);
  }
  lt_desk_assert_silence(desk);
}

static void
test_halves(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) first = NULL, second = NULL, bad_first = NULL, bad_second = NULL;
  g_autoptr(GByteArray) early = sealed(1, 1200), handshake = sealed(2, 300);
  halves_of(CID, "good.test", &first, &second);
  halves_of(CID2, "bad.test", &bad_first, &bad_second);
  g_assert_cmpint(say(desk, LT_MARK_NEW, first), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say(desk, LT_MARK_HALF, early), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say_text(desk, LT_MARK_HALF, "Ashort header"), ==, LT_VERDICT_LATER);
  g_assert_cmpint(say(desk, LT_MARK_HALF, second), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(say(desk, LT_MARK_WATCH, handshake), ==, LT_VERDICT_WATCH);
  g_assert_cmpint(say_text(desk, LT_MARK_WATCH, "Ashort header"), ==, LT_VERDICT_WATCH);
  /* The server has answered with a short header. */
  g_assert_cmpint(say(desk, LT_MARK_STAY, handshake), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);

  /* On the same ports: only this is refused; whatever comes of it again, too. */
  g_assert_cmpint(say(desk, LT_MARK_STAY, bad_second), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say_text(desk, LT_MARK_HALF, "Ashort header"), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say(desk, LT_MARK_HALF, bad_first), ==, LT_VERDICT_REFUSE);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint(say(desk, LT_MARK_HALF, bad_first), ==, LT_VERDICT_REFUSE);
    g_assert_cmpint(say(desk, LT_MARK_HALF, bad_second), ==, LT_VERDICT_REFUSE);
    g_assert_cmpint(say_text(desk, LT_MARK_HALF, "Ashort header"), ==, LT_VERDICT_HALF);
  }
  lt_desk_assert_silence(desk);
  pass_s(desk, 61);
  g_assert_cmpint(say_text(desk, LT_MARK_HALF, "Ashort header"), ==, LT_VERDICT_STAY);
}

/* Refused when it was half told: no later part of it goes on, whatever is forgotten. */
static void
test_refused_halves(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) first = NULL, second = NULL;
  g_autoptr(GByteArray) good = hello_on(1, CID2, "good.test");
  halves_of(CID, "bad.test", &first, &second);
  g_assert_cmpint(say(desk, LT_MARK_NEW, second), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say(desk, LT_MARK_HALF, first), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  g_assert_cmpint(say(desk, LT_MARK_DENY, first), ==, LT_VERDICT_DENY);
  g_assert_cmpint(say(desk, LT_MARK_DENY, second), ==, LT_VERDICT_DENY);
  g_assert_cmpint(say_text(desk, LT_MARK_DENY, "Ashort header"), ==, LT_VERDICT_DENY);
  lt_desk_assert_silence(desk);
  /* Another site on the same ports is another matter; everything stays in sight. */
  g_assert_cmpint(say(desk, LT_MARK_DENY, good), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say(desk, LT_MARK_HALF, first), ==, LT_VERDICT_REFUSE);
}

/* More of a connection from another port: some servers look at the connection ID alone. */
static void
test_halves_on_two_flows(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) first = NULL, second = NULL, other_first = NULL, other_second = NULL;
  g_autoptr(GByteArray) good = hello_on(1, CID2, "good.test");
  halves_of(CID2, "bad.test", &other_first, &other_second);
  g_assert_cmpint(
      send_to(desk, LT_MARK_NEW, 40003, 443, good->data, good->len), ==, LT_VERDICT_STAY);
  g_assert_cmpint(send_to(desk, LT_MARK_NEW, 40004, 443, other_second->data, other_second->len),
                  ==,
                  LT_VERDICT_DENY);
  halves_of(CID, "bad.test", &first, &second);
  g_assert_cmpint(say(desk, LT_MARK_NEW, first), ==, LT_VERDICT_HALF);
  g_assert_cmpint(
      send_to(desk, LT_MARK_NEW, 40001, 443, second->data, second->len), ==, LT_VERDICT_DENY);
  g_assert_cmpint(
      send_to(desk, LT_MARK_NEW, 40002, 444, second->data, second->len), ==, LT_VERDICT_DENY);
  lt_desk_assert_silence(desk);
}

/* A server that has forgotten a connection takes what is sent again for the beginning of a new one:
 * nobody else may bring the rest of it, before or after. */
static void
test_sent_again_much_later(LtDesk *desk, gconstpointer data)
{
  for (guint other_is_first = 0; other_is_first < 2; other_is_first++) {
    const char *cid = other_is_first ? CID : CID2;
    guint16 sport = (guint16) (300 + 10 * other_is_first);
    g_autoptr(GByteArray) first = NULL, second = NULL, other_first = NULL, other_second = NULL;
    halves_of(cid, "good.test", &first, &second);
    halves_of(cid, "bood.test", &other_first, &other_second);
    const struct {
      guint16 sport;
      const GByteArray *datagram;
      gboolean goes_on;
    } steps[2][2] = {
        {{sport, first, TRUE}, {(guint16) (sport + 1), other_second, FALSE}},
        {{(guint16) (sport + 1), other_second, TRUE}, {sport, first, FALSE}},
    };

    send_to(desk, LT_MARK_NEW, sport, 443, first->data, first->len);
    g_assert_cmpint(
        send_to(desk, LT_MARK_HALF, sport, 443, second->data, second->len), ==, LT_VERDICT_WATCH);
    pass_s(desk, 61);
    for (guint i = 0; i < 2; i++) {
      const GByteArray *datagram = steps[other_is_first][i].datagram;
      guint16 from = steps[other_is_first][i].sport;
      LtMarkState state = from == sport ? LT_MARK_STAY : LT_MARK_NEW;
      LtVerdict verdict = send_to(desk, state, from, 443, datagram->data, datagram->len);
      gboolean is_refused = verdict == LT_VERDICT_DENY || verdict == LT_VERDICT_REFUSE;
      g_assert_cmpint(is_refused, ==, !steps[other_is_first][i].goes_on);
    }
  }
}

static void
test_forgotten(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  static const LtMarkState judged[] = {LT_MARK_WATCH, LT_MARK_DENY, LT_MARK_HALF};
  for (gsize i = 0; i < G_N_ELEMENTS(judged); i++)
    g_assert_cmpint(say(desk, judged[i], good), ==, LT_VERDICT_DENY);
  g_assert_cmpint(say_text(desk, LT_MARK_STAY, "Ashort header"), ==, LT_VERDICT_DENY);
  lt_desk_assert_silence(desk);
}

static void
forget_flow(LtFlowTable *table, LtFlow *flow, gpointer user_data)
{
  lt_flow_table_remove(table, flow);
}

/* The kernel still has an allowed flow that is forgotten here. */
static void
test_begun_on_forgotten(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test"), bad = hello_on(1, CID2, "bad.test");
  g_autoptr(GByteArray) handshake = sealed(2, 300);
  g_autoptr(GByteArray) first = NULL, second = NULL;
  static const LtMarkState judged[] = {LT_MARK_STAY, LT_MARK_ALLOW};
  for (guint i = 0; i < G_N_ELEMENTS(judged); i++) {
    guint16 sport = (guint16) (10 * (i + 1));
    g_assert_cmpint(
        send_to(desk, judged[i], sport, 443, good->data, good->len), ==, LT_VERDICT_STAY);
    g_assert_cmpint(
        send_to(desk, judged[i], ++sport, 443, bad->data, bad->len), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
    g_assert_cmpint(send_to(desk, judged[i], ++sport, 443, handshake->data, handshake->len),
                    ==,
                    LT_VERDICT_DENY);
    lt_flow_table_foreach(desk->flows, forget_flow, NULL);
  }

  /* Half a hello waits at its client until the other half is known. */
  halves_of(CID3, "good.test", &first, &second);
  g_assert_cmpint(say(desk, LT_MARK_STAY, first), ==, LT_VERDICT_LATER);
  g_assert_cmpint(say(desk, LT_MARK_STAY, second), ==, LT_VERDICT_STAY);
  g_assert_cmpint(say(desk, LT_MARK_STAY, first), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);
  /* What else is open on it nobody knows: with other rules it is refused. */
  LtTuple tuple = tuple_from(40000, 443);
  const LtFlow *flow = lt_flow_table_find(desk->flows, &tuple);
  g_assert_nonnull(flow);
  g_assert_false(lt_judge_flow_again(&desk->judge, flow));
}

/* Killed over its first datagram, an agent leaves bytes without a connection that they are of. */
static void
test_killed_over_a_hello(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  LtTuple tuple = tuple_from(40000, 443);
  gint64 now_us = desk->judge.now_us;
  LtFlow *flow = lt_flow_table_insert(desk->flows, &tuple, LT_DESK_SLOT, now_us);
  flow->uid = LT_DESK_UID;
  flow->protocol = LT_PROTOCOL_QUIC;
  LtStream *stream = lt_flow_table_stream(desk->flows, flow, 0, now_us);
  g_assert_cmpint(lt_stream_add(stream, 0, (const guint8 *) "other", 5), ==, LT_STREAM_ADDED);
  g_assert_cmpint(say(desk, LT_MARK_NEW, good), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);
}

/* A client that has had no answer asks first whether anybody is there (RFC 9002 section 6.2.4). */
static void
test_asks_first(LtDesk *desk, gconstpointer data)
{
  LtBuildQuic how = {.version = 1, .cid = CID};
  g_autoptr(GByteArray) frames = g_byte_array_new(), ping = g_byte_array_new();
  g_autoptr(GByteArray) first = NULL, second = NULL;
  g_byte_array_append(frames, (const guint8 *) "\x01", 1);
  lt_build_quic_initial(ping, &how, frames, 1200);
  halves_of(CID, "good.test", &first, &second);
  g_assert_cmpint(say(desk, LT_MARK_NEW, ping), ==, LT_VERDICT_HALF);
  pass_s(desk, 6);
  g_assert_cmpint(say(desk, LT_MARK_HALF, first), ==, LT_VERDICT_HALF);
  pass_s(desk, 4);
  g_assert_cmpint(say(desk, LT_MARK_HALF, second), ==, LT_VERDICT_WATCH);
  lt_desk_assert_silence(desk);
}

static void
test_slow_hello(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) first = NULL, second = NULL;
  halves_of(CID, "good.test", &first, &second);
  g_assert_cmpint(say(desk, LT_MARK_NEW, first), ==, LT_VERDICT_HALF);
  pass_s(desk, 4);
  g_assert_cmpint(say(desk, LT_MARK_HALF, first), ==, LT_VERDICT_HALF);
  pass_s(desk, 2);
  g_assert_cmpint(say(desk, LT_MARK_HALF, first), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
}

static void
test_hello_in_many_packets(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) message = lt_build_hello_for("good.test", 1700);
  LtVerdict verdict = LT_VERDICT_HALF;
  for (guint i = 0; i < LT_JUDGE_MAX_PACKETS; i++) {
    g_autoptr(GByteArray) part = part_of(CID, message, 2 * i, 2 * i + 2);
    g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
    verdict = say(desk, i == 0 ? LT_MARK_NEW : LT_MARK_HALF, part);
  }
  g_assert_cmpint(verdict, ==, LT_VERDICT_HALF);
  g_autoptr(GByteArray) one_more = part_of(CID, message, 100, 200);
  g_assert_cmpint(say(desk, LT_MARK_HALF, one_more), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_UNDECIDED, NULL);
}

static void
test_changed(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  g_autoptr(GByteArray) bad = hello_on(1, CID, "bood.test");
  g_assert_cmpint(say(desk, LT_MARK_NEW, good), ==, LT_VERDICT_STAY);
  g_assert_cmpint(say(desk, LT_MARK_STAY, bad), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, NULL);
  g_assert_cmpint(say_text(desk, LT_MARK_DENY, "Ashort header"), ==, LT_VERDICT_DENY);

  g_autoptr(GByteArray) first = NULL, second = NULL, other_first = NULL, other_second = NULL;
  halves_of(CID2, "good.test", &first, &second);
  halves_of(CID2, "bood.test", &other_first, &other_second);
  g_assert_cmpint(
      send_to(desk, LT_MARK_NEW, 1, 443, second->data, second->len), ==, LT_VERDICT_HALF);
  g_assert_cmpint(send_to(desk, LT_MARK_HALF, 1, 443, other_second->data, other_second->len),
                  ==,
                  LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_TAMPERING, NULL);
}

/* After a HelloRetryRequest a second hello stands behind the first. */
static void
test_second_hello(LtDesk *desk, gconstpointer data)
{
  static const struct {
    const char *name;
    LtVerdict verdict;
  } rows[] = {{"good.test", LT_VERDICT_STAY}, {"bad.test", LT_VERDICT_REFUSE}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *cid = i == 0 ? CID : CID2;
    guint16 sport = (guint16) (50 + i);
    g_autoptr(GByteArray) message = lt_build_hello_for("good.test", 300);
    g_autoptr(GByteArray) behind = lt_build_hello_for(rows[i].name, 400);
    g_autoptr(GByteArray) one = part_of(cid, message, 0, 300);
    g_byte_array_append(message, behind->data, behind->len);
    g_autoptr(GByteArray) two = part_of(cid, message, 300, 700);
    g_assert_cmpint(
        send_to(desk, LT_MARK_NEW, sport, 443, one->data, one->len), ==, LT_VERDICT_STAY);
    g_assert_cmpint(
        send_to(desk, LT_MARK_STAY, sport, 443, two->data, two->len), ==, rows[i].verdict);
  }
}

static void
test_other_connections(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  g_autoptr(GByteArray) bad = hello_on(1, CID2, "bad.test");
  g_autoptr(GByteArray) more = hello_on(1, CID3, "more.test");
  g_assert_cmpint(say(desk, LT_MARK_NEW, good), ==, LT_VERDICT_STAY);
  g_assert_cmpint(say(desk, LT_MARK_STAY, bad), ==, LT_VERDICT_REFUSE);
  lt_desk_assert_event(desk, LT_REASON_LISTED, "bad.test");
  g_assert_cmpint(say(desk, LT_MARK_STAY, more), ==, LT_VERDICT_STAY);
  g_assert_cmpint(say_text(desk, LT_MARK_STAY, "Ashort header"), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);
  /* The rules are asked about both sites. */
  lt_desk_use_rules(desk, "{\"default\":\"allow\",\"block\":[\"good.test\"]}");
  g_assert_cmpint(say_text(desk, LT_MARK_STAY, "Ashort header"), ==, LT_VERDICT_DENY);
}

static void
test_many_connections(LtDesk *desk, gconstpointer data)
{
  for (guint i = 0; i <= LT_QUIC_OTHER_NAMES + 1; i++) {
    g_autofree char *cid = g_strdup_printf("12345678%u", i);
    g_autofree char *name = g_strdup_printf("n%u.test", i);
    g_autoptr(GByteArray) hello = hello_on(1, cid, name);
    g_assert_cmpint(say(desk, i == 0 ? LT_MARK_NEW : LT_MARK_STAY, hello),
                    ==,
                    i <= LT_QUIC_OTHER_NAMES ? LT_VERDICT_STAY : LT_VERDICT_REFUSE);
  }
}

static void
test_rules_change(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) good = hello_on(1, CID, "good.test");
  g_assert_cmpint(say(desk, LT_MARK_NEW, good), ==, LT_VERDICT_STAY);
  lt_desk_use_rules(desk, "{\"default\":\"block\",\"allow\":[\"good.test\"]}");
  g_assert_cmpint(say_text(desk, LT_MARK_STAY, "Ashort header"), ==, LT_VERDICT_STAY);
  lt_desk_assert_silence(desk);
  lt_desk_use_rules(desk, "{\"default\":\"block\"}");
  g_assert_cmpint(say_text(desk, LT_MARK_STAY, "Ashort header"), ==, LT_VERDICT_DENY);
  lt_desk_assert_event(desk, LT_REASON_DEFAULT, "good.test");
  g_assert_cmpint(say_text(desk, LT_MARK_DENY, "Ashort header"), ==, LT_VERDICT_DENY);
}

static void
test_dropped(LtDesk *desk, gconstpointer data)
{
  LtBuildQuic how = {.version = 1, .cid = CID};
  g_autoptr(GByteArray) message = lt_build_hello_for("bad.test", 300);
  g_autoptr(GByteArray) frames = g_byte_array_new(), small = g_byte_array_new();
  g_autoptr(GByteArray) broken = hello_on(1, CID, "bad.test");
  g_autoptr(GByteArray) draft = hello_on(0xff000014, CID, "bad.test");
  g_autoptr(GByteArray) reserved = hello_on(0x1a2a3a4a, CID, "bad.test");
  lt_build_quic_crypto(frames, message, 0, message->len);
  lt_build_quic_initial(small, &how, frames, 1199);
  broken->data[100] ^= 1;
  g_assert_cmpint(say(desk, LT_MARK_NEW, small), ==, LT_VERDICT_LATER);
  g_assert_cmpint(say(desk, LT_MARK_NEW, broken), ==, LT_VERDICT_LATER);
  g_assert_cmpint(say(desk, LT_MARK_NEW, draft), ==, LT_VERDICT_LATER);
  g_assert_cmpint(say(desk, LT_MARK_NEW, reserved), ==, LT_VERDICT_LATER);
  lt_desk_assert_silence(desk);
  LtPacket packet = {.tuple = {.family = 4, .protocol = 17, .sport = 40000, .dport = 443}};
  packet.tuple.saddr[0] = 10;
  packet.tuple.daddr[0] = 11;
  g_assert_null(lt_flow_table_find(desk->flows, &packet.tuple));
}

static void
test_nameless(LtDesk *desk, gconstpointer data)
{
  static const char wireguard[148] = "\1";
  static const struct {
    const char *sites;
    LtVerdict unknown, tunnel;
  } rows[] = {
      {"{\"unknown-protocols\":\"block\",\"vpn\":\"block\"}", LT_VERDICT_DENY, LT_VERDICT_DENY},
      {"{\"unknown-protocols\":\"allow\",\"vpn\":\"block\"}", LT_VERDICT_ALLOW, LT_VERDICT_DENY},
      {"{\"unknown-protocols\":\"block\",\"vpn\":\"warn\"}", LT_VERDICT_DENY, LT_VERDICT_ALLOW},
      {"{\"unknown-protocols\":\"block\",\"vpn\":\"block\",\"allow\":[\"11.0.0.0\"]}",
       LT_VERDICT_ALLOW,
       LT_VERDICT_ALLOW},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint16 sport = (guint16) (1000 + 10 * i);
    lt_desk_use_rules(desk, rows[i].sites);
    g_assert_cmpint(send_to(desk, LT_MARK_NEW, sport, 123, "\x23zeros", 6), ==, rows[i].unknown);
    g_assert_cmpint(
        send_to(desk, LT_MARK_NEW, (guint16) (sport + 1), 7, wireguard, 148), ==, rows[i].tunnel);
    if (rows[i].unknown != LT_VERDICT_ALLOW)
      continue;
    /* A tunnel that hides behind something else, on the same ports. */
    g_assert_cmpint(send_to(desk, LT_MARK_ALLOW, sport, 123, wireguard, 148), ==, rows[i].tunnel);
  }
}

static void
test_quic_behind_others(LtDesk *desk, gconstpointer data)
{
  g_autoptr(GByteArray) bad = hello_on(1, CID, "bad.test");
  g_autoptr(GByteArray) first = NULL, second = NULL;
  halves_of(CID2, "bad.test", &first, &second);
  lt_desk_use_rules(
      desk, "{\"default\":\"allow\",\"block\":[\"bad.test\"],\"unknown-protocols\":\"allow\"}");
  g_assert_cmpint(say_text(desk, LT_MARK_NEW, "\1decoy"), ==, LT_VERDICT_ALLOW);
  g_assert_cmpint(say(desk, LT_MARK_ALLOW, bad), ==, LT_VERDICT_REFUSE);
  g_assert_cmpint(say_text(desk, LT_MARK_ALLOW, "\1more"), ==, LT_VERDICT_ALLOW);
  g_assert_cmpint(say(desk, LT_MARK_ALLOW, first), ==, LT_VERDICT_HALF);
  g_assert_cmpint(say(desk, LT_MARK_HALF, second), ==, LT_VERDICT_REFUSE);
  /* What nobody judged is no connection, on QUIC's own port. */
  g_assert_cmpint(send_to(desk, LT_MARK_NEW, 7, 443, "Ashort", 6), ==, LT_VERDICT_DENY);
  g_assert_cmpint(send_to(desk, LT_MARK_NEW, 7, 444, "Ashort", 6), ==, LT_VERDICT_ALLOW);
}

/* One child's half-told hellos leave room for others' and stay bounded. */
static void
test_flood(LtDesk *desk, gconstpointer data)
{
  guint n_half = 0;
  for (guint i = 0; i < 4 * LT_FLOW_BUFFERS_OF_ONE; i++) {
    g_autofree char *cid = g_strdup_printf("%08u", i);
    g_autoptr(GByteArray) message = lt_build_hello_for("good.test", 1700);
    g_autoptr(GByteArray) part = part_of(cid, message, 0, 1000);
    n_half += send_to(desk, LT_MARK_NEW, (guint16) (1 + i), 443, part->data, part->len) ==
              LT_VERDICT_HALF;
  }
  g_assert_cmpuint(n_half, ==, LT_FLOW_BUFFERS_OF_ONE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  const struct {
    const char *path;
    void (*test)(LtDesk *, gconstpointer);
  } tests[] = {
      {"/judge-udp/hello", test_hello},
      {"/judge-udp/rest-of-connection", test_rest_of_connection},
      {"/judge-udp/halves", test_halves},
      {"/judge-udp/refused-halves", test_refused_halves},
      {"/judge-udp/halves-on-two-flows", test_halves_on_two_flows},
      {"/judge-udp/sent-again-much-later", test_sent_again_much_later},
      {"/judge-udp/forgotten", test_forgotten},
      {"/judge-udp/begun-on-forgotten", test_begun_on_forgotten},
      {"/judge-udp/killed-over-a-hello", test_killed_over_a_hello},
      {"/judge-udp/asks-first", test_asks_first},
      {"/judge-udp/slow-hello", test_slow_hello},
      {"/judge-udp/hello-in-many-packets", test_hello_in_many_packets},
      {"/judge-udp/changed", test_changed},
      {"/judge-udp/second-hello", test_second_hello},
      {"/judge-udp/other-connections", test_other_connections},
      {"/judge-udp/many-connections", test_many_connections},
      {"/judge-udp/rules-change", test_rules_change},
      {"/judge-udp/dropped", test_dropped},
      {"/judge-udp/nameless", test_nameless},
      {"/judge-udp/quic-behind-others", test_quic_behind_others},
      {"/judge-udp/flood", test_flood},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, LtDesk, NULL, lt_desk_set_up, tests[i].test, lt_desk_tear_down);
  return g_test_run();
}
