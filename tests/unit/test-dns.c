/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS: questions, names with compression, records, and the replies that we make. */
#include "policy/wire/dns-name.h"
#include "policy/wire/dns-records.h"
#include "policy/wire/dns-reply.h"
#include "policy/wire/dns.h"
#include "tests/unit/wire-build.h"

#include <string.h>

static LtWireAnswer
read_exact(const GByteArray *message, gsize len, LtDnsQuestion *out)
{
  g_autofree guint8 *copy = lt_build_exact(message->data, len);

  return lt_dns_read_question(copy, len, out);
}

static void
append_opt(GByteArray *message, guint udp_size, guint32 ttl)
{
  g_autoptr(GByteArray) empty = g_byte_array_new();

  lt_build_u8(message, 0);
  lt_build_dns_record(message, LT_DNS_TYPE_OPT, udp_size, ttl, empty);
}

static void
test_question(void)
{
  g_autoptr(GByteArray) message =
      lt_build_dns(0x1234, 0x0110, "WWW.Example.com", LT_DNS_TYPE_AAAA, 0, 0);
  LtDnsQuestion question;

  g_assert_cmpint(read_exact(message, message->len, &question), ==, LT_WIRE_FOUND);
  g_assert_cmphex(question.id, ==, 0x1234);
  g_assert_cmphex(question.flags, ==, 0x0110);
  g_assert_cmpuint(question.type, ==, LT_DNS_TYPE_AAAA);
  g_assert_cmpuint(question.klass, ==, 1);
  g_assert_true(question.name_is_host);
  g_assert_false(question.name_is_root);
  g_assert_cmpstr(question.host.name, ==, "www.example.com");
  g_assert_cmpuint(question.question_len_bytes, ==, message->len - LT_DNS_HEADER_LEN);
  g_assert_false(question.has_edns);
  g_assert_cmpuint(question.udp_size_bytes, ==, 512);
  for (gsize len = 0; len < message->len; len++) {
    question.type = 4711;
    g_assert_cmpint(read_exact(message, len, &question), ==, LT_WIRE_NEED_MORE);
    g_assert_cmpuint(question.type, ==, 4711);
  }
}

static void
test_not_a_question(void)
{
  static const struct {
    const char *label;
    guint at;
    guint8 value;
    LtWireAnswer answer;
  } rows[] = {
      {"a response", 2, 0x80, LT_WIRE_NOT_MINE},
      {"notify", 2, 0x20, LT_WIRE_NOT_MINE},
      {"no question", 5, 0, LT_WIRE_MALFORMED},
      {"two questions", 5, 2, LT_WIRE_MALFORMED},
      {"an answer that isn't there", 7, 1, LT_WIRE_NEED_MORE},
      {"a record that isn't there", 11, 1, LT_WIRE_NEED_MORE},
      {"pointer to itself", 12, 0xc0, LT_WIRE_MALFORMED},
      {"label type 01", 12, 0x40, LT_WIRE_MALFORMED},
      {"label type 10", 12, 0x80, LT_WIRE_MALFORMED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = lt_build_dns(1, 0, "a.example", LT_DNS_TYPE_A, 0, 0);
    LtDnsQuestion question;

    g_test_message("%s", rows[i].label);
    message->data[rows[i].at] = rows[i].value;
    g_assert_cmpint(read_exact(message, message->len, &question), ==, rows[i].answer);
  }
}

static void
test_names(void)
{
  static const struct {
    const char *label, *name;
    gboolean is_host, is_root;
    const char *text;
  } rows[] = {
      {"host", "A.example", TRUE, FALSE, "a.example"},
      {"service", "_ldap._tcp.example", TRUE, FALSE, "_ldap._tcp.example"},
      {"root", "", FALSE, TRUE, "."},
      {"blank", "my printer.example", FALSE, FALSE, "my printer.example"},
      {"star", "*.example", FALSE, FALSE, "*.example"},
      {"control byte", "a\x01.example", FALSE, FALSE, "a\\001.example"},
      {"high byte", "a\xff.example", FALSE, FALSE, "a\\255.example"},
      {"an address", "192.0.2.1", FALSE, FALSE, "192.0.2.1"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = lt_build_dns(1, 0, rows[i].name, LT_DNS_TYPE_A, 0, 0);
    char text[LT_DNS_NAME_TEXT_SIZE];
    LtDnsQuestion question;
    LtDnsName name;

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(message, message->len, &question), ==, LT_WIRE_FOUND);
    g_assert_true(question.name_is_host == rows[i].is_host);
    g_assert_true(question.name_is_root == rows[i].is_root);
    g_assert_cmpstr(question.host.name, ==, rows[i].is_host ? rows[i].text : "");
    g_assert_cmpint(lt_dns_name_read(message->data, message->len, LT_DNS_HEADER_LEN, &name, NULL),
                    ==,
                    LT_WIRE_FOUND);
    lt_dns_name_to_text(&name, text);
    g_assert_cmpstr(text, ==, rows[i].text);
  }
}

/* A dot inside a label is no separator: "a.b" in one label is not the host a.b. */
static void
test_dot_in_label(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(1, 0, "axb.example", LT_DNS_TYPE_A, 0, 0);
  char text[LT_DNS_NAME_TEXT_SIZE];
  LtDnsQuestion question;
  LtDnsName name;

  message->data[LT_DNS_HEADER_LEN + 2] = '.';
  g_assert_cmpint(read_exact(message, message->len, &question), ==, LT_WIRE_FOUND);
  g_assert_false(question.name_is_host);
  g_assert_cmpint(lt_dns_name_read(message->data, message->len, LT_DNS_HEADER_LEN, &name, NULL),
                  ==,
                  LT_WIRE_FOUND);
  lt_dns_name_to_text(&name, text);
  g_assert_cmpstr(text, ==, "a\\.b.example");
}

static void
test_name_limits(void)
{
  for (guint last = 60; last <= 63; last++) {
    g_autoptr(GByteArray) message = g_byte_array_new();
    LtDnsName name;
    gsize end = 0;

    /* Three labels of 63, one of @last, the root: 193 + @last + 1 bytes. */
    for (guint i = 0; i < LT_DNS_HEADER_LEN; i++)
      lt_build_u8(message, 0);
    for (guint i = 0; i < 4; i++) {
      guint len = i < 3 ? 63 : last;

      lt_build_u8(message, len);
      for (guint n = 0; n < len; n++)
        lt_build_u8(message, 'a');
    }
    lt_build_u8(message, 0);
    g_assert_cmpint(lt_dns_name_read(message->data, message->len, LT_DNS_HEADER_LEN, &name, &end),
                    ==,
                    last <= 61 ? LT_WIRE_FOUND : LT_WIRE_MALFORMED);
    if (last <= 61) {
      LtHost host;

      g_assert_cmpuint(name.wire_len, ==, 194 + last);
      g_assert_cmpuint(end, ==, message->len);
      g_assert_true(lt_dns_name_to_host(&name, &host));
      g_assert_cmpuint(host.len, ==, 192 + last);
    }
  }
}

static void
test_pointers(void)
{
  static const struct {
    const char *label;
    guint at, pointer;
    LtWireAnswer answer;
    const char *text;
  } rows[] = {
      {"to the first name", 23, 12, LT_WIRE_FOUND, "x.a.example"},
      {"into the first name", 23, 14, LT_WIRE_FOUND, "x.example"},
      {"to the zero", 23, 22, LT_WIRE_FOUND, "x"},
      {"to itself", 23, 23, LT_WIRE_MALFORMED, NULL},
      {"to its own pointer", 23, 25, LT_WIRE_MALFORMED, NULL},
      {"forward", 23, 27, LT_WIRE_MALFORMED, NULL},
      {"into the header", 23, 11, LT_WIRE_MALFORMED, NULL},
      {"past the end", 23, 0x3fff, LT_WIRE_MALFORMED, NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = g_byte_array_new();
    char text[LT_DNS_NAME_TEXT_SIZE];
    LtDnsName name;
    gsize end = 0;

    for (guint n = 0; n < LT_DNS_HEADER_LEN; n++)
      lt_build_u8(message, 0);
    lt_build_dns_name(message, "a.example"); /* 12 to 22 */
    lt_build_u8(message, 1);
    lt_build_text(message, "x");
    lt_build_u16(message, 0xc000 | rows[i].pointer);
    lt_build_u32(message, 0);
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(
        lt_dns_name_read(message->data, message->len, rows[i].at, &name, &end), ==, rows[i].answer);
    if (rows[i].text != NULL) {
      lt_dns_name_to_text(&name, text);
      g_assert_cmpstr(text, ==, rows[i].text);
    }
    g_assert_cmpuint(end, ==, rows[i].text != NULL ? 27 : 0);
  }
}

static void
test_edns(void)
{
  static const struct {
    const char *label;
    guint size, expected;
    guint32 ttl;
    gboolean dnssec_ok;
  } rows[] = {
      {"small", 100, 512, 0, FALSE},
      {"512", 512, 512, 0, FALSE},
      {"DO", 1232, 1232, 0x8000, TRUE},
      {"largest", 65535, 65535, 0x7fff, FALSE},
  };
  LtDnsQuestion question;

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) message = lt_build_dns(1, 0, "a.example", LT_DNS_TYPE_A, 0, 1);

    append_opt(message, rows[i].size, rows[i].ttl);
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(read_exact(message, message->len, &question), ==, LT_WIRE_FOUND);
    g_assert_true(question.has_edns);
    g_assert_cmpuint(question.udp_size_bytes, ==, rows[i].expected);
    g_assert_true(question.dnssec_ok == rows[i].dnssec_ok);
    g_assert_cmpint(read_exact(message, message->len - 1, &question), ==, LT_WIRE_NEED_MORE);
  }
  {
    g_autoptr(GByteArray) twice = lt_build_dns(1, 0, "a.example", LT_DNS_TYPE_A, 0, 2);

    append_opt(twice, 1232, 0);
    append_opt(twice, 1232, 0);
    g_assert_cmpint(read_exact(twice, twice->len, &question), ==, LT_WIRE_MALFORMED);
  }
}

/* A CNAME to "b" + pointer, then an address, then OPT. */
static GByteArray *
build_response(void)
{
  GByteArray *message = lt_build_dns(7, 0x8180, "a.example", LT_DNS_TYPE_A, 2, 1);
  g_autoptr(GByteArray) target = g_byte_array_new(), address = g_byte_array_new();

  lt_build_u16(target, 0x0162);
  lt_build_u16(target, 0xc00e); /* ".example" */
  lt_build_u32(address, 0xc0000201);
  lt_build_u16(message, 0xc00c);
  lt_build_dns_record(message, LT_DNS_TYPE_CNAME, 1, 300, target);
  lt_build_u16(message, 0xc027); /* the CNAME's data */
  lt_build_dns_record(message, LT_DNS_TYPE_A, 1, 60, address);
  append_opt(message, 1232, 0);
  return message;
}

static void
test_records(void)
{
  g_autoptr(GByteArray) message = build_response();
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName target;
  LtHost host;

  g_assert_cmpint(lt_dns_records_open(message->data, message->len, &records), ==, LT_WIRE_FOUND);
  g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
  g_assert_cmpint(record.section, ==, LT_DNS_SECTION_ANSWER);
  g_assert_cmpuint(record.type, ==, LT_DNS_TYPE_CNAME);
  g_assert_cmpuint(record.ttl_s, ==, 300);
  g_assert_true(lt_dns_name_to_host(&record.owner, &host));
  g_assert_cmpstr(host.name, ==, "a.example");
  g_assert_cmpint(lt_dns_record_read_target(&records, &record, &target), ==, LT_WIRE_FOUND);
  g_assert_true(lt_dns_name_to_host(&target, &host));
  g_assert_cmpstr(host.name, ==, "b.example");

  g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(record.type, ==, LT_DNS_TYPE_A);
  g_assert_true(lt_dns_name_to_host(&record.owner, &host));
  g_assert_cmpstr(host.name, ==, "b.example");
  g_assert_cmpmem(message->data + record.rdata_at, record.rdata_len, "\xc0\0\x02\x01", 4);
  g_assert_cmpmem(message->data + record.ttl_at, 4, "\0\0\0\x3c", 4);
  g_assert_cmpuint(record.end - record.start, ==, 2 + 10 + 4);
  g_assert_cmpint(lt_dns_record_read_target(&records, &record, &target), ==, LT_WIRE_NOT_MINE);

  g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
  g_assert_cmpint(record.section, ==, LT_DNS_SECTION_ADDITIONAL);
  g_assert_cmpuint(record.type, ==, LT_DNS_TYPE_OPT);
  g_assert_cmpuint(record.end, ==, message->len);
  g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_NOT_MINE);
}

static void
test_record_cuts(void)
{
  g_autoptr(GByteArray) message = build_response();

  for (gsize len = 0; len < message->len; len++) {
    g_autofree guint8 *copy = lt_build_exact(message->data, len);
    LtDnsRecords records;
    LtDnsRecord record;
    LtWireAnswer answer = lt_dns_records_open(copy, len, &records);

    while (answer == LT_WIRE_FOUND)
      answer = lt_dns_records_next(&records, &record);
    g_assert_cmpint(answer, ==, LT_WIRE_NEED_MORE);
  }
}

/* The target must end with its record, and may not run past it. */
static void
test_targets(void)
{
  for (int change = -1; change <= 1; change++) {
    g_autoptr(GByteArray) message = lt_build_dns(7, 0x8180, "a.example", LT_DNS_TYPE_A, 1, 0);
    g_autoptr(GByteArray) data = g_byte_array_new();
    LtDnsRecords records;
    LtDnsRecord record;
    LtDnsName target;

    lt_build_dns_name(data, "b.c");
    lt_build_u16(message, 0xc00c);
    lt_build_dns_record(message, LT_DNS_TYPE_CNAME, 1, 300, data);
    lt_build_u8(message, 0);
    message->data[message->len - data->len - 2] = (guint8) ((int) data->len + change);
    g_assert_cmpint(lt_dns_records_open(message->data, message->len, &records), ==, LT_WIRE_FOUND);
    g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
    g_assert_cmpint(lt_dns_record_read_target(&records, &record, &target),
                    ==,
                    change == 0 ? LT_WIRE_FOUND : LT_WIRE_MALFORMED);
  }
}

static void
test_https_target(void)
{
  g_autoptr(GByteArray) message = lt_build_dns(7, 0x8180, "a.example", LT_DNS_TYPE_HTTPS, 1, 0);
  g_autoptr(GByteArray) data = g_byte_array_new();
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName target;
  LtHost host;

  lt_build_u16(data, 1);
  lt_build_dns_name(data, "cdn.example");
  lt_build_u32(data, 0x00010000);
  lt_build_u16(message, 0xc00c);
  lt_build_dns_record(message, LT_DNS_TYPE_HTTPS, 1, 300, data);
  g_assert_cmpint(lt_dns_records_open(message->data, message->len, &records), ==, LT_WIRE_FOUND);
  g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
  g_assert_cmpint(lt_dns_record_read_target(&records, &record, &target), ==, LT_WIRE_FOUND);
  g_assert_true(lt_dns_name_to_host(&target, &host));
  g_assert_cmpstr(host.name, ==, "cdn.example");
}

static void
test_matches(void)
{
  static const struct {
    const char *label;
    guint at;
    guint8 value;
    gboolean matches;
  } rows[] = {
      {"the same", 0, 0, TRUE},
      {"another case", 13, 'A', TRUE},
      {"another letter", 13, 'b', FALSE},
      {"another ID", 1, 8, FALSE},
      {"a query", 2, 0x01, FALSE},
      {"another opcode", 2, 0xa1, FALSE},
      {"no question", 5, 0, FALSE},
      {"another type", 24, 2, FALSE},
      {"another class", 26, 3, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) query = lt_build_dns(9, 0x0100, "a.example", LT_DNS_TYPE_A, 0, 0);
    g_autoptr(GByteArray) response = build_response();
    gsize question_len = query->len - LT_DNS_HEADER_LEN;

    g_test_message("%s", rows[i].label);
    response->data[rows[i].at] = rows[i].value;
    g_assert_true(
        lt_dns_response_matches(
            response->data, response->len, 7, query->data + LT_DNS_HEADER_LEN, question_len) ==
        rows[i].matches);
    g_assert_false(lt_dns_response_matches(response->data,
                                           LT_DNS_HEADER_LEN + question_len - 1,
                                           7,
                                           query->data + LT_DNS_HEADER_LEN,
                                           question_len));
  }
}

static void
test_refusals(void)
{
  static const struct {
    const char *label;
    guint8 rcode;
    guint ede;
    gboolean with_opt;
    guint n_authority;
    gsize option_len;
  } rows[] = {
      {"refused name", LT_DNS_RCODE_NXDOMAIN, LT_DNS_EDE_FILTERED, TRUE, 1, 6},
      {"refused name without EDNS", LT_DNS_RCODE_NXDOMAIN, LT_DNS_EDE_FILTERED, FALSE, 1, 0},
      {"no data", LT_DNS_RCODE_NOERROR, LT_DNS_EDE_NONE, TRUE, 1, 0},
      {"server failure", LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE, TRUE, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) query =
        lt_build_dns(0xabcd, 0x0130, "A.example", LT_DNS_TYPE_A, 0, rows[i].with_opt ? 1 : 0);
    guint8 reply[LT_DNS_REPLY_MAX_BYTES];
    LtDnsQuestion question;
    LtDnsRecords records;
    LtDnsRecord record;
    gsize len;

    g_test_message("%s", rows[i].label);
    if (rows[i].with_opt)
      append_opt(query, 4096, 0x8000);
    g_assert_cmpint(read_exact(query, query->len, &question), ==, LT_WIRE_FOUND);
    len = lt_dns_reply_write(
        query->data, &question, rows[i].rcode, (guint16) rows[i].ede, reply, sizeof reply);
    g_assert_true(lt_dns_response_matches(
        reply, len, 0xabcd, query->data + LT_DNS_HEADER_LEN, question.question_len_bytes));
    /* QR, RD as asked, RA, CD as asked. */
    g_assert_cmphex(reply[2], ==, 0x81);
    g_assert_cmphex(reply[3], ==, 0x90 | rows[i].rcode);
    g_assert_cmpuint(reply[9], ==, rows[i].n_authority);
    g_assert_cmpint(lt_dns_records_open(reply, len, &records), ==, LT_WIRE_FOUND);
    if (rows[i].n_authority > 0) {
      g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
      g_assert_cmpint(record.section, ==, LT_DNS_SECTION_AUTHORITY);
      g_assert_cmpuint(record.type, ==, 6);
      g_assert_cmpuint(record.ttl_s, ==, LT_DNS_REPLY_TTL_S);
    }
    if (rows[i].with_opt) {
      g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_FOUND);
      g_assert_cmpuint(record.type, ==, LT_DNS_TYPE_OPT);
      g_assert_cmphex(record.ttl_s, ==, 0x8000);
      g_assert_cmpuint(record.rdata_len, ==, rows[i].option_len);
      if (record.rdata_len > 0)
        g_assert_cmpmem(reply + record.rdata_at, 6, "\0\x0f\0\x02\0\x11", 6);
    }
    g_assert_cmpint(lt_dns_records_next(&records, &record), ==, LT_WIRE_NOT_MINE);
    g_assert_cmpuint(records.at, ==, len);
    g_assert_cmpuint(lt_dns_reply_write(query->data,
                                        &question,
                                        rows[i].rcode,
                                        (guint16) rows[i].ede,
                                        reply,
                                        LT_DNS_REPLY_MAX_BYTES - 1),
                     ==,
                     0);
  }
}

static void
test_other_replies(void)
{
  g_autoptr(GByteArray) query = lt_build_dns(0xabcd, 0x2100, "a.example", LT_DNS_TYPE_A, 0, 0);
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  LtDnsQuestion question;

  g_assert_cmpuint(
      lt_dns_reply_write_format_error(query->data, query->len, reply, sizeof reply), ==, 12);
  g_assert_cmpmem(reply, 12, "\xab\xcd\xa1\x81\0\0\0\0\0\0\0\0", 12);
  g_assert_cmpuint(lt_dns_reply_write_format_error(query->data, 11, reply, sizeof reply), ==, 0);
  g_assert_cmpuint(lt_dns_reply_write_format_error(query->data, query->len, reply, 11), ==, 0);
  query->data[2] = 0x80; /* a response is never answered */
  g_assert_cmpuint(
      lt_dns_reply_write_format_error(query->data, query->len, reply, sizeof reply), ==, 0);

  query->data[2] = 0x01;
  g_assert_cmpint(read_exact(query, query->len, &question), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(lt_dns_reply_write_truncated(
                       query->data, &question, LT_DNS_RCODE_NOERROR, reply, sizeof reply),
                   ==,
                   query->len);
  g_assert_cmphex(reply[2], ==, 0x83);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns/question", test_question);
  g_test_add_func("/dns/not-a-question", test_not_a_question);
  g_test_add_func("/dns/names", test_names);
  g_test_add_func("/dns/dot-in-label", test_dot_in_label);
  g_test_add_func("/dns/name-limits", test_name_limits);
  g_test_add_func("/dns/pointers", test_pointers);
  g_test_add_func("/dns/edns", test_edns);
  g_test_add_func("/dns/records", test_records);
  g_test_add_func("/dns/record-cuts", test_record_cuts);
  g_test_add_func("/dns/targets", test_targets);
  g_test_add_func("/dns/https-target", test_https_target);
  g_test_add_func("/dns/matches", test_matches);
  g_test_add_func("/dns/refusals", test_refusals);
  g_test_add_func("/dns/other-replies", test_other_replies);
  return g_test_run();
}
