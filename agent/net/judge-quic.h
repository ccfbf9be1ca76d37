/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC on a flow: its hellos put together and judged; parts of agent/net/judge-udp.c. */
#pragma once

#include "agent/net/judge.h"

#include <glib.h>

G_BEGIN_DECLS

/* A half-told hello that was given up may be completed at a server for so long: none waits longer
 * for the rest of a handshake. */
#define LT_QUIC_ABANDONED_US (60 * G_USEC_PER_SEC)

/* Sites that connections on the same ports may have beside the latest one; more are refused. */
#define LT_QUIC_OTHER_NAMES 4

/**
 * lt_judge_quic_reads:
 *
 * Returns: TRUE for a long header of a version whose Initial packets are read.
 */
gboolean lt_judge_quic_reads(const guint8 *bytes, gsize len);

/* TRUE for a long header of a version that is not read: nobody but its server can judge it. On
 * other ports than 443 the version must be one that is known to have been in use. */
gboolean lt_judge_quic_is_other_version(const guint8 *bytes, gsize len, guint16 dport);

/* TRUE for what looks like a short header on QUIC's usual port. */
gboolean lt_judge_quic_is_short(const guint8 *bytes, gsize len, guint16 dport);

/**
 * lt_judge_quic:
 * @flow: (nullable): what is known of the flow
 * @state: of the flow before this packet
 * @packet: with a long header, see lt_judge_quic_reads()
 */
LtVerdict lt_judge_quic(LtJudge *judge,
                        const LtChildRules *child,
                        LtFlow *flow,
                        LtMarkState state,
                        const LtPacket *packet);

/* What an allowed flow's packet without anything to judge gets. */
LtVerdict lt_judge_quic_pass(const LtJudge *judge, const LtFlow *flow);

/* What the rules in force say of all sites that @flow has connections to. */
LtDecision lt_judge_quic_again(const LtJudge *judge, const LtChildRules *child, const LtFlow *flow);

G_END_DECLS
