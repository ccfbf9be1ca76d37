/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages that are changed: pieces taken out, aliases put in, ages added. */
#include "policy/wire/dns-age.h"
#include "policy/wire/dns-alias.h"
#include "policy/wire/dns-cut.h"
#include "policy/wire/dns-records.h"
#include "policy/wire/dns-svcb.h"
#include "tests/unit/wire-build.h"

#include <string.h>

enum {
  TYPE_NS = 2,
  TYPE_SOA = 6,
  TYPE_RRSIG = 46
};

#define FLAG_AD 0x20

static void
put_hex(GByteArray *to, const char *hex)
{
  for (; hex[0] != '\0' && hex[1] != '\0'; hex += hex[2] == ' ' ? 3 : 2) {
    guint8 byte = (guint8) (g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));

    g_byte_array_append(to, &byte, 1);
  }
}

/* A record whose owner and data are given in hexadecimal. */
static void
put_record(GByteArray *to, const char *owner, guint type, guint32 ttl_s, const char *data)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new();

  put_hex(bytes, data);
  put_hex(to, owner);
  lt_build_dns_record(to, type, 1, ttl_s, bytes);
}

static char *
to_hex(const guint8 *bytes, gsize len)
{
  GString *text = g_string_new(NULL);

  for (gsize i = 0; i < len; i++)
    g_string_append_printf(text, "%02x", bytes[i]);
  return g_string_free(text, FALSE);
}

/* The data of every record of a type, parted by "|"; the owners of all are checked to be readable.
 */
static char *
data_of(const guint8 *message, gsize len, guint type)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer;

  g_assert_cmpint(lt_dns_records_open(message, len, &records), ==, LT_WIRE_FOUND);
  while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND)
    if (record.type == type)
      g_ptr_array_add(found, to_hex(message + record.rdata_at, record.rdata_len));
  g_assert_cmpint(answer, ==, LT_WIRE_NOT_MINE);
  g_assert_cmpuint(records.at, ==, len);
  g_ptr_array_add(found, NULL);
  return g_strjoinv("|", (char **) found->pdata);
}

static void
test_svcb(void)
{
  static const struct {
    const char *label;
    const char *data;
    const char *left; /* NULL: nobody's answer */
  } rows[] = {
      {"nothing to do", "0001 00 0001 0003 02 6832", "00010000010003026832"},
      {"alias", "0000 01 61 00", "0000016100"},
      {"ech alone", "0001 00 0005 0002 abcd", "000100"},
      {"ech between",
       "0001 00 0001 0003 026832 0005 0002 abcd 0006 0000",
       "0001000001000302683200060000"},
      {"empty ech", "0001 00 0005 0000", "000100"},
      {"mandatory ech", "0001 00 0000 0002 0005 0005 0001 aa", "000100"},
      {"mandatory both",
       "0001 00 0000 0004 0001 0005 0001 0003 026832 0005 0001 aa",
       "00010000000002000100010003026832"},
      {"mandatory three",
       "0001 00 0000 0006 0001 0005 0007 0001 0003 026832 0005 0000 0007 0001 2f",
       "00010000000002000100010003026832"},
      {"mandatory of odd length", "0001 00 0000 0003 000500 0005 0000", "0001000000000100"},
      {"dohpath", "0001 00 0007 0001 2f", "000100"},
      {"length past the end", "0001 00 0005 0009 ab", NULL},
      {"half a key", "0001 00 00", NULL},
      {"no target", "0001", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = lt_build_dns(1, 0x81a0, "a.test", 65, 2, 0);
    g_autofree char *data = NULL;
    gboolean is_same;
    gsize len;

    g_test_message("%s", rows[i].label);
    put_record(message, "c00c", LT_DNS_TYPE_HTTPS, 60, rows[i].data);
    put_record(message, "c00c", TYPE_RRSIG, 60, "0041 0d02 0000003c");
    len = message->len;
    if (rows[i].left == NULL) {
      g_assert_cmpint(lt_dns_svcb_strip(message->data, &len), !=, LT_WIRE_FOUND);
      continue;
    }
    g_assert_cmpint(lt_dns_svcb_strip(message->data, &len), ==, LT_WIRE_FOUND);
    data = data_of(message->data, len, LT_DNS_TYPE_HTTPS);
    g_assert_cmpstr(data, ==, rows[i].left);
    is_same = len == message->len;
    g_free(data);
    data = data_of(message->data, len, TYPE_RRSIG);
    g_assert_cmpstr(data, ==, is_same ? "00410d020000003c" : "");
    g_assert_cmpint(message->data[3] & FLAG_AD, ==, is_same ? FLAG_AD : 0);
  }
}

/* Names behind what goes are mended; what leads into it is broken. */
static void
test_pointers(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(1, 0x8180, "a.test", 65, 1, 0);
  g_autofree char *last = NULL;
  LtDnsRecords records;
  LtDnsRecord record;
  gsize len;

  put_record(message, "c00c", LT_DNS_TYPE_HTTPS, 60, "0001 00 0005 0004 abcdabcd 0006 0000");
  guint ns_at = message->len; /* its data: "ns" and a pointer to "test" */
  put_record(message, "c00c", TYPE_NS, 60, "026e73 c00e");
  g_autofree char *owner = g_strdup_printf("%04x", 0xc000u | (ns_at + 12));
  put_record(message, owner, LT_DNS_TYPE_A, 60, "0a4d0002");
  message->data[9] = 1;
  message->data[11] = 1;

  len = message->len;
  g_assert_cmpint(lt_dns_svcb_strip(message->data, &len), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(len, ==, message->len - 8);
  g_assert_cmpint(lt_dns_records_open(message->data, len, &records), ==, LT_WIRE_FOUND);
  while (lt_dns_records_next(&records, &record) == LT_WIRE_FOUND) {
    g_free(last);
    last = to_hex(record.owner.wire, record.owner.wire_len);
  }
  g_assert_cmpstr(last, ==, "026e73047465737400");
  g_assert_cmpuint(record.rdata_len, ==, 4);

  /* The same with an owner that leads into the key. */
  g_autoptr(GByteArray) bad = lt_build_dns(1, 0x8180, "a.test", 65, 2, 0);
  put_record(bad, "c00c", LT_DNS_TYPE_HTTPS, 60, "0001 00 0005 0004 03616263");
  g_free(owner);
  owner = g_strdup_printf("%04x", 0xc000u | (bad->len - 4));
  put_record(bad, owner, LT_DNS_TYPE_A, 60, "0a4d0002");
  len = bad->len;
  g_assert_cmpint(lt_dns_svcb_strip(bad->data, &len), !=, LT_WIRE_FOUND);
}

static void
test_resolver_records(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(1, 0x8180, "a.test", 64, 3, 0);
  g_autofree char *left = NULL;
  gsize len;

  put_record(message, "045f444e53 c00c", LT_DNS_TYPE_SVCB, 60, "0001 00 0001 0003 02 6832");
  put_record(message, "045f383533 045f646e73 c00c", LT_DNS_TYPE_SVCB, 60, "0001 00");
  put_record(message, "055f646e7378 c00c", LT_DNS_TYPE_SVCB, 60, "0002 00");
  len = message->len;
  g_assert_cmpint(lt_dns_svcb_strip(message->data, &len), ==, LT_WIRE_FOUND);
  left = data_of(message->data, len, LT_DNS_TYPE_SVCB);
  g_assert_cmpstr(left, ==, "000200");
}

static void
test_too_many_pieces(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(1, 0x8180, "a.test", 65, 40, 0);
  gsize len;

  for (guint i = 0; i < 40; i++)
    put_record(message, "c00c", LT_DNS_TYPE_HTTPS, 60, "0001 00 0005 0001 aa");
  len = message->len;
  g_assert_cmpint(lt_dns_svcb_strip(message->data, &len), !=, LT_WIRE_FOUND);
}

static LtDnsQuestion
question_of(const GByteArray *query)
{
  LtDnsQuestion question;

  g_assert_cmpint(lt_dns_read_question(query->data, query->len, &question), ==, LT_WIRE_FOUND);
  return question;
}

static void
test_alias(void)
{
  g_autoptr(GByteArray) query = lt_build_dns(7, 0x0110, "WWW.Search.test", 1, 0, 1);
  g_autoptr(GByteArray) response = lt_build_dns(9, 0x81b3, "safe.example", 1, 4, 0);
  guint8 asked[600], answer[LT_DNS_ALIAS_MAX_BYTES];
  g_autofree char *names = NULL, *addresses = NULL;
  LtDnsQuestion question, renamed;
  gboolean is_negative;

  put_hex(query, "00 0029 04d0 00008000 0000");
  question = question_of(query);
  gsize len = lt_dns_alias_question(
      query->data, query->len, &question, "safe.example", asked, sizeof asked);
  g_assert_cmpint(lt_dns_read_question(asked, len, &renamed), ==, LT_WIRE_FOUND);
  g_assert_cmpstr(renamed.host.name, ==, "safe.example");
  g_assert_true(renamed.has_edns && renamed.dnssec_ok && renamed.type == 1);
  g_assert_cmpuint(
      lt_dns_alias_question(query->data, query->len, &question, "safe.example", asked, len - 1),
      ==,
      0);

  put_record(response, "c00c", LT_DNS_TYPE_CNAME, 9999, "0163 c011");
  put_record(response, "0163 c011", LT_DNS_TYPE_A, 30, "0a4d0005");
  put_record(response, "0163 c011", TYPE_RRSIG, 30, "0001 0d02 0000003c");
  put_record(response, "0163 c011", LT_DNS_TYPE_HTTPS, 30, "0001 00");
  len = lt_dns_alias_answer(
      query->data, &question, "safe.example", response->data, response->len, answer, sizeof answer);
  g_assert_cmpuint(len, >, 0);
  g_assert_true(lt_dns_response_matches(
      answer, len, 7, query->data + LT_DNS_HEADER_LEN, question.question_len_bytes));
  g_assert_cmpint(memcmp(answer + 12, query->data + 12, question.question_len_bytes), ==, 0);
  g_assert_cmpint(answer[2], ==, 0x81);
  g_assert_cmpint(answer[3], ==, 0x93); /* RA, CD and the code; no AD */
  names = data_of(answer, len, LT_DNS_TYPE_CNAME);
  g_assert_cmpstr(names, ==, "0473616665076578616d706c6500|0163076578616d706c6500");
  addresses = data_of(answer, len, LT_DNS_TYPE_A);
  g_assert_cmpstr(addresses, ==, "0a4d0005");
  g_assert_cmpuint(lt_dns_age_limit(answer, len, &is_negative), ==, 0); /* no name and no SOA */
}

static void
test_age(void)
{
  static const struct {
    const char *label;
    guint flags;
    guint32 ttl_s;
    guint32 soa_ttl_s;
    const char *soa;
    guint32 limit_s;
    gboolean is_negative;
  } rows[] = {
      {"plain", 0x8180, 300, 0, NULL, 300, FALSE},
      {"no time", 0x8180, 0, 0, NULL, 0, FALSE},
      {"sign bit", 0x8180, 0x80000000u, 0, NULL, 0, FALSE},
      {"cut", 0x8380, 300, 0, NULL, 0, FALSE},
      {"failure", 0x8182, 300, 0, NULL, 0, FALSE},
      {"no name, TTL lower",
       0x8183,
       0,
       20,
       "0000 00000001 00000001 00000001 00000001 0000003c",
       20,
       TRUE},
      {"no name, MINIMUM lower",
       0x8183,
       0,
       60,
       "0000 00000001 00000001 00000001 00000001 00000014",
       20,
       TRUE},
      {"no name, short SOA", 0x8183, 0, 60, "0000 0001", 0, TRUE},
      {"no name, no SOA", 0x8183, 0, 0, NULL, 0, TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    gboolean has_answer = (rows[i].flags & 0xf) != 3;
    g_autoptr(GByteArray) message = lt_build_dns(1, rows[i].flags, "a.test", 1, has_answer, 0);
    gboolean is_negative;

    g_test_message("%s", rows[i].label);
    if (has_answer)
      put_record(message, "c00c", LT_DNS_TYPE_A, rows[i].ttl_s, "0a4d0002");
    if (rows[i].soa != NULL) {
      put_record(message, "c00c", TYPE_SOA, rows[i].soa_ttl_s, rows[i].soa);
      message->data[9] = 1;
    }
    g_assert_cmpuint(
        lt_dns_age_limit(message->data, message->len, &is_negative), ==, rows[i].limit_s);
    if (rows[i].limit_s > 0) {
      g_assert_cmpint(is_negative, ==, rows[i].is_negative);
      lt_dns_age_add(message->data, message->len, rows[i].limit_s - 1);
      g_assert_cmpuint(lt_dns_age_limit(message->data, message->len, &is_negative), ==, 1);
      lt_dns_age_add(message->data, message->len, 5);
      g_assert_cmpuint(lt_dns_age_limit(message->data, message->len, &is_negative), ==, 0);
    }
  }
}

/* OPT has flags where others have their TTL. */
static void
test_age_of_options(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(1, 0x8180, "a.test", 1, 1, 1);
  gboolean is_negative;

  put_record(message, "c00c", LT_DNS_TYPE_A, 10, "0a4d0002");
  put_hex(message, "00 0029 04d0 00008000 0000");
  g_assert_cmpuint(lt_dns_age_limit(message->data, message->len, &is_negative), ==, 10);
  lt_dns_age_add(message->data, message->len, 9);
  g_assert_cmpint(memcmp(message->data + message->len - 6, "\0\0\x80\0\0\0", 6), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-rewrite/svcb", test_svcb);
  g_test_add_func("/dns-rewrite/pointers", test_pointers);
  g_test_add_func("/dns-rewrite/resolver-records", test_resolver_records);
  g_test_add_func("/dns-rewrite/too-many-pieces", test_too_many_pieces);
  g_test_add_func("/dns-rewrite/alias", test_alias);
  g_test_add_func("/dns-rewrite/age", test_age);
  g_test_add_func("/dns-rewrite/age-of-options", test_age_of_options);
  return g_test_run();
}
