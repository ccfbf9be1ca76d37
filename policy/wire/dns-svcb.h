/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SVCB and HTTPS records without what would hide names: ECH keys and ways to encrypted DNS. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/dns-name.h"

#include <glib.h>

G_BEGIN_DECLS

/* RFC 9461 section 3: whether @name is where a resolver's own SVCB record stands: its first label,
 * or the second behind a port's, is "_dns". */
gboolean lt_dns_svcb_is_resolver(const LtDnsName *name);

/**
 * lt_dns_svcb_strip:
 * @message: (array length=len): a response without the TCP length prefix; changed in place
 * @len: (inout): it can only get shorter
 *
 * In every section:
 *
 * - SvcParams `ech` (key 5, RFC 9460 section 14.3.2) and `dohpath` (key 7,
 *   RFC 9461 section 5) go, and with them their mention in `mandatory` (key 0, RFC 9460 section 8),
 *   which goes too when nothing else is mentioned. Port, ALPN and address hints stay.
 * - SVCB records that stand where a resolver's do go whole.
 *
 * If anything went: so do the RRSIG records over SVCB and HTTPS, which could not be validated any
 * more, and the AD bit, since what is left has been authenticated by nobody (RFC 4035 section
 * 3.2.3). A client that validates for itself finds the record bogus, as it must, and does without.
 *
 * Returns: FOUND, also when there was nothing to do; otherwise the message is broken or cannot be
 * changed, and is of no use any more.
 */
LtWireAnswer lt_dns_svcb_strip(guint8 *message, gsize *len) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
