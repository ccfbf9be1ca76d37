/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question to polkit: may this client do that? Asked without waiting, refused when unanswered.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define LT_POLKIT_ERROR (lt_polkit_error_quark())
GQuark lt_polkit_error_quark(void);
typedef enum {
  LT_POLKIT_ERROR_AWAY,          /* it does not answer */
  LT_POLKIT_ERROR_NO,            /* it says no */
  LT_POLKIT_ERROR_NEEDS_PASSWORD /* it would ask a person, but the client allows no question */
} LtPolkitError;

/**
 * lt_polkit_check:
 * @name: the client's unique name
 * @may_ask: a dialog may come up; the answer then takes as long as a person does
 */
void lt_polkit_check(GDBusConnection *bus,
                     const char *name,
                     const char *action,
                     gboolean may_ask,
                     GCancellable *cancellable,
                     GAsyncReadyCallback callback,
                     gpointer user_data);
/* TRUE: it may. Falls closed. */
gboolean lt_polkit_check_finish(GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
