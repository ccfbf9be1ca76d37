/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC clients: hellos in every shape, packets in every order, connections that follow others. */
#include "policy/wire/quic.h"
#include "policy/wire/tls.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/quic-vectors.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define CID "8 bytes!"

/* One client on one flow. */
typedef struct {
  LtQuicClient client;
  LtStream crypto;
  guint8 buffer[LT_QUIC_CRYPTO_MAX_BYTES];
  LtQuicDatagram last;
} Talk;

static void
talk_begin(Talk *talk)
{
  memset(talk, 0, sizeof *talk);
  lt_stream_init(&talk->crypto, talk->buffer, sizeof talk->buffer, 0);
}

static LtQuicAnswer
talk_say(Talk *talk, const GByteArray *datagram)
{
  g_autofree guint8 *bytes = lt_build_exact(datagram->data, datagram->len);

  return lt_quic_read_datagram(&talk->client, &talk->crypto, bytes, datagram->len, &talk->last);
}

/* The name of the hello that stands at @at of what was said. */
static void
assert_name(const Talk *talk, gsize at, const char *name)
{
  LtRequest request;

  g_assert_cmpuint(lt_stream_contiguous(&talk->crypto), >, at);
  g_assert_cmpint(
      lt_tls_read_handshake(talk->buffer + at, lt_stream_contiguous(&talk->crypto) - at, &request),
      ==,
      LT_WIRE_FOUND);
  g_assert_cmpint(request.name, ==, LT_NAME_HOST);
  g_assert_cmpstr(request.host.name, ==, name);
}

static void
assert_no_name(const Talk *talk)
{
  LtRequest request;

  g_assert_cmpint(
      lt_tls_read_handshake(talk->buffer, lt_stream_contiguous(&talk->crypto), &request),
      ==,
      LT_WIRE_NEED_MORE);
}

/* An Initial packet alone in a datagram. */
static LtQuicAnswer
say_initial(Talk *talk, const LtBuildQuic *how, const GByteArray *frames)
{
  g_autoptr(GByteArray) datagram = g_byte_array_new();

  lt_build_quic_initial(datagram, how, frames, 1200);
  return talk_say(talk, datagram);
}

/* One CRYPTO frame in a packet and a datagram of its own. */
static LtQuicAnswer
say_crypto(Talk *talk, const LtBuildQuic *how, const GByteArray *hello, gsize from, gsize to)
{
  g_autoptr(GByteArray) frames = g_byte_array_new();

  lt_build_quic_crypto(frames, hello, from, MIN(to, hello->len) - from);
  return say_initial(talk, how, frames);
}

static void
test_vectors(void)
{
  static const char *const packets[] = {LT_QUIC_VECTOR_1, LT_QUIC_VECTOR_2};
  static Talk talk;

  for (gsize i = 0; i < G_N_ELEMENTS(packets); i++) {
    g_autoptr(GByteArray) packet = lt_build_unhex(packets[i]);

    talk_begin(&talk);
    g_assert_cmpint(talk_say(&talk, packet), ==, LT_QUIC_BEGAN);
    g_assert_cmpuint(talk.last.packets, ==, LT_QUIC_HAS_INITIAL);
    g_assert_cmpuint(talk.last.version, ==, i == 0 ? LT_QUIC_VERSION_1 : LT_QUIC_VERSION_2);
    g_assert_true(talk.last.has_crypto);
    g_assert_false(talk.last.has_token || talk.last.has_close);
    assert_name(&talk, 0, "example.com");
  }
}

/* Hellos of every size in datagrams as clients cut them, in order and from behind. */
static void
test_sizes(void)
{
  static const struct {
    gsize hello_len, piece_len;
  } rows[] = {{200, 1100},
              {517, 1100},
              {1100, 1100},
              {1101, 1100},
              {1800, 1130}, /* a post-quantum key share */
              {1800, 200},
              {6000, 1130},
              {LT_QUIC_CRYPTO_MAX_BYTES, 1130}};
  static const guint32 versions[] = {
      LT_QUIC_VERSION_1, LT_QUIC_VERSION_2, 0xff000016u, 0xff00001cu, 0xff00001du, 0xfaceb002u};
  static Talk talk;

  for (gsize i = 0; i < G_N_ELEMENTS(versions) * 2 * G_N_ELEMENTS(rows); i++) {
    gsize row = i / 2 / G_N_ELEMENTS(versions);
    gsize hello_len = rows[row].hello_len, piece_len = rows[row].piece_len;
    g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", hello_len);
    LtBuildQuic how = {.version = versions[i / 2 % G_N_ELEMENTS(versions)], .cid = CID};
    gsize n_pieces = (hello_len + piece_len - 1) / piece_len;

    g_test_message("%zu in %zu, version %x", hello_len, piece_len, how.version);
    talk_begin(&talk);
    for (gsize piece = 0; piece < n_pieces; piece++) {
      gsize at = (i % 2 == 0 ? piece : n_pieces - 1 - piece) * piece_len;

      assert_no_name(&talk);
      how.pn = piece;
      g_assert_cmpint(say_crypto(&talk, &how, hello, at, at + piece_len),
                      ==,
                      piece == 0 ? LT_QUIC_BEGAN : LT_QUIC_CONTINUED);
    }
    assert_name(&talk, 0, "www.example.com");
  }
}

/* A hello in @n_pieces frames in an order made of @seed, with other frames between them. */
static GByteArray *
build_shuffled(const GByteArray *hello, guint n_pieces, guint32 seed)
{
  static const char *const others[] = {
      "01", "00", "0000000000000000000000", "0200000000", "030a00020501010101020304", "060000"};
  g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
  g_autofree guint *order = g_new(guint, n_pieces);
  GByteArray *frames = g_byte_array_new();
  gsize piece_len = hello->len / n_pieces + 1;

  for (guint i = 0; i < n_pieces; i++)
    order[i] = i;
  for (guint i = n_pieces; i-- > 1;) {
    guint other = (guint) g_rand_int_range(rand, 0, (gint32) i + 1), held = order[i];

    order[i] = order[other];
    order[other] = held;
  }
  for (guint i = 0; i < n_pieces; i++) {
    gsize at = MIN(order[i] * piece_len, hello->len);
    const char *hex = others[g_rand_int_range(rand, 0, G_N_ELEMENTS(others))];
    g_autoptr(GByteArray) other = lt_build_unhex(hex);

    lt_build_quic_crypto(frames, hello, at, MIN(piece_len, hello->len - at));
    lt_build_bytes(frames, other);
  }
  return frames;
}

static void
test_shuffled(void)
{
  static Talk talk;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);

  for (guint32 seed = 0; seed < 200; seed++) {
    g_autoptr(GByteArray) frames = build_shuffled(hello, 2 + seed % 30, seed);
    LtBuildQuic how = {.version = LT_QUIC_VERSION_1, .cid = CID, .pn_len = 1 + seed % 4};

    talk_begin(&talk);
    g_assert_cmpint(say_initial(&talk, &how, frames), ==, LT_QUIC_BEGAN);
    assert_name(&talk, 0, "www.example.com");
  }
}

/* Frames that come again, whole or in part, in the same datagram or a later one. */
static void
test_overlaps(void)
{
  static const struct {
    const char *label;
    gsize from, to; /* what comes again */
    gsize changed;  /* which of its bytes is another, or past the end: none */
    LtQuicAnswer answer;
  } rows[] = {
      {"the same", 0, 300, 600, LT_QUIC_CONTINUED},
      {"a part", 100, 200, 600, LT_QUIC_CONTINUED},
      {"what is there and more", 200, 600, 600, LT_QUIC_CONTINUED},
      {"another first byte", 0, 300, 0, LT_QUIC_CONFLICT},
      {"another last byte", 0, 300, 299, LT_QUIC_CONFLICT},
      {"another first byte behind", 200, 600, 300, LT_QUIC_CONTINUED},
      {"one byte, another", 150, 151, 150, LT_QUIC_CONFLICT},
  };
  static Talk talk;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);

  for (gsize i = 0; i < 2 * G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) again = g_byte_array_new(), frames = g_byte_array_new();
    LtBuildQuic how = {.version = LT_QUIC_VERSION_1, .cid = CID};
    gsize row = i / 2;

    g_test_message("%s", rows[row].label);
    lt_build_bytes(again, hello);
    if (rows[row].changed < again->len)
      again->data[rows[row].changed] ^= 0x40;
    talk_begin(&talk);
    if (i % 2 == 0) {
      g_assert_cmpint(say_crypto(&talk, &how, hello, 0, 300), ==, LT_QUIC_BEGAN);
      how.pn = 1;
      g_assert_cmpint(
          say_crypto(&talk, &how, again, rows[row].from, rows[row].to), ==, rows[row].answer);
    } else {
      lt_build_quic_crypto(frames, hello, 0, 300);
      lt_build_quic_crypto(frames, again, rows[row].from, rows[row].to - rows[row].from);
      g_assert_cmpint(say_initial(&talk, &how, frames),
                      ==,
                      rows[row].answer == LT_QUIC_CONTINUED ? LT_QUIC_BEGAN : rows[row].answer);
    }
  }
}

/* Numbers of 1 to 4 bytes that are told from the highest number so far. */
static void
test_packet_numbers(void)
{
  static const struct {
    const char *label;
    guint64 pn[3];
    guint pn_len[3];
    LtQuicAnswer last;
  } rows[] = {
      {"small", {0, 1, 2}, {1, 1, 1}, LT_QUIC_CONTINUED},
      {"the first is large", {0xfffffff0, 0xfffffff1, 0xfffffff2}, {4, 4, 4}, LT_QUIC_CONTINUED},
      {"large, then short", {0x12345678, 0x12345679, 0x123456f0}, {4, 1, 1}, LT_QUIC_CONTINUED},
      {"over the end of a byte", {0xf0, 0xff, 0x110}, {2, 1, 1}, LT_QUIC_CONTINUED},
      {"over the end of four bytes",
       {0xfffffff0, 0xffffffff, 0x100000003},
       {4, 4, 4},
       LT_QUIC_CONTINUED},
      {"backwards", {0x1005, 0x1004, 0xfff}, {2, 1, 1}, LT_QUIC_CONTINUED},
      {"the same again", {7, 7, 7}, {1, 1, 1}, LT_QUIC_CONTINUED},
      {"too far for its length", {0, 1, 0x200}, {1, 1, 1}, LT_QUIC_UNREADABLE},
      {"too far back", {0x500, 0x501, 0x400}, {2, 2, 1}, LT_QUIC_UNREADABLE},
  };
  static Talk talk;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtBuildQuic how = {.version = LT_QUIC_VERSION_1, .cid = CID};

    g_test_message("%s", rows[i].label);
    talk_begin(&talk);
    for (guint packet = 0; packet < 3; packet++) {
      how.pn = rows[i].pn[packet];
      how.pn_len = rows[i].pn_len[packet];
      g_assert_cmpint(say_crypto(&talk, &how, hello, packet * 200, packet * 200 + 200),
                      ==,
                      packet == 0   ? LT_QUIC_BEGAN
                      : packet == 1 ? LT_QUIC_CONTINUED
                                    : rows[i].last);
    }
    if (rows[i].last == LT_QUIC_CONTINUED)
      assert_name(&talk, 0, "www.example.com");
  }
}

/* What follows a first Initial on the same ports. */
static void
test_followers(void)
{
  static const struct {
    const char *label;
    LtBuildQuic how;
    LtQuicAnswer answer;
  } rows[] = {
      {"the same ID", {.version = 1, .cid = CID, .pn = 1}, LT_QUIC_CONTINUED},
      {"the server's ID, the same keys",
       {.version = 1, .cid = "server's", .key_cid = CID, .pn = 1},
       LT_QUIC_CONTINUED},
      {"no ID, the same keys",
       {.version = 1, .cid = "", .key_cid = CID, .pn = 1},
       LT_QUIC_CONTINUED},
      {"negotiated version 2",
       {.version = LT_QUIC_VERSION_2, .cid = "server's", .key_cid = CID, .pn = 1},
       LT_QUIC_CONTINUED},
      {"version 2 and the first ID",
       {.version = LT_QUIC_VERSION_2, .cid = CID, .pn = 1},
       LT_QUIC_CONTINUED},
      {"after a Retry",
       {.version = 1, .cid = "retry's ID", .token = "token of a Retry", .pn = 1},
       LT_QUIC_OTHER_CONNECTION},
      {"another connection", {.version = 1, .cid = "other ID"}, LT_QUIC_OTHER_CONNECTION},
      {"another connection without ID", {.version = 1, .cid = ""}, LT_QUIC_OTHER_CONNECTION},
      {"another connection of version 2",
       {.version = LT_QUIC_VERSION_2, .cid = "other ID"},
       LT_QUIC_OTHER_CONNECTION},
      {"keys of neither",
       {.version = 1, .cid = "server's", .key_cid = "other ID", .pn = 1},
       LT_QUIC_UNREADABLE},
  };
  static Talk talk, before;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) other = lt_build_hello_for("other.example.org", 600);
  const LtBuildQuic first = {.version = 1, .cid = CID};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gboolean continues = rows[i].answer == LT_QUIC_CONTINUED;

    g_test_message("%s", rows[i].label);
    talk_begin(&talk);
    g_assert_cmpint(say_crypto(&talk, &first, hello, 0, 300), ==, LT_QUIC_BEGAN);
    before = talk;
    g_assert_cmpint(
        say_crypto(&talk, &rows[i].how, continues ? hello : other, continues ? 300 : 0, 600),
        ==,
        rows[i].answer);
    g_assert_cmpint(talk.last.has_token, ==, rows[i].how.token != NULL);
    if (continues) {
      assert_name(&talk, 0, "www.example.com");
      continue;
    }
    g_assert_cmpmem(&talk.client, sizeof talk.client, &before.client, sizeof before.client);
    g_assert_cmpuint(lt_stream_contiguous(&talk.crypto), ==, 300);
    if (rows[i].answer == LT_QUIC_OTHER_CONNECTION) {
      talk_begin(&talk);
      g_assert_cmpint(say_crypto(&talk, &rows[i].how, other, 0, 600), ==, LT_QUIC_BEGAN);
      assert_name(&talk, 0, "other.example.org");
    }
  }
}

/* Back and forth between the versions of one connection. */
static void
test_version_changes(void)
{
  static Talk talk;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  LtBuildQuic how = {.cid = CID};

  talk_begin(&talk);
  for (guint i = 0; i < 6; i++) {
    how.version = i % 2 == 0 ? LT_QUIC_VERSION_2 : LT_QUIC_VERSION_1;
    how.pn = i;
    g_assert_cmpint(say_crypto(&talk, &how, hello, i * 100, i * 100 + 100),
                    ==,
                    i == 0 ? LT_QUIC_BEGAN : LT_QUIC_CONTINUED);
    g_assert_cmpuint(talk.client.version, ==, how.version);
  }
  assert_name(&talk, 0, "www.example.com");
}

/* The hello behind a HelloRetryRequest follows the first in the same stream. */
static void
test_second_hello(void)
{
  static Talk talk;
  g_autoptr(GByteArray) both = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) second = lt_build_hello_for("other.example.org", 700);
  LtBuildQuic how = {.version = 1, .cid = CID};

  lt_build_bytes(both, second);
  talk_begin(&talk);
  g_assert_cmpint(say_crypto(&talk, &how, both, 0, 600), ==, LT_QUIC_BEGAN);
  how = (LtBuildQuic){.version = 1, .cid = "server's", .key_cid = CID, .pn = 1};
  g_assert_cmpint(say_crypto(&talk, &how, both, 600, 1300), ==, LT_QUIC_CONTINUED);
  assert_name(&talk, 0, "www.example.com");
  assert_name(&talk, 600, "other.example.org");
}

/* Without a stream a reader learns whether it needs one; nothing is lost by asking. */
static void
test_only_looking(void)
{
  static Talk talk;
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) ack = lt_build_unhex("0200000000"), datagram = NULL;
  g_autoptr(GByteArray) answer = g_byte_array_new();
  LtBuildQuic how = {.version = 1, .cid = CID};

  talk_begin(&talk);
  datagram = lt_build_quic_hello(&how, hello);
  g_assert_cmpint(
      lt_quic_read_datagram(&talk.client, NULL, datagram->data, datagram->len, &talk.last),
      ==,
      LT_QUIC_BEGAN);
  g_assert_true(talk.last.has_crypto);
  g_assert_cmpint(talk_say(&talk, datagram), ==, LT_QUIC_CONTINUED);
  assert_name(&talk, 0, "www.example.com");
  how.pn = 1;
  lt_build_quic_initial(answer, &how, ack, 1200);
  g_assert_cmpint(lt_quic_read_datagram(&talk.client, NULL, answer->data, answer->len, &talk.last),
                  ==,
                  LT_QUIC_CONTINUED);
  g_assert_false(talk.last.has_crypto);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quic/vectors", test_vectors);
  g_test_add_func("/quic/sizes", test_sizes);
  g_test_add_func("/quic/shuffled", test_shuffled);
  g_test_add_func("/quic/overlaps", test_overlaps);
  g_test_add_func("/quic/packet-numbers", test_packet_numbers);
  g_test_add_func("/quic/followers", test_followers);
  g_test_add_func("/quic/version-changes", test_version_changes);
  g_test_add_func("/quic/second-hello", test_second_hello);
  g_test_add_func("/quic/only-looking", test_only_looking);
  return g_test_run();
}
