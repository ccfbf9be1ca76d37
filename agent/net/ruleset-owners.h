/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for flows that pass from one account to another. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_ruleset_append_owners:
 *
 * The kernel knows a flow by addresses and ports, and remembers it for minutes after its program
 * has closed it. Ports are chosen at random: who begins something may get those of another
 * account's, by chance or by intent. He then begins a flow of his own: nobody is judged by
 * another's rules, and a user without rules is not judged at all.
 *
 * Chains and a set that the rest of the table jumps to and looks at:
 *  - "owned": comes back if the packet is of the flow's own account, or of a socket that nobody
 * owns any more, which compares with nothing. Otherwise the flow is the sender's from here on
 * ("taken"), with nothing judged, and this does not come back.
 *  - "same_slot": the packet's slot and the flow's, joined: a verdict for a flow that another
 * account has taken since is none for his.
 *
 * An established connection of TCP cannot change hands: only a SYN is looked at. Nor is what the
 * kernel passes of a QUIC flow (agent/net/ruleset-udp.h), which begins nothing. A redirected flow
 * stays so: where those of DNS are not kept apart (agent/net/ruleset-dns.h) the sender is refused.
 */
void lt_ruleset_append_owners(GString *text,
                              const LtRulesetOptions *options,
                              const LtRulesetChild *children,
                              gsize n_children);

G_END_DECLS
