/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of one name given out for another: the question asked in its place, and the alias. */
#include "policy/wire/dns-alias.h"

#include "policy/wire/dns-name.h"
#include "policy/wire/dns-records.h"

#include <string.h>

/* RFC 1035 section 4.1.1, RFC 4035 section 3.1.6. */
#define FLAG_QR 0x80u
#define FLAG_RD 0x01u
#define FLAG_RA 0x80u
#define FLAG_CD 0x10u
#define RCODE_MASK 0x0fu

#define CLASS_IN 1u

/* RFC 1035 section 4.1.4: the question's name, right behind the header. */
#define POINTER_TO_QUESTION (0xc000u | LT_DNS_HEADER_LEN)

/* QTYPE and QCLASS. */
#define QUESTION_TAIL_LEN 4

/* RFC 6891 section 6.2.5 and 6.1.4. */
#define OPT_LEN 11
#define OUR_UDP_SIZE_BYTES 1232u
#define OPT_DNSSEC_OK 0x8000u

/* Type, class, TTL and length of a record. */
#define FIELDS_LEN 10

typedef struct {
  guint8 *bytes;
  gsize len;
  gsize size;
  guint n_answers;
} Writer;

static void
put_u16(Writer *writer, guint value)
{
  writer->bytes[writer->len++] = (guint8) (value >> 8);
  writer->bytes[writer->len++] = (guint8) value;
}

static void
put_bytes(Writer *writer, const guint8 *bytes, gsize len)
{
  memcpy(writer->bytes + writer->len, bytes, len);
  writer->len += len;
}

/* A normalised host as labels. */
static void
name_from_host(const char *host, LtDnsName *out)
{
  gsize len = strlen(host);
  gsize length_at = 0;

  g_return_if_fail(len + 2 <= LT_DNS_NAME_MAX_BYTES);
  memcpy(out->wire + 1, host, len + 1);
  for (gsize i = 1; i <= len + 1; i++) {
    if (i <= len && out->wire[i] != '.')
      continue;
    out->wire[length_at] = (guint8) (i - length_at - 1);
    length_at = i;
  }
  out->wire[len + 1] = 0;
  out->wire_len = (guint8) (len + 2);
}

gsize
lt_dns_alias_question(const guint8 *query,
                      gsize len,
                      const LtDnsQuestion *question,
                      const char *target,
                      guint8 *out,
                      gsize size)
{
  gsize question_end = LT_DNS_HEADER_LEN + question->question_len_bytes;
  Writer writer = {.bytes = out, .size = size};
  LtDnsName name;

  g_return_val_if_fail(question_end <= len, 0);

  name_from_host(target, &name);
  if (LT_DNS_HEADER_LEN + name.wire_len + QUESTION_TAIL_LEN + (len - question_end) > size)
    return 0;
  put_bytes(&writer, query, LT_DNS_HEADER_LEN);
  put_bytes(&writer, name.wire, name.wire_len);
  put_bytes(&writer, query + question_end - QUESTION_TAIL_LEN, QUESTION_TAIL_LEN);
  put_bytes(&writer, query + question_end, len - question_end);
  return writer.len;
}

/* FALSE, and nothing is written, when there is no room. @owner: NULL for the question's name. */
static gboolean
put_record(Writer *writer,
           const LtDnsName *owner,
           guint type,
           guint32 ttl_s,
           const guint8 *data,
           gsize data_len)
{
  gsize owner_len = owner != NULL ? owner->wire_len : 2;

  if (writer->size - writer->len < owner_len + FIELDS_LEN + data_len)
    return FALSE;
  if (owner != NULL)
    put_bytes(writer, owner->wire, owner->wire_len);
  else
    put_u16(writer, POINTER_TO_QUESTION);
  put_u16(writer, type);
  put_u16(writer, CLASS_IN);
  put_u16(writer, ttl_s >> 16);
  put_u16(writer, ttl_s & 0xffffu);
  put_u16(writer, (guint) data_len);
  put_bytes(writer, data, data_len);
  writer->n_answers++;
  return TRUE;
}

/* One record of the response, if it is of use. FALSE when it is broken. */
static gboolean
take_record(Writer *writer, const LtDnsRecords *records, const LtDnsRecord *record)
{
  const guint8 *data = records->message + record->rdata_at;
  guint32 ttl_s = MIN(record->ttl_s, LT_DNS_ALIAS_TTL_S);
  LtDnsName target;

  if (record->section != LT_DNS_SECTION_ANSWER || record->klass != CLASS_IN)
    return TRUE;
  if (record->type == LT_DNS_TYPE_CNAME) {
    if (lt_dns_record_read_target(records, record, &target) != LT_WIRE_FOUND)
      return FALSE;
    (void) put_record(writer, &record->owner, record->type, ttl_s, target.wire, target.wire_len);
  } else if (record->type == LT_DNS_TYPE_A || record->type == LT_DNS_TYPE_AAAA) {
    (void) put_record(writer, &record->owner, record->type, ttl_s, data, record->rdata_len);
  }
  return TRUE;
}

static void
put_head(Writer *writer, const guint8 *query, const LtDnsQuestion *question, guint rcode)
{
  put_u16(writer, question->id);
  put_u16(writer,
          (FLAG_QR | (question->flags >> 8 & FLAG_RD)) << 8 | FLAG_RA |
              (question->flags & FLAG_CD) | rcode);
  put_u16(writer, 1);
  put_u16(writer, 0);
  put_u16(writer, 0);
  put_u16(writer, question->has_edns ? 1 : 0);
  put_bytes(writer, query + LT_DNS_HEADER_LEN, question->question_len_bytes);
}

static void
put_opt(Writer *writer, const LtDnsQuestion *question)
{
  writer->bytes[writer->len++] = 0; /* the root owns it */
  put_u16(writer, LT_DNS_TYPE_OPT);
  put_u16(writer, OUR_UDP_SIZE_BYTES);
  put_u16(writer, 0);
  put_u16(writer, question->dnssec_ok ? OPT_DNSSEC_OK : 0);
  put_u16(writer, 0);
}

gsize
lt_dns_alias_answer(const guint8 *query,
                    const LtDnsQuestion *question,
                    const char *target,
                    const guint8 *response,
                    gsize len,
                    guint8 *out,
                    gsize size)
{
  /* Room for OPT is kept. */
  Writer writer = {.bytes = out, .size = LT_DNS_ALIAS_MAX_BYTES - OPT_LEN};
  LtDnsRecords records;
  LtDnsRecord record;
  LtDnsName name;
  LtWireAnswer answer = lt_dns_records_open(response, len, &records);

  if (answer != LT_WIRE_FOUND || size < LT_DNS_ALIAS_MAX_BYTES ||
      question->question_len_bytes > LT_DNS_QUESTION_MAX_BYTES)
    return 0;
  put_head(&writer, query, question, response[3] & RCODE_MASK);
  name_from_host(target, &name);
  (void) put_record(&writer, NULL, LT_DNS_TYPE_CNAME, LT_DNS_ALIAS_TTL_S, name.wire, name.wire_len);
  while ((answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND)
    if (!take_record(&writer, &records, &record))
      return 0;
  if (answer != LT_WIRE_NOT_MINE)
    return 0;
  out[7] = (guint8) writer.n_answers; /* fewer than 100 of 12 bytes fit */
  if (question->has_edns)
    put_opt(&writer, question);
  return writer.len;
}
