/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS questions, and which response belongs to one. RFC 1035, RFC 6891. */
#include "policy/wire/dns.h"

#include "policy/wire/cursor.h"
#include "policy/wire/dns-name.h"
#include "policy/wire/dns-records.h"

#include <string.h>

/* RFC 1035 section 4.1.1. */
#define FLAG_QR 0x8000u
#define FLAG_OPCODE 0x7800u

/* RFC 1035 section 4.2.1: over UDP without EDNS. */
#define UDP_SIZE_PLAIN_BYTES 512u

/* RFC 6891 section 6.1.4: in the OPT record's TTL. */
#define OPT_DNSSEC_OK 0x8000u

/* What the OPT record says. */
typedef struct {
  gboolean is_there;
  guint16 udp_size_bytes;
  gboolean dnssec_ok;
} Edns;

/* RFC 6891 section 6.1.1: one OPT record, owned by the root; a second one is a format error. */
static LtWireAnswer
read_edns(const guint8 *message, gsize len, Edns *edns)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer = lt_dns_records_open(message, len, &records);

  if (answer != LT_WIRE_FOUND)
    return answer;
  while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND) {
    if (record.type != LT_DNS_TYPE_OPT || record.section != LT_DNS_SECTION_ADDITIONAL)
      continue;
    if (edns->is_there || !lt_dns_name_is_root(&record.owner))
      return LT_WIRE_MALFORMED;
    edns->is_there = TRUE;
    edns->udp_size_bytes = MAX(record.klass, UDP_SIZE_PLAIN_BYTES);
    edns->dnssec_ok = (record.ttl_s & OPT_DNSSEC_OK) != 0;
  }
  return answer == LT_WIRE_NOT_MINE ? LT_WIRE_FOUND : answer;
}

/* The name goes straight to where it is wanted: copies of it cost more than reading it. */
static void
write_name(LtCursor name, LtDnsQuestion *out)
{
  out->name_is_root = name.left == 1;
  out->name_is_host = lt_host_from_labels(name.at, name.left, &out->host);
  if (out->name_is_host)
    return;
  out->host.len = 0;
  out->host.name[0] = '\0';
}

LtWireAnswer
lt_dns_read_question(const guint8 *message, gsize len, LtDnsQuestion *out)
{
  LtCursor cursor = lt_cursor(message, len), name;
  guint16 id, flags, n_questions, n_answers, n_authority, n_additional, type, klass;
  Edns edns = {FALSE, UDP_SIZE_PLAIN_BYTES, FALSE};
  LtWireAnswer answer;

  if (!lt_cursor_u16(&cursor, &id) || !lt_cursor_u16(&cursor, &flags))
    return LT_WIRE_NEED_MORE;
  if ((flags & (FLAG_QR | FLAG_OPCODE)) != 0)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_u16(&cursor, &n_questions) || !lt_cursor_u16(&cursor, &n_answers) ||
      !lt_cursor_u16(&cursor, &n_authority) || !lt_cursor_u16(&cursor, &n_additional))
    return LT_WIRE_NEED_MORE;
  if (n_questions != 1)
    return LT_WIRE_MALFORMED;
  answer = lt_dns_name_first(message, len, &name);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (!lt_cursor_skip(&cursor, name.left) || !lt_cursor_u16(&cursor, &type) ||
      !lt_cursor_u16(&cursor, &klass))
    return LT_WIRE_NEED_MORE;
  if (n_answers + n_authority + n_additional > 0)
    answer = read_edns(message, len, &edns);
  if (answer != LT_WIRE_FOUND)
    return answer;
  out->id = id;
  out->flags = flags;
  out->type = type;
  out->klass = klass;
  out->question_len_bytes = len - cursor.left - LT_DNS_HEADER_LEN;
  out->has_edns = edns.is_there;
  out->udp_size_bytes = edns.udp_size_bytes;
  out->dnssec_ok = edns.dnssec_ok;
  write_name(name, out);
  return LT_WIRE_FOUND;
}

gboolean
lt_dns_response_matches(
    const guint8 *response, gsize len, guint16 id, const guint8 *question, gsize question_len)
{
  LtCursor cursor = lt_cursor(response, len), section;
  guint16 response_id, flags, n_questions;

  if (!lt_cursor_u16(&cursor, &response_id) || !lt_cursor_u16(&cursor, &flags) ||
      !lt_cursor_u16(&cursor, &n_questions) || !lt_cursor_skip(&cursor, 6) ||
      !lt_cursor_take(&cursor, question_len, &section))
    return FALSE;
  if (response_id != id || (flags & (FLAG_QR | FLAG_OPCODE)) != FLAG_QR || n_questions != 1)
    return FALSE;
  if (question_len < 4 ||
      memcmp(section.at + question_len - 4, question + question_len - 4, 4) != 0)
    return FALSE;
  /* Length bytes are below 64 and so never letters: folding all of the name is safe. */
  for (gsize i = 0; i < question_len - 4; i++)
    if (g_ascii_tolower((char) section.at[i]) != g_ascii_tolower((char) question[i]))
      return FALSE;
  return TRUE;
}
