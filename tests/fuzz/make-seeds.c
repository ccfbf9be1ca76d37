/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the inputs that a fuzzer starts from, built in code: make-seeds FOLDER. */
#include "policy/host-set-build.h"
#include "policy/lists/list.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *corpus;

static void
save(const char *target, const char *name, const GByteArray *bytes)
{
  g_autofree char *folder = g_build_filename(corpus, target, NULL);
  g_autofree char *file = g_build_filename(folder, name, NULL);
  g_autoptr(GError) error = NULL;

  g_mkdir_with_parents(folder, 0777);
  if (!g_file_set_contents(file, (const char *) bytes->data, (gssize) bytes->len, &error)) {
    fprintf(stderr, "make-seeds: %s\n", error->message);
    exit(1);
  }
}

static void
save_text(const char *target, const char *name, const char *text)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  lt_build_text(bytes, text);
  save(target, name, bytes);
}

static void
make_tls(void)
{
  static const gsize lens[] = {0, 200};
  static const gsize record_lens[] = {16384, 40, 1};

  for (gsize i = 0; i < G_N_ELEMENTS(lens); i++) {
    g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", lens[i]);

    for (gsize r = 0; r < G_N_ELEMENTS(record_lens); r++) {
      g_autoptr(GByteArray) records = lt_build_records(hello, record_lens[r]);
      g_autofree char *name = g_strdup_printf("hello-%zu-%zu", lens[i], record_lens[r]);

      save("tls", name, records);
      save("request", name, records);
    }
    save("tls", lens[i] == 0 ? "message" : "message-padded", hello);
  }
}

static void
make_http(void)
{
  static const char *const requests[] = {
      "GET / HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n\r\n",
      "GET http://example.com:80/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n",
      "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: a.example\r\n\r\n",
      "POST /x HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Length: 3\r\nUpgrade: h2c\r\n\r\nabc",
      "POST / HTTP/1.1\nHost:\n a.example\nTransfer-Encoding: gzip, chunked\n\n0\n\n",
      "GET / HTTP/1.0\r\nHost: a.example\r\nHost: b.example\r\nHost : c.example\r\n\r\n",
      "\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /\r\n",
      "SSH-2.0-Example\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
    g_autofree char *name = g_strdup_printf("request-%zu", i);

    save_text("http", name, requests[i]);
    save_text("request", name, requests[i]);
  }
}

static void
make_proxy(void)
{
  static const struct {
    const char *name;
    const char *bytes;
    guint len;
  } seeds[] = {
#define SEED(name, text) {name, text, sizeof(text) - 1}
      SEED("socks4a", "\x04\x01\x01\xbb\0\0\0\1me\0www.example.com\0"),
      SEED("socks5", "\x05\x02\x00\x02\x01\x02me\x02no\x05\x01\x00\x03\x0bexample.com\x01\xbb"),
      SEED("socks5-v6", "\x05\x01\x00\x05\x01\x00\x04 \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"),
      SEED("openvpn", "\x00\x0e\x38sessione\0\0\0\0\0"),
#undef SEED
  };

  for (gsize i = 0; i < G_N_ELEMENTS(seeds); i++) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *) seeds[i].bytes, seeds[i].len);
    save("proxy", seeds[i].name, bytes);
  }
}

static void
make_dns(void)
{
  g_autoptr(GByteArray) query = lt_build_dns(1, 0x0100, "www.example.com", 1, 0, 1);
  g_autoptr(GByteArray) response = lt_build_dns(1, 0x8180, "www.example.com", 65, 3, 0);
  g_autoptr(GByteArray) empty = g_byte_array_new(), target = g_byte_array_new();
  g_autoptr(GByteArray) service = g_byte_array_new();

  lt_build_u8(query, 0);
  lt_build_dns_record(query, 41, 1232, 0x8000, empty);
  save("dns", "query", query);
  lt_build_u16(target, 0x0161);
  lt_build_u16(target, 0xc010);
  lt_build_u16(service, 1);
  lt_build_dns_name(service, "cdn.example");
  lt_build_u16(response, 0xc00c);
  lt_build_dns_record(response, 5, 1, 300, target);
  lt_build_u16(response, 0xc010);
  lt_build_dns_record(response, 39, 1, 300, target);
  lt_build_u16(response, 0xc00c);
  lt_build_dns_record(response, 65, 1, 300, service);
  save("dns", "response", response);
}

static void
make_packets(void)
{
  g_autoptr(GByteArray) payload = g_byte_array_new(), options = g_byte_array_new();
  g_autoptr(GByteArray) segment = NULL, datagram = NULL, v4 = NULL, v6 = NULL;
  g_autoptr(GByteArray) part = NULL, chain = g_byte_array_new(), extended = NULL;

  lt_build_text(payload, "payload");
  lt_build_u32(options, 0x01012202);
  segment = lt_build_tcp(1, 0x18, options, payload);
  datagram = lt_build_udp(payload);
  v4 = lt_build_v4(6, 0, segment);
  save("packet", "tcp-v4", v4);
  part = lt_build_v4(17, 0x2000, datagram);
  save("packet", "fragment-v4", part);
  v6 = lt_build_v6(17, datagram);
  save("packet", "udp-v6", v6);
  lt_build_u32(chain, 0x2c000000); /* hop-by-hop, then a fragment header, then AH, then TCP */
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0x33000000);
  lt_build_u32(chain, 1);
  lt_build_u32(chain, 0x06010000);
  lt_build_u32(chain, 0);
  lt_build_u32(chain, 0);
  lt_build_bytes(chain, segment);
  extended = lt_build_v6(0, chain);
  save("packet", "extensions-v6", extended);
}

static void
make_streams(void)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  lt_build_u32(bytes, 0xfffffff0);
  lt_build_u16(bytes, 0x0418); /* four bytes at 4 */
  lt_build_text(bytes, "efgh");
  lt_build_u16(bytes, 0x0614); /* six bytes at 0, the last two known */
  lt_build_text(bytes, "abcdef");
  lt_build_u16(bytes, 0xff03); /* drop three */
  lt_build_u16(bytes, 0x0212); /* two bytes, one of them before the start */
  lt_build_text(bytes, "XY");
  save("stream", "segments", bytes);
}

/* A link type, then IP packets behind their lengths, as fuzz-inspect takes them. */
static void
make_captures(void)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 0);
  g_autoptr(GByteArray) records = lt_build_records(hello, 16384);
  g_autoptr(GByteArray) options = g_byte_array_new(), query = NULL;
  g_autoptr(GByteArray) segment = NULL, datagram = NULL, v4 = NULL, v6 = NULL, tunnel = NULL;
  g_autoptr(GByteArray) raw = g_byte_array_new(), ethernet = g_byte_array_new();

  segment = lt_build_tcp(1, 0x18, options, records);
  v4 = lt_build_v4(6, 0, segment);
  query = lt_build_dns(1, 0x0100, "www.example.com", 1, 0, 0);
  datagram = lt_build_udp(query);
  v6 = lt_build_v6(17, datagram);
  tunnel = lt_build_v4(41, 0, v6);
  lt_build_u8(raw, 2); /* LT_INSPECT_LINK_IP */
  lt_build_u16(raw, v4->len);
  lt_build_bytes(raw, v4);
  lt_build_u16(raw, tunnel->len);
  lt_build_bytes(raw, tunnel);
  save("inspect", "raw", raw);
  lt_build_u8(ethernet, 1); /* LT_INSPECT_LINK_ETHERNET */
  lt_build_u16(ethernet, 18 + v6->len);
  for (guint i = 0; i < 3; i++)
    lt_build_u32(ethernet, 0);
  lt_build_u32(ethernet, 0x81000005);
  lt_build_u16(ethernet, 0x86dd);
  lt_build_bytes(ethernet, v6);
  save("inspect", "vlan", ethernet);
}

/* A QUIC client whose hello takes two datagrams, then another connection on the same ports. */
static void
make_quic_capture(void)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 400);
  g_autoptr(GByteArray) capture = lt_build_unhex("02"); /* LT_INSPECT_LINK_IP */
  static const LtBuildQuic hows[] = {
      {.version = 1, .cid = "8 bytes!"},
      {.version = 1, .cid = "8 bytes!", .pn = 1},
      {.version = 0x6b3343cf, .cid = "8 others"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(hows); i++) {
    g_autoptr(GByteArray) frames = g_byte_array_new(), payload = g_byte_array_new();
    g_autoptr(GByteArray) datagram = NULL, packet = NULL;

    lt_build_quic_crypto(frames, hello, i == 1 ? 200 : 0, i == 2 ? 400 : 200);
    lt_build_quic_initial(payload, &hows[i], frames, 1200);
    datagram = lt_build_udp(payload);
    packet = lt_build_v4(17, 0, datagram);
    lt_build_u16(capture, packet->len);
    lt_build_bytes(capture, packet);
  }
  save("inspect", "quic", capture);
}

/* Datagrams as they are: each with its length before it. */
static void
make_quic_datagrams(guint32 version, const char *name)
{
  const LtBuildQuic how = {.version = version, .cid = "8 bytes!"};
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 300);
  g_autoptr(GByteArray) datagram = lt_build_quic_hello(&how, hello);
  g_autoptr(GByteArray) early = g_byte_array_new(), input = lt_build_unhex("00");

  lt_build_quic_sealed(early, &how, 1, 40);
  lt_build_quic_sealed(early, &how, 2, 40);
  lt_build_u16(input, early->len);
  lt_build_bytes(input, early);
  lt_build_u16(input, datagram->len);
  lt_build_bytes(input, datagram);
  save("quic", name, input);
}

/* Packets to be sealed: control, number, length, frames; messages of one byte of length. */
static void
make_quic_packets(void)
{
  static const struct {
    const char *name, *hex;
  } rows[] = {
      {"whole",
       "01"
       "00000806000504"
       "61626364"},
      {"halves",
       "01"
       "000006060003046162"
       "0001050603026364"},
      {"other-half-lost",
       "01"
       "200006060003046162"
       "0001050603026364"
       "000206060003046562"},
      {"server-id",
       "01"
       "000006060003046162"
       "0601050603026364"},
      {"two-connections",
       "01"
       "00000806000504"
       "61626364"
       "0a000806000504"
       "65666768"},
      {"other-version",
       "01"
       "000006060003046162"
       "0101050603026364"},
      {"coalesced",
       "01"
       "400006060003046162"
       "0001050603026364"},
      {"other-frames",
       "01"
       "80000e0102000000001c000000060002"
       "0161"
       "8001090300000000010203"
       "0100"},
      {"wrong-keys",
       "01"
       "08000806000504"
       "61626364"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) input = lt_build_unhex(rows[i].hex);

    save("quic", rows[i].name, input);
  }
}

static void
make_lists(void)
{
  static const char *const lists[LT_N_LIST_FORMATS] = {
      [LT_LIST_HOSTS] = "0.0.0.0 a.test b.test # c\n192.0.2.1 d.test\n:: localhost\n",
      [LT_LIST_DOMAINS] = "a.test\n*.b.test\nads*.c.test ; d\n192.0.2.1\n",
      [LT_LIST_ADBLOCK] = "||a.test^\n@@||b.a.test^$important\n||c*.test^$denyallow=d.test|e.test\n"
                          "/^ad[0-9]+\\./\n||f.test^$badfilter\n|g.test|\n://h.\n",
      [LT_LIST_RPZ] = "$TTL 1\n@ SOA a. b. ( 1 2\n 3 4 5 )\na.test CNAME .\n*.a.test CNAME *.\n"
                      "b.test A 0.0.0.0\nc.test CNAME rpz-passthru.\n",
      [LT_LIST_DNSMASQ] = "address=/a.test/b.test/0.0.0.0\nserver=/c.test/#\nlocal=/d.test/\n",
      [LT_LIST_UNBOUND] =
          "server:\nlocal-zone: \"a.test.\" refuse\nlocal-data: \"b.test A 0.0.0.0\"\n",
      [LT_LIST_UT1] = "a.test\nb.test\n",
      [LT_LIST_V2FLY] = "a.test @x\nfull:b.test\nkeyword:ads\nregexp:^ad\ninclude:other @y\n",
  };

  for (guint format = 0; format < LT_N_LIST_FORMATS; format++) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    const guint8 number = (guint8) format;

    g_byte_array_append(bytes, &number, 1);
    lt_build_text(bytes, lists[format]);
    save("list", lt_list_format_name((LtListFormat) format), bytes);
  }
}

static void
make_host_set(void)
{
  static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {1};
  static const char pattern[] = "||a*.n1.test^";
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_autoptr(GBytes) set = NULL;
  LtHostSetList *list = g_new0(LtHostSetList, 1);

  list->name = g_strdup("a");
  list->format = g_strdup("hosts");
  list->source = g_strdup("");
  list->licence = g_strdup("");
  list->date = g_strdup("");
  lt_host_set_build_add_list(build, list);
  for (guint i = 0; i < 25; i++) {
    g_autofree char *name = g_strdup_printf("n%u.test", i);

    lt_host_set_build_add_name(
        build, 0, i % 2 == 0 ? LT_LISTED_BOTH : LT_LISTED_SELF, name, strlen(name));
  }
  if (lt_host_set_build_add_pattern(build, 0, 0, pattern, strlen(pattern)) != LT_HOST_PATTERN_OK)
    exit(1);
  set = lt_host_set_build_finish(build, 0);
  g_byte_array_append(bytes, g_bytes_get_data(set, NULL), (guint) g_bytes_get_size(set));
  save("host-set", "small", bytes);
}

int
main(int argc, char **argv)
{
  if (argc != 2) {
    fputs("usage: make-seeds FOLDER\n", stderr);
    return 2;
  }
  corpus = argv[1];
  make_tls();
  make_http();
  make_proxy();
  make_dns();
  make_packets();
  make_quic_datagrams(1, "hello-1");
  make_quic_datagrams(0x6b3343cf, "hello-2");
  make_quic_packets();
  make_streams();
  make_captures();
  make_quic_capture();
  make_lists();
  make_host_set();
  return 0;
}
