/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a parent opens, answers and ends. */
#include "agent/bus/dict.h"
#include "agent/bus/service-private.h"
#include "agent/clock.h"
#include "policy/host.h"

#define MIN_GRANT_S 60
#define MAX_GRANT_S (365 * 24 * 60 * 60)

static gboolean
check_note(LtCall *call, const char *note)
{
  if (g_utf8_strlen(note, -1) <= LT_STORE_MAX_WORDS)
    return TRUE;
  lt_call_fail(call, LT_BUS_ERROR_INVALID, "note: more than %d characters", LT_STORE_MAX_WORDS);
  return FALSE;
}

static gboolean
check_seconds(LtCall *call, guint32 seconds)
{
  if (seconds == 0 || (seconds >= MIN_GRANT_S && seconds <= MAX_GRANT_S))
    return TRUE;
  lt_call_fail(call,
               LT_BUS_ERROR_INVALID,
               "seconds: %d to %d, or 0 for until revoked",
               MIN_GRANT_S,
               MAX_GRANT_S);
  return FALSE;
}

static gint64
end_of(gint64 utc_now_s, guint32 seconds)
{
  return seconds == 0 ? G_MAXINT64 : utc_now_s + seconds;
}

static void
on_granted(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  LtBusService *service = call->service;
  GError *error = NULL;
  g_autoptr(LtGrantRecord) grant = lt_store_add_grant_finish(NULL, result, &error);
  if (grant == NULL) {
    lt_call_fail_with(call, error);
    return;
  }
  g_autoptr(GVariant) dict =
      g_variant_ref_sink(lt_dict_grant(grant, lt_bus_service_user(service, grant->uid)));
  if (grant->request != 0)
    lt_open_requests_remove(service->open_requests, grant->uid, grant->what);
  if (lt_bus_service_is_attached(service)) {
    lt_house_reload_grants(service->house);
    lt_subscribers_tell_of_child(
        service->subscribers, grant->uid, "Granted", g_variant_new("(@a{sv})", dict));
  }
  lt_call_return(call, g_variant_new("(@a{sv})", dict));
}

void
lt_call_grant_site(
    LtCall *call, guint32 uid, const char *host, gint64 utc_until_s, const char *note)
{
  gint64 utc_now_s = lt_clock_utc_now_s();
  LtGrantRecord wanted = {.uid = uid,
                          .kind = (char *) "site",
                          .what = (char *) host,
                          .utc_from_s = utc_now_s,
                          .utc_until_s = utc_until_s,
                          .by_uid = call->caller.uid,
                          .note = (char *) note};
  lt_store_add_grant(call->service->store, &wanted, utc_now_s, on_granted, call);
}

static void
grant_site(LtCall *call)
{
  guint32 uid = 0, seconds = 0;
  const char *kind = NULL, *what = NULL, *note = NULL;
  LtHost host;
  g_variant_get(lt_call_arguments(call), "(u&s&su&s)", &uid, &kind, &what, &seconds, &note);
  if (!check_seconds(call, seconds) || !check_note(call, note))
    return;
  if (!g_str_equal(kind, "site"))
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "kind: only \"site\" can be granted");
  else if (lt_host_from_text(what, &host) != LT_HOST_OK)
    lt_call_fail(call, LT_BUS_ERROR_INVALID, "what: not a host name");
  else if (!lt_bus_service_is_child(call->service, uid))
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "uid %u is no child", uid);
  else
    lt_call_grant_site(call, uid, host.name, end_of(lt_clock_utc_now_s(), seconds), note);
}

static void
on_refused(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  LtBusService *service = call->service;
  GError *error = NULL;
  g_autoptr(LtRequestRecord) request = lt_store_refuse_request_finish(NULL, result, &error);
  if (request == NULL) {
    lt_call_fail_with(call, error);
    return;
  }
  lt_open_requests_remove(service->open_requests, request->uid, request->what);
  if (lt_bus_service_is_attached(service))
    lt_subscribers_tell_of_child(
        service->subscribers,
        request->uid,
        "Refused",
        g_variant_new("(@a{sv})",
                      lt_dict_request(request, lt_bus_service_user(service, request->uid))));
  lt_call_return(call, g_variant_new("(a{sv})", NULL));
}

static void
answer(LtCall *call)
{
  gint64 request = 0, utc_now_s = lt_clock_utc_now_s();
  gboolean yes = FALSE;
  guint32 seconds = 0;
  const char *note = NULL;
  g_variant_get(lt_call_arguments(call), "(xbu&s)", &request, &yes, &seconds, &note);
  if (!check_note(call, note) || (yes && !check_seconds(call, seconds)))
    return;
  if (request <= 0) {
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "no such request");
    return;
  }
  if (!yes) {
    lt_store_refuse_request(
        call->service->store, request, call->caller.uid, note, utc_now_s, on_refused, call);
    return;
  }
  LtGrantRecord wanted = {.utc_from_s = utc_now_s,
                          .utc_until_s = end_of(utc_now_s, seconds),
                          .request = request,
                          .by_uid = call->caller.uid,
                          .note = (char *) note};
  lt_store_add_grant(call->service->store, &wanted, utc_now_s, on_granted, call);
}

/* "Ended" is told when the grant is seen to be gone, as of one that ran out. */
static void
on_revoked(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtCall *call = user_data;
  GError *error = NULL;
  g_autoptr(LtGrantRecord) ended = lt_store_revoke_grant_finish(NULL, result, &error);
  if (ended == NULL) {
    lt_call_fail_with(call, error);
    return;
  }
  if (lt_bus_service_is_attached(call->service))
    lt_house_reload_grants(call->service->house);
  lt_call_return(call, NULL);
}

static void
revoke_grant(LtCall *call)
{
  gint64 id = 0;
  g_variant_get(lt_call_arguments(call), "(x)", &id);
  lt_store_revoke_grant(
      call->service->store, id, call->caller.uid, lt_clock_utc_now_s(), on_revoked, call);
}

LtCallHandler
lt_parent_methods_find(const char *member)
{
  if (g_str_equal(member, "Grant"))
    return grant_site;
  if (g_str_equal(member, "Answer"))
    return answer;
  if (g_str_equal(member, "Revoke"))
    return revoke_grant;
  return NULL;
}
