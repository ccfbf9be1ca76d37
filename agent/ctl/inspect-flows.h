/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP streams of a capture, put in order and read for the sites that they ask for. */
#pragma once

#include "agent/ctl/inspect-report.h"

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtInspectFlows LtInspectFlows;

/**
 * lt_inspect_flows_new:
 * @report: borrowed; must outlive the flows
 */
LtInspectFlows *lt_inspect_flows_new(LtInspectReport *report);
/* Reads what is still waiting behind holes, then frees. */
void lt_inspect_flows_free(LtInspectFlows *flows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtInspectFlows, lt_inspect_flows_free)

/**
 * lt_inspect_flows_add:
 * @packet: TCP, not a fragment
 * @context: its network
 *
 * Each direction is a stream of its own: nobody has to say who is the client.
 */
void
lt_inspect_flows_add(LtInspectFlows *flows, guint64 frame, const LtPacket *packet, guint32 context);

G_END_DECLS
