/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells a stop for good from one that starts again in a moment: by what systemd is about to do. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * lt_stop_reason_is_final:
 * @bus: (nullable): the system bus
 *
 * An administrator who stops the service wants everything of ours gone; a restart (an upgrade) must
 * not open a gap. Under systemd its job for this unit says which; when it cannot be asked, the stop
 * counts as a restart: falls closed. Without systemd a stop is a stop. Waits at most a second.
 */
gboolean lt_stop_reason_is_final(GDBusConnection *bus);

G_END_DECLS
