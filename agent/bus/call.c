/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call under way: who is it, too often, may they, ask polkit, look again, then do it. */
#include "agent/bus/polkit.h"
#include "agent/bus/service-private.h"

/* Calls without an answer: of one client, of all. A dialog of polkit may stay open for minutes. */
#define MAX_WAITING_OF_CLIENT 32
#define MAX_WAITING 512

static gboolean
enter(LtBusService *service, const char *name)
{
  guint n = GPOINTER_TO_UINT(g_hash_table_lookup(service->waiting, name));
  if (n >= MAX_WAITING_OF_CLIENT || service->n_waiting >= MAX_WAITING)
    return FALSE;
  g_hash_table_insert(service->waiting, g_strdup(name), GUINT_TO_POINTER(n + 1));
  service->n_waiting++;
  return TRUE;
}

static void
leave(LtBusService *service, const char *name)
{
  guint n = GPOINTER_TO_UINT(g_hash_table_lookup(service->waiting, name));
  service->n_waiting--;
  if (n > 1)
    g_hash_table_insert(service->waiting, g_strdup(name), GUINT_TO_POINTER(n - 1));
  else
    g_hash_table_remove(service->waiting, name);
}

/* The invocation is answered already: that took its reference. */
static void
call_free(LtCall *call)
{
  leave(call->service, g_dbus_method_invocation_get_sender(call->invocation));
  g_object_unref(call->invocation);
  lt_bus_service_unref(call->service);
  g_free(call);
}

void
lt_call_return(LtCall *call, GVariant *result)
{
  g_dbus_method_invocation_return_value(g_object_ref(call->invocation), result);
  call_free(call);
}

void
lt_call_fail_with(LtCall *call, GError *cause)
{
  g_dbus_method_invocation_take_error(g_object_ref(call->invocation), lt_bus_error_from(cause));
  g_error_free(cause);
  call_free(call);
}

void
lt_call_fail(LtCall *call, LtBusError code, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  GError *error = g_error_new_valist(LT_BUS_ERROR, (int) code, format, args);
  va_end(args);
  lt_call_fail_with(call, error);
}

GVariant *
lt_call_arguments(LtCall *call)
{
  return g_dbus_method_invocation_get_parameters(call->invocation);
}

static void
refuse(LtCall *call)
{
  g_info("Refused to uid %u: %s.%s", call->caller.uid, call->rule->interface, call->rule->member);
  lt_call_fail(call, LT_BUS_ERROR_DENIED, "%s is not for you", call->rule->member);
}

/* Looks at the rules as they are now, so it can be asked again after somebody was waited for. */
static LtAccess
decide(LtCall *call)
{
  call->caller.is_child = lt_bus_service_is_child(call->service, call->caller.uid);
  return lt_access_decide(call->rule, &call->caller, call->object_uid);
}

static void
run(LtCall *call)
{
  if (call->object_uid != LT_ACCESS_NO_CHILD &&
      !lt_bus_service_is_child(call->service, call->object_uid))
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "uid %u is no child", call->object_uid);
  else
    call->handler(call);
}

static void
on_polkit(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  GError *error = NULL;
  if (!lt_polkit_check_finish(result, &error)) {
    lt_call_fail_with(call, error);
    return;
  }
  if (!lt_bus_service_is_attached(call->service) || decide(call) == LT_ACCESS_DENY)
    refuse(call);
  else
    run(call);
}

static void
ask_polkit(LtCall *call)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message(call->invocation);
  gboolean may_ask = (g_dbus_message_get_flags(message) &
                      G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
  lt_polkit_check(call->service->bus,
                  g_dbus_method_invocation_get_sender(call->invocation),
                  call->rule->action,
                  may_ask,
                  call->service->cancellable,
                  on_polkit,
                  call);
}

static void
on_identified(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  g_autoptr(GError) error = NULL;
  if (!lt_callers_identify_finish(result, &call->caller.uid, &call->caller.is_admin, &error)) {
    lt_call_fail(call, LT_BUS_ERROR_DENIED, "the bus does not say who calls: %s", error->message);
    return;
  }
  if (!lt_bus_service_is_attached(call->service)) {
    refuse(call);
    return;
  }
  if (!lt_rate_limits_take(call->service->calls, call->caller.uid, g_get_monotonic_time())) {
    lt_call_fail(call, LT_BUS_ERROR_LIMIT, "too many calls: try again in a moment");
    return;
  }
  switch (decide(call)) {
  case LT_ACCESS_DENY:
    refuse(call);
    return;
  case LT_ACCESS_ALLOW:
    run(call);
    return;
  case LT_ACCESS_ASK_POLKIT:
    ask_polkit(call);
    return;
  }
}

static void
refuse_unknown(GDBusMethodInvocation *invocation)
{
  g_dbus_method_invocation_return_error(invocation,
                                        LT_BUS_ERROR,
                                        LT_BUS_ERROR_DENIED,
                                        "%s is not in the table of who may call what",
                                        g_dbus_method_invocation_get_method_name(invocation));
}

void
lt_call_begin(LtBusService *service,
              GDBusMethodInvocation *invocation,
              const LtAccessRule *rule,
              LtCallHandler handler,
              guint32 object_uid)
{
  const char *sender = g_dbus_method_invocation_get_sender(invocation);
  if (rule == NULL || handler == NULL || sender == NULL) {
    refuse_unknown(invocation);
    return;
  }
  if (!enter(service, sender)) {
    g_dbus_method_invocation_return_error(
        invocation, LT_BUS_ERROR, LT_BUS_ERROR_LIMIT, "too many calls of yours wait for an answer");
    return;
  }
  LtCall *call = g_new0(LtCall, 1);
  call->service = lt_bus_service_ref(service);
  call->invocation = invocation;
  call->rule = rule;
  call->handler = handler;
  call->object_uid = object_uid;
  lt_callers_identify(service->callers, sender, on_identified, call);
}
