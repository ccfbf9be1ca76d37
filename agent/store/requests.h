/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests in the database: asked once, answered once, expired and forgotten in time. */
#pragma once

#include "agent/store/db.h"
#include "agent/store/store.h"

#include <glib.h>

G_BEGIN_DECLS

/* Answered requests that are kept of one child; older ones are forgotten. */
#define LT_REQUESTS_MAX_CLOSED 200

/* All of these: worker, inside a transaction. */

/* 0 with @error set on a failure. */
gint64 lt_requests_add(LtDb *db,
                       guint32 uid,
                       const char *kind,
                       const char *what,
                       const char *words,
                       gint64 utc_now_s,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An open request becomes granted or refused. Returns it as it is then. */
LtRequestRecord *lt_requests_close(LtDb *db,
                                   gint64 request,
                                   LtRequestState state,
                                   const char *note,
                                   gint64 utc_now_s,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same with state REFUSED, and a line in the audit trail. */
LtRequestRecord *lt_requests_refuse(LtDb *db,
                                    gint64 request,
                                    guint32 by_uid,
                                    const char *note,
                                    gint64 utc_now_s,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (element-type LtRequestRecord) */
GPtrArray *lt_requests_list(LtDb *db,
                            guint32 uid,
                            gboolean open_only,
                            guint max,
                            gint64 utc_now_s,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
