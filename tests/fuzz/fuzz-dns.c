/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: DNS messages, read and answered. */
#include "policy/wire/dns-name.h"
#include "policy/wire/dns-records.h"
#include "policy/wire/dns-reply.h"
#include "policy/wire/dns.h"
#include "tests/fuzz/target.h"

#include <string.h>

static void
check_name(const LtDnsName *name)
{
  char text[LT_DNS_NAME_TEXT_SIZE];
  LtDnsName again;
  LtHost host;

  LT_FUZZ_CHECK(name->wire_len >= 1 && name->wire[name->wire_len - 1] == 0);
  /* Without compression it reads as itself. */
  LT_FUZZ_CHECK(lt_dns_name_read(name->wire, name->wire_len, 0, &again, NULL) == LT_WIRE_FOUND);
  LT_FUZZ_CHECK(again.wire_len == name->wire_len &&
                memcmp(again.wire, name->wire, name->wire_len) == 0);
  lt_dns_name_to_text(name, text);
  LT_FUZZ_CHECK(strlen(text) >= 1);
  if (lt_dns_name_to_host(name, &host))
    LT_FUZZ_CHECK(host.len + 2u == name->wire_len && strcmp(host.name, text) == 0);
}

/* The two ways to read a question's name are one. */
static void
check_first_name(const guint8 *message, gsize len)
{
  LtDnsName name;
  LtCursor labels;
  gsize end;
  gboolean is_found =
      lt_dns_name_read(message, len, LT_DNS_HEADER_LEN, &name, &end) == LT_WIRE_FOUND;

  LT_FUZZ_CHECK((lt_dns_name_first(message, len, &labels) == LT_WIRE_FOUND) == is_found);
  if (is_found)
    LT_FUZZ_CHECK(labels.at == message + LT_DNS_HEADER_LEN && labels.left == name.wire_len &&
                  end == LT_DNS_HEADER_LEN + labels.left &&
                  memcmp(labels.at, name.wire, labels.left) == 0);
}

static void
check_records(const guint8 *message, gsize len)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName target;
  gsize at;

  if (lt_dns_records_open(message, len, &records) != LT_WIRE_FOUND)
    return;
  at = records.at;
  while (lt_dns_records_next(&records, &record) == LT_WIRE_FOUND) {
    LT_FUZZ_CHECK(record.start == at && record.end > at && record.end <= len);
    LT_FUZZ_CHECK(record.ttl_at + 6 == record.rdata_at);
    LT_FUZZ_CHECK(record.rdata_at + record.rdata_len == record.end);
    LT_FUZZ_CHECK(records.at == record.end);
    at = record.end;
    check_name(&record.owner);
    if (lt_dns_record_read_target(&records, &record, &target) == LT_WIRE_FOUND)
      check_name(&target);
  }
}

/* What we answer is a response to the question, and reads as one. */
static void
check_reply(const guint8 *message, const LtDnsQuestion *question, guint8 rcode)
{
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  gsize len =
      lt_dns_reply_write(message, question, rcode, LT_DNS_EDE_FILTERED, reply, sizeof reply);
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer;

  LT_FUZZ_CHECK(len > LT_DNS_HEADER_LEN && len <= sizeof reply);
  LT_FUZZ_CHECK((reply[3] & 0xf) == rcode);
  LT_FUZZ_CHECK(lt_dns_response_matches(
      reply, len, question->id, message + LT_DNS_HEADER_LEN, question->question_len_bytes));
  answer = lt_dns_records_open(reply, len, &records);
  while (answer == LT_WIRE_FOUND)
    answer = lt_dns_records_next(&records, &record);
  LT_FUZZ_CHECK(answer == LT_WIRE_NOT_MINE && records.at == len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree guint8 *message = g_malloc(size > 0 ? size : 1);
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  LtDnsQuestion question, before;
  gsize len;

  if (size > 0)
    memcpy(message, data, size);
  check_first_name(message, size);
  check_records(message, size);
  len = lt_dns_reply_write_format_error(message, size, reply, sizeof reply);
  LT_FUZZ_CHECK(len == 0 || len == LT_DNS_HEADER_LEN);

  memset(&before, 0x5a, sizeof before);
  memcpy(&question, &before, sizeof before);
  if (lt_dns_read_question(message, size, &question) != LT_WIRE_FOUND) {
    LT_FUZZ_CHECK(memcmp(&question, &before, sizeof before) == 0);
    return 0;
  }
  LT_FUZZ_CHECK(LT_DNS_HEADER_LEN + question.question_len_bytes <= size);
  LT_FUZZ_CHECK(!(question.name_is_host && question.name_is_root));
  check_reply(message, &question, LT_DNS_RCODE_NXDOMAIN);
  check_reply(message, &question, LT_DNS_RCODE_SERVFAIL);
  len = lt_dns_reply_write_truncated(message, &question, 0, reply, sizeof reply);
  LT_FUZZ_CHECK(len >= LT_DNS_HEADER_LEN + question.question_len_bytes);
  return 0;
}
