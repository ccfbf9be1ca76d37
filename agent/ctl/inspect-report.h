/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What inspection found: one row per flow and name, printed as it is found. */
#pragma once

#include "policy/wire/packet.h"
#include "policy/wire/request.h"

#include <glib.h>
#include <stdio.h>

G_BEGIN_DECLS

typedef struct _LtInspectReport LtInspectReport;

/**
 * lt_inspect_report_new:
 * @to: borrowed
 * @as_json: one JSON object a line instead of tab-separated columns
 */
LtInspectReport *lt_inspect_report_new(FILE *to, gboolean as_json);
void lt_inspect_report_free(LtInspectReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtInspectReport, lt_inspect_report_free)

/**
 * lt_inspect_report_add:
 * @frame: where the name was complete, from 1
 * @from_client: addresses and ports as the client sends
 * @name: as text without tabs and line ends; "-" for none
 *
 * A row that is there already is not repeated.
 */
void lt_inspect_report_add(LtInspectReport *report,
                           guint64 frame,
                           LtProtocol protocol,
                           const LtTuple *from_client,
                           const char *name);

/* Adds the name of an HTTP request or a TLS hello, as people read it. */
void lt_inspect_report_add_request(LtInspectReport *report,
                                   guint64 frame,
                                   const LtTuple *from_client,
                                   const LtRequest *request);

G_END_DECLS
