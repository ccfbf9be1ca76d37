/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP packets taken apart. */
#include "policy/wire/packet.h"
#include "tests/unit/wire-build.h"

#include <string.h>

static GByteArray *
text(const char *string)
{
  GByteArray *bytes = g_byte_array_new();

  lt_build_text(bytes, string);
  return bytes;
}

static LtWireAnswer
read_exact(const GByteArray *packet, gsize len, LtPacket *out)
{
  g_autofree guint8 *copy = lt_build_exact(packet->data, len);
  LtWireAnswer answer = lt_packet_read(copy, len, out);

  /* The payload points into the copy: its offset is what can be compared. */
  if (answer == LT_WIRE_FOUND)
    out->payload = packet->data + (out->payload - copy);
  return answer;
}

static void
test_tcp_v4(void)
{
  g_autoptr(GByteArray) payload = text("hello"), options = g_byte_array_new();
  g_autoptr(GByteArray) segment = NULL, packet = NULL;
  LtPacket read;

  lt_build_u32(options, 0x01012202); /* two NOPs, an empty Fast Open option */
  segment = lt_build_tcp(0xfffffff0, LT_TCP_SYN | LT_TCP_ACK, options, payload);
  packet = lt_build_v4(6, 0x4000, segment);
  g_assert_cmpint(read_exact(packet, packet->len, &read), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(read.tuple.family, ==, 4);
  g_assert_cmpuint(read.tuple.protocol, ==, 6);
  g_assert_cmpuint(read.tuple.sport, ==, 40000);
  g_assert_cmpuint(read.tuple.dport, ==, 443);
  g_assert_cmpmem(read.tuple.saddr, 16, "\xc0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0", 16);
  g_assert_cmphex(read.tcp_seq, ==, 0xfffffff0);
  g_assert_cmpuint(read.tcp_ack, ==, 77);
  g_assert_cmphex(read.tcp_flags, ==, LT_TCP_SYN | LT_TCP_ACK);
  g_assert_true(read.tcp_has_fastopen_cookie);
  g_assert_false(read.is_fragment);
  g_assert_cmpmem(read.payload, read.payload_len, "hello", 5);
}

/* Every cut: the headers say NEED_MORE, the payload is what is there. */
static void
test_cuts(void)
{
  g_autoptr(GByteArray) payload = text("hello"), options = g_byte_array_new();
  g_autoptr(GByteArray) segment = lt_build_tcp(1, LT_TCP_ACK, options, payload);
  g_autoptr(GByteArray) v4 = lt_build_v4(6, 0, segment), v6 = lt_build_v6(6, segment);
  const GByteArray *packets[] = {v4, v6};

  for (gsize i = 0; i < G_N_ELEMENTS(packets); i++) {
    gsize headers = packets[i]->len - 5;

    for (gsize len = 0; len <= packets[i]->len; len++) {
      LtPacket read = {.tcp_ack = 99};
      LtWireAnswer answer = read_exact(packets[i], len, &read);

      g_test_message("packet %zu, %zu bytes", i, len);
      g_assert_cmpint(answer, ==, len < headers ? LT_WIRE_NEED_MORE : LT_WIRE_FOUND);
      g_assert_cmpuint(read.tcp_ack, ==, len < headers ? 99 : 77);
      if (answer == LT_WIRE_FOUND)
        g_assert_cmpuint(read.payload_len, ==, len - headers);
    }
  }
}

static void
test_padding(void)
{
  g_autoptr(GByteArray) payload = text("x");
  g_autoptr(GByteArray) datagram = lt_build_udp(payload);
  g_autoptr(GByteArray) packet = lt_build_v4(17, 0, datagram);
  LtPacket read;

  lt_build_text(packet, "padding of the link");
  g_assert_cmpint(read_exact(packet, packet->len, &read), ==, LT_WIRE_FOUND);
  g_assert_cmpmem(read.payload, read.payload_len, "x", 1);
  g_assert_cmpuint(read.tuple.dport, ==, 53);
}

/* Bytes changed in a good UDP packet over IPv4. */
static void
test_broken(void)
{
  static const struct {
    const char *label;
    guint at;
    guint8 value;
    LtWireAnswer answer;
  } rows[] = {
      {"version 5", 0, 0x55, LT_WIRE_NOT_MINE},
      {"header of 16 bytes", 0, 0x44, LT_WIRE_MALFORMED},
      {"header longer than the packet", 0, 0x4f, LT_WIRE_NEED_MORE},
      {"total length below the header", 3, 19, LT_WIRE_MALFORMED},
      {"total length within UDP's header", 3, 27, LT_WIRE_MALFORMED},
      {"total length 0 means all", 3, 0, LT_WIRE_FOUND},
      {"UDP length 7", 25, 7, LT_WIRE_MALFORMED},
      {"UDP length 8", 25, 8, LT_WIRE_FOUND},
      {"UDP length 0 means all", 25, 0, LT_WIRE_FOUND},
      {"UDP length one over", 25, 10, LT_WIRE_MALFORMED},
      {"another protocol", 9, 132, LT_WIRE_FOUND},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) payload = text("x");
    g_autoptr(GByteArray) datagram = lt_build_udp(payload);
    g_autoptr(GByteArray) packet = lt_build_v4(17, 0, datagram);
    LtPacket read;

    packet->data[rows[i].at] = rows[i].value;
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(packet, packet->len, &read), ==, rows[i].answer);
  }
}

static void
test_tcp_offset(void)
{
  for (guint words = 4; words <= 7; words++) {
    g_autoptr(GByteArray) empty = g_byte_array_new(), payload = text("abcd");
    g_autoptr(GByteArray) segment = lt_build_tcp(1, LT_TCP_ACK, empty, payload);
    g_autoptr(GByteArray) packet = lt_build_v4(6, 0, segment);
    LtPacket read;

    packet->data[32] = (guint8) (words << 4);
    /* Six words take the payload for options; seven are more than there is. */
    g_assert_cmpint(read_exact(packet, packet->len, &read),
                    ==,
                    words == 5 || words == 6 ? LT_WIRE_FOUND : LT_WIRE_MALFORMED);
  }
}

static void
test_options(void)
{
  static const struct {
    const char *label;
    guint32 options;
    gboolean has;
  } rows[] = {
      {"cookie", 0x22020000, TRUE},
      {"behind NOPs", 0x01012202, TRUE},
      {"behind the end", 0x00220200, FALSE},
      {"another one", 0x04020101, FALSE},
      {"length 0 breaks the list", 0x03002202, FALSE},
      {"length 1 breaks the list", 0x03012202, FALSE},
      {"longer than the list", 0x03ff2202, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) options = g_byte_array_new(), payload = g_byte_array_new();
    g_autoptr(GByteArray) segment = NULL, packet = NULL;
    LtPacket read;

    lt_build_u32(options, rows[i].options);
    segment = lt_build_tcp(1, LT_TCP_SYN, options, payload);
    packet = lt_build_v4(6, 0, segment);
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(packet, packet->len, &read), ==, LT_WIRE_FOUND);
    g_assert_true(read.tcp_has_fastopen_cookie == rows[i].has);
  }
}

/* Hop-by-hop, routing and destination options, AH, then UDP. */
static void
test_extensions(void)
{
  g_autoptr(GByteArray) payload = text("x"), chain = g_byte_array_new();
  g_autoptr(GByteArray) datagram = lt_build_udp(payload), packet = NULL;
  LtPacket read;

  lt_build_u32(chain, 0x2b000104); /* hop-by-hop, 8 bytes, next routing */
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0x3c010000); /* routing, 16 bytes, next destination options */
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0x33000104); /* destination options, 8 bytes, next AH */
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0x11010000); /* AH, 12 bytes, next UDP */
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0);
  lt_build_bytes(chain, datagram);
  packet = lt_build_v6(0, chain);
  g_assert_cmpint(read_exact(packet, packet->len, &read), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(read.tuple.protocol, ==, 17);
  g_assert_cmpuint(read.tuple.sport, ==, 40000);
  g_assert_cmpmem(read.payload, read.payload_len, "x", 1);
  for (gsize len = 0; len < packet->len - 1; len++)
    g_assert_cmpint(read_exact(packet, len, &read), ==, LT_WIRE_NEED_MORE);
  packet->data[41] = 0xff; /* the first option header runs past the packet */
  g_assert_cmpint(read_exact(packet, packet->len, &read), ==, LT_WIRE_MALFORMED);
}

static void
test_fragments(void)
{
  static const struct {
    const char *label;
    guint field;
    gboolean is_fragment, more;
    guint offset;
  } rows[] = {
      {"whole", 0x4000, FALSE, FALSE, 0},
      {"first", 0x2000, TRUE, TRUE, 0},
      {"middle", 0x2001, TRUE, TRUE, 8},
      {"last", 0x1fff, TRUE, FALSE, 65528},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) payload = text("x"), v6_payload = g_byte_array_new();
    g_autoptr(GByteArray) datagram = lt_build_udp(payload), v4 = NULL, v6 = NULL;
    LtPacket read;

    g_test_message("%s", rows[i].label);
    v4 = lt_build_v4(17, rows[i].field, datagram);
    g_assert_cmpint(read_exact(v4, v4->len, &read), ==, LT_WIRE_FOUND);
    g_assert_true(read.is_fragment == rows[i].is_fragment);
    g_assert_true(read.more_fragments == rows[i].more);
    g_assert_cmpuint(read.fragment_offset_bytes, ==, rows[i].offset);
    g_assert_cmpuint(read.payload_len, ==, rows[i].is_fragment ? datagram->len : 1);
    g_assert_cmpuint(read.tuple.sport, ==, rows[i].is_fragment ? 0 : 40000);

    lt_build_u16(v6_payload, 17 << 8);
    lt_build_u16(v6_payload, rows[i].offset | (rows[i].more ? 1 : 0));
    lt_build_u32(v6_payload, 0xabcdef01);
    lt_build_bytes(v6_payload, datagram);
    v6 = lt_build_v6(44, v6_payload);
    g_assert_cmpint(read_exact(v6, v6->len, &read), ==, LT_WIRE_FOUND);
    g_assert_true(read.is_fragment == rows[i].is_fragment);
    g_assert_cmpuint(read.fragment_offset_bytes, ==, rows[i].offset);
    g_assert_cmphex(read.fragment_id, ==, 0xabcdef01);
    g_assert_cmpuint(read.tuple.protocol, ==, 17);
  }
}

static void
test_tuples(void)
{
  LtTuple a = {4, 6, 1, 2, {1}, {2}}, b = a;

  g_assert_true(lt_tuple_equal(&a, &b));
  g_assert_cmpuint(lt_tuple_hash(&a, 1), ==, lt_tuple_hash(&b, 1));
  g_assert_cmpuint(lt_tuple_hash(&a, 1), !=, lt_tuple_hash(&a, 2));
  b.sport = 3;
  g_assert_false(lt_tuple_equal(&a, &b));
  g_assert_cmpuint(lt_tuple_hash(&a, 1), !=, lt_tuple_hash(&b, 1));
  b = a;
  b.daddr[15] = 1;
  g_assert_false(lt_tuple_equal(&a, &b));
  g_assert_cmpuint(lt_tuple_hash(&a, 1), !=, lt_tuple_hash(&b, 1));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/packet/tcp-v4", test_tcp_v4);
  g_test_add_func("/packet/cuts", test_cuts);
  g_test_add_func("/packet/padding", test_padding);
  g_test_add_func("/packet/broken", test_broken);
  g_test_add_func("/packet/tcp-offset", test_tcp_offset);
  g_test_add_func("/packet/options", test_options);
  g_test_add_func("/packet/extensions", test_extensions);
  g_test_add_func("/packet/fragments", test_fragments);
  g_test_add_func("/packet/tuples", test_tuples);
  return g_test_run();
}
