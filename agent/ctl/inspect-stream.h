/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One direction of a TCP connection in a capture, read for the sites that it asks for. */
#pragma once

#include "agent/ctl/inspect-report.h"

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtInspectStream LtInspectStream;

/* @tuple: of its packets. */
LtInspectStream *lt_inspect_stream_new(const LtTuple *tuple);
void lt_inspect_stream_free(LtInspectStream *stream);

/* The next packet that was captured, in any order. */
void lt_inspect_stream_add(LtInspectStream *stream,
                           guint64 frame,
                           const LtPacket *packet,
                           LtInspectReport *report);

/* No more packets will come: reads what waits behind holes. */
void lt_inspect_stream_finish(LtInspectStream *stream, LtInspectReport *report);

G_END_DECLS
