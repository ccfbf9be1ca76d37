/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a client of the bus is: its uid by the bus, and whether NSS calls it an administrator. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LtCallers LtCallers;

LtCallers *lt_callers_new(GDBusConnection *bus);
void lt_callers_free(LtCallers *callers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtCallers, lt_callers_free)

/**
 * lt_callers_identify:
 * @name: the client's unique name; the bus never gives one twice, so what is known stays true
 *
 * Asks the bus once a client, and NSS (which may wait for a directory) in a thread.
 */
void lt_callers_identify(LtCallers *callers,
                         const char *name,
                         GAsyncReadyCallback callback,
                         gpointer user_data);
/* FALSE: the client is gone, or the bus does not say who it is: refuse. */
gboolean lt_callers_identify_finish(GAsyncResult *result,
                                    guint32 *out_uid,
                                    gboolean *out_is_admin,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
