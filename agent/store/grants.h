/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grants in the database: made, listed while they live, ended, forgotten in time. */
#pragma once

#include "agent/store/db.h"
#include "agent/store/store.h"

#include <glib.h>

G_BEGIN_DECLS

/* Ended grants that are kept; older ones are forgotten. */
#define LT_GRANTS_MAX_ENDED 1000

/* All of these: worker, inside a transaction. */

/* Returns the grant with its id; its request, if it answers one, is closed with it. */
LtGrantRecord *lt_grants_add(LtDb *db, const LtGrantRecord *grant, gint64 utc_now_s, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Returns the grant as it was. */
LtGrantRecord *lt_grants_revoke(LtDb *db,
                                gint64 grant,
                                guint32 by_uid,
                                gint64 utc_now_s,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (element-type LtGrantRecord): those that end after @utc_now_s, newest first. */
GPtrArray *
lt_grants_list(LtDb *db, guint32 uid, gint64 utc_now_s, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
