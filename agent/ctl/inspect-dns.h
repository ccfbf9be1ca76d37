/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names that DNS messages ask for, in questions and in the responses that repeat them. */
#pragma once

#include "agent/ctl/inspect-report.h"

#include "policy/wire/cursor.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_INSPECT_DNS_PORT 53

/**
 * lt_inspect_dns_read:
 * @message: one message without the TCP length prefix
 * @tuple: the packet's; the sender of a response is the server
 *
 * Reports every question's name, also of a message that is broken behind its questions.
 */
void
lt_inspect_dns_read(LtCursor message, guint64 frame, const LtTuple *tuple, LtInspectReport *report);

G_END_DECLS
