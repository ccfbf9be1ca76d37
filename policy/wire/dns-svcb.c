/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SVCB and HTTPS records without what would hide names: ECH keys and ways to encrypted DNS. */
#include "policy/wire/dns-svcb.h"

#include "policy/wire/cursor.h"
#include "policy/wire/dns-cut.h"
#include "policy/wire/dns-records.h"
#include "policy/wire/dns.h"

#include <string.h>

/* RFC 9460 section 14.3.2, RFC 9461 section 5. */
#define KEY_MANDATORY 0
#define KEY_ECH 5
#define KEY_DOHPATH 7

/* Key and length. */
#define PARAM_HEAD_LEN 4
#define KEY_LEN 2

/* RFC 9460 section 2.2: SvcPriority. */
#define PRIORITY_LEN 2

/* RFC 4034 section 3: its data begin with the type that it covers. */
#define TYPE_RRSIG 46

/* RFC 4035 section 3.2.3: the low byte of the flags. */
#define FLAG_AD_AT 3
#define FLAG_AD 0x20u

static gboolean
is_unwanted(guint key)
{
  return key == KEY_ECH || key == KEY_DOHPATH;
}

static gboolean
is_svcb(guint type)
{
  return type == LT_DNS_TYPE_SVCB || type == LT_DNS_TYPE_HTTPS;
}

static gboolean
label_is_dns(const guint8 *label)
{
  return label[0] == 4 && g_ascii_strncasecmp((const char *) label + 1, "_dns", 4) == 0;
}

gboolean
lt_dns_svcb_is_resolver(const LtDnsName *name)
{
  const guint8 *first = name->wire;

  if (label_is_dns(first))
    return TRUE;
  return first[0] > 1 && first[1] == '_' && label_is_dns(first + 1 + first[0]);
}

/* "mandatory": keys in rising order. @at: of the parameter. Shortens its length in place. */
static gboolean
cut_mentions(guint8 *message, gsize at, gsize len, LtDnsCuts *cuts)
{
  gsize n_unwanted = 0, value_at = at + PARAM_HEAD_LEN;

  for (gsize i = 0; i + KEY_LEN <= len; i += KEY_LEN)
    if (is_unwanted((guint) message[value_at + i] << 8 | message[value_at + i + 1]))
      n_unwanted++;
  if (n_unwanted == 0)
    return TRUE;
  if (n_unwanted * KEY_LEN == len)
    return lt_dns_cuts_add(cuts, at, value_at + len);

  for (gsize i = 0; i + KEY_LEN <= len; i += KEY_LEN)
    if (is_unwanted((guint) message[value_at + i] << 8 | message[value_at + i + 1]) &&
        !lt_dns_cuts_add(cuts, value_at + i, value_at + i + KEY_LEN))
      return FALSE;
  len -= n_unwanted * KEY_LEN;
  message[at + 2] = (guint8) (len >> 8);
  message[at + 3] = (guint8) len;
  return TRUE;
}

/* The pieces of one record's parameters. FALSE when they are broken or too many. */
static gboolean
cut_params(guint8 *message, const LtDnsRecord *record, LtDnsCuts *cuts)
{
  LtCursor cursor = lt_cursor(message, record->end), value;
  gsize at;

  if (lt_dns_name_skip(message, record->end, record->rdata_at + PRIORITY_LEN, &at) !=
          LT_WIRE_FOUND ||
      !lt_cursor_skip(&cursor, at))
    return FALSE;
  while (cursor.left > 0) {
    gboolean is_done = TRUE;
    guint16 key;

    at = record->end - cursor.left;
    if (!lt_cursor_u16(&cursor, &key) || !lt_cursor_block16(&cursor, &value))
      return FALSE;
    if (is_unwanted(key))
      is_done = lt_dns_cuts_add(cuts, at, at + PARAM_HEAD_LEN + value.left);
    else if (key == KEY_MANDATORY)
      is_done = cut_mentions(message, at, value.left, cuts);
    if (!is_done)
      return FALSE;
  }
  return TRUE;
}

/* Signatures over either type, by the type that they cover. */
static gboolean
is_signature(const guint8 *message, const LtDnsRecord *record)
{
  return record->type == TYPE_RRSIG && record->rdata_len >= 2 &&
         is_svcb((guint) message[record->rdata_at] << 8 | message[record->rdata_at + 1]);
}

static gboolean
has_svcb(const guint8 *message, gsize len)
{
  LtDnsRecords records;
  LtDnsRecord record;

  if (lt_dns_records_open(message, len, &records) != LT_WIRE_FOUND)
    return FALSE;
  while (lt_dns_records_skip(&records, &record) == LT_WIRE_FOUND)
    if (is_svcb(record.type))
      return TRUE;
  return FALSE;
}

/* @n_signatures: how many of the pieces are signatures. */
static LtWireAnswer
find_cuts(guint8 *message, gsize len, LtDnsCuts *cuts, guint *n_signatures)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer = lt_dns_records_open(message, len, &records);

  while (answer == LT_WIRE_FOUND &&
         (answer = lt_dns_records_next(&records, &record)) == LT_WIRE_FOUND) {
    gboolean is_done = TRUE;

    if (is_signature(message, &record)) {
      is_done = lt_dns_cuts_add(cuts, record.start, record.end);
      ++*n_signatures;
    } else if (record.type == LT_DNS_TYPE_SVCB && lt_dns_svcb_is_resolver(&record.owner)) {
      is_done = lt_dns_cuts_add(cuts, record.start, record.end);
    } else if (is_svcb(record.type)) {
      is_done = cut_params(message, &record, cuts);
    }
    if (!is_done)
      return LT_WIRE_MALFORMED;
  }
  return answer == LT_WIRE_NOT_MINE ? LT_WIRE_FOUND : answer;
}

LtWireAnswer
lt_dns_svcb_strip(guint8 *message, gsize *len)
{
  LtDnsCuts cuts = {.n = 0};
  guint n_signatures = 0;
  LtWireAnswer answer;

  if (!has_svcb(message, *len))
    return LT_WIRE_FOUND;
  answer = find_cuts(message, *len, &cuts, &n_signatures);
  if (answer != LT_WIRE_FOUND || cuts.n == n_signatures)
    return answer;
  message[FLAG_AD_AT] &= (guint8) ~FLAG_AD;
  return lt_dns_cuts_apply(&cuts, message, len);
}
