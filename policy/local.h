/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays on this PC: which connections, which names, and what is decided of them. */
#pragma once

#include "policy/decision.h"
#include "policy/wire/packet.h"
#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_local_flow:
 *
 * Returns: TRUE if it ends on this PC: at a loopback address, or at the address that it comes from.
 */
gboolean lt_local_flow(const LtTuple *tuple);

/**
 * lt_local_name:
 * @host: normalised
 *
 * Returns: TRUE for a name that means this PC or one beside it, whatever a proxy makes of it:
 * "localhost" and names below it (RFC 6761 section 6.3), loopback addresses, names of one label,
 * and names in "local" (RFC 6762), "localdomain", "internal" and "home.arpa" (RFC 8375).
 */
gboolean lt_local_name(const char *host);

/**
 * lt_local_decide:
 * @name, @host: what is asked for; @host is read for HOST and ADDRESS
 * @out: written on TRUE only
 *
 * A connection that stays on this PC is open for what names nobody and for what names the PC
 * itself: a printer's page, a child's own server, any protocol that is no web. Another name is a
 * proxy's to fetch and is decided like a site: FALSE. So is a name that is none.
 */
gboolean lt_local_decide(const LtTuple *tuple, LtName name, const LtHost *host, LtDecision *out)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
