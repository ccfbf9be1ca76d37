/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's place on the system bus: connected, named, and found again when the bus was away. */
#include "agent/bus/bus-link.h"

#include "agent/bus/access.h"

#define FIRST_PAUSE_MS 200
#define LONGEST_PAUSE_MS 10000

struct _LtBusLink {
  LtBusService *service;
  GCancellable *cancellable;
  GDBusConnection *bus;
  gulong closed_handler;
  guint name;
  guint retry;
  guint pause_ms;
  LtBusLinkNamedFunc on_named;
  gpointer user_data;
};

static void connect_to_bus(LtBusLink *link);

static gboolean
on_retry(gpointer user_data)
{
  LtBusLink *link = user_data;
  link->retry = 0;
  connect_to_bus(link);
  return G_SOURCE_REMOVE;
}

static void
try_later(LtBusLink *link)
{
  if (link->retry != 0)
    return;
  link->retry = g_timeout_add(link->pause_ms, on_retry, link);
  link->pause_ms = MIN(link->pause_ms * 2, LONGEST_PAUSE_MS);
}

static void
let_go(LtBusLink *link)
{
  lt_bus_service_detach(link->service);
  if (link->name != 0)
    g_bus_unown_name(link->name);
  link->name = 0;
  if (link->bus != NULL)
    g_signal_handler_disconnect(link->bus, link->closed_handler);
  g_clear_object(&link->bus);
}

static void
on_closed(GDBusConnection *bus, gboolean by_peer, GError *error, gpointer user_data)
{
  LtBusLink *link = user_data;
  g_warning("The bus is gone: nobody is told anything, the rules stand");
  let_go(link);
  try_later(link);
}

static void
on_name_acquired(GDBusConnection *bus, const char *name, gpointer user_data)
{
  LtBusLink *link = user_data;
  link->pause_ms = FIRST_PAUSE_MS;
  g_info("On the bus as %s", name);
  link->on_named(link->user_data);
}

static void
on_name_lost(GDBusConnection *bus, const char *name, gpointer user_data)
{
  if (bus != NULL && !g_dbus_connection_is_closed(bus))
    g_warning("The bus does not give us the name %s: is another agent running?", name);
}

static void
take(LtBusLink *link, GDBusConnection *bus)
{
  g_autoptr(GError) error = NULL;
  link->bus = bus;
  link->closed_handler = g_signal_connect(bus, "closed", G_CALLBACK(on_closed), link);
  if (!lt_bus_service_attach(link->service, bus, &error)) {
    g_warning("Not on the bus: %s", error->message);
    let_go(link);
    try_later(link);
    return;
  }
  link->name = g_bus_own_name_on_connection(
      bus, LT_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_name_acquired, on_name_lost, link, NULL);
}

static void
on_connected(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtBusLink *link = user_data;
  g_autoptr(GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_finish(result, &error);
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (bus != NULL) {
    take(link, bus);
    return;
  }
  g_info("No bus yet: %s", error->message);
  try_later(link);
}

static void
connect_to_bus(LtBusLink *link)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
  if (address == NULL) {
    g_warning("No address of the system bus: %s", error->message);
    try_later(link);
    return;
  }
  g_dbus_connection_new_for_address(address,
                                    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                    NULL,
                                    link->cancellable,
                                    on_connected,
                                    link);
}

LtBusLink *
lt_bus_link_new(LtBusService *service, LtBusLinkNamedFunc on_named, gpointer user_data)
{
  LtBusLink *link = g_new0(LtBusLink, 1);
  link->on_named = on_named;
  link->user_data = user_data;
  link->service = service;
  link->cancellable = g_cancellable_new();
  link->pause_ms = FIRST_PAUSE_MS;
  connect_to_bus(link);
  return link;
}

void
lt_bus_link_free(LtBusLink *link)
{
  if (link == NULL)
    return;
  g_cancellable_cancel(link->cancellable);
  g_clear_handle_id(&link->retry, g_source_remove);
  let_go(link);
  g_object_unref(link->cancellable);
  g_free(link);
}

GDBusConnection *
lt_bus_link_connection(LtBusLink *link)
{
  return link->bus;
}
