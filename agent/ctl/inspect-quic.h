/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC clients of a capture, read for the sites that their hellos ask for. */
#pragma once

#include "agent/ctl/inspect-report.h"

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtInspectQuic LtInspectQuic;

/**
 * lt_inspect_quic_new:
 * @report: borrowed; must outlive it
 */
LtInspectQuic *lt_inspect_quic_new(LtInspectReport *report);
void lt_inspect_quic_free(LtInspectQuic *quic);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtInspectQuic, lt_inspect_quic_free)

/**
 * lt_inspect_quic_add:
 * @packet: UDP of any port, not a fragment
 * @context: its network
 *
 * Each direction is a client of its own; a server's packets open with no client's keys.
 *
 * Returns: FALSE when it has no Initial packet of version 1 or 2 that can be read.
 */
gboolean
lt_inspect_quic_add(LtInspectQuic *quic, guint64 frame, const LtPacket *packet, guint32 context);

G_END_DECLS
