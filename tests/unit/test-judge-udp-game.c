/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child that sends anything, a network that loses, servers that take what they like: played out
 * at random against the judge of UDP and a model of the firewall. No server ever has a whole hello
 * for a closed site. */

#include "agent/net/judge-quic.h"

#include "policy/wire/tls.h"

#include "tests/unit/judge-desk.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define N_GAMES 1500
#define N_MOVES 60
#define HELLO_BYTES 1000
#define N_FLOWS 3
#define N_CIDS 4
/* A server gives a handshake up after this long. */
#define SERVER_PATIENCE_US (50 * G_USEC_PER_SEC)

/* What a server has of one connection. It looks at the connection ID alone. */
typedef struct {
  gboolean exists;
  gboolean complete;
  gint64 begun_us;
  guint8 bytes[HELLO_BYTES];
  gboolean covered[HELLO_BYTES];
} Connection;

typedef struct {
  GRand *random;
  LtFlowTable *flows;
  LtEventRing *events;
  LtJudge judge;
  LtMarkState states[N_FLOWS];
  gint64 seen_us[N_FLOWS];
  Connection connections[N_CIDS];
  gboolean last_wins;
  guint pn;
  GByteArray *hellos[2];
  guint n_complete;
} Game;

typedef struct {
  guint cid;
  guint hello;
  gsize from, to;
} Piece;

static const char *const cids[N_CIDS] = {"12345678", "abcdefgh", "ABCDEFGHIJ", "zyxwvuts"};

static gboolean
chance(Game *game, guint percent)
{
  return g_rand_int_range(game->random, 0, 100) < (gint32) percent;
}

static guint
one_of(Game *game, guint n)
{
  return (guint) g_rand_int_range(game->random, 0, (gint32) n);
}

/* Most of the time halves that fit together, sometimes anything. */
static Piece
random_piece(Game *game)
{
  Piece piece = {.cid = one_of(game, N_CIDS), .hello = one_of(game, 2), .to = HELLO_BYTES};
  if (chance(game, 20))
    return piece;
  gsize cuts[] = {0, 400, 500, 940, HELLO_BYTES};
  guint at = one_of(game, G_N_ELEMENTS(cuts) - 1);
  piece.from = cuts[at];
  piece.to = chance(game, 50) ? HELLO_BYTES : cuts[at + 1];
  return piece;
}

static GByteArray *
datagram_of(Game *game, const Piece *piece, gsize fill)
{
  LtBuildQuic how = {.version = 1, .cid = cids[piece->cid], .pn = game->pn++};
  g_autoptr(GByteArray) frames = g_byte_array_new();
  GByteArray *datagram = g_byte_array_new();
  lt_build_quic_crypto(frames, game->hellos[piece->hello], piece->from, piece->to - piece->from);
  lt_build_quic_initial(datagram, &how, frames, fill);
  return datagram;
}

static gboolean
is_whole(const Connection *connection)
{
  for (gsize i = 0; i < HELLO_BYTES; i++)
    if (!connection->covered[i])
      return FALSE;
  return TRUE;
}

/* A server begins no connection with a small datagram, but may continue one. */
static void
arrive(Game *game, guint flow, const Piece *piece, gboolean is_small)
{
  Connection *connection = &game->connections[piece->cid];
  if (chance(game, 30))
    return;
  if (connection->exists && game->judge.now_us - connection->begun_us > SERVER_PATIENCE_US)
    memset(connection, 0, sizeof *connection);
  if (connection->complete || (!connection->exists && is_small))
    return;
  if (!connection->exists)
    connection->begun_us = game->judge.now_us;
  connection->exists = TRUE;
  for (gsize i = piece->from; i < piece->to; i++) {
    if (!connection->covered[i] || game->last_wins)
      connection->bytes[i] = game->hellos[piece->hello]->data[i];
    connection->covered[i] = TRUE;
  }
  if (!is_whole(connection))
    return;
  LtRequest request;
  connection->complete = TRUE;
  game->n_complete++;
  /* A mixture of two hellos may be none. */
  if (lt_tls_read_handshake(connection->bytes, HELLO_BYTES, &request) == LT_WIRE_FOUND)
    g_assert_cmpstr(request.host.name, !=, "bad1.test");
  /* Its answer. */
  if (game->states[flow] == LT_MARK_WATCH)
    game->states[flow] = LT_MARK_STAY;
}

/* Connection tracking forgets what is silent. */
static void
touch(Game *game, guint flow)
{
  gint64 kept_us = (game->states[flow] == LT_MARK_STAY ? 120 : 30) * G_USEC_PER_SEC;
  if (game->judge.now_us - game->seen_us[flow] > kept_us)
    game->states[flow] = LT_MARK_NEW;
  game->seen_us[flow] = game->judge.now_us;
}

static LtVerdict
ask(Game *game, guint flow, const GByteArray *datagram)
{
  g_autofree guint8 *bytes = lt_build_exact(datagram->data, datagram->len);
  LtPacket packet = {.payload = bytes, .payload_len = datagram->len};
  packet.tuple =
      (LtTuple){.family = 4, .protocol = 17, .sport = (guint16) (1000 + flow), .dport = 443};
  packet.tuple.saddr[0] = 10;
  packet.tuple.daddr[0] = 11;
  return lt_judge_udp(&game->judge, LT_DESK_SLOT, game->states[flow], &packet);
}

/* TRUE if the packet goes on. A flow whose first packet is refused is never tracked. */
static gboolean
follow(Game *game, guint flow, LtVerdict verdict)
{
  LtNetEvent event;
  while (lt_event_ring_pop(game->events, &event))
    continue;
  switch (verdict) {
  case LT_VERDICT_WATCH:
  case LT_VERDICT_STAY:
  case LT_VERDICT_ALLOW:
  case LT_VERDICT_HALF:
    game->states[flow] = (LtMarkState) verdict;
    return TRUE;
  case LT_VERDICT_DENY:
    if (game->states[flow] != LT_MARK_NEW)
      game->states[flow] = LT_MARK_DENY;
    return FALSE;
  case LT_VERDICT_GO_ON:
    return TRUE;
  case LT_VERDICT_REFUSE:
  case LT_VERDICT_UPGRADE:
  case LT_VERDICT_LATER:
    break;
  }
  return FALSE;
}

static void
send_piece(Game *game, guint flow)
{
  Piece piece = random_piece(game);
  g_autoptr(GByteArray) datagram = datagram_of(game, &piece, 1200);
  touch(game, flow);
  if (follow(game, flow, ask(game, flow, datagram)))
    arrive(game, flow, &piece, FALSE);
}

/* Too small to begin a connection, large enough to continue one. */
static void
send_small(Game *game, guint flow)
{
  Piece piece = random_piece(game);
  piece.to = MIN(piece.to, piece.from + 500);
  g_autoptr(GByteArray) small = datagram_of(game, &piece, 0);
  touch(game, flow);
  if (follow(game, flow, ask(game, flow, small)))
    arrive(game, flow, &piece, TRUE);
}

static void
send_short(Game *game, guint flow)
{
  g_autoptr(GByteArray) datagram = g_byte_array_new();
  lt_build_text(datagram, "A short header");
  touch(game, flow);
  follow(game, flow, ask(game, flow, datagram));
}

static void
forget_flow(LtFlowTable *flows, LtFlow *flow, gpointer user_data)
{
  if (flow->tuple.protocol == 17)
    lt_flow_table_remove(flows, flow);
}

static void
move(Game *game)
{
  guint flow = one_of(game, N_FLOWS);
  guint what = one_of(game, 100);
  game->judge.now_us += chance(game, 90)   ? 20000
                        : chance(game, 80) ? 3 * G_USEC_PER_SEC
                                           : 70 * G_USEC_PER_SEC;
  if (what < 70)
    send_piece(game, flow);
  else if (what < 85)
    send_small(game, flow);
  else if (what < 98)
    send_short(game, flow);
  else
    lt_flow_table_foreach(game->flows, forget_flow, NULL);
}

static guint
play(guint32 seed, const LtRuleSet *rules, GByteArray *const hellos[2])
{
  Game game = {.random = g_rand_new_with_seed(seed), .hellos = {hellos[0], hellos[1]}};
  game.flows = lt_flow_table_open(NULL, NULL);
  game.events = lt_event_ring_new(64, NULL);
  game.judge = (LtJudge){.flows = game.flows, .events = game.events, .rules = rules};
  game.judge.now_us = G_USEC_PER_SEC;
  game.last_wins = seed % 2;
  g_test_message("game %u", seed);
  for (guint i = 0; i < N_MOVES; i++)
    move(&game);
  lt_flow_table_free(game.flows);
  lt_event_ring_free(game.events);
  g_rand_free(game.random);
  return game.n_complete;
}

static void
test_games(void)
{
  g_autoptr(LtRuleSet) rules =
      lt_desk_rules_of("{\"default\":\"allow\",\"block\":[\"bad1.test\"]}");
  g_autoptr(GByteArray) good = lt_build_hello_for("good.test", HELLO_BYTES);
  g_autoptr(GByteArray) bad = lt_build_hello_for("bad1.test", HELLO_BYTES);
  GByteArray *const hellos[] = {good, bad};
  guint n_complete = 0;
  for (guint32 seed = 0; seed < N_GAMES; seed++)
    n_complete += play(seed, rules, hellos);
  /* The games are worth something: the open site was often reached. */
  g_test_message("%u hellos complete", n_complete);
  g_assert_cmpuint(n_complete, >, N_GAMES / 2);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/judge-udp/games", test_games);
  return g_test_run();
}
