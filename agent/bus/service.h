/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent on the bus: its objects, its calls, its signals. */
#pragma once

#include "agent/house.h"
#include "agent/net/event.h"
#include "agent/store/store.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LtBusService LtBusService;

/* @checks: (transfer floating): a(sss) of the contract's Doctor. Called once. */
typedef void (*LtBusDoctorReply)(GVariant *checks, gpointer reply_data);

/**
 * LtBusHooks:
 * @doctor: examines the agent and gives the checks to @reply, now or later
 * @watch: lt_guard_watch()
 */
typedef struct {
  void (*doctor)(LtBusDoctorReply reply, gpointer reply_data, gpointer user_data);
  gboolean (*watch)(guint32 uid, gboolean on, gpointer user_data);
  gpointer user_data;
} LtBusHooks;

/* @house, @store: borrowed; must outlive the service. */
LtBusService *lt_bus_service_new(LtHouse *house, LtStore *store, const LtBusHooks *hooks);
void lt_bus_service_free(LtBusService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtBusService, lt_bus_service_free)

/* Puts the objects on @bus; the caller owns the name. Takes the place of a former bus. */
gboolean lt_bus_service_attach(LtBusService *service,
                               GDBusConnection *bus,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The bus is gone: forgets clients. Nothing else changes. */
void lt_bus_service_detach(LtBusService *service);

/* Something was refused, or let through with a warning: tells those who may hear of it. An open
 * review takes note of it, and of plain allowances, which nobody hears of. */
void lt_bus_service_report(LtBusService *service, const LtNetEvent *event);

G_END_DECLS
