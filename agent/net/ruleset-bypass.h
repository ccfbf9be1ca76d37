/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules against ways around it that need no look into packets. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

/* What a child's ping may carry, and how often it comes: more is a tunnel. A ping's own default is
 * 56 bytes, once a second. */
#define LT_ECHO_MAX_BYTES 128u
#define LT_ECHO_PER_SECOND 10u
#define LT_ECHO_BURST 20u

/**
 * lt_ruleset_append_bypass:
 *
 * Chains that the rest of the table jumps to, and their sets:
 *  - "bypass": any packet of a child that was not judged yet. Refuses the ports of DNS over TLS and
 *    QUIC (RFC 7858, RFC 9250) everywhere, and what leaves the PC by protocols that nobody judges
 *    or to the addresses of Teredo and 6to4 (RFC 4380, RFC 3056, RFC 7526).
 *  - "relays": a part of that, the addresses alone, for what leaves the PC.
 *  - "child_icmp": echo requests by size and rate; errors pass (RFC 792, RFC 4443).
 *  - "echoed": the answers, by the same measure. Reached from the input hook through the state
 *    WATCH, so that nobody else's packets are looked at.
 *
 * All of them end in "deny", accept, or go back to where they came from.
 */
void lt_ruleset_append_bypass(GString *text, guint mark_shift);

G_END_DECLS
