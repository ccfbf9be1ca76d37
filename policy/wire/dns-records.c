/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resource records of a DNS message, one after another. RFC 1035 section 4.1.3. */
#include "policy/wire/dns-records.h"

#include "policy/wire/cursor.h"
#include "policy/wire/dns.h"

/* QTYPE and QCLASS. */
#define QUESTION_TAIL_LEN 4

/* RFC 9460 section 2.2: SvcPriority stands before the target. */
#define SVCB_PRIORITY_LEN 2

/* Passes over the next question; the first one's name has nothing to point to. */
static LtWireAnswer
skip_question(LtDnsRecords *records)
{
  LtWireAnswer answer;
  LtCursor labels;
  LtDnsName name;

  if (records->at == LT_DNS_HEADER_LEN) {
    answer = lt_dns_name_first(records->message, records->len, &labels);
    if (answer == LT_WIRE_FOUND)
      records->at += labels.left;
  } else {
    answer = lt_dns_name_read(records->message, records->len, records->at, &name, &records->at);
  }
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (records->len - records->at < QUESTION_TAIL_LEN)
    return LT_WIRE_NEED_MORE;
  records->at += QUESTION_TAIL_LEN;
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_dns_records_open(const guint8 *message, gsize len, LtDnsRecords *out)
{
  LtCursor header = lt_cursor(message, len);
  LtDnsRecords records = {message, len, LT_DNS_HEADER_LEN, {0, 0, 0}};
  guint16 n_questions;

  if (!lt_cursor_skip(&header, 4) || !lt_cursor_u16(&header, &n_questions))
    return LT_WIRE_NEED_MORE;
  for (guint i = 0; i < G_N_ELEMENTS(records.n_left); i++)
    if (!lt_cursor_u16(&header, &records.n_left[i]))
      return LT_WIRE_NEED_MORE;

  for (guint i = 0; i < n_questions; i++) {
    LtWireAnswer answer = skip_question(&records);

    if (answer != LT_WIRE_FOUND)
      return answer;
  }
  *out = records;
  return LT_WIRE_FOUND;
}

/* Behind the owner, which ends at @ttl_at until then. */
static LtWireAnswer
read_fields(const LtDnsRecords *records, LtDnsRecord *out)
{
  LtCursor cursor = lt_cursor(records->message, records->len), rdata;
  guint16 rdata_len;

  out->start = records->at;
  if (!lt_cursor_skip(&cursor, out->ttl_at) || !lt_cursor_u16(&cursor, &out->type) ||
      !lt_cursor_u16(&cursor, &out->klass) || !lt_cursor_u32(&cursor, &out->ttl_s) ||
      !lt_cursor_u16(&cursor, &rdata_len) || !lt_cursor_take(&cursor, rdata_len, &rdata))
    return LT_WIRE_NEED_MORE;
  out->ttl_at += 4;
  out->rdata_at = (gsize) (rdata.at - records->message);
  out->rdata_len = rdata_len;
  out->end = out->rdata_at + rdata_len;
  return LT_WIRE_FOUND;
}

/* The section of the next record; FALSE when there are no more. */
static gboolean
find_section(const LtDnsRecords *records, LtDnsSection *out)
{
  LtDnsSection section = LT_DNS_SECTION_ANSWER;

  while (records->n_left[section] == 0) {
    if (section == LT_DNS_SECTION_ADDITIONAL)
      return FALSE;
    section++;
  }
  *out = section;
  return TRUE;
}

static void
move_behind(LtDnsRecords *records, const LtDnsRecord *record)
{
  records->n_left[record->section]--;
  records->at = record->end;
}

LtWireAnswer
lt_dns_records_next(LtDnsRecords *records, LtDnsRecord *out)
{
  LtWireAnswer answer;

  if (!find_section(records, &out->section))
    return LT_WIRE_NOT_MINE;
  answer = lt_dns_name_read(records->message, records->len, records->at, &out->owner, &out->ttl_at);
  if (answer == LT_WIRE_FOUND)
    answer = read_fields(records, out);
  if (answer == LT_WIRE_FOUND)
    move_behind(records, out);
  return answer;
}

LtWireAnswer
lt_dns_records_skip(LtDnsRecords *records, LtDnsRecord *out)
{
  LtWireAnswer answer;

  if (!find_section(records, &out->section))
    return LT_WIRE_NOT_MINE;
  answer = lt_dns_name_skip(records->message, records->len, records->at, &out->ttl_at);
  if (answer == LT_WIRE_FOUND)
    answer = read_fields(records, out);
  if (answer == LT_WIRE_FOUND)
    move_behind(records, out);
  return answer;
}

LtWireAnswer
lt_dns_record_read_target(const LtDnsRecords *records, const LtDnsRecord *record, LtDnsName *out)
{
  gboolean is_svcb = record->type == LT_DNS_TYPE_SVCB || record->type == LT_DNS_TYPE_HTTPS;
  gboolean is_alias = record->type == LT_DNS_TYPE_CNAME || record->type == LT_DNS_TYPE_DNAME;
  gsize skip = is_svcb ? SVCB_PRIORITY_LEN : 0, name_end;
  LtDnsName name;

  if (!is_svcb && !is_alias)
    return LT_WIRE_NOT_MINE;
  if (record->rdata_len < skip)
    return LT_WIRE_MALFORMED;
  /* The name may point back into the message, but must not run past its own record. */
  if (lt_dns_name_read(records->message, record->end, record->rdata_at + skip, &name, &name_end) !=
      LT_WIRE_FOUND)
    return LT_WIRE_MALFORMED;
  if (is_alias && name_end != record->end)
    return LT_WIRE_MALFORMED;
  *out = name;
  return LT_WIRE_FOUND;
}
