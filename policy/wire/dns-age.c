/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an answer may be kept, and what is left of it later. RFC 2181, RFC 2308. */
#include "policy/wire/dns-age.h"

#include "policy/wire/dns-records.h"
#include "policy/wire/dns.h"

/* RFC 1035 section 4.1.1. */
#define FLAG_TC 0x02u
#define RCODE_MASK 0x0fu

/* RFC 1035 section 3.3.13: MINIMUM ends the data of an SOA. */
#define TYPE_SOA 6
#define SOA_FIXED_LEN 20
#define MINIMUM_LEN 4

#define MAX_TTL_S 0x7fffffffu

static guint32
get_u32(const guint8 *at)
{
  return (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8 | at[3];
}

/* What a negative answer may be kept for stands in two places of its SOA; the lower one counts. */
static guint32
ttl_of(const guint8 *message, const LtDnsRecord *record)
{
  guint32 ttl_s = record->ttl_s > MAX_TTL_S ? 0 : record->ttl_s;

  if (record->type != TYPE_SOA || record->section != LT_DNS_SECTION_AUTHORITY ||
      record->rdata_len <= SOA_FIXED_LEN)
    return ttl_s;
  return MIN(ttl_s, get_u32(message + record->end - MINIMUM_LEN));
}

guint32
lt_dns_age_limit(const guint8 *message, gsize len, gboolean *is_negative)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer;
  guint32 limit_s = MAX_TTL_S;
  gboolean has_soa = FALSE;

  *is_negative = TRUE;
  if (lt_dns_records_open(message, len, &records) != LT_WIRE_FOUND || (message[2] & FLAG_TC) != 0)
    return 0;
  guint rcode = message[3] & RCODE_MASK;
  if (rcode != LT_DNS_RCODE_NOERROR && rcode != LT_DNS_RCODE_NXDOMAIN)
    return 0;
  if (rcode == LT_DNS_RCODE_NOERROR && records.n_left[LT_DNS_SECTION_ANSWER] > 0)
    *is_negative = FALSE;

  while ((answer = lt_dns_records_skip(&records, &record)) == LT_WIRE_FOUND) {
    if (record.type == LT_DNS_TYPE_OPT)
      continue;
    limit_s = MIN(limit_s, ttl_of(message, &record));
    has_soa |= record.type == TYPE_SOA && record.section == LT_DNS_SECTION_AUTHORITY &&
               record.rdata_len > SOA_FIXED_LEN;
  }
  return answer != LT_WIRE_NOT_MINE || (*is_negative && !has_soa) ? 0 : limit_s;
}

void
lt_dns_age_add(guint8 *message, gsize len, guint32 age_s)
{
  LtDnsRecords records;
  LtDnsRecord record;

  if (age_s == 0 || lt_dns_records_open(message, len, &records) != LT_WIRE_FOUND)
    return;
  while (lt_dns_records_skip(&records, &record) == LT_WIRE_FOUND) {
    guint32 ttl_s = ttl_of(message, &record);
    guint32 left_s = ttl_s > age_s ? ttl_s - age_s : 0;

    if (record.type == LT_DNS_TYPE_OPT)
      continue;
    for (guint i = 0; i < 4; i++)
      message[record.ttl_at + i] = (guint8) (left_s >> (24 - 8 * i));
  }
}
