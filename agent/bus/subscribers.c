/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients that want signals; each is sent its own, one by one, and nobody else's. */
#include "agent/bus/subscribers.h"

#include "agent/bus/access.h"

typedef struct {
  char *name;
  guint32 uid;
  gboolean is_admin;
  guint watch;
} Subscriber;

struct _LtSubscribers {
  GDBusConnection *bus;
  LtIsChildFunc is_child;
  gpointer user_data;
  GHashTable *clients; /* unique name, of the value -> Subscriber */
};

static void
subscriber_free(gpointer data)
{
  Subscriber *subscriber = data;
  g_bus_unwatch_name(subscriber->watch);
  g_free(subscriber->name);
  g_free(subscriber);
}

LtSubscribers *
lt_subscribers_new(GDBusConnection *bus, LtIsChildFunc is_child, gpointer user_data)
{
  LtSubscribers *subscribers = g_new0(LtSubscribers, 1);
  subscribers->bus = g_object_ref(bus);
  subscribers->is_child = is_child;
  subscribers->user_data = user_data;
  subscribers->clients = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, subscriber_free);
  return subscribers;
}

void
lt_subscribers_free(LtSubscribers *subscribers)
{
  if (subscribers == NULL)
    return;
  g_hash_table_unref(subscribers->clients);
  g_object_unref(subscribers->bus);
  g_free(subscribers);
}

static void
on_vanished(GDBusConnection *bus, const char *name, gpointer user_data)
{
  LtSubscribers *subscribers = user_data;
  g_hash_table_remove(subscribers->clients, name);
}

static gboolean
has_room(LtSubscribers *subscribers, guint32 uid)
{
  guint n_of_user = 0;
  gpointer value = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, subscribers->clients);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    if (((Subscriber *) value)->uid == uid)
      n_of_user++;
  return n_of_user < LT_SUBSCRIBERS_MAX_OF_USER &&
         g_hash_table_size(subscribers->clients) < LT_SUBSCRIBERS_MAX;
}

gboolean
lt_subscribers_add(LtSubscribers *subscribers, const char *name, guint32 uid, gboolean is_admin)
{
  Subscriber *known = g_hash_table_lookup(subscribers->clients, name);
  if (known != NULL) {
    known->is_admin = is_admin;
    return TRUE;
  }
  if (!has_room(subscribers, uid))
    return FALSE;
  Subscriber *subscriber = g_new0(Subscriber, 1);
  subscriber->name = g_strdup(name);
  subscriber->uid = uid;
  subscriber->is_admin = is_admin;
  /* Also asks whether the client is still there: it may have left before this. */
  subscriber->watch = g_bus_watch_name_on_connection(
      subscribers->bus, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, subscribers, NULL);
  g_hash_table_insert(subscribers->clients, subscriber->name, subscriber);
  return TRUE;
}

static void
tell(LtSubscribers *subscribers,
     const Subscriber *subscriber,
     const char *path,
     const char *interface,
     const char *signal,
     GVariant *parameters)
{
  g_autoptr(GError) error = NULL;
  if (!g_dbus_connection_emit_signal(
          subscribers->bus, subscriber->name, path, interface, signal, parameters, &error))
    g_debug("Signal %s not sent: %s", signal, error->message);
}

void
lt_subscribers_tell_all(LtSubscribers *subscribers, const char *signal)
{
  gpointer value = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, subscribers->clients);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    tell(subscribers, value, LT_BUS_AGENT_PATH, LT_BUS_AGENT_INTERFACE, signal, NULL);
}

static gboolean
may_hear(LtSubscribers *subscribers, const Subscriber *subscriber, guint32 child_uid)
{
  if (subscriber->uid == child_uid)
    return TRUE;
  return subscriber->is_admin && !subscribers->is_child(subscriber->uid, subscribers->user_data);
}

void
lt_subscribers_tell_of_child(LtSubscribers *subscribers,
                             guint32 child_uid,
                             const char *signal,
                             GVariant *parameters)
{
  g_autoptr(GVariant) kept = g_variant_ref_sink(parameters);
  g_autofree char *path = g_strdup_printf(LT_BUS_CHILD_PATH "/%u", child_uid);
  gpointer value = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, subscribers->clients);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    if (may_hear(subscribers, value, child_uid))
      tell(subscribers, value, path, LT_BUS_CHILD_INTERFACE, signal, kept);
}
