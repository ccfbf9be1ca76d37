/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a child's rules say of a DNS question, and of the answer that came for it. */
#pragma once

#include "policy/decision.h"
#include "policy/dns-tunnel.h"
#include "policy/host.h"
#include "policy/rule-set.h"
#include "policy/wire/answer.h"
#include "policy/wire/dns.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtDnsOutcome:
 * @LT_DNS_PASSES: goes on to the resolvers, and what they say comes back
 * @LT_DNS_ALIASED: another name is asked in its place, and stands in the answer as its alias
 * @LT_DNS_REFUSED: NXDOMAIN, with the Extended DNS Error that says "filtered"
 * @LT_DNS_NO_NAME: NXDOMAIN as if there were no such name: what a canary is for
 * @LT_DNS_NO_DATA: the name is there, but has no such record
 *
 * What the client gets.
 */
typedef enum {
  LT_DNS_PASSES,
  LT_DNS_ALIASED,
  LT_DNS_REFUSED,
  LT_DNS_NO_NAME,
  LT_DNS_NO_DATA,
} LtDnsOutcome;

/**
 * LtDnsVerdict:
 * @outcome: what the client gets
 * @is_told: the child is told: refused, or let through with a warning
 * @judges_answer: the names that the answer leads to matter too
 * @target: of %LT_DNS_ALIASED: a normalised host name, static; else NULL
 * @has_host: @host is the name that decided: of the question, or the one that it is an alias of
 * @decision: borrows from the rules that decided
 */
typedef struct {
  LtDnsOutcome outcome;
  gboolean is_told;
  gboolean judges_answer;
  const char *target;
  gboolean has_host;
  LtHost host;
  LtDecision decision;
} LtDnsVerdict;

/**
 * lt_dns_judge_question:
 * @child: (nullable): whose rules
 *
 * The site rules decide, as for a connection. These kinds of names differ:
 *
 * - Canaries (policy/data/encrypted-dns.json) do not exist, and below the names of resolver
 *   discovery (RFC 9462) there is no data, whatever the rules say: programs then leave encrypted
 *   DNS and relays off by themselves. The same goes for a resolver's own SVCB records (RFC 9461).
 * - An open search engine's host, or YouTube's, is aliased to its filtered twin where the child's
 *   settings want that (policy/safe-host.h). Questions for A and AAAA are; HTTPS, SVCB and ANY,
 *   whose answers hold addresses too, find no data; of other types the host's own are harmless.
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
 * lt_dns_judge_tunnel:
 * @tunnel: what is known of the names that this child has looked up
 * @now_us: as lt_dns_tunnel_note() wants it
 * @verdict: (inout): of lt_dns_judge_question()
 *
 * An open name that only the child's default or a category has opened is counted; where it proves
 * to be part of a tunnel through DNS, the child's "vpn" decides as %LT_REASON_VPN, with the domain
 * as the verdict's host. The child is told once for each time that a domain is shut.
 */
void lt_dns_judge_tunnel(const LtChildRules *child,
                         LtDnsTunnel *tunnel,
                         const LtDnsQuestion *question,
                         gint64 now_us,
                         LtDnsVerdict *verdict);

/**
 * lt_dns_judge_answer:
 * @question: that it answers; of an aliased one the answer is that of the name asked in its place
 * @message: (array length=len): a response without the TCP length prefix, checked by
 *   lt_dns_response_matches()
 * @out_len: bytes of @message that the records fill; what stands behind them is nobody's
 *
 * Judges the question anew (rules may have changed since), then every owner and every target of
 * CNAME, DNAME, SVCB and HTTPS in the answer section: one refused name refuses the whole answer.
 * An alias is refused by an entry, a category or as known encrypted DNS, never by the child's
 * default: an open site lives under the names of its hosting. Behind a help channel, a grant, a
 * name of the local network or an alias of ours aliases are not judged.
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
