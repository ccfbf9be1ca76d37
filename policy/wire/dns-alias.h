/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of one name given out for another: the question asked in its place, and the alias. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/* How long clients may keep an alias: settings change. Addresses behind it are not kept longer. */
#define LT_DNS_ALIAS_TTL_S 60

/* What an answer with an alias never outgrows: records that do not fit any more are left out. */
#define LT_DNS_ALIAS_MAX_BYTES 1232

/**
 * lt_dns_alias_question:
 * @query: (array length=len): that @question was read from
 * @target: a normalised host name
 * @out: (array length=size)
 *
 * The same query with the same options for @target.
 *
 * Returns: bytes written; 0 when @size is too small.
 */
gsize lt_dns_alias_question(const guint8 *query,
                            gsize len,
                            const LtDnsQuestion *question,
                            const char *target,
                            guint8 *out,
                            gsize size);

/**
 * lt_dns_alias_answer:
 * @query: the message that @question was read from; its question section is what is echoed
 * @target: what was asked in its place
 * @response: (array length=len): the answer to that, found well-formed
 * @out: (array length=size): at least %LT_DNS_ALIAS_MAX_BYTES
 *
 * The response code of @response, a CNAME from the question's name to @target, and those records of
 * the answer section that are CNAME, A or AAAA. Signatures are left out and AD is clear: nobody has
 * signed this.
 *
 * Returns: bytes written; 0 when @size is too small or @response cannot be read.
 */
gsize lt_dns_alias_answer(const guint8 *query,
                          const LtDnsQuestion *question,
                          const char *target,
                          const guint8 *response,
                          gsize len,
                          guint8 *out,
                          gsize size);

G_END_DECLS
