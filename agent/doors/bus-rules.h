/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system bus' rules that keep children from having names looked up there. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The helper's own folder: neither a child nor the agent may write there, for the bus believes what
 * it reads in it. systemd/org.luytre.Doors.conf includes the file. */
#define LT_DOORS_DIR "/run/luytre-doors"
#define LT_BUS_RULES_PATH LT_DOORS_DIR "/bus.conf"

/**
 * lt_bus_rules_text:
 * @names: (array zero-terminated=1): well-known names on the bus
 * @uids: (element-type guint32): who may not; by number, so that the bus need not ask a directory
 *
 * Returns: (transfer full) (nullable): a document for dbus-daemon(1); NULL: no file is needed.
 */
char *lt_bus_rules_text(const char *const *names, const GArray *uids);

G_END_DECLS
