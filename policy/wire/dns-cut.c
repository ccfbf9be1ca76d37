/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces taken out of a DNS message in place: lengths, counts and compression pointers follow. */
#include "policy/wire/dns-cut.h"

#include "policy/wire/dns.h"

#include <string.h>

/* RFC 1035 section 4.1.4. */
#define POINTER_MASK 0xc0u

/* Where compressed names stand in the data of a record type. */
static const struct {
  guint16 type;
  guint8 skip;
  guint8 n_names;
} layouts[] = {
    {2, 0, 1},  /* NS */
    {5, 0, 1},  /* CNAME */
    {6, 0, 2},  /* SOA */
    {12, 0, 1}, /* PTR */
    {15, 2, 1}, /* MX */
    {33, 6, 1}, /* SRV */
    {39, 0, 1}, /* DNAME */
    {64, 2, 1}, /* SVCB */
    {65, 2, 1}, /* HTTPS */
};

static guint
get_u16(const guint8 *at)
{
  return (guint) at[0] << 8 | at[1];
}

static void
set_u16(guint8 *at, guint value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

gboolean
lt_dns_cuts_add(LtDnsCuts *cuts, gsize start, gsize end)
{
  g_return_val_if_fail(start < end, FALSE);
  g_return_val_if_fail(cuts->n == 0 || cuts->piece[cuts->n - 1].end <= start, FALSE);

  if (cuts->n == LT_DNS_CUTS_MAX)
    return FALSE;
  cuts->piece[cuts->n].start = start;
  cuts->piece[cuts->n].end = end;
  cuts->n++;
  return TRUE;
}

/* Bytes that go between @start and @end. */
static gsize
cut_between(const LtDnsCuts *cuts, gsize start, gsize end)
{
  gsize n = 0;

  for (guint i = 0; i < cuts->n; i++) {
    gsize from = MAX(cuts->piece[i].start, start), to = MIN(cuts->piece[i].end, end);

    if (from < to)
      n += to - from;
  }
  return n;
}

static gboolean
is_cut(const LtDnsCuts *cuts, gsize at)
{
  return cut_between(cuts, at, at + 1) > 0;
}

/* Mends the pointer that the name at @at ends in, if it does, without following it: those before it
 * have been mended. FALSE if it leads to what goes, or past @end. @out_end: behind the name. */
static gboolean
mend_name(const LtDnsCuts *cuts, guint8 *message, gsize at, gsize end, gsize *out_end)
{
  while (at < end && message[at] != 0 && (message[at] & POINTER_MASK) == 0)
    at += (gsize) message[at] + 1;
  if (at >= end)
    return FALSE;
  *out_end = at + 1;
  if (message[at] == 0)
    return TRUE;
  if (end - at < 2)
    return FALSE;
  *out_end = at + 2;

  gsize target = get_u16(message + at) & ~(POINTER_MASK << 8);
  if (is_cut(cuts, target))
    return FALSE;
  set_u16(message + at, (guint) (target - cut_between(cuts, 0, target)) | POINTER_MASK << 8);
  return TRUE;
}

static gboolean
mend_data(const LtDnsCuts *cuts, guint8 *message, const LtDnsRecord *record)
{
  gsize at = record->rdata_at;

  for (guint i = 0; i < G_N_ELEMENTS(layouts); i++) {
    if (layouts[i].type != record->type)
      continue;
    at += layouts[i].skip;
    for (guint j = 0; j < layouts[i].n_names; j++)
      if (!mend_name(cuts, message, at, record->end, &at))
        return FALSE;
  }
  return TRUE;
}

/* A record that was read from the unchanged message: @record knows its bounds. */
static gboolean
mend_record(const LtDnsCuts *cuts, guint8 *message, const LtDnsRecord *record)
{
  static const guint8 count_at[] = {6, 8, 10}; /* by section */
  gsize owner_end;

  if (is_cut(cuts, record->start)) {
    guint8 *count = message + count_at[record->section];

    set_u16(count, get_u16(count) - 1);
    return TRUE;
  }
  set_u16(message + record->rdata_at - 2,
          (guint) (record->rdata_len - cut_between(cuts, record->rdata_at, record->end)));
  return mend_name(cuts, message, record->start, record->ttl_at - 4, &owner_end) &&
         mend_data(cuts, message, record);
}

static void
close_gaps(const LtDnsCuts *cuts, guint8 *message, gsize *len)
{
  gsize to = cuts->piece[0].start;

  for (guint i = 0; i < cuts->n; i++) {
    gsize from = cuts->piece[i].end;
    gsize end = i + 1 < cuts->n ? cuts->piece[i + 1].start : *len;

    memmove(message + to, message + from, end - from);
    to += end - from;
  }
  *len = to;
}

LtWireAnswer
lt_dns_cuts_apply(const LtDnsCuts *cuts, guint8 *message, gsize *len)
{
  LtDnsRecords records;
  LtDnsRecord record;
  LtWireAnswer answer = lt_dns_records_open(message, *len, &records);

  if (cuts->n == 0 || answer != LT_WIRE_FOUND)
    return answer;
  /* Reading follows pointers, so that what a mended one leads to must not be read again: a record's
   * owner is passed over by its bytes alone. */
  while ((answer = lt_dns_records_skip(&records, &record)) == LT_WIRE_FOUND)
    if (!mend_record(cuts, message, &record))
      return LT_WIRE_MALFORMED;
  if (answer != LT_WIRE_NOT_MINE)
    return answer;
  close_gaps(cuts, message, len);
  return LT_WIRE_FOUND;
}
