/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls about the whole house: subscribing, children, rules, requests, the doctor. */
#include "agent/bus/dict.h"
#include "agent/bus/service-private.h"
#include "agent/clock.h"
#include "agent/store/household-file.h"

#include <string.h>

#define MAX_REQUESTS 200

static void
subscribe(LtCall *call)
{
  LtBusService *service = call->service;
  const char *name = g_dbus_method_invocation_get_sender(call->invocation);
  if (lt_subscribers_add(service->subscribers, name, call->caller.uid, call->caller.is_admin))
    lt_call_return(call, NULL);
  else
    lt_call_fail(call, LT_BUS_ERROR_LIMIT, "too many programs of yours listen already");
}

static gboolean
may_see(const LtCaller *caller, guint32 uid)
{
  return caller->is_child ? caller->uid == uid : caller->is_admin;
}

static void
list_children(LtCall *call)
{
  GVariantBuilder list;
  LtRuleSet *rules = lt_house_rules(call->service->house);
  g_variant_builder_init(&list, G_VARIANT_TYPE("a(usso)"));
  for (gsize i = 0; i < lt_rule_set_n_children(rules); i++) {
    const LtChildRules *child = lt_rule_set_child(rules, i);
    guint32 uid = lt_child_rules_uid(child);
    g_autofree char *path = g_strdup_printf(LT_BUS_CHILD_PATH "/%u", uid);
    if (may_see(&call->caller, uid))
      g_variant_builder_add(
          &list, "(usso)", uid, lt_child_rules_user(child), lt_child_rules_profile(child), path);
  }
  lt_call_return(call, g_variant_new("(a(usso))", &list));
}

static void
get_rules(LtCall *call)
{
  g_autoptr(GBytes) json = lt_house_get_household(call->service->house);
  gsize len = 0;
  const char *text = json != NULL ? g_bytes_get_data(json, &len) : "";
  if (!g_utf8_validate(text, (gssize) len, NULL)) {
    lt_call_fail(call, LT_BUS_ERROR_FAILED, "the household's rules are not text");
    return;
  }
  g_autofree char *copy = g_strndup(text != NULL ? text : "", len);
  lt_call_return(call, g_variant_new("(s)", copy));
}

static void
on_rules_set(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  GError *error = NULL;
  g_auto(GStrv) warnings = lt_house_set_household_finish(LT_HOUSE(source), result, &error);
  if (warnings == NULL)
    lt_call_fail_with(call, error);
  else
    lt_call_return(call, g_variant_new("(^as)", warnings));
}

static void
set_rules(LtCall *call)
{
  const char *text = NULL;
  g_variant_get(lt_call_arguments(call), "(&s)", &text);
  gsize len = strlen(text);
  if (len > LT_HOUSEHOLD_MAX_BYTES) {
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "json: more than 1 MiB");
    return;
  }
  g_autoptr(GBytes) json = g_bytes_new(text, len);
  lt_house_set_household(call->service->house, json, call->caller.uid, on_rules_set, call);
}

/* A child sees its own, a parent all. */
static guint32
whose(const LtCall *call)
{
  return call->caller.is_child ? call->caller.uid : G_MAXUINT32;
}

static void
on_requests(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  GVariantBuilder builder;
  GError *error = NULL;
  g_autoptr(GPtrArray) list = lt_store_list_requests_finish(NULL, result, &error);
  if (list == NULL) {
    lt_call_fail_with(call, error);
    return;
  }
  g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
  for (guint i = 0; i < list->len; i++) {
    const LtRequestRecord *request = list->pdata[i];
    const char *user = lt_bus_service_user(call->service, request->uid);
    g_variant_builder_add_value(&builder, lt_dict_request(request, user));
  }
  lt_call_return(call, g_variant_new("(aa{sv})", &builder));
}

static void
list_requests(LtCall *call)
{
  gboolean open_only = FALSE;
  g_variant_get(lt_call_arguments(call), "(b)", &open_only);
  lt_store_list_requests(call->service->store,
                         whose(call),
                         open_only,
                         MAX_REQUESTS,
                         lt_clock_utc_now_s(),
                         on_requests,
                         call);
}

static void
on_grants(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  GVariantBuilder builder;
  GError *error = NULL;
  g_autoptr(GPtrArray) list = lt_store_list_grants_finish(NULL, result, &error);
  if (list == NULL) {
    lt_call_fail_with(call, error);
    return;
  }
  g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
  for (guint i = 0; i < list->len; i++) {
    const LtGrantRecord *grant = list->pdata[i];
    const char *user = lt_bus_service_user(call->service, grant->uid);
    g_variant_builder_add_value(&builder, lt_dict_grant(grant, user));
  }
  lt_call_return(call, g_variant_new("(aa{sv})", &builder));
}

static void
list_grants(LtCall *call)
{
  lt_store_list_grants(call->service->store, whose(call), lt_clock_utc_now_s(), on_grants, call);
}

static void
on_checks(GVariant *checks, gpointer reply_data)
{
  lt_call_return(reply_data, g_variant_new("(@a(sss))", checks));
}

static void
doctor(LtCall *call)
{
  call->service->hooks.doctor(on_checks, call, call->service->hooks.user_data);
}

LtCallHandler
lt_agent_methods_find(const char *member)
{
  static const struct {
    const char *member;
    LtCallHandler handler;
  } methods[] = {
      {"Subscribe", subscribe},
      {"ListChildren", list_children},
      {"GetRules", get_rules},
      {"SetRules", set_rules},
      {"ListRequests", list_requests},
      {"ListGrants", list_grants},
      {"Doctor", doctor},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
    if (g_str_equal(methods[i].member, member))
      return methods[i].handler;
  return NULL;
}
