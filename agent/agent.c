/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent as one thing: store, house, packet path and bus, joined on the main loop. */
#include "agent/agent.h"

#include "agent/bus/bus-link.h"
#include "agent/bus/service.h"
#include "agent/doctor.h"
#include "agent/doors/doors.h"
#include "agent/house.h"
#include "agent/stop-reason.h"
#include "agent/store/store.h"

struct _LtAgent {
  LtStore *store;
  LtHouse *house;
  LtGuard *guard;
  LtDoors *doors;
  LtBusService *service;
  LtBusLink *link;
  LtAgentReadyFunc on_ready; /* NULL: told */
  guint patience;
  LtAgentFailedFunc on_failed;
  gpointer user_data;
};

/* Without a bus the agent is as ready as it can be after this time. */
#define BUS_PATIENCE_MS 3000

static void
on_event(const LtNetEvent *event, gpointer user_data)
{
  LtAgent *agent = user_data;
  if (agent->service != NULL)
    lt_bus_service_report(agent->service, event);
}

static void
on_changed(LtHouse *house, gpointer user_data)
{
  LtAgent *agent = user_data;
  lt_guard_publish(agent->guard, lt_house_rules(house));
  lt_doors_close_for(agent->doors, lt_house_rules(house));
}

static void
on_broken(gpointer user_data)
{
  LtAgent *agent = user_data;
  agent->on_failed(agent->user_data);
}

static void
tell_ready(LtAgent *agent)
{
  LtAgentReadyFunc on_ready = agent->on_ready;
  agent->on_ready = NULL;
  g_clear_handle_id(&agent->patience, g_source_remove);
  if (on_ready != NULL)
    on_ready(agent->user_data);
}

static void
on_named(gpointer user_data)
{
  tell_ready(user_data);
}

static gboolean
on_no_bus(gpointer user_data)
{
  LtAgent *agent = user_data;
  agent->patience = 0;
  tell_ready(agent);
  return G_SOURCE_REMOVE;
}

/* The doctor waits for the store, which reads itself whole. */
typedef struct {
  LtAgent *agent;
  LtBusDoctorReply reply;
  gpointer reply_data;
} Visit;

static void
on_store_checked(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Visit *visit = user_data;
  LtGuardHealth guard;
  g_autoptr(GError) error = NULL;
  g_autoptr(LtStoreHealth) store = lt_store_check_finish(visit->agent->store, result, &error);
  if (store == NULL)
    g_warning("The store cannot be examined: %s", error->message);
  lt_guard_get_health(visit->agent->guard, &guard);
  visit->reply(lt_doctor_examine(visit->agent->house, visit->agent->doors, &guard, store),
               visit->reply_data);
}

static void
examine(LtBusDoctorReply reply, gpointer reply_data, gpointer user_data)
{
  LtAgent *agent = user_data;
  Visit *visit = g_new0(Visit, 1);
  visit->agent = agent;
  visit->reply = reply;
  visit->reply_data = reply_data;
  lt_store_check(agent->store, on_store_checked, visit);
}

static gboolean
watch(guint32 uid, gboolean on, gpointer user_data)
{
  LtAgent *agent = user_data;
  return lt_guard_watch(agent->guard, uid, on);
}

static gboolean
start(LtAgent *agent, const LtAgentOptions *options, GError **error)
{
  LtHousePaths paths = {.presets_dir = options->presets_dir,
                        .site_dir = options->site_dir,
                        .lists_dir = options->lists_dir,
                        .lookalikes_file = options->lookalikes_file,
                        .run_dir = options->guard.state_dir};
  LtBusHooks hooks = {.doctor = examine, .watch = watch, .user_data = agent};
  agent->store = lt_store_open(options->state_dir, error);
  if (agent->store == NULL)
    return FALSE;
  agent->house = lt_house_new(agent->store, &paths);
  agent->guard = lt_guard_new(&options->guard, on_event, on_broken, agent, error);
  if (agent->guard == NULL)
    return FALSE;
  lt_guard_publish(agent->guard, lt_house_rules(agent->house));
  agent->doors = lt_doors_new(options->guard.state_dir);
  lt_doors_close_for(agent->doors, lt_house_rules(agent->house));
  g_signal_connect(agent->house, "changed", G_CALLBACK(on_changed), agent);
  agent->service = lt_bus_service_new(agent->house, agent->store, &hooks);
  agent->patience = g_timeout_add(BUS_PATIENCE_MS, on_no_bus, agent);
  agent->link = lt_bus_link_new(agent->service, on_named, agent);
  return TRUE;
}

LtAgent *
lt_agent_new(const LtAgentOptions *options, GError **error)
{
  g_autoptr(LtAgent) agent = g_new0(LtAgent, 1);
  agent->on_ready = options->on_ready;
  agent->on_failed = options->on_failed;
  agent->user_data = options->user_data;
  return start(agent, options, error) ? g_steal_pointer(&agent) : NULL;
}

void
lt_agent_free(LtAgent *agent)
{
  if (agent == NULL)
    return;
  g_clear_handle_id(&agent->patience, g_source_remove);
  g_clear_pointer(&agent->link, lt_bus_link_free);
  g_clear_pointer(&agent->service, lt_bus_service_free);
  if (agent->house != NULL)
    g_signal_handlers_disconnect_by_data(agent->house, agent);
  g_clear_pointer(&agent->doors, lt_doors_free);
  g_clear_pointer(&agent->guard, lt_guard_free);
  g_clear_object(&agent->house);
  g_clear_pointer(&agent->store, lt_store_free);
  g_free(agent);
}

void
lt_agent_reload(LtAgent *agent)
{
  lt_house_reload(agent->house);
}

gboolean
lt_agent_is_alive(LtAgent *agent)
{
  if (!lt_guard_is_alive(agent->guard))
    return FALSE;
  lt_guard_ask_alive(agent->guard);
  return TRUE;
}

void
lt_agent_stop(LtAgent *agent)
{
  if (!lt_stop_reason_is_final(lt_bus_link_connection(agent->link)))
    return;
  lt_guard_remove_table(agent->guard);
  lt_doors_open(agent->doors);
}
