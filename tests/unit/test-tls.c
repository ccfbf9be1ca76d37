/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS hellos: names, records, cuts, and everything that is broken. */
#include "policy/wire/tls.h"
#include "tests/unit/wire-build.h"

#include <string.h>

/* A label of 64 letters. */
#define LONG "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl.example"

typedef enum {
  ONE,          /* one name of type 0 */
  NO_EXTENSION, /* extensions without server_name */
  NO_FIELD,     /* no extensions at all */
  EMPTY_BODY,   /* server_name with no bytes */
  EMPTY_LIST,   /* a list with no names */
  TWO_NAMES,    /* two entries in one list */
  OTHER_FIRST,  /* an entry of type 1, then a host name */
  OTHER_LAST,   /* the other way round */
  TWICE,        /* the extension twice */
  TWICE_OTHER,  /* the extension twice, with another name */
  OTHER_TYPE,   /* an entry of type 1 */
  SHORT_LIST,   /* the list ends before its extension */
  ECH,          /* a name and an encrypted hello */
} Kind;

static GByteArray *
build(Kind kind, const char *name)
{
  g_autoptr(GByteArray) extensions = g_byte_array_new(), body = g_byte_array_new();

  switch (kind) {
  case ONE:
    lt_build_server_name(extensions, 0, name, strlen(name));
    break;
  case NO_EXTENSION:
    lt_build_extension(extensions, 23, body);
    break;
  case NO_FIELD:
    return lt_build_hello(NULL);
  case EMPTY_BODY:
    lt_build_extension(extensions, 0, body);
    break;
  case EMPTY_LIST:
    lt_build_u16(body, 0);
    lt_build_extension(extensions, 0, body);
    break;
  case TWO_NAMES:
    lt_build_u16(body, 8);
    lt_build_u32(body, 0x00000161); /* "a" */
    lt_build_u32(body, 0x00000162); /* "b" */
    lt_build_extension(extensions, 0, body);
    break;
  case OTHER_FIRST:
  case OTHER_LAST:
    lt_build_u16(body, 8);
    lt_build_u32(body, kind == OTHER_FIRST ? 0x01000161 : 0x00000161);
    lt_build_u32(body, kind == OTHER_FIRST ? 0x00000162 : 0x01000162);
    lt_build_extension(extensions, 0, body);
    break;
  case TWICE_OTHER:
    lt_build_server_name(extensions, 0, "other.example", strlen("other.example"));
    lt_build_server_name(extensions, 0, name, strlen(name));
    break;
  case TWICE:
    lt_build_server_name(extensions, 0, name, strlen(name));
    lt_build_server_name(extensions, 0, name, strlen(name));
    break;
  case OTHER_TYPE:
    lt_build_server_name(extensions, 1, name, strlen(name));
    break;
  case SHORT_LIST:
    lt_build_u16(body, 4);
    lt_build_u32(body, 0x00000161);
    lt_build_u8(body, 0);
    lt_build_extension(extensions, 0, body);
    break;
  case ECH:
    lt_build_server_name(extensions, 0, name, strlen(name));
    lt_build_u32(body, 0);
    lt_build_extension(extensions, 0xfe0d, body);
    break;
  }
  return lt_build_hello(extensions);
}

static LtWireAnswer
read_exact(const GByteArray *bytes, gsize len, LtRequest *out)
{
  g_autofree guint8 *copy = lt_build_exact(bytes->data, len);
  LtWireAnswer answer = lt_tls_read_stream(copy, len, out);

  if (answer == LT_WIRE_FOUND && out->raw_name != NULL)
    out->raw_name = bytes->data + (out->raw_name - copy);
  return answer;
}

static void
test_names(void)
{
  static const struct {
    const char *label;
    Kind kind;
    const char *sent;
    LtName name;
    const char *host;
  } rows[] = {
      {"a host", ONE, "Www.Example.com", LT_NAME_HOST, "www.example.com"},
      {"final dot", ONE, "example.com.", LT_NAME_HOST, "example.com"},
      {"IPv4", ONE, "192.0.2.1", LT_NAME_ADDRESS, "192.0.2.1"},
      {"IPv6", ONE, "2001:db8::1", LT_NAME_ADDRESS, "2001:db8::1"},
      {"empty name", ONE, "", LT_NAME_BAD, ""},
      {"a port", ONE, "example.com:443", LT_NAME_BAD, ""},
      {"a name too long", ONE, LONG, LT_NAME_BAD, ""},
      {"a final dot alone", ONE, ".", LT_NAME_BAD, ""},
      {"a byte of no host", ONE, "exa\xffmple.com", LT_NAME_BAD, ""},
      {"without the extension", NO_EXTENSION, NULL, LT_NAME_NONE, ""},
      {"without extensions", NO_FIELD, NULL, LT_NAME_NONE, ""},
      {"empty extension", EMPTY_BODY, NULL, LT_NAME_BAD, ""},
      {"empty list", EMPTY_LIST, NULL, LT_NAME_BAD, ""},
      {"two names", TWO_NAMES, NULL, LT_NAME_BAD, NULL},
      {"another kind first", OTHER_FIRST, NULL, LT_NAME_BAD, ""},
      {"another kind behind", OTHER_LAST, NULL, LT_NAME_BAD, ""},
      {"twice", TWICE, "example.com", LT_NAME_BAD, NULL},
      {"twice, another name", TWICE_OTHER, "example.com", LT_NAME_BAD, NULL},
      {"another type", OTHER_TYPE, "example.com", LT_NAME_BAD, ""},
      {"bytes behind the list", SHORT_LIST, NULL, LT_NAME_BAD, ""},
      {"ECH", ECH, "outer.example", LT_NAME_HOST, "outer.example"},
  };
  static const gsize record_lens[] = {16384, 50, 7, 1};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = build(rows[i].kind, rows[i].sent);

    for (gsize r = 0; r < G_N_ELEMENTS(record_lens); r++) {
      g_autoptr(GByteArray) records = lt_build_records(message, record_lens[r]);
      LtRequest request;

      g_test_message("%s, records of %zu", rows[i].label, record_lens[r]);
      g_assert_cmpint(read_exact(records, records->len, &request), ==, LT_WIRE_FOUND);
      g_assert_cmpint(request.protocol, ==, LT_PROTOCOL_TLS);
      g_assert_cmpint(request.name, ==, rows[i].name);
      g_assert_cmpuint(request.len_bytes, ==, records->len);
      g_assert_true(request.has_ech == (rows[i].kind == ECH));
      if (rows[i].host != NULL)
        g_assert_cmpstr(request.host.name, ==, rows[i].host);
      if (rows[i].kind == ONE && r == 0)
        g_assert_cmpmem(request.raw_name, request.raw_name_len, rows[i].sent, strlen(rows[i].sent));
      if (r > 0)
        g_assert_null(request.raw_name);
    }
  }
}

/* Every cut of every split needs more, and leaves the output alone. */
static void
test_cuts(void)
{
  static const gsize record_lens[] = {16384, 30, 1};
  g_autoptr(GByteArray) message = build(ONE, "example.com");

  for (gsize r = 0; r < G_N_ELEMENTS(record_lens); r++) {
    g_autoptr(GByteArray) records = lt_build_records(message, record_lens[r]);

    for (gsize len = 0; len < records->len; len++) {
      LtRequest request = {.len_bytes = 4711};

      g_assert_cmpint(read_exact(records, len, &request), ==, LT_WIRE_NEED_MORE);
      g_assert_cmpuint(request.len_bytes, ==, 4711);
    }
  }
}

static void
test_what_follows(void)
{
  g_autoptr(GByteArray) message = build(ONE, "example.com"), records = NULL;
  guint whole;
  LtRequest request;

  /* Another message in the hello's record belongs to its length; another record does not. */
  lt_build_u32(message, 0x14000000);
  records = lt_build_records(message, 16384);
  whole = records->len;
  lt_build_u24(records, 0x140301);
  g_assert_cmpint(read_exact(records, records->len, &request), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(request.len_bytes, ==, whole);
  g_assert_cmpstr(request.host.name, ==, "example.com");
  g_assert_true(request.has_rest);
}

/* What may stand before a second hello, at every cut. */
static void
test_behind_hello(void)
{
  static const struct {
    const char *label;
    const char *records;
    gsize len, passed;
    LtWireAnswer answer; /* with a hello behind the records */
  } cases[] = {
      {"nothing", "", 0, 0, LT_WIRE_FOUND},
      {"change_cipher_spec", "\x14\3\3\0\1\1", 6, 6, LT_WIRE_FOUND},
      {"an empty one", "\x14\3\3\0\0", 5, 5, LT_WIRE_FOUND},
      {"early data", "\x17\3\3\0\2ab\x17\3\3\0\1c", 13, 13, LT_WIRE_FOUND},
      {"an alert", "\x15\3\1\0\2\1\0", 7, 7, LT_WIRE_FOUND},
      {"a finished", "\x14\3\3\0\1\1\x16\3\3\0\1\x14", 12, 6, LT_WIRE_MALFORMED},
      {"no record", "GET /", 5, 0, LT_WIRE_MALFORMED},
      {"no version", "\x14\2", 2, 0, LT_WIRE_MALFORMED},
      {"too long", "\x17\3\3\x48\1", 5, 0, LT_WIRE_MALFORMED},
  };
  g_autoptr(GByteArray) message = build(ONE, "example.com");
  g_autoptr(GByteArray) hello = lt_build_records(message, 30);

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    LtRequest request;
    gsize passed;

    g_test_message("%s", cases[i].label);
    g_byte_array_append(bytes, (const guint8 *) cases[i].records, (guint) cases[i].len);
    lt_build_bytes(bytes, hello);
    for (gsize len = 0; len <= bytes->len; len++) {
      g_autofree guint8 *copy = lt_build_exact(bytes->data, len);
      LtWireAnswer answer = lt_tls_read_behind_hello(copy, len, &request, &passed);

      g_assert_cmpuint(passed, <=, cases[i].passed);
      if (len < bytes->len && answer != cases[i].answer)
        g_assert_cmpint(answer, ==, LT_WIRE_NEED_MORE);
      if (len < bytes->len)
        continue;
      g_assert_cmpint(answer, ==, cases[i].answer);
      g_assert_cmpuint(passed, ==, cases[i].passed);
      if (answer == LT_WIRE_FOUND)
        g_assert_cmpstr(request.host.name, ==, "example.com");
    }
  }
}

static void
test_empty_records(void)
{
  g_autoptr(GByteArray) message = build(ONE, "example.com");
  g_autoptr(GByteArray) records = lt_build_records(message, 16384);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  LtRequest request;

  lt_build_u24(bytes, 0x160301);
  lt_build_u16(bytes, 0);
  lt_build_bytes(bytes, records);
  g_assert_cmpint(read_exact(bytes, bytes->len, &request), ==, LT_WIRE_FOUND);
  g_assert_cmpstr(request.host.name, ==, "example.com");
}

/* One byte changed in a hello of one record. */
static void
test_broken(void)
{
  static const struct {
    const char *label;
    guint at;
    guint8 value;
    LtWireAnswer answer;
  } rows[] = {
      {"type below records", 0, 19, LT_WIRE_NOT_MINE},
      {"change cipher spec first", 0, 20, LT_WIRE_MALFORMED},
      {"alert first", 0, 21, LT_WIRE_MALFORMED},
      {"application data first", 0, 23, LT_WIRE_MALFORMED},
      {"heartbeat first", 0, 24, LT_WIRE_MALFORMED},
      {"type above records", 0, 25, LT_WIRE_NOT_MINE},
      {"record version 2", 1, 2, LT_WIRE_NOT_MINE},
      {"record version 4", 1, 4, LT_WIRE_NOT_MINE},
      {"record version 3.0", 2, 0, LT_WIRE_FOUND},
      {"record version 3.4", 2, 4, LT_WIRE_FOUND},
      {"record of more than 2^14", 3, 0x41, LT_WIRE_MALFORMED},
      {"hello request", 5, 0, LT_WIRE_MALFORMED},
      {"server hello", 5, 2, LT_WIRE_MALFORMED},
      {"message over 64 kB", 6, 2, LT_WIRE_MALFORMED},
      {"version 2 in the hello", 9, 2, LT_WIRE_MALFORMED},
      {"session ID of 33 bytes", 43, 33, LT_WIRE_MALFORMED},
      {"odd cipher suites", 77, 3, LT_WIRE_MALFORMED},
      {"no cipher suites", 77, 0, LT_WIRE_MALFORMED},
      {"no compression methods", 82, 0, LT_WIRE_MALFORMED},
      {"extensions too short", 85, 19, LT_WIRE_MALFORMED},
      {"extensions too long", 85, 21, LT_WIRE_MALFORMED},
      {"extension too long", 89, 17, LT_WIRE_MALFORMED},
  };
  g_autoptr(GByteArray) message = build(ONE, "example.com");

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) records = lt_build_records(message, 16384);
    LtRequest request = {.len_bytes = 4711};
    LtWireAnswer answer;

    g_test_message("%s", rows[i].label);
    g_assert_cmpuint(records->data[rows[i].at], !=, rows[i].value);
    records->data[rows[i].at] = rows[i].value;
    answer = read_exact(records, records->len, &request);
    g_assert_cmpint(answer, ==, rows[i].answer);
    if (answer != LT_WIRE_FOUND)
      g_assert_cmpuint(request.len_bytes, ==, 4711);
  }
}

/* One byte says too little: what is no TLS by its second byte is never called broken by its first.
 */
static void
test_first_byte(void)
{
  for (guint first = 0; first < 256; first++) {
    const guint8 bytes[] = {(guint8) first, 0x99};
    LtRequest request;

    g_assert_cmpint(lt_tls_read_stream(bytes, 1, &request),
                    ==,
                    (first >= 20 && first <= 24) || first >= 0x80 ? LT_WIRE_NEED_MORE
                                                                  : LT_WIRE_NOT_MINE);
    if (first < 0x80)
      g_assert_cmpint(lt_tls_read_stream(bytes, 2, &request), ==, LT_WIRE_NOT_MINE);
  }
}

/* An alert between two halves of a hello: some servers step over it. */
static void
test_record_inside(void)
{
  g_autoptr(GByteArray) message = build(ONE, "example.com");
  g_autoptr(GByteArray) records = lt_build_records(message, 60);
  LtRequest request;

  records->data[65] = 21;
  g_assert_cmpint(read_exact(records, records->len, &request), ==, LT_WIRE_MALFORMED);
}

static void
test_sizes(void)
{
  static const struct {
    gsize len;
    LtWireAnswer answer;
  } rows[] = {
      {517, LT_WIRE_FOUND},
      {1500, LT_WIRE_FOUND},
      {16384, LT_WIRE_FOUND},
      {16385, LT_WIRE_FOUND},
      {4 + LT_TLS_HELLO_MAX_BYTES - 1, LT_WIRE_FOUND},
      {4 + LT_TLS_HELLO_MAX_BYTES, LT_WIRE_FOUND},
      {4 + LT_TLS_HELLO_MAX_BYTES + 1, LT_WIRE_MALFORMED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = lt_build_hello_for("example.com", rows[i].len);
    g_autoptr(GByteArray) records = lt_build_records(message, 16384);
    LtRequest request;

    g_test_message("%zu", rows[i].len);
    g_assert_cmpuint(message->len, ==, rows[i].len);
    g_assert_cmpint(read_exact(records, records->len, &request), ==, rows[i].answer);
  }
}

/* C strings end at a NUL: what a server may read is not what stands there. */
static void
test_nul(void)
{
  static const char name[] = "example.com\0.example.org";
  g_autoptr(GByteArray) extensions = g_byte_array_new(), message = NULL, records = NULL;
  LtRequest request;

  lt_build_server_name(extensions, 0, name, sizeof name - 1);
  message = lt_build_hello(extensions);
  records = lt_build_records(message, 16384);
  g_assert_cmpint(read_exact(records, records->len, &request), ==, LT_WIRE_FOUND);
  g_assert_cmpint(request.name, ==, LT_NAME_BAD);
}

static void
test_handshake(void)
{
  g_autoptr(GByteArray) message = build(ONE, "example.com");
  guint whole = message->len;
  LtRequest request;

  lt_build_u8(message, 0xff);
  g_assert_cmpint(lt_tls_read_handshake(message->data, whole - 1, &request), ==, LT_WIRE_NEED_MORE);
  g_assert_cmpint(lt_tls_read_handshake(message->data, message->len, &request), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(request.len_bytes, ==, whole);
  g_assert_cmpstr(request.host.name, ==, "example.com");
}

static void
test_ssl2(void)
{
  static const guint8 start[] = {0x80, 0x1c, 1, 3, 1, 0, 3, 0, 0, 0, 16, 0, 0, 5};
  guint8 hello[30] = {0};
  LtRequest request;

  memcpy(hello, start, sizeof start);
  for (gsize len = 1; len < sizeof hello; len++)
    g_assert_cmpint(lt_tls_read_stream(hello, len, &request), ==, LT_WIRE_NEED_MORE);
  g_assert_cmpint(lt_tls_read_stream(hello, sizeof hello, &request), ==, LT_WIRE_FOUND);
  g_assert_cmpint(request.name, ==, LT_NAME_NONE);
  g_assert_cmpuint(request.len_bytes, ==, sizeof hello);
  hello[1]++; /* lengths that don't add up: chance, not TLS */
  g_assert_cmpint(lt_tls_read_stream(hello, sizeof hello, &request), ==, LT_WIRE_NOT_MINE);
  hello[2] = 2;
  g_assert_cmpint(lt_tls_read_stream(hello, sizeof hello, &request), ==, LT_WIRE_NOT_MINE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tls/names", test_names);
  g_test_add_func("/tls/cuts", test_cuts);
  g_test_add_func("/tls/what-follows", test_what_follows);
  g_test_add_func("/tls/behind-hello", test_behind_hello);
  g_test_add_func("/tls/empty-records", test_empty_records);
  g_test_add_func("/tls/broken", test_broken);
  g_test_add_func("/tls/first-byte", test_first_byte);
  g_test_add_func("/tls/record-inside", test_record_inside);
  g_test_add_func("/tls/sizes", test_sizes);
  g_test_add_func("/tls/nul", test_nul);
  g_test_add_func("/tls/handshake", test_handshake);
  g_test_add_func("/tls/ssl2", test_ssl2);
  return g_test_run();
}
