/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child's rules say of a DNS question, and of the answer that came for it. */
#pragma once

#include "policy/decision.h"
#include "policy/host.h"
#include "policy/rule-set.h"
#include "policy/wire/answer.h"
#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtDnsVerdict:
 * @is_refused: the client gets NXDOMAIN
 * @is_told: the child is told: refused, or let through with a warning
 * @judges_answer: the names that the answer leads to matter too
 * @has_host: @host is the name that decided: of the question, or the one that it is an alias of
 * @decision: borrows from the rules that decided
 */
typedef struct {
  gboolean is_refused;
  gboolean is_told;
  gboolean judges_answer;
  gboolean has_host;
  LtHost host;
  LtDecision decision;
} LtDnsVerdict;

/**
 * lt_dns_judge_question:
 * @child: (nullable): whose rules
 *
 * The site rules decide, as for a connection. Two kinds of names differ:
 *
 * - A name that is no host name is a bad name: refused and told.
 * - Names that belong to the working of DNS or of the local network, and are no site of the
 *   Internet, pass untold where nothing but the child's default would refuse them: a child for whom
 *   only some sites are open still finds the printer, and resolvers still find what they validate
 *   with. They are: the root; names of one label ("localhost", a top-level domain, a machine of
 *   the home); all below "arpa" (RFC 3172: reverse lookups, home.arpa), "localhost" (RFC 6761) and
 *   "local" (RFC 6762); and questions for NS, SOA, DS and DNSKEY of a public suffix. An entry of
 *   the child's own for such a name is obeyed.
 *
 * Total; does not allocate.
 */
void lt_dns_judge_question(const LtChildRules *child,
                           const LtDnsQuestion *question,
                           gint64 utc_now_s,
                           LtDnsVerdict *out);

/**
 * lt_dns_judge_answer:
 * @question: that it answers
 * @message: (array length=len): a response without the TCP length prefix, checked by
 *   lt_dns_response_matches()
 * @out_len: bytes of @message that the records fill; what stands behind them is nobody's
 *
 * Judges the question anew (rules may have changed since), then every owner and every target of
 * CNAME, DNAME, SVCB and HTTPS in the answer section: one refused name refuses the whole answer.
 * An alias is refused by an entry or a category only, never by the child's default: an open site
 * lives under the names of its hosting. Behind a help channel, a grant or a name of the local
 * network aliases are not judged.
 *
 * Returns: FOUND; anything else: the message is broken in any of its sections, and nobody's answer.
 */
LtWireAnswer lt_dns_judge_answer(const LtChildRules *child,
                                 const LtDnsQuestion *question,
                                 const guint8 *message,
                                 gsize len,
                                 gint64 utc_now_s,
                                 LtDnsVerdict *out,
                                 gsize *out_len) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
