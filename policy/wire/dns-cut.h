/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces taken out of a DNS message in place: lengths, counts and compression pointers follow. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/dns-records.h"

#include <glib.h>

G_BEGIN_DECLS

/* An HTTPS answer has a handful of records with one or two pieces each to take out. */
#define LT_DNS_CUTS_MAX 32

/**
 * LtDnsCuts:
 *
 * Pieces [start, end) of one message, in rising order and apart. Zeroed at first.
 */
typedef struct {
  guint n;
  struct {
    gsize start;
    gsize end;
  } piece[LT_DNS_CUTS_MAX];
} LtDnsCuts;

/* A piece behind all that were added: a whole record, or bytes inside one record's data. FALSE when
 * there is no room. */
gboolean lt_dns_cuts_add(LtDnsCuts *cuts, gsize start, gsize end) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_cuts_apply:
 * @message: (array length=len): changed in place
 * @len: (inout)
 *
 * Takes the pieces out. Pointers are mended in owners and in the data of the types that have
 * compressed names today: NS, CNAME, SOA, PTR, MX, SRV, DNAME, SVCB, HTTPS (RFC 3597 section 4
 * forbids them in new types).
 *
 * Returns: FOUND; otherwise the message is broken, or a name leads into a piece that goes, and
 * @message is of no use any more.
 */
LtWireAnswer
lt_dns_cuts_apply(const LtDnsCuts *cuts, guint8 *message, gsize *len) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
