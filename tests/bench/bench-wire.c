/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the readers take for one message, beside a copy and a hash of the same bytes. */
#include "policy/wire/dns.h"
#include "policy/wire/http.h"
#include "policy/wire/packet.h"
#include "policy/wire/quic.h"
#include "policy/wire/tls.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The median of many short rounds, in time that this thread had: what other programs take of the
 * machine counts for little. */
#define N_ROUNDS 101
#define N_CALLS 1000

/* Whatever is measured ends here, so that no compiler leaves it out. */
static volatile guint64 sink;

typedef void (*Work)(const guint8 *bytes, gsize len);

static void
read_tls(const guint8 *bytes, gsize len)
{
  LtRequest request;

  if (lt_tls_read_stream(bytes, len, &request) == LT_WIRE_FOUND)
    sink += request.host.len;
}

static void
read_http(const guint8 *bytes, gsize len)
{
  LtRequest request;

  if (lt_http_read_head(bytes, len, &request, NULL) == LT_WIRE_FOUND)
    sink += request.host.len;
}

static void
read_request(const guint8 *bytes, gsize len)
{
  LtRequest request;

  if (lt_request_read(bytes, len, &request) == LT_WIRE_FOUND)
    sink += request.host.len;
}

static void
read_dns(const guint8 *bytes, gsize len)
{
  LtDnsQuestion question;

  if (lt_dns_read_question(bytes, len, &question) == LT_WIRE_FOUND)
    sink += question.host.len;
}

static void
read_packet(const guint8 *bytes, gsize len)
{
  LtPacket packet;

  if (lt_packet_read(bytes, len, &packet) == LT_WIRE_FOUND)
    sink += packet.payload_len;
}

/* A client's first datagram to the site's name, keys and all. */
static void
read_quic(const guint8 *bytes, gsize len)
{
  static guint8 buffer[LT_QUIC_CRYPTO_MAX_BYTES];
  LtQuicClient client = {0};
  LtQuicDatagram datagram;
  LtStream crypto;
  LtRequest request;

  lt_stream_init(&crypto, buffer, sizeof buffer, 0);
  if (lt_quic_read_datagram(&client, &crypto, bytes, len, &datagram) == LT_QUIC_BEGAN &&
      lt_tls_read_handshake(buffer, lt_stream_contiguous(&crypto), &request) == LT_WIRE_FOUND)
    sink += request.host.len;
}

static void
copy(const guint8 *bytes, gsize len)
{
  static guint8 to[4096];

  memcpy(to, bytes, MIN(len, sizeof to));
  sink += to[len / 2];
}

/* FNV-1a: one byte at a time, as a reader that looks at every byte. */
static void
hash(const guint8 *bytes, gsize len)
{
  guint64 value = G_GUINT64_CONSTANT(0xcbf29ce484222325);

  for (gsize i = 0; i < len; i++)
    value = (value ^ bytes[i]) * G_GUINT64_CONSTANT(0x100000001b3);
  sink += value;
}

static int
compare_times(const void *a, const void *b)
{
  gint64 first = *(const gint64 *) a, second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

static gint64
now_ns(void)
{
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static double
measure_ns(Work work, const GByteArray *bytes)
{
  gint64 rounds[N_ROUNDS];

  for (guint round = 0; round < N_ROUNDS; round++) {
    gint64 start = now_ns();

    for (guint i = 0; i < N_CALLS; i++)
      work(bytes->data, bytes->len);
    rounds[round] = now_ns() - start;
  }
  qsort(rounds, N_ROUNDS, sizeof rounds[0], compare_times);
  return (double) rounds[N_ROUNDS / 2] / N_CALLS;
}

static void
report(const char *label, Work work, const GByteArray *bytes)
{
  double ns = measure_ns(work, bytes);
  double copy_ns = measure_ns(copy, bytes), hash_ns = measure_ns(hash, bytes);

  printf("%-34s %5u B %8.1f ns   %5.2f of a copy   %5.2f of a hash\n",
         label,
         bytes->len,
         ns,
         ns / copy_ns,
         ns / hash_ns);
}

static GByteArray *
text(const char *string)
{
  GByteArray *bytes = g_byte_array_new();

  lt_build_text(bytes, string);
  return bytes;
}

/* A hello with as many extensions as a browser sends, the name among them. */
static GByteArray *
build_browser_hello(gsize key_share_len)
{
  static const guint16 types[] = {0x1a1a, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 45, 43, 27, 17513};
  g_autoptr(GByteArray) extensions = g_byte_array_new(), body = g_byte_array_new();
  g_autoptr(GByteArray) key_share = g_byte_array_new(), hello = NULL;

  lt_build_u32(body, 0x00020304);
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    lt_build_extension(extensions, types[i], body);
  while (key_share->len < key_share_len)
    lt_build_u8(key_share, 0x55);
  lt_build_extension(extensions, 51, key_share);
  lt_build_server_name(extensions, 0, "www.example.com", 15);
  hello = lt_build_hello(extensions);
  return lt_build_records(hello, 16384);
}

int
main(void)
{
  g_autoptr(GByteArray) small = build_browser_hello(287), large = build_browser_hello(1270);
  g_autoptr(GByteArray) split_hello = lt_build_hello_for("www.example.com", 1500);
  g_autoptr(GByteArray) split = lt_build_records(split_hello, 500);
  g_autoptr(GByteArray) curl = text(
      "GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
  g_autoptr(GByteArray) browser =
      text("GET /news/2024/page.html?from=start HTTP/1.1\r\nHost: www.example.com\r\n"
           "Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 "
           "(X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
           "Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;"
           "q=0.8\r\nAccept-Encoding: gzip, deflate\r\nAccept-Language: vi,en;q=0.9\r\n\r\n");
  g_autoptr(GByteArray) query = lt_build_dns(1, 0x0100, "www.example.com", 1, 0, 0);
  g_autoptr(GByteArray) edns = lt_build_dns(1, 0x0100, "www.example.com", 1, 0, 1);
  g_autoptr(GByteArray) nothing = g_byte_array_new();
  g_autoptr(GByteArray) segment = lt_build_tcp(1, 0x18, nothing, small);
  g_autoptr(GByteArray) packet = lt_build_v4(6, 0x4000, segment);
  const LtBuildQuic how_1 = {.version = LT_QUIC_VERSION_1, .cid = "8 bytes!"};
  const LtBuildQuic how_2 = {.version = LT_QUIC_VERSION_2, .cid = "8 bytes!"};
  g_autoptr(GByteArray) quic_hello = lt_build_hello_for("www.example.com", 517);
  g_autoptr(GByteArray) quic_1 = lt_build_quic_hello(&how_1, quic_hello);
  g_autoptr(GByteArray) quic_2 = lt_build_quic_hello(&how_2, quic_hello);

  lt_build_u8(edns, 0);
  lt_build_dns_record(edns, LT_DNS_TYPE_OPT, 1232, 0, nothing);
  report("ClientHello", read_tls, small);
  report("ClientHello, large key share", read_tls, large);
  report("ClientHello, four records", read_tls, split);
  report("HTTP head, curl", read_http, curl);
  report("HTTP head, browser", read_http, browser);
  report("first request of a stream, TLS", read_request, small);
  report("first request of a stream, HTTP", read_request, curl);
  report("DNS question", read_dns, query);
  report("DNS question with EDNS", read_dns, edns);
  report("IPv4 and TCP headers", read_packet, packet);
  report("QUIC Initial, version 1", read_quic, quic_1);
  report("QUIC Initial, version 2", read_quic, quic_2);
  return 0;
}
