/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resource records of a DNS message, one after another. RFC 1035 section 4.1.3. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/dns-name.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LT_DNS_SECTION_ANSWER,
  LT_DNS_SECTION_AUTHORITY,
  LT_DNS_SECTION_ADDITIONAL,
} LtDnsSection;

/**
 * LtDnsRecords:
 *
 * A place in a message between two records. By value; borrows the message.
 */
typedef struct {
  const guint8 *message;
  gsize len;
  gsize at;
  guint16 n_left[3]; /* by LtDnsSection */
} LtDnsRecords;

/**
 * LtDnsRecord:
 * @section: where it stands
 * @owner: whose record it is
 * @type, @klass, @ttl_s: as they stand (an OPT record has other things in the last two)
 * @start, @end: the record's own bytes in the message, [start, end)
 * @ttl_at: offset of its four TTL bytes, so that a caller can lower them in place
 * @rdata_at, @rdata_len: its data; an offset, because names in it may point back into the message
 */
typedef struct {
  LtDnsSection section;
  LtDnsName owner;
  guint16 type;
  guint16 klass;
  guint32 ttl_s;
  gsize start;
  gsize end;
  gsize ttl_at;
  gsize rdata_at;
  gsize rdata_len;
} LtDnsRecord;

/**
 * lt_dns_records_open:
 * @message: (array length=len): a query or a response, without the TCP length prefix
 *
 * Reads the header and walks over the questions.
 *
 * Returns: FOUND, NEED_MORE or MALFORMED.
 */
LtWireAnswer
lt_dns_records_open(const guint8 *message, gsize len, LtDnsRecords *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_records_next:
 * @out: holds anything unless the answer is FOUND
 *
 * Returns: FOUND: a record, and @records moved behind it; NOT_MINE: there are no more;
 * NEED_MORE: the message ends before its counts say; MALFORMED.
 */
LtWireAnswer lt_dns_records_next(LtDnsRecords *records, LtDnsRecord *out) G_GNUC_WARN_UNUSED_RESULT;

/* As lt_dns_records_next(), but the owner is passed over: @out->owner is left alone, and no pointer
 * is followed. */
LtWireAnswer lt_dns_records_skip(LtDnsRecords *records, LtDnsRecord *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_record_read_target:
 * @record: a record that lt_dns_records_next() gave for the same @records
 * @out: the name that a CNAME, DNAME, SVCB or HTTPS record leads to (RFC 1035 3.3.1, RFC 6672 2.1,
 *   RFC 9460 2.2)
 *
 * Returns: FOUND; NOT_MINE for another type; MALFORMED when the name doesn't fit the record.
 */
LtWireAnswer lt_dns_record_read_target(const LtDnsRecords *records,
                                       const LtDnsRecord *record,
                                       LtDnsName *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
