/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams of QUIC clients: what stands together in one, and all that no client may send. */
#include "policy/wire/quic-frames.h"
#include "policy/wire/quic.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define CID "8 bytes!"

static const LtBuildQuic first = {.version = LT_QUIC_VERSION_1, .cid = CID};
static const LtBuildQuic first_2 = {.version = LT_QUIC_VERSION_2, .cid = CID};

static guint8 buffer[LT_QUIC_CRYPTO_MAX_BYTES];

/* What a client that said nothing yet is told to have sent. */
static LtQuicAnswer
read_first(const GByteArray *datagram, gsize len, LtQuicDatagram *out)
{
  g_autofree guint8 *bytes = lt_build_exact(datagram->data, len);
  LtQuicClient client = {0}, untouched = {0};
  LtStream crypto;
  LtQuicAnswer answer;

  lt_stream_init(&crypto, buffer, sizeof buffer, 0);
  answer = lt_quic_read_datagram(&client, &crypto, bytes, len, out);
  if (answer != LT_QUIC_BEGAN)
    g_assert_cmpmem(&client, sizeof client, &untouched, sizeof untouched);
  return answer;
}

static LtQuicAnswer
read_whole(const GByteArray *datagram)
{
  LtQuicDatagram ignored;

  return read_first(datagram, datagram->len, &ignored);
}

/* Every frame that has a place in an Initial packet, and some that have none. */
static void
test_frames(void)
{
  static const struct {
    const char *label, *hex;
    LtQuicAnswer answer;
  } rows[] = {
      {"padding", "00", LT_QUIC_CONTINUED},
      {"nine of padding", "000000000000000000", LT_QUIC_CONTINUED},
      {"padding around a ping", "00000000000000000001000000000000000000", LT_QUIC_CONTINUED},
      {"ack", "0200000000", LT_QUIC_CONTINUED},
      {"ack of two ranges", "020a00010501024040", LT_QUIC_MALFORMED},
      {"ack of two ranges, whole", "020a0001050102", LT_QUIC_CONTINUED},
      {"ack of more ranges than bytes", "020affffffffffffffffff05", LT_QUIC_MALFORMED},
      {"ack with counts", "0300000000010203", LT_QUIC_CONTINUED},
      {"ack with two counts", "03000000000102", LT_QUIC_MALFORMED},
      {"ack without delay", "0200", LT_QUIC_MALFORMED},
      {"crypto", "06000401000000", LT_QUIC_CONTINUED},
      {"crypto of nothing", "060000", LT_QUIC_CONTINUED},
      {"crypto, numbers of eight bytes", "06c000000000000000c00000000000000101", LT_QUIC_CONTINUED},
      {"crypto cut in its bytes", "060005010000", LT_QUIC_MALFORMED},
      {"crypto cut in its length", "060040", LT_QUIC_MALFORMED},
      {"crypto cut in its offset", "0680", LT_QUIC_MALFORMED},
      {"crypto longer than memory", "0600ffffffffffffffff01", LT_QUIC_MALFORMED},
      {"crypto at the room's last byte", "067fff01aa", LT_QUIC_CONTINUED},
      {"the same in four bytes", "0680003fff01aa", LT_QUIC_CONTINUED},
      {"crypto over the room's end", "0680003fff02aaaa", LT_QUIC_FULL},
      {"crypto behind the room", "068000400001aa", LT_QUIC_FULL},
      {"crypto at 2^32", "06c00000010000000001aa", LT_QUIC_FULL},
      {"crypto at 2^62 - 1", "06ffffffffffffffff01aa", LT_QUIC_FULL},
      {"crypto twice, another byte", "060001aa060001ab", LT_QUIC_CONFLICT},
      {"close", "1c000000", LT_QUIC_CONTINUED},
      {"close with a reason", "1c4001060562796521", LT_QUIC_MALFORMED},
      {"close with a reason, whole", "1c4001060462796521", LT_QUIC_CONTINUED},
      {"close without a reason's length", "1c0000", LT_QUIC_MALFORMED},
      {"close by an application", "1d0000", LT_QUIC_MALFORMED},
      {"reset of a stream", "04000000", LT_QUIC_MALFORMED},
      {"stop sending", "050000", LT_QUIC_MALFORMED},
      {"new token", "070101", LT_QUIC_MALFORMED},
      {"stream", "0800", LT_QUIC_MALFORMED},
      {"max data", "1000", LT_QUIC_MALFORMED},
      {"new connection ID", "18", LT_QUIC_MALFORMED},
      {"path challenge", "1a0000000000000000", LT_QUIC_MALFORMED},
      {"handshake done", "1e", LT_QUIC_MALFORMED},
      {"datagram", "3000", LT_QUIC_MALFORMED},
      {"a type in two bytes", "4006000101", LT_QUIC_MALFORMED},
      {"a frame of nobody", "3f", LT_QUIC_MALFORMED},
      {"behind good frames", "01060001011e", LT_QUIC_MALFORMED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) frames = lt_build_unhex(rows[i].hex);
    g_autoptr(GByteArray) datagram = g_byte_array_new();
    g_autofree guint8 *bytes = lt_build_exact(frames->data, frames->len);
    LtQuicDatagram out = {0};
    LtStream crypto;

    g_test_message("%s", rows[i].label);
    lt_stream_init(&crypto, buffer, sizeof buffer, 0);
    g_assert_cmpint(
        lt_quic_frames_read(lt_cursor(bytes, frames->len), &crypto, &out), ==, rows[i].answer);
    g_assert_cmpint(out.has_close, ==, frames->data[0] == 0x1c);
    /* Protected and padded: padding completes no number of more than eight bytes with zeros. */
    lt_build_quic_initial(datagram, &first, frames, 0);
    while (datagram->len < LT_QUIC_INITIAL_MIN_BYTES)
      lt_build_u8(datagram, 0);
    if (rows[i].answer == LT_QUIC_CONTINUED)
      g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_BEGAN);
  }
}

/* A packet without a frame, and one whose reserved bits are set. */
static void
test_odd_packets(void)
{
  static const struct {
    const char *label;
    guint8 first_xor;
    gboolean has_frames;
    LtQuicAnswer answer;
  } rows[] = {
      {"fine", 0, TRUE, LT_QUIC_BEGAN},
      {"no frame", 0, FALSE, LT_QUIC_MALFORMED},
      {"one reserved bit", 0x04, TRUE, LT_QUIC_MALFORMED},
      {"both reserved bits", 0x0c, TRUE, LT_QUIC_MALFORMED},
      {"no fixed bit", 0x40, TRUE, LT_QUIC_BEGAN},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) frames = lt_build_unhex(rows[i].has_frames ? "01" : "");
    g_autoptr(GByteArray) datagram = g_byte_array_new();
    LtBuildQuic how = first;

    g_test_message("%s", rows[i].label);
    how.first_xor = rows[i].first_xor;
    lt_build_quic_initial(datagram, &how, frames, rows[i].has_frames ? 1200 : 0);
    if (!rows[i].has_frames)
      lt_build_quic_sealed(datagram, &first, 1, 1200);
    g_assert_cmpint(read_whole(datagram), ==, rows[i].answer);
  }
}

/* RFC 9000 section 14.1. */
static void
test_small(void)
{
  g_autoptr(GByteArray) frames = lt_build_unhex("01");

  for (gsize len = 1199; len <= 1201; len++) {
    g_autoptr(GByteArray) datagram = g_byte_array_new();

    lt_build_quic_initial(datagram, &first, frames, len);
    g_assert_cmpuint(datagram->len, ==, len);
    g_assert_cmpint(read_whole(datagram), ==, len < 1200 ? LT_QUIC_TOO_SMALL : LT_QUIC_BEGAN);
  }
}

/* A packet that ends anywhere before its end is never read. */
static void
test_cuts(void)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) datagram = g_byte_array_new(), frames = g_byte_array_new();
  LtQuicDatagram out;
  LtBuildQuic how = first;

  how.token = "a token";
  lt_build_quic_crypto(frames, hello, 0, hello->len);
  lt_build_quic_initial(datagram, &how, frames, 1400);
  g_assert_cmpint(read_first(datagram, 0, &out), ==, LT_QUIC_NO_INITIAL);
  for (gsize len = 1; len < datagram->len; len++)
    g_assert_cmpint(read_first(datagram, len, &out), ==, LT_QUIC_MALFORMED);
  g_assert_cmpint(read_first(datagram, datagram->len, &out), ==, LT_QUIC_BEGAN);
}

/* Every bit of a packet is either authenticated or breaks its shape. */
static void
test_damage(void)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) datagram = lt_build_quic_hello(&first, hello);

  for (guint bit = 0; bit < 8 * datagram->len; bit++) {
    guint8 *byte = datagram->data + bit / 8;

    *byte ^= (guint8) (1u << bit % 8);
    g_assert_cmpint(read_whole(datagram), !=, LT_QUIC_BEGAN);
    *byte ^= (guint8) (1u << bit % 8);
  }
  g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_BEGAN);
}

/* Headers by hand: the bytes of a first Initial up to its packet number, then 1250 more. */
static void
test_headers(void)
{
  static const struct {
    const char *label, *hex;
    LtQuicAnswer answer;
    guint packets;
  } rows[] = {
      {"unreadable", "c0000000010008616161616161616100449e", LT_QUIC_UNREADABLE, 1},
      {"IDs of 20 bytes",
       "c00000000114"
       "0000000000000000000000000000000000000000"
       "14"
       "0000000000000000000000000000000000000000"
       "00449e",
       LT_QUIC_UNREADABLE,
       1},
      {"an ID of 21 bytes",
       "c00000000115"
       "000000000000000000000000000000000000000000"
       "0000449e",
       LT_QUIC_MALFORMED,
       0},
      {"the other's ID of 21 bytes",
       "c00000000100"
       "15"
       "000000000000000000000000000000000000000000"
       "00449e",
       LT_QUIC_MALFORMED,
       0},
      {"token longer than the datagram", "c000000001000047ff", LT_QUIC_MALFORMED, 0},
      {"token longer than memory", "c0000000010000ffffffffffffffff", LT_QUIC_MALFORMED, 0},
      {"packet longer than the datagram",
       "c000000001000000"
       "47ff",
       LT_QUIC_MALFORMED,
       0},
      {"packet longer than memory",
       "c000000001000000"
       "ffffffffffffffff",
       LT_QUIC_MALFORMED,
       0},
      {"packet too short for a sample, short header behind",
       "c000000001000000"
       "1300000000"
       "0000000000000000000000000000"
       "00",
       LT_QUIC_UNREADABLE,
       1 | 8},
      {"packet of nothing",
       "c000000001000000"
       "00"
       "40",
       LT_QUIC_UNREADABLE,
       1 | 8},
      {"Retry", "f0000000010000", LT_QUIC_MALFORMED, 0},
      {"Retry of version 2", "c06b3343cf0000", LT_QUIC_MALFORMED, 0},
      {"version negotiation", "c0000000000000", LT_QUIC_NO_INITIAL, 16},
      {"draft 20", "c0ff00001408", LT_QUIC_NO_INITIAL, 16},
      {"greased version", "c01a2a3a4a08", LT_QUIC_NO_INITIAL, 16},
      {"withdrawn draft of version 2", "c0709a50c408", LT_QUIC_NO_INITIAL, 16},
      {"RTP", "8060123400000bb8", LT_QUIC_NO_INITIAL, 16},
      {"short header", "40", LT_QUIC_NO_INITIAL, 8},
      {"STUN", "000100002112a442", LT_QUIC_NO_INITIAL, 8},
      {"DTLS", "16fefd0000000000", LT_QUIC_NO_INITIAL, 8},
      {"0-RTT of version 1", "d000000001000044da", LT_QUIC_NO_INITIAL, 2},
      {"Handshake of version 1", "e000000001000044da", LT_QUIC_NO_INITIAL, 4},
      {"0-RTT of version 2", "e06b3343cf000044da", LT_QUIC_NO_INITIAL, 2},
      {"Handshake of version 2", "f06b3343cf000044da", LT_QUIC_NO_INITIAL, 4},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) datagram = lt_build_unhex(rows[i].hex);
    guint n_more = rows[i].packets == 2 || rows[i].packets == 4 ? 0x4da : 1250;
    LtQuicDatagram out;

    g_test_message("%s", rows[i].label);
    if (rows[i].packets == 1)
      n_more = 0x49e;
    while (n_more-- > 0)
      lt_build_u8(datagram, 0);
    g_assert_cmpint(read_first(datagram, datagram->len, &out), ==, rows[i].answer);
    g_assert_cmpuint(out.packets, ==, rows[i].packets);
  }
}

typedef enum {
  END,
  INITIAL,
  ZERO_RTT,
  HANDSHAKE,
  SHORT,
  ZEROS,
  OTHER_CID,
  OTHER_VERSION,
  OTHER_KEYS,
} Part;

static void
append_part(GByteArray *datagram, Part part, gsize fill_to)
{
  static const LtBuildQuic other_cid = {.version = LT_QUIC_VERSION_1, .cid = "8 others", .pn = 9};
  static const LtBuildQuic other_keys = {
      .version = LT_QUIC_VERSION_1, .cid = CID, .key_cid = "8 others", .pn = 9};
  g_autoptr(GByteArray) frames = lt_build_unhex("060001aa");

  switch (part) {
  case END:
    break;
  case INITIAL:
    lt_build_quic_initial(datagram, &first, frames, fill_to);
    break;
  case ZERO_RTT:
    lt_build_quic_sealed(datagram, &first, 1, 60);
    break;
  case HANDSHAKE:
    lt_build_quic_sealed(datagram, &first, 2, 60);
    break;
  case SHORT:
    lt_build_u8(datagram, 0x40);
    lt_build_text(datagram, CID " and what nobody can read");
    break;
  case ZEROS:
    for (guint i = 0; i < 1200; i++)
      lt_build_u8(datagram, 0);
    break;
  case OTHER_CID:
    lt_build_quic_initial(datagram, &other_cid, frames, fill_to);
    break;
  case OTHER_VERSION:
    lt_build_quic_initial(datagram, &first_2, frames, fill_to);
    break;
  case OTHER_KEYS:
    lt_build_quic_initial(datagram, &other_keys, frames, fill_to);
    break;
  }
}

static void
test_coalesced(void)
{
  static const struct {
    const char *label;
    Part parts[5];
    LtQuicAnswer answer;
    guint packets;
  } rows[] = {
      {"Initial", {INITIAL}, LT_QUIC_BEGAN, 1},
      {"two Initials", {INITIAL, INITIAL}, LT_QUIC_BEGAN, 1},
      {"0-RTT behind", {INITIAL, ZERO_RTT}, LT_QUIC_BEGAN, 1 | 2},
      {"0-RTT first", {ZERO_RTT, INITIAL}, LT_QUIC_BEGAN, 1 | 2},
      {"0-RTT alone", {ZERO_RTT, ZERO_RTT}, LT_QUIC_NO_INITIAL, 2},
      {"all kinds", {INITIAL, ZERO_RTT, HANDSHAKE, SHORT}, LT_QUIC_BEGAN, 1 | 2 | 4 | 8},
      {"Handshake and short", {HANDSHAKE, SHORT}, LT_QUIC_NO_INITIAL, 4 | 8},
      {"zeros behind a short Initial", {INITIAL, ZEROS}, LT_QUIC_BEGAN, 1 | 8},
      {"an Initial behind zeros", {ZEROS, INITIAL}, LT_QUIC_NO_INITIAL, 8},
      {"another ID behind", {INITIAL, OTHER_CID}, LT_QUIC_MALFORMED, 1},
      {"another ID behind 0-RTT", {ZERO_RTT, OTHER_CID}, LT_QUIC_MALFORMED, 2},
      {"another version behind", {INITIAL, OTHER_VERSION}, LT_QUIC_MALFORMED, 1},
      {"other keys behind", {INITIAL, OTHER_KEYS}, LT_QUIC_MALFORMED, 1},
      {"other keys first", {OTHER_KEYS, INITIAL}, LT_QUIC_UNREADABLE, 1},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) datagram = g_byte_array_new();
    gboolean is_zeros = rows[i].parts[1] == ZEROS;
    LtQuicDatagram out;

    g_test_message("%s", rows[i].label);
    for (gsize part = 0; rows[i].parts[part] != END; part++)
      append_part(datagram, rows[i].parts[part], is_zeros ? 0 : datagram->len + 1200);
    g_assert_cmpint(read_first(datagram, datagram->len, &out), ==, rows[i].answer);
    g_assert_cmpuint(out.packets, ==, rows[i].packets);
  }
}

/* %LT_QUIC_MAX_PACKETS stand in a datagram and not one more. */
static void
test_many(void)
{
  g_autoptr(GByteArray) datagram = g_byte_array_new();

  for (guint i = 0; i < LT_QUIC_MAX_PACKETS; i++)
    append_part(datagram, INITIAL, datagram->len + 100);
  g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_BEGAN);
  append_part(datagram, INITIAL, 0);
  g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_MALFORMED);
}

/* More holes than the stream remembers. */
static void
test_holes(void)
{
  g_autoptr(GByteArray) frames = g_byte_array_new();
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);

  for (guint i = 0; i <= LT_STREAM_MAX_RANGES; i++) {
    g_autoptr(GByteArray) datagram = g_byte_array_new();

    lt_build_quic_crypto(frames, hello, 2 * i, 1);
    lt_build_quic_initial(datagram, &first, frames, 1200);
    g_assert_cmpint(
        read_whole(datagram), ==, i < LT_STREAM_MAX_RANGES ? LT_QUIC_BEGAN : LT_QUIC_FULL);
  }
}

/* The largest datagram that UDP carries. */
static void
test_largest(void)
{
  g_autoptr(GByteArray) frames = lt_build_unhex("01"), datagram = g_byte_array_new();

  lt_build_quic_initial(datagram, &first, frames, LT_QUIC_DATAGRAM_MAX_BYTES);
  g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_BEGAN);
  g_byte_array_set_size(datagram, 0);
  lt_build_quic_initial(datagram, &first, frames, LT_QUIC_DATAGRAM_MAX_BYTES + 1);
  g_assert_cmpint(read_whole(datagram), ==, LT_QUIC_UNREADABLE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quic-broken/frames", test_frames);
  g_test_add_func("/quic-broken/odd-packets", test_odd_packets);
  g_test_add_func("/quic-broken/small", test_small);
  g_test_add_func("/quic-broken/cuts", test_cuts);
  g_test_add_func("/quic-broken/damage", test_damage);
  g_test_add_func("/quic-broken/headers", test_headers);
  g_test_add_func("/quic-broken/coalesced", test_coalesced);
  g_test_add_func("/quic-broken/many", test_many);
  g_test_add_func("/quic-broken/holes", test_holes);
  g_test_add_func("/quic-broken/largest", test_largest);
  return g_test_run();
}
