/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's place on the system bus: connected, named, and found again when the bus was away. */
#pragma once

#include "agent/bus/service.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtBusLink LtBusLink;

/* Told each time that the agent has its name. */
typedef void (*LtBusLinkNamedFunc)(gpointer user_data);

/**
 * lt_bus_link_new:
 * @service: borrowed; must outlive the link
 *
 * Connects to the system bus ($DBUS_SYSTEM_BUS_ADDRESS if that is set) now or as soon as there is
 * one. Without a bus nothing but words is missing.
 */
LtBusLink *lt_bus_link_new(LtBusService *service, LtBusLinkNamedFunc on_named, gpointer user_data);
void lt_bus_link_free(LtBusLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtBusLink, lt_bus_link_free)

/* (nullable) (transfer none): the bus, while there is one. */
GDBusConnection *lt_bus_link_connection(LtBusLink *link);

G_END_DECLS
