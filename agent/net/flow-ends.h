/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ends of flows: sockets of what is refused are ended, flows that have ended are forgotten. */
#pragma once

#include "agent/net/flow-table.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtFlowEnds LtFlowEnds;

/* @flows: borrowed; its thread is the one that calls all of these. Never NULL: where the kernel
 * ends no sockets, or says nothing of its flows, less happens. */
LtFlowEnds *lt_flow_ends_new(LtFlowTable *flows);
void lt_flow_ends_free(LtFlowEnds *ends);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtFlowEnds, lt_flow_ends_free)

/* Takes note of a flow of @uid that was refused; at most %LT_QUEUE_BATCH between two calls of
 * lt_flow_ends_noted(), more are left alone. */
void lt_flow_ends_note(LtFlowEnds *ends, const LtTuple *tuple, guint32 uid);

/**
 * lt_flow_ends_noted:
 *
 * The kernel's reset says what the client had when it sent: if the server's bytes have come since,
 * the client takes it for an old one (RFC 5961 section 3.2) and waits for a retransmission. Ended
 * at its socket too, no program waits. Where the reset was enough there is no socket any more.
 * A socket of UDP that is not connected hears of nothing: Firefox's, which then would wait for its
 * time-out of half a minute. It stays if it speaks to others, too, who are allowed.
 */
void lt_flow_ends_noted(LtFlowEnds *ends, gint64 now_us);

/* Ends a judged flow of @uid that may not go on. */
void lt_flow_ends_one(LtFlowEnds *ends, const LtFlow *flow, guint32 uid);

/* Ends the connections of @uid that nobody ever judged. */
void lt_flow_ends_unknown(LtFlowEnds *ends, guint32 uid);

/* Nobody says when a flow ends: the kernel is asked, beside the work that there is, when there are
 * many. It costs more than to judge one, so it takes its time: a full table makes room by itself.
 * To be called often. */
void lt_flow_ends_reap(LtFlowEnds *ends, gint64 now_us);

G_END_DECLS
