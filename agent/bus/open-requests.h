/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For which sites does a request wait? Known without a look into the store. */
#pragma once

#include "agent/store/store.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtOpenRequests LtOpenRequests;

LtOpenRequests *lt_open_requests_new(void);
void lt_open_requests_free(LtOpenRequests *open);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtOpenRequests, lt_open_requests_free)

/* Bounded as the store is: LT_STORE_MAX_OPEN_REQUESTS a child. */
void lt_open_requests_add(LtOpenRequests *open, guint32 uid, const char *what, gint64 utc_asked_s);
void lt_open_requests_remove(LtOpenRequests *open, guint32 uid, const char *what);
gboolean
lt_open_requests_has(LtOpenRequests *open, guint32 uid, const char *what, gint64 utc_now_s);

G_END_DECLS
