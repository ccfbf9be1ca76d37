/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for a child's UDP: what the kernel passes or refuses alone, what is asked. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

/* What a child's UDP may ask of the agent in a second: far above what browsers and calls do, far
 * below what one queue bears, so that a flood leaves the others their share. */
#define LT_UDP_ASKED_PER_SECOND 4000u
/* The same for flows that are judged: an upload over QUIC, 190 Mbit/s where each datagram is sent
 * alone. */
#define LT_UDP_JUDGED_PER_SECOND 20000u

/* A refused flow is refused without asking for so long. */
#define LT_UDP_REFUSED_S 5u
/* Flows that can be refused so; more are asked about. */
#define LT_UDP_REFUSED_MAX 16384u

/* Longer datagrams of a judged flow are asked about: they may be several at once (UDP_SEGMENT, see
 * udp(7)), of which the table sees the first byte of the first alone. UDP lengths, header included.
 *
 * On a QUIC flow nothing may hide, not even one byte of a hello that was half told elsewhere: two
 * Initials of the least size (39 bytes: RFC 9000 section 17.2.2, an ID of 8 bytes, a CRYPTO frame
 * with one byte, RFC 9001's tag) are longer than this, a client's acknowledgements are shorter. So
 * downloads pass; requests and uploads come up.
 *
 * On others, where most is longer, nothing hides that a server would begin a connection with
 * (LT_QUIC_INITIAL_MIN_BYTES): the largest datagram without fragments on Ethernet passes. */
#define LT_UDP_QUIC_ALONE_MAX_LEN 85u
#define LT_UDP_OTHER_ALONE_MAX_LEN 1480u

/* Commands that forget which flows were refused without asking. */
#define LT_RULESET_FORGET_REFUSED_UDP                                                              \
  "flush set inet " LT_TABLE_NAME " refused4\nflush set inet " LT_TABLE_NAME " refused6\n"

/**
 * lt_ruleset_append_udp:
 *
 * Chains that the rest of the table jumps to, and their sets:
 *  - "child_udp": a child's datagram that nobody has judged. mDNS and LLMNR pass (RFC 6762, RFC
 *    4795), the rest is asked about, at the rate above.
 *  - "pass_quic": of an allowed QUIC flow (STAY): what is short and has a short header passes (RFC
 *    9000 section 17.3: the top bit is clear). A long header may begin a connection with another
 * name: it is asked about.
 *  - "pass_udp": of another allowed flow (ALLOW): passes, unless it looks like a hello of QUIC or
 *    like the first packet of WireGuard or OpenVPN.
 *  - "refused_udp": of what was refused a moment ago: refused, unless it looks like a hello of
 * QUIC: that one may name another site.
 *  - "refused_flow": the same for a flow in DENY, unless it is another account's now.
 *  - "note_refused": remembers a refused flow, and whose it was. One whose first datagram is
 * refused has no entry in connection tracking that could carry a mark.
 *  - "answered_udp": a server's datagram to a flow in WATCH: with a short header it has read the
 *    hello, and the flow is in STAY.
 */
void lt_ruleset_append_udp(GString *text, const LtRulesetOptions *options);

G_END_DECLS
