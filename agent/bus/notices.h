/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which refusal was told just now: at most one notice a child, site and minute. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_NOTICES_PAUSE_US (60 * G_USEC_PER_SEC)
/* Sites refused within a minute; beyond them nobody reads notices any more, so none is made. */
#define LT_NOTICES_MAX 2048

typedef struct _LtNotices LtNotices;

LtNotices *lt_notices_new(void);
void lt_notices_free(LtNotices *notices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtNotices, lt_notices_free)

/* TRUE: tell it, and not again within %LT_NOTICES_PAUSE_US. @site: a host, or a reason's word. */
gboolean
lt_notices_take(LtNotices *notices, guint32 uid, const char *site, gint64 monotonic_now_us);

G_END_DECLS
