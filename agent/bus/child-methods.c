/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls about one child: what the rules say, and asking. */
#include "agent/bus/dict.h"
#include "agent/bus/service-private.h"
#include "agent/clock.h"
#include "policy/host.h"

#define MAX_NAMES 100

static GVariant *
explain_name(const LtChildRules *child, const char *name, gint64 utc_now_s)
{
  LtHost host;
  LtDecision decision;
  switch (lt_host_from_text(name, &host)) {
  case LT_HOST_OK:
    decision = lt_child_rules_decide_site(child, host.name, utc_now_s);
    return lt_dict_decision(host.name, &decision);
  case LT_HOST_ADDRESS:
    decision = lt_child_rules_decide_nameless(child, LT_REASON_ADDRESS);
    return lt_dict_decision(host.name, &decision);
  case LT_HOST_BAD:
    break;
  }
  decision = lt_child_rules_decide_nameless(child, LT_REASON_BAD_NAME);
  return lt_dict_decision(name, &decision);
}

static void
explain(LtCall *call)
{
  GVariantBuilder builder;
  g_autofree const char **names = NULL;
  const LtChildRules *child =
      lt_rule_set_find_uid(lt_house_rules(call->service->house), call->object_uid);
  g_variant_get(lt_call_arguments(call), "(^a&s)", &names);
  if (g_strv_length((char **) names) > MAX_NAMES) {
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "names: more than %d", MAX_NAMES);
    return;
  }
  g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
  for (gsize i = 0; names[i] != NULL; i++)
    g_variant_builder_add_value(&builder, explain_name(child, names[i], lt_clock_utc_now_s()));
  lt_call_return(call, g_variant_new("(aa{sv})", &builder));
}

/**
 * Asking: the store answers with a number; the request is told with what was asked.
 */
typedef struct {
  LtCall *call;
  LtRequestRecord *request;
  gboolean is_again;
} Asking;

static void
tell_asked(LtBusService *service, const LtRequestRecord *request)
{
  const char *user = lt_bus_service_user(service, request->uid);
  lt_subscribers_tell_of_child(service->subscribers,
                               request->uid,
                               "Asked",
                               g_variant_new("(@a{sv})", lt_dict_request(request, user)));
}

static void
on_asked(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asking *asking = user_data;
  g_autoptr(LtRequestRecord) request = asking->request;
  LtBusService *service = asking->call->service;
  GError *error = NULL;
  request->id = lt_store_add_request_finish(NULL, result, &error);
  if (request->id == 0) {
    lt_call_fail_with(asking->call, error);
    return;
  }
  lt_open_requests_add(service->open_requests, request->uid, request->what, request->utc_asked_s);
  if (!asking->is_again && lt_bus_service_is_attached(service))
    tell_asked(service, request);
  lt_call_return(asking->call, g_variant_new("(x)", request->id));
}

static void
send_request(LtCall *call, const char *kind, const LtHost *host, const char *words)
{
  LtBusService *service = call->service;
  Asking *asking = g_new0(Asking, 1);
  asking->call = call;
  asking->request = g_new0(LtRequestRecord, 1);
  asking->request->uid = call->caller.uid;
  asking->request->kind = g_strdup(kind);
  asking->request->what = g_strdup(host->name);
  asking->request->words = g_strdup(words);
  asking->request->note = g_strdup("");
  asking->request->utc_asked_s = lt_clock_utc_now_s();
  asking->is_again = lt_open_requests_has(
      service->open_requests, call->caller.uid, host->name, asking->request->utc_asked_s);
  lt_store_add_request(service->store,
                       call->caller.uid,
                       kind,
                       host->name,
                       words,
                       asking->request->utc_asked_s,
                       on_asked,
                       asking);
}

static void
ask(LtCall *call)
{
  const char *kind = NULL, *what = NULL, *words = NULL;
  LtHost host;
  if (!lt_rate_limits_take(call->service->asks, call->caller.uid, g_get_monotonic_time())) {
    lt_call_fail(call, LT_BUS_ERROR_LIMIT, "asked too often: try again in a minute");
    return;
  }
  g_variant_get(lt_call_arguments(call), "(&s&s&s)", &kind, &what, &words);
  if (!g_str_equal(kind, "site"))
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "kind: only \"site\" can be asked for");
  else if (g_utf8_strlen(words, -1) > LT_STORE_MAX_WORDS)
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "words: more than %d characters", LT_STORE_MAX_WORDS);
  else if (lt_host_from_text(what, &host) != LT_HOST_OK)
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "what: not a host name");
  else
    send_request(call, kind, &host, words);
}

LtCallHandler
lt_child_methods_find(const char *member)
{
  if (g_str_equal(member, "Explain"))
    return explain;
  if (g_str_equal(member, "Ask"))
    return ask;
  return NULL;
}
