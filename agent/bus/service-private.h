/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the bus service share, and nobody else sees. */
#pragma once

#include "agent/bus/access.h"
#include "agent/bus/bus-error.h"
#include "agent/bus/callers.h"
#include "agent/bus/notices.h"
#include "agent/bus/open-requests.h"
#include "agent/bus/rate-limits.h"
#include "agent/bus/reviews.h"
#include "agent/bus/service.h"
#include "agent/bus/subscribers.h"

G_BEGIN_DECLS

struct _LtBusService {
  LtHouse *house;
  LtStore *store;
  LtBusHooks hooks;
  gulong changed_handler;
  LtRateLimits *calls;
  LtRateLimits *asks;
  LtNotices *notices;
  LtOpenRequests *open_requests;
  LtReviews *reviews;      /* NULL once the service was freed */
  GHashTable *live_grants; /* id -> LtGrantRecord, as of the last look */
  GHashTable *waiting;     /* unique name -> calls of it that are not answered yet */
  guint n_waiting;
  /* While there is a bus: */
  GDBusConnection *bus;
  GCancellable *cancellable;
  guint agent_object;
  guint child_objects;
  LtCallers *callers;
  LtSubscribers *subscribers;
};

/* References: calls under way keep the service's memory, not its house and store. */
LtBusService *lt_bus_service_ref(LtBusService *service);
void lt_bus_service_unref(LtBusService *service);
/* FALSE: it was freed or lost its bus; what comes back now has nobody to go to. */
gboolean lt_bus_service_is_attached(LtBusService *service);

gboolean lt_bus_service_is_child(LtBusService *service, guint32 uid);
/* "" when @uid is no child's. Borrowed until the rules change. */
const char *lt_bus_service_user(LtBusService *service, guint32 uid);

/**
 * LtCall: one call under way, from the bus to its answer.
 */
typedef struct _LtCall LtCall;
/* Takes @call: ends, now or later, in one of lt_call_return() and lt_call_fail*(). */
typedef void (*LtCallHandler)(LtCall *call);

struct _LtCall {
  LtBusService *service;
  GDBusMethodInvocation *invocation;
  const LtAccessRule *rule;
  LtCallHandler handler;
  LtCaller caller;
  guint32 object_uid; /* or LT_ACCESS_NO_CHILD */
};

/* @rule: (nullable): NULL is refused. Takes the invocation. */
void lt_call_begin(LtBusService *service,
                   GDBusMethodInvocation *invocation,
                   const LtAccessRule *rule,
                   LtCallHandler handler,
                   guint32 object_uid);
/* @result: (transfer floating) (nullable) */
void lt_call_return(LtCall *call, GVariant *result);
void lt_call_fail(LtCall *call, LtBusError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* @cause: (transfer full) */
void lt_call_fail_with(LtCall *call, GError *cause);
/* Opens a site to a child, and answers with the grant. @utc_until_s: G_MAXINT64: until revoked. */
void lt_call_grant_site(
    LtCall *call, guint32 uid, const char *host, gint64 utc_until_s, const char *note);
/* The arguments; borrowed. */
GVariant *lt_call_arguments(LtCall *call);

/* NULL: no such method. */
LtCallHandler lt_agent_methods_find(const char *member);
LtCallHandler lt_child_methods_find(const char *member);
LtCallHandler lt_parent_methods_find(const char *member);
LtCallHandler lt_review_methods_find(const char *member);
/* org.freedesktop.DBus.Properties, for both interfaces. */
LtCallHandler lt_properties_find(const char *member);

G_END_DECLS
