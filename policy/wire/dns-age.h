/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long an answer may be kept, and what is left of it later. RFC 2181, RFC 2308. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_dns_age_limit:
 * @message: (array length=len): a response that was found well-formed
 * @is_negative: (out): no such name, or no such data
 *
 * The lowest TTL of its records but OPT; of a negative answer also the MINIMUM of its SOA (RFC 2308
 * section 5). 0, so not to be kept: another code than NOERROR and NXDOMAIN, a truncated answer, a
 * negative answer without SOA, a referral, and whatever has a TTL of 0 or of 2^31 or more (RFC 2181
 * section 8).
 *
 * Returns: seconds.
 */
guint32 lt_dns_age_limit(const guint8 *message, gsize len, gboolean *is_negative);

/* Lowers every TTL but that of OPT by @age_s, to 0 at least, in place; that of a negative answer's
 * SOA from its MINIMUM on, if that is lower. */
void lt_dns_age_add(guint8 *message, gsize len, guint32 age_s);

G_END_DECLS
