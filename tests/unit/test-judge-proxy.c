/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judging proxies and tunnels, on the way out and on this PC, without a kernel in between. */

#include "tests/unit/judge-desk.h"

#define ISN 0xfffffff0u

#define OPEN "{\"default\":\"allow\",\"block\":[\"bad.test\"],\"unknown-protocols\":\"allow\"}"
#define OPEN_VPN                                                                                   \
  "{\"default\":\"allow\",\"block\":[\"bad.test\"],\"unknown-protocols\":\"block\",\"vpn\":"       \
  "\"allow\"}"
#define CLOSED "{\"default\":\"allow\",\"block\":[\"bad.test\"]}"

#define GREETING "\x05\x01\x00"
#define ASK_BAD                                                                                    \
  "\x05\x01\x00\x03\x08"                                                                           \
  "bad.test\x01\xbb"
#define ASK_GOOD                                                                                   \
  "\x05\x01\x00\x03\x09"                                                                           \
  "good.test\x01\xbb"

/* One connection: pieces in order, each with the verdict that it must get; NULL ends them. */
typedef struct {
  const char *label;
  const char *sites;
  guint8 to;
  struct {
    const char *text;
    gsize len;
    LtVerdict verdict;
  } pieces[4];
  LtReason reason; /* of the event, if the last verdict is DENY */
} Row;

#define P(text, verdict)                                                                           \
  {                                                                                                \
    text, sizeof(text) - 1, LT_VERDICT_##verdict                                                   \
  }
#define AWAY 10
#define HERE 127

static const Row rows[] = {
    {"SOCKS 5", OPEN, AWAY, {P(GREETING, DENY)}, LT_REASON_PROXY},
    {"byte by byte", OPEN, AWAY, {P("\x05", HALF), P("\x01", DENY)}, LT_REASON_PROXY},
    {"SOCKS 4a", OPEN, AWAY, {P("\x04\x01\x01\xbb\0\0\0\1\0good.test\0", DENY)}, LT_REASON_PROXY},
    {"OpenVPN", OPEN, AWAY, {P("\x00\x0e\x38sessione\0\0\0\0\0", DENY)}, LT_REASON_VPN},
    {"another protocol", OPEN, AWAY, {P("SSH-2.0-x\r\n", ALLOW)}, 0},
    {"SSH where nothing unknown is open",
     CLOSED,
     AWAY,
     {P("SSH-2.0-x\r\n", DENY)},
     LT_REASON_UNKNOWN_PROTOCOL},
    {"allowed, an open site", OPEN_VPN, AWAY, {P(GREETING, HALF), P(ASK_GOOD, ALLOW)}, 0},
    {"allowed, a closed site",
     OPEN_VPN,
     AWAY,
     {P(GREETING, HALF), P(ASK_BAD, DENY)},
     LT_REASON_LISTED},
    {"allowed, all at once", OPEN_VPN, AWAY, {P(GREETING ASK_BAD, DENY)}, LT_REASON_LISTED},
    {"allowed, broken", OPEN_VPN, AWAY, {P(GREETING "\x05\x01\x00\x09", DENY)}, LT_REASON_BAD_NAME},
    {"SOCKS 5 here", CLOSED, HERE, {P(GREETING, DENY)}, LT_REASON_PROXY},
    {"anything else here", CLOSED, HERE, {P("SSH-2.0-x\r\n", ALLOW)}, 0},
    {"X11 here", CLOSED, HERE, {P("l\x00\x0b\x00\x00\x00", ALLOW)}, 0},
    {"a printer", CLOSED, HERE, {P("GET / HTTP/1.1\r\nHost: localhost:631\r\n\r\n", STAY)}, 0},
    {"old HTTP here", CLOSED, HERE, {P("GET / HTTP/1.0\r\n\r\n", STAY)}, 0},
    {"a site through a proxy here",
     CLOSED,
     HERE,
     {P("GET http://good.test/ HTTP/1.1\r\n\r\n", STAY),
      P("GET http://bad.test/ HTTP/1.1\r\n\r\n", DENY)},
     LT_REASON_LISTED},
    {"an address through a proxy here",
     CLOSED,
     HERE,
     {P("CONNECT 192.0.2.1:443 HTTP/1.1\r\n\r\n", DENY)},
     LT_REASON_ADDRESS},
    {"a tunnel here and noise in it",
     CLOSED,
     HERE,
     {P("CONNECT good.test:443 HTTP/1.1\r\n\r\n", STAY), P("\xff\xff\xff\xff", DENY)},
     LT_REASON_UNKNOWN_PROTOCOL},
    {"a tunnel here and no name in it",
     CLOSED,
     HERE,
     {P("CONNECT good.test:80 HTTP/1.1\r\n\r\n", STAY), P("GET / HTTP/1.0\r\n\r\n", DENY)},
     LT_REASON_NO_NAME},
    {"a tunnel to this PC",
     CLOSED,
     HERE,
     {P("CONNECT localhost:22 HTTP/1.1\r\n\r\n", STAY), P("SSH-2.0-x\r\n", ALLOW)},
     0},
};

static LtPacket
packet_to(guint8 first, guint16 sport, guint32 offset, const char *text, gsize len)
{
  LtPacket packet = {.tcp_seq = ISN + offset, .tcp_ack = 7 + offset, .tcp_flags = LT_TCP_ACK};

  packet.tuple = (LtTuple){.family = 4, .protocol = 6, .sport = sport, .dport = 1080};
  packet.tuple.saddr[0] = 10;
  packet.tuple.daddr[0] = first;
  packet.tuple.daddr[3] = 1;
  packet.payload = (const guint8 *) text;
  packet.payload_len = len;
  return packet;
}

static LtMarkState
state_after(LtVerdict verdict)
{
  return verdict <= LT_VERDICT_HALF ? (LtMarkState) verdict : LT_MARK_NEW;
}

static void
run_row(LtDesk *desk, const Row *row)
{
  LtMarkState state = LT_MARK_NEW;
  LtVerdict verdict = LT_VERDICT_GO_ON;
  guint32 offset = 0;

  for (gsize i = 0; i < G_N_ELEMENTS(row->pieces) && row->pieces[i].text != NULL; i++) {
    LtPacket packet =
        packet_to(row->to, desk->sport, offset, row->pieces[i].text, row->pieces[i].len);

    g_test_message("%s, piece %zu", row->label, i);
    verdict = lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
    g_assert_cmpint(verdict, ==, row->pieces[i].verdict);
    state = state_after(verdict);
    offset += (guint32) row->pieces[i].len;
  }
  if (verdict != LT_VERDICT_DENY) {
    LtPacket packet = packet_to(row->to, desk->sport, offset, "x", 1);
    LtFlow *flow = lt_flow_table_find(desk->flows, &packet.tuple);

    g_assert_nonnull(flow);
    g_assert_true(lt_judge_flow_again(&desk->judge, flow));
    lt_desk_assert_silence(desk);
    return;
  }
  lt_desk_assert_event(desk, row->reason, NULL);
}

static void
test_rows(LtDesk *desk, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    lt_desk_use_rules(desk, rows[i].sites);
    run_row(desk, &rows[i]);
    desk->sport++;
  }
}

/* A protocol that was let be, its ports used again at once by a proxy's greeting. */
static void
test_ports_used_again(LtDesk *desk, gconstpointer data)
{
  static const struct {
    guint32 offset;
    const char *text;
    gsize len;
    LtVerdict verdict;
  } pieces[] = {
      {0, "\xff\xff\xff\xff", 4, LT_VERDICT_ALLOW},
      {100, "\x05", 1, LT_VERDICT_HALF},
      {101, "\x01\x00", 2, LT_VERDICT_DENY},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
    LtPacket packet = packet_to(HERE, desk->sport, pieces[i].offset, pieces[i].text, pieces[i].len);

    g_assert_cmpint(
        lt_judge_tcp(&desk->judge, LT_DESK_SLOT, LT_MARK_NEW, &packet), ==, pieces[i].verdict);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/judge-proxy/rows", LtDesk, NULL, lt_desk_set_up, test_rows, lt_desk_tear_down);
  g_test_add("/judge-proxy/ports-used-again",
             LtDesk,
             NULL,
             lt_desk_set_up,
             test_ports_used_again,
             lt_desk_tear_down);
  return g_test_run();
}
