/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit trail: each row carries the hash of the row before it, so that a change shows. */
#pragma once

#include "agent/store/db.h"

#include <glib.h>

G_BEGIN_DECLS

/* About ten years of a busy household; at 300 bytes a row some 6 MB. */
#define LT_AUDIT_MAX_ROWS 20000
/* How many of the oldest go at once when the trail is full; the hash of the last of them stays. */
#define LT_AUDIT_N_FORGOTTEN 2000

/* Worker, inside a transaction: one row more. */
gboolean lt_audit_append(LtDb *db,
                         gint64 utc_now_s,
                         guint32 by_uid,
                         const char *action,
                         const char *detail,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  LT_AUDIT_WHOLE,
  LT_AUDIT_BROKEN, /* a row was changed, taken out or put in */
  LT_AUDIT_UNREAD, /* the database failed */
} LtAuditAnswer;

/**
 * lt_audit_verify:
 * @out_n_rows: rows that hold together from the start
 *
 * Worker. Computes the whole chain anew.
 */
LtAuditAnswer lt_audit_verify(LtDb *db, guint64 *out_n_rows);

G_END_DECLS
