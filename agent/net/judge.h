/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One packet of a child in, a verdict out: asks policy/ about sites, remembers flows, tells the
 * loop. */
#pragma once

#include "agent/net/answers.h"
#include "agent/net/event.h"
#include "agent/net/flow-table.h"
#include "agent/net/mark.h"

#include "policy/rule-set.h"
#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

/* An undecided flow is refused after this many packets with payload, or LT_FLOW_BUFFER_BYTES, or
 * LT_FLOW_UNDECIDED_US. A hello comes in two, rarely five. */
#define LT_JUDGE_MAX_PACKETS 24

/**
 * LtVerdict:
 * @LT_VERDICT_GO_ON: undecided: the packet goes on, the next one is looked at
 * @LT_VERDICT_WATCH, _STAY, _UPGRADE, _ALLOW, _DENY: the flow's new state (agent/net/mark.h)
 * @LT_VERDICT_HALF: undecided, and something has gone on: everything is looked at
 * @LT_VERDICT_REFUSE: this packet is refused, the flow stays as it is
 * @LT_VERDICT_LATER: the packet is dropped; TCP sends it again, after the one that is missing
 */
typedef enum {
  LT_VERDICT_GO_ON = LT_MARK_NEW,
  LT_VERDICT_WATCH = LT_MARK_WATCH,
  LT_VERDICT_STAY = LT_MARK_STAY,
  LT_VERDICT_ALLOW = LT_MARK_ALLOW,
  LT_VERDICT_DENY = LT_MARK_DENY,
  LT_VERDICT_HALF = LT_MARK_HALF,
  LT_VERDICT_REFUSE = LT_MARK_REFUSE,
  LT_VERDICT_UPGRADE = LT_MARK_UPGRADE,
  LT_VERDICT_LATER = LT_MARK_HALF + 1,
} LtVerdict;

/* Counters of one thread; other threads may read them at any time. @n_elsewhere: sites at an
 * address that DNS never gave for them, of children for whom that is looked at. */
typedef struct {
  guint64 n_packets;
  guint64 n_judged;
  guint64 n_denied;
  guint64 n_elsewhere;
} LtJudgeCounters;

/**
 * LtJudge:
 * @flows: owned by the caller; TCP and UDP have one each
 * @events: where refusals and warnings go
 * @answers: (nullable): what DNS gave out; NULL: nobody knows, and no name is bound to its address
 * @rules: set before each batch; borrowed
 * @now_us, @utc_now_s: set before each batch
 */
typedef struct {
  LtFlowTable *flows;
  LtEventRing *events;
  LtAnswers *answers;
  const LtRuleSet *rules;
  gint64 now_us;
  gint64 utc_now_s;
  LtJudgeCounters counters;
} LtJudge;

/**
 * lt_judge_tcp:
 * @slot: whose flow, from the packet's mark
 * @state: of the flow before this packet, from the packet's mark: NEW, or what an earlier epoch
 * decided
 * @packet: of protocol TCP
 *
 * Falls closed: what is not understood is refused as the child's rules say for unknown protocols.
 */
LtVerdict lt_judge_tcp(LtJudge *judge, guint16 slot, LtMarkState state, const LtPacket *packet);

/**
 * lt_judge_udp:
 *
 * The same for UDP. QUIC, on whatever port:
 *  - Each Initial packet is judged by what a server would do with it. Undecided ones go on, since a
 *    server cannot act on half a hello, within the bounds above.
 *  - An allowed flow is in STAY: a long header always comes up, as it may begin a connection with
 *    another name. A refused one leaves the flow's other connections alone (REFUSE).
 *  - While a hello is half told everything comes up (HALF). Its connection ID is remembered beside
 *    the flow, so that no other flow can bring the other half.
 *  - A hello that came in several datagrams is in WATCH until the server's first short header.
 *  - Changed CRYPTO bytes are tampering; another hello of the same connection (HelloRetryRequest)
 *    is judged, too; another connection while one is half told waits.
 *  - Unknown versions, Initials that nobody can open or that are too small for a server: dropped.
 *  - Anything of a connection that nobody judged, and of flows that are forgotten: refused. A hello
 *    on a forgotten flow that was allowed begins anew; nothing of it goes on before it is whole.
 *
 * Anything else names no site: a tunnel (policy/wire/tunnel.h) or an unknown protocol.
 */
LtVerdict lt_judge_udp(LtJudge *judge, guint16 slot, LtMarkState state, const LtPacket *packet);

/**
 * lt_judge_flow_again:
 *
 * Returns: TRUE if the rules now in force still let this flow go on. Makes no event: the child has
 * done nothing.
 */
gboolean lt_judge_flow_again(const LtJudge *judge, const LtFlow *flow);

/* Parts of the above, for agent/net/judge-*.c. */

/* Where a flow goes, as text. */
void lt_judge_address(const LtTuple *tuple, LtHost *out);
/* What the rules say of what a flow asks for; @address is where it goes. */
LtDecision lt_judge_decide(const LtJudge *judge,
                           const LtChildRules *child,
                           LtName name,
                           const LtHost *host,
                           const LtTuple *tuple);
/* The same for a request that begins: where it goes counts, too. A known resolver's address is
 * there for encrypted DNS alone; a name may have to be where DNS said (the child's "name-binding");
 * and Tor's hello is decided as %LT_REASON_VPN. Not for judging a flow again: what was given out
 * may be forgotten by then. */
LtDecision lt_judge_decide_request(LtJudge *judge,
                                   const LtChildRules *child,
                                   const LtRequest *request,
                                   const LtTuple *tuple);
/* The same for a flow that names nobody because of @reason. */
LtDecision lt_judge_decide_nameless(const LtJudge *judge,
                                    const LtChildRules *child,
                                    LtReason reason,
                                    const LtTuple *tuple);
/* What the rules now say of a flow that was judged before. */
LtDecision
lt_judge_decide_again(const LtJudge *judge, const LtChildRules *child, const LtFlow *flow);
/* Tells the loop if there is something to tell; TRUE if the flow goes on. */
gboolean lt_judge_conclude(LtJudge *judge,
                           const LtChildRules *child,
                           LtProtocol protocol,
                           const LtHost *host,
                           const LtDecision *decision);
/* Tells the loop of a request as lt_judge_conclude() does. Of a name that its client made up (Tor)
 * only the address is told. */
gboolean lt_judge_conclude_request(LtJudge *judge,
                                   const LtChildRules *child,
                                   const LtRequest *request,
                                   const LtTuple *tuple,
                                   const LtDecision *decision);
/* Refuses @flow, which is forgotten. */
LtVerdict lt_judge_refuse(LtJudge *judge,
                          const LtChildRules *child,
                          LtFlow *flow,
                          LtProtocol protocol,
                          const LtTuple *tuple,
                          LtReason reason);

/* The offset in the client's stream of a sequence number near those seen before. */
gint64 lt_judge_offset(const LtFlow *flow, guint32 seq);

/**
 * lt_judge_http:
 * @offset: of @bytes in the client's stream
 *
 * Follows a flow on which every request is judged: bodies are passed over, the next request is read
 * and decided. What is no request is refused: behind an upgrade the kernel passes it on alone, once
 * the server has agreed.
 */
LtVerdict lt_judge_http(LtJudge *judge,
                        const LtChildRules *child,
                        LtFlow *flow,
                        gint64 offset,
                        const guint8 *bytes,
                        gsize len,
                        guint32 tcp_ack);

/**
 * lt_judge_unknown:
 * @bytes: of the client's stream from its start, which is no request
 *
 * GO_ON: it may still become a proxy's greeting; keep the bytes.
 */
LtVerdict lt_judge_unknown(
    LtJudge *judge, const LtChildRules *child, LtFlow *flow, const guint8 *bytes, gsize len);
/* TRUE if a stream that begins like this is neither a request nor a proxy's greeting. */
gboolean lt_judge_is_other(const guint8 *bytes, gsize len);
/* TRUE if a proxy on this PC carries what follows in @flow to another one. */
gboolean lt_judge_leaves(const LtFlow *flow);

/**
 * lt_judge_tls:
 * @offset: of @bytes in the client's stream
 *
 * Follows a flow whose hello was allowed, until the kernel passes it on because the server has
 * taken the hello up: what was judged must not change on its way, and a hello that answers a
 * HelloRetryRequest (RFC 8446 section 4.1.4) must ask for the same site.
 */
LtVerdict lt_judge_tls(LtJudge *judge,
                       const LtChildRules *child,
                       LtFlow *flow,
                       gint64 offset,
                       const guint8 *bytes,
                       gsize len);

/* Takes note of the request at @offset that @flow has just been allowed: its site, its end, its
 * body. */
void lt_judge_note_request(LtFlow *flow, const LtRequest *request, gint64 offset);

G_END_DECLS
