/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent on the bus: its objects, its calls, its signals. */
#include "agent/bus/service.h"

#include "agent/bus/dict.h"
#include "agent/bus/service-private.h"
#include "agent/clock.h"

#include "luytre-agent1.h"

#include <string.h>

/* A window that opens asks a dozen things; nobody needs fifty a second for long. */
#define CALLS_BURST 100
#define CALLS_WINDOW_US (2 * G_USEC_PER_SEC)
#define ASKS_BURST 10
#define ASKS_WINDOW_US (60 * G_USEC_PER_SEC)

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

LtBusService *
lt_bus_service_ref(LtBusService *service)
{
  return g_rc_box_acquire(service);
}

static void
clear(gpointer data)
{
  LtBusService *service = data;
  lt_rate_limits_free(service->calls);
  lt_rate_limits_free(service->asks);
  lt_notices_free(service->notices);
  lt_open_requests_free(service->open_requests);
  g_hash_table_unref(service->live_grants);
  g_hash_table_unref(service->waiting);
}

void
lt_bus_service_unref(LtBusService *service)
{
  g_rc_box_release_full(service, clear);
}

gboolean
lt_bus_service_is_attached(LtBusService *service)
{
  return service->bus != NULL;
}

gboolean
lt_bus_service_is_child(LtBusService *service, guint32 uid)
{
  return lt_rule_set_find_uid(lt_house_rules(service->house), uid) != NULL;
}

static gboolean
is_child(guint32 uid, gpointer user_data)
{
  return lt_bus_service_is_child(user_data, uid);
}

const char *
lt_bus_service_user(LtBusService *service, guint32 uid)
{
  const LtChildRules *child = lt_rule_set_find_uid(lt_house_rules(service->house), uid);
  return child != NULL ? lt_child_rules_user(child) : "";
}

/* What is known of grants and requests is looked at anew; it may have changed by itself. */

static void
tell_ended(LtBusService *service, GHashTable *live_now)
{
  gpointer id = NULL, value = NULL;
  GHashTableIter iter;
  g_hash_table_iter_init(&iter, service->live_grants);
  while (g_hash_table_iter_next(&iter, &id, &value)) {
    const LtGrantRecord *grant = value;
    if (!g_hash_table_contains(live_now, id))
      lt_subscribers_tell_of_child(
          service->subscribers,
          grant->uid,
          "Ended",
          g_variant_new("(@a{sv})",
                        lt_dict_grant(grant, lt_bus_service_user(service, grant->uid))));
  }
}

static void
on_grants(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtBusService *service = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) list = lt_store_list_grants_finish(NULL, result, &error);
  if (list == NULL) {
    g_warning("Grants cannot be read: %s", error->message);
    lt_bus_service_unref(service);
    return;
  }
  g_autoptr(GHashTable) live_now = g_hash_table_new_full(
      g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) lt_grant_record_free);
  for (guint i = 0; i < list->len; i++) {
    LtGrantRecord *grant = lt_grant_record_copy(list->pdata[i]);
    g_hash_table_insert(live_now, &grant->id, grant);
  }
  if (lt_bus_service_is_attached(service))
    tell_ended(service, live_now);
  g_hash_table_unref(service->live_grants);
  service->live_grants = g_steal_pointer(&live_now);
  lt_bus_service_unref(service);
}

static void
look_at_grants(LtBusService *service)
{
  lt_store_list_grants(
      service->store, G_MAXUINT32, lt_clock_utc_now_s(), on_grants, lt_bus_service_ref(service));
}

static void
on_open_requests(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtBusService *service = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) list = lt_store_list_requests_finish(NULL, result, &error);
  for (guint i = 0; list != NULL && i < list->len; i++) {
    const LtRequestRecord *request = list->pdata[i];
    lt_open_requests_add(service->open_requests, request->uid, request->what, request->utc_asked_s);
  }
  if (list == NULL)
    g_warning("Requests cannot be read: %s", error->message);
  lt_bus_service_unref(service);
}

static void
on_house_changed(LtHouse *house, gpointer user_data)
{
  LtBusService *service = user_data;
  look_at_grants(service);
  if (lt_bus_service_is_attached(service))
    lt_subscribers_tell_all(service->subscribers, "AgentChanged");
}

/* A child knows when somebody looks. */
static void
on_review(guint32 uid, gint64 utc_until_s, gpointer user_data)
{
  LtBusService *service = user_data;
  GVariantDict dict;
  if (!lt_bus_service_is_attached(service))
    return;
  g_variant_dict_init(&dict, NULL);
  g_variant_dict_insert(&dict, "until", "x", utc_until_s);
  lt_subscribers_tell_of_child(
      service->subscribers, uid, "Reviewed", g_variant_new("(@a{sv})", g_variant_dict_end(&dict)));
}

static gboolean
watch(guint32 uid, gboolean on, gpointer user_data)
{
  LtBusService *service = user_data;
  return service->hooks.watch(uid, on, service->hooks.user_data);
}

LtBusService *
lt_bus_service_new(LtHouse *house, LtStore *store, const LtBusHooks *hooks)
{
  static const LtReviewsHooks reviews_hooks = {.watch = watch, .changed = on_review};
  LtBusService *service = g_rc_box_new0(LtBusService);
  service->house = house;
  service->store = store;
  service->hooks = *hooks;
  service->calls = lt_rate_limits_new(CALLS_BURST, CALLS_WINDOW_US);
  service->asks = lt_rate_limits_new(ASKS_BURST, ASKS_WINDOW_US);
  service->notices = lt_notices_new();
  service->open_requests = lt_open_requests_new();
  service->reviews = lt_reviews_new(&reviews_hooks, service);
  service->live_grants = g_hash_table_new_full(
      g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) lt_grant_record_free);
  service->waiting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  service->changed_handler =
      g_signal_connect(house, "changed", G_CALLBACK(on_house_changed), service);
  look_at_grants(service);
  lt_store_list_requests(store,
                         G_MAXUINT32,
                         TRUE,
                         LT_SLOT_MAX * LT_STORE_MAX_OPEN_REQUESTS,
                         lt_clock_utc_now_s(),
                         on_open_requests,
                         lt_bus_service_ref(service));
  return service;
}

void
lt_bus_service_free(LtBusService *service)
{
  if (service == NULL)
    return;
  lt_bus_service_detach(service);
  g_clear_pointer(&service->reviews, lt_reviews_free);
  g_signal_handler_disconnect(service->house, service->changed_handler);
  lt_bus_service_unref(service);
}

/* Calls */

static const LtAccessRule *
find_property_rule(GVariant *arguments, const char *member)
{
  /* Of GetAll: each property is decided on its own. Set: nothing can be set. */
  static const LtAccessRule get_all = {PROPERTIES_INTERFACE, "GetAll", LT_WHO_ANYONE, NULL};
  const char *interface = NULL, *property = NULL;
  if (g_str_equal(member, "GetAll"))
    return &get_all;
  if (!g_str_equal(member, "Get"))
    return NULL;
  g_variant_get(arguments, "(&s&s)", &interface, &property);
  return lt_access_find(interface, property);
}

static LtCallHandler
find_handler(const char *interface, const char *member)
{
  if (g_str_equal(interface, PROPERTIES_INTERFACE))
    return lt_properties_find(member);
  if (g_str_equal(interface, LT_BUS_CHILD_INTERFACE))
    return lt_child_methods_find(member);
  LtCallHandler handler = lt_agent_methods_find(member);
  if (handler == NULL)
    handler = lt_parent_methods_find(member);
  return handler != NULL ? handler : lt_review_methods_find(member);
}

static void
begin(LtBusService *service,
      const char *interface,
      const char *member,
      GVariant *arguments,
      GDBusMethodInvocation *invocation,
      guint32 object_uid)
{
  const LtAccessRule *rule = g_str_equal(interface, PROPERTIES_INTERFACE)
                                 ? find_property_rule(arguments, member)
                                 : lt_access_find(interface, member);
  lt_call_begin(service, invocation, rule, find_handler(interface, member), object_uid);
}

static void
on_agent_call(GDBusConnection *bus,
              const char *sender,
              const char *path,
              const char *interface,
              const char *member,
              GVariant *arguments,
              GDBusMethodInvocation *invocation,
              gpointer user_data)
{
  begin(user_data, interface, member, arguments, invocation, LT_ACCESS_NO_CHILD);
}

/* The object's name is a uid in its one spelling. */
static gboolean
parse_node(const char *node, guint32 *out_uid)
{
  guint64 uid = 0;
  if (node == NULL || !g_ascii_isdigit(node[0]) || (node[0] == '0' && node[1] != '\0') ||
      !g_ascii_string_to_unsigned(node, 10, 0, G_MAXUINT32 - 1, &uid, NULL))
    return FALSE;
  *out_uid = (guint32) uid;
  return TRUE;
}

static void
on_child_call(GDBusConnection *bus,
              const char *sender,
              const char *path,
              const char *interface,
              const char *member,
              GVariant *arguments,
              GDBusMethodInvocation *invocation,
              gpointer user_data)
{
  guint32 uid = 0;
  if (!parse_node(strrchr(path, '/') + 1, &uid)) {
    g_dbus_method_invocation_return_error(
        invocation, LT_BUS_ERROR, LT_BUS_ERROR_NO_SUCH, "there is no object %s", path);
    return;
  }
  begin(user_data, interface, member, arguments, invocation, uid);
}

/* Properties come as calls, since who reads them is asked from the bus. */
static const GDBusInterfaceVTable agent_vtable = {.method_call = on_agent_call};
static const GDBusInterfaceVTable child_vtable = {.method_call = on_child_call};

/* Nobody is told which uids are children by listing objects. */
static char **
enumerate_children(GDBusConnection *bus, const char *sender, const char *path, gpointer user_data)
{
  return g_new0(char *, 1);
}

static GDBusInterfaceInfo **
introspect_child(GDBusConnection *bus,
                 const char *sender,
                 const char *path,
                 const char *node,
                 gpointer user_data)
{
  if (node == NULL)
    return NULL;
  GDBusInterfaceInfo **interfaces = g_new0(GDBusInterfaceInfo *, 2);
  interfaces[0] = g_dbus_interface_info_ref(lt_bus_agent1_child_interface_info());
  return interfaces;
}

static const GDBusInterfaceVTable *
dispatch_child(GDBusConnection *bus,
               const char *sender,
               const char *path,
               const char *interface,
               const char *node,
               gpointer *out_user_data,
               gpointer user_data)
{
  *out_user_data = user_data;
  return node != NULL ? &child_vtable : NULL;
}

static const GDBusSubtreeVTable children_vtable = {
    .enumerate = enumerate_children, .introspect = introspect_child, .dispatch = dispatch_child};

static gboolean
register_objects(LtBusService *service, GError **error)
{
  service->agent_object = g_dbus_connection_register_object(service->bus,
                                                            LT_BUS_AGENT_PATH,
                                                            lt_bus_agent1_interface_info(),
                                                            &agent_vtable,
                                                            service,
                                                            NULL,
                                                            error);
  if (service->agent_object == 0)
    return FALSE;
  service->child_objects =
      g_dbus_connection_register_subtree(service->bus,
                                         LT_BUS_CHILD_PATH,
                                         &children_vtable,
                                         G_DBUS_SUBTREE_FLAGS_DISPATCH_TO_UNENUMERATED_NODES,
                                         service,
                                         NULL,
                                         error);
  return service->child_objects != 0;
}

gboolean
lt_bus_service_attach(LtBusService *service, GDBusConnection *bus, GError **error)
{
  lt_bus_service_detach(service);
  service->bus = g_object_ref(bus);
  service->cancellable = g_cancellable_new();
  service->callers = lt_callers_new(bus);
  service->subscribers = lt_subscribers_new(bus, is_child, service);
  if (register_objects(service, error))
    return TRUE;
  lt_bus_service_detach(service);
  return FALSE;
}

void
lt_bus_service_detach(LtBusService *service)
{
  if (service->bus == NULL)
    return;
  g_cancellable_cancel(service->cancellable);
  if (service->child_objects != 0)
    g_dbus_connection_unregister_subtree(service->bus, service->child_objects);
  if (service->agent_object != 0)
    g_dbus_connection_unregister_object(service->bus, service->agent_object);
  service->child_objects = 0;
  service->agent_object = 0;
  g_clear_pointer(&service->subscribers, lt_subscribers_free);
  g_clear_pointer(&service->callers, lt_callers_free);
  g_clear_object(&service->cancellable);
  g_clear_object(&service->bus);
}

/* Notices */

static GVariant *
make_notice(LtBusService *service, const LtNetEvent *event, const char *name)
{
  GVariantDict dict;
  LtDecision decision = {.action = event->action,
                         .reason = event->reason,
                         .owner = event->owner,
                         .rule = event->rule,
                         .list = event->list,
                         .utc_until_s = event->utc_until_s};
  lt_dict_decision_begin(&dict, name, &decision);
  g_variant_dict_insert(&dict, "uid", "u", event->uid);
  g_variant_dict_insert(&dict, "protocol", "s", lt_protocol_to_string(event->protocol));
  g_variant_dict_insert(
      &dict,
      "asked",
      "b",
      lt_open_requests_has(service->open_requests, event->uid, name, lt_clock_utc_now_s()));
  return g_variant_new("(@a{sv})", g_variant_dict_end(&dict));
}

void
lt_bus_service_report(LtBusService *service, const LtNetEvent *event)
{
  const char *name = event->has_name ? event->host.name : "";
  const char *site = event->has_name ? name : lt_reason_to_string(event->reason);
  gboolean is_plain = event->action == LT_ACTION_ALLOW || event->action == LT_ACTION_BUDGET;
  lt_reviews_note(service->reviews, event, g_get_monotonic_time());
  if (is_plain || !lt_bus_service_is_attached(service) ||
      !lt_notices_take(service->notices, event->uid, site, g_get_monotonic_time()))
    return;
  /* Never above debug: the journal is no diary of what a child visits. */
  g_debug("Told uid %u: %s %s", event->uid, lt_action_to_string(event->action), site);
  lt_subscribers_tell_of_child(
      service->subscribers, event->uid, "Blocked", make_notice(service, event, name));
}
