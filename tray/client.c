/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tray's end of the contract org.luytre.Agent1. */
#include "tray/client.h"

#define AGENT_NAME "org.luytre.Agent1"
#define AGENT_PATH "/org/luytre/Agent1"
#define AGENT_INTERFACE "org.luytre.Agent1"
#define CHILD_INTERFACE "org.luytre.Agent1.Child"
#define CHILD_PREFIX AGENT_PATH "/child/"

/* Between attempts to reach a bus or an agent: soon at first, seldom later. */
#define RETRY_MIN_S 1
#define RETRY_MAX_S 30

struct _LtClient {
  const LtClientEvents *events;
  gpointer data;

  GCancellable *alive;  /* cancelled when the client is freed */
  GDBusConnection *bus; /* NULL while there is none */
  gulong closed_id;
  guint watch_id;

  char *owner;               /* the agent's unique name, NULL while it is away */
  GCancellable *owner_alive; /* cancelled when this owner is gone */
  guint signals_id;
  gboolean is_here;

  guint retry_id;
  guint retry_s;
};

static void connect_bus(LtClient *client);
static void subscribe(LtClient *client);

static void
set_here(LtClient *client, gboolean is_here)
{
  if (client->is_here == is_here)
    return;
  client->is_here = is_here;
  client->events->here(is_here, client->data);
}

static gboolean
on_retry(gpointer data)
{
  LtClient *client = data;
  client->retry_id = 0;
  if (!client->bus)
    connect_bus(client);
  else if (client->owner)
    subscribe(client);
  return G_SOURCE_REMOVE;
}

static void
retry_later(LtClient *client)
{
  g_clear_handle_id(&client->retry_id, g_source_remove);
  client->retry_id = g_timeout_add_seconds(client->retry_s, on_retry, client);
  client->retry_s = MIN(client->retry_s * 2, RETRY_MAX_S);
}

static void
on_signal(GDBusConnection *bus,
          const char *sender,
          const char *path,
          const char *interface,
          const char *signal,
          GVariant *parameters,
          gpointer data)
{
  static const char *const names[] = {
      [LT_CLIENT_BLOCKED] = "Blocked",
      [LT_CLIENT_ASKED] = "Asked",
      [LT_CLIENT_GRANTED] = "Granted",
      [LT_CLIENT_REFUSED] = "Refused",
      [LT_CLIENT_ENDED] = "Ended",
      [LT_CLIENT_REVIEWED] = "Reviewed",
  };
  LtClient *client = data;
  guint64 uid = 0;
  if (!g_str_has_prefix(path, CHILD_PREFIX) ||
      !g_ascii_string_to_unsigned(
          path + strlen(CHILD_PREFIX), 10, 0, G_MAXUINT32 - 1, &uid, NULL) ||
      !g_variant_is_of_type(parameters, G_VARIANT_TYPE("(a{sv})")))
    return;
  for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
    if (g_str_equal(signal, names[i])) {
      g_autoptr(GVariant) dict = g_variant_get_child_value(parameters, 0);
      client->events->news((LtClientNews) i, (guint32) uid, dict, client->data);
      return;
    }
  }
}

static void
on_children(GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, NULL);
  /* Without the list only the notice about an absent agent is missing; the next one will come. */
  if (!reply)
    return;
  LtClient *client = data;
  g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_autoptr(GVariantIter) iter = NULL;
  guint32 uid = 0;
  g_variant_get(reply, "(a(usso))", &iter);
  while (g_variant_iter_loop(iter, "(u&s&s&o)", &uid, NULL, NULL, NULL))
    g_array_append_val(uids, uid);
  client->events->children((const guint32 *) (void *) uids->data, uids->len, client->data);
}

static void
on_subscribed(GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
  /* Cancelled: the client may be gone, or another owner is being asked. */
  if (!reply && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  LtClient *client = data;
  if (!reply) {
    g_debug("Subscribe: %s", error->message);
    retry_later(client);
    return;
  }
  client->retry_s = RETRY_MIN_S;
  set_here(client, TRUE);
  g_dbus_connection_call(client->bus,
                         client->owner,
                         AGENT_PATH,
                         AGENT_INTERFACE,
                         "ListChildren",
                         NULL,
                         G_VARIANT_TYPE("(a(usso))"),
                         G_DBUS_CALL_FLAGS_NONE,
                         -1,
                         client->owner_alive,
                         on_children,
                         client);
}

static void
subscribe(LtClient *client)
{
  g_dbus_connection_call(client->bus,
                         client->owner,
                         AGENT_PATH,
                         AGENT_INTERFACE,
                         "Subscribe",
                         NULL,
                         G_VARIANT_TYPE_UNIT,
                         G_DBUS_CALL_FLAGS_NO_AUTO_START,
                         -1,
                         client->owner_alive,
                         on_subscribed,
                         client);
}

static void
forget_owner(LtClient *client)
{
  if (client->owner_alive)
    g_cancellable_cancel(client->owner_alive);
  g_clear_object(&client->owner_alive);
  if (client->signals_id)
    g_dbus_connection_signal_unsubscribe(client->bus, client->signals_id);
  client->signals_id = 0;
  g_clear_pointer(&client->owner, g_free);
  g_clear_handle_id(&client->retry_id, g_source_remove);
}

static void
on_appeared(GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
  LtClient *client = data;
  forget_owner(client);
  client->owner = g_strdup(owner);
  client->owner_alive = g_cancellable_new();
  client->retry_s = RETRY_MIN_S;
  /* By unique name: a signal that somebody else addresses to us does not match. */
  client->signals_id = g_dbus_connection_signal_subscribe(bus,
                                                          owner,
                                                          CHILD_INTERFACE,
                                                          NULL,
                                                          NULL,
                                                          NULL,
                                                          G_DBUS_SIGNAL_FLAGS_NONE,
                                                          on_signal,
                                                          client,
                                                          NULL);
  subscribe(client);
}

static void
on_vanished(GDBusConnection *bus, const char *name, gpointer data)
{
  LtClient *client = data;
  forget_owner(client);
  set_here(client, FALSE);
}

static void
forget_bus(LtClient *client)
{
  if (!client->bus)
    return;
  forget_owner(client);
  g_clear_handle_id(&client->watch_id, g_bus_unwatch_name);
  g_clear_signal_handler(&client->closed_id, client->bus);
  g_clear_object(&client->bus);
}

static void
on_closed(GDBusConnection *bus, gboolean by_remote, GError *error, gpointer data)
{
  LtClient *client = data;
  forget_bus(client);
  client->retry_s = RETRY_MIN_S;
  set_here(client, FALSE);
  retry_later(client);
}

static void
on_connected(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GDBusConnection) bus = g_dbus_connection_new_for_address_finish(result, &error);
  if (!bus && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  LtClient *client = data;
  if (!bus) {
    g_debug("system bus: %s", error->message);
    retry_later(client);
    return;
  }
  client->bus = g_steal_pointer(&bus);
  client->retry_s = RETRY_MIN_S;
  client->closed_id = g_signal_connect(client->bus, "closed", G_CALLBACK(on_closed), client);
  client->watch_id = g_bus_watch_name_on_connection(client->bus,
                                                    AGENT_NAME,
                                                    G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                    on_appeared,
                                                    on_vanished,
                                                    client,
                                                    NULL);
}

static void
connect_bus(LtClient *client)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *address =
      g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, client->alive, &error);
  if (!address) {
    g_debug("system bus: %s", error->message);
    retry_later(client);
    return;
  }
  /* A connection of our own: the shared one ends the process when the bus goes. */
  g_dbus_connection_new_for_address(address,
                                    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                    NULL,
                                    client->alive,
                                    on_connected,
                                    client);
}

LtClient *
lt_client_new(const LtClientEvents *events, gpointer data)
{
  g_return_val_if_fail(events, NULL);
  LtClient *client = g_new0(LtClient, 1);
  client->events = events;
  client->data = data;
  client->alive = g_cancellable_new();
  client->retry_s = RETRY_MIN_S;
  connect_bus(client);
  return client;
}

void
lt_client_free(LtClient *client)
{
  if (!client)
    return;
  g_cancellable_cancel(client->alive);
  forget_bus(client);
  g_clear_handle_id(&client->retry_id, g_source_remove);
  g_clear_object(&client->alive);
  g_free(client);
}

typedef struct {
  LtClientReply reply;
  gpointer data;
  GDestroyNotify free_data;
} Call;

static void
end_call(Call *call, GVariant *result, const GError *error)
{
  /* Cancelled means that the client was freed. */
  if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    call->reply(result, error, call->data);
  if (call->free_data)
    call->free_data(call->data);
  g_free(call);
}

static void
on_called(GObject *bus, GAsyncResult *result, gpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
  end_call(data, reply, error);
}

/* By the well-known name: a call starts an agent that is not there. */
static void
call_agent(LtClient *client,
           const char *path,
           const char *interface,
           const char *method,
           GVariant *arguments,
           const char *reply_type,
           GDBusCallFlags flags,
           int timeout_ms,
           Call *call)
{
  if (!client->bus) {
    g_variant_unref(g_variant_ref_sink(arguments));
    g_autoptr(GError) error =
        g_error_new_literal(G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "no system bus");
    end_call(call, NULL, error);
    return;
  }
  g_dbus_connection_call(client->bus,
                         AGENT_NAME,
                         path,
                         interface,
                         method,
                         arguments,
                         G_VARIANT_TYPE(reply_type),
                         flags,
                         timeout_ms,
                         client->alive,
                         on_called,
                         call);
}

static Call *
new_call(LtClientReply reply, gpointer data, GDestroyNotify free_data)
{
  Call *call = g_new0(Call, 1);
  *call = (Call){reply, data, free_data};
  return call;
}

void
lt_client_ask(LtClient *client,
              guint32 uid,
              const char *site,
              LtClientReply reply,
              gpointer data,
              GDestroyNotify free_data)
{
  g_autofree char *path = g_strdup_printf(CHILD_PREFIX "%u", uid);
  call_agent(client,
             path,
             CHILD_INTERFACE,
             "Ask",
             g_variant_new("(sss)", "site", site, ""),
             "(x)",
             G_DBUS_CALL_FLAGS_NONE,
             -1,
             new_call(reply, data, free_data));
}

void
lt_client_answer(LtClient *client,
                 gint64 request,
                 gboolean yes,
                 guint32 seconds,
                 LtClientReply reply,
                 gpointer data,
                 GDestroyNotify free_data)
{
  call_agent(client,
             AGENT_PATH,
             AGENT_INTERFACE,
             "Answer",
             g_variant_new("(xbus)", request, yes, seconds, ""),
             "(a{sv})",
             G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
             G_MAXINT,
             new_call(reply, data, free_data));
}

void
lt_client_list_open_requests(LtClient *client,
                             LtClientReply reply,
                             gpointer data,
                             GDestroyNotify free_data)
{
  call_agent(client,
             AGENT_PATH,
             AGENT_INTERFACE,
             "ListRequests",
             g_variant_new("(b)", TRUE),
             "(aa{sv})",
             G_DBUS_CALL_FLAGS_NO_AUTO_START,
             -1,
             new_call(reply, data, free_data));
}

gboolean
lt_client_error_is(const GError *error, const char *name)
{
  if (!error || !g_dbus_error_is_remote_error(error))
    return FALSE;
  g_autofree char *full = g_dbus_error_get_remote_error(error);
  g_autofree char *wanted = g_strconcat("org.luytre.Error.", name, NULL);
  return g_strcmp0(full, wanted) == 0;
}
