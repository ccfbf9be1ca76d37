/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a client of the bus is: its uid by the bus, and whether NSS calls it an administrator. */
#include "agent/bus/callers.h"

#include "agent/accounts.h"

/* Clients and users remembered; when there are more, all are forgotten and asked for anew. */
#define MAX_REMEMBERED 1024
/* Somebody leaves the administrators rarely; this is how long it may go unnoticed. */
#define ADMIN_LIFETIME_US (30 * G_USEC_PER_SEC)

typedef struct {
  gboolean is_admin;
  gint64 known_until_us;
} Standing;

struct _LtCallers {
  GDBusConnection *bus;
  GCancellable *cancellable; /* stops what still runs when this is freed */
  GHashTable *uids;          /* unique name -> uid */
  GHashTable *standings;     /* uid -> Standing */
};

typedef struct {
  LtCallers *callers;
  char *name;
  guint32 uid;
  gboolean is_admin;
} Identity;

static void
identity_free(gpointer data)
{
  Identity *identity = data;
  g_free(identity->name);
  g_free(identity);
}

LtCallers *
lt_callers_new(GDBusConnection *bus)
{
  LtCallers *callers = g_new0(LtCallers, 1);
  callers->bus = g_object_ref(bus);
  callers->cancellable = g_cancellable_new();
  callers->uids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  callers->standings = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  return callers;
}

void
lt_callers_free(LtCallers *callers)
{
  if (callers == NULL)
    return;
  g_cancellable_cancel(callers->cancellable);
  g_object_unref(callers->cancellable);
  g_hash_table_unref(callers->standings);
  g_hash_table_unref(callers->uids);
  g_object_unref(callers->bus);
  g_free(callers);
}

static void
look_up_standing(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_boolean(task, lt_accounts_is_admin(GPOINTER_TO_UINT(data)));
}

static void
on_standing(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Identity *identity = g_task_get_task_data(task);
  g_autoptr(GError) error = NULL;
  identity->is_admin = g_task_propagate_boolean(G_TASK(result), &error);
  /* Cancelled: the callers are gone. */
  if (g_task_return_error_if_cancelled(task))
    return;
  GHashTable *standings = identity->callers->standings;
  Standing standing = {identity->is_admin, g_get_monotonic_time() + ADMIN_LIFETIME_US};
  if (g_hash_table_size(standings) >= MAX_REMEMBERED)
    g_hash_table_remove_all(standings);
  g_hash_table_insert(
      standings, GUINT_TO_POINTER(identity->uid), g_memdup2(&standing, sizeof standing));
  g_task_return_boolean(task, TRUE);
}

/* @task: (transfer full) */
static void
find_standing(GTask *task)
{
  Identity *identity = g_task_get_task_data(task);
  Standing *known =
      g_hash_table_lookup(identity->callers->standings, GUINT_TO_POINTER(identity->uid));
  if (known != NULL && g_get_monotonic_time() < known->known_until_us) {
    identity->is_admin = known->is_admin;
    g_task_return_boolean(task, TRUE);
    g_object_unref(task);
    return;
  }
  g_autoptr(GTask) lookup = g_task_new(NULL, g_task_get_cancellable(task), on_standing, task);
  g_task_set_task_data(lookup, GUINT_TO_POINTER(identity->uid), NULL);
  g_task_run_in_thread(lookup, look_up_standing);
}

static void
on_uid(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  Identity *identity = g_task_get_task_data(task);
  GError *error = NULL;
  g_autoptr(GVariant) answer =
      g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
  if (answer == NULL) {
    g_task_return_error(task, error);
    return;
  }
  if (g_task_return_error_if_cancelled(task))
    return;
  g_variant_get(answer, "(u)", &identity->uid);
  if (g_hash_table_size(identity->callers->uids) >= MAX_REMEMBERED)
    g_hash_table_remove_all(identity->callers->uids);
  g_hash_table_insert(
      identity->callers->uids, g_strdup(identity->name), GUINT_TO_POINTER(identity->uid));
  find_standing(g_steal_pointer(&task));
}

void
lt_callers_identify(LtCallers *callers,
                    const char *name,
                    GAsyncReadyCallback callback,
                    gpointer user_data)
{
  gpointer known = NULL;
  Identity *identity = g_new0(Identity, 1);
  GTask *task = g_task_new(NULL, callers->cancellable, callback, user_data);
  identity->callers = callers;
  identity->name = g_strdup(name);
  g_task_set_task_data(task, identity, identity_free);
  if (g_hash_table_lookup_extended(callers->uids, name, NULL, &known)) {
    identity->uid = GPOINTER_TO_UINT(known);
    find_standing(task);
    return;
  }
  g_dbus_connection_call(callers->bus,
                         "org.freedesktop.DBus",
                         "/org/freedesktop/DBus",
                         "org.freedesktop.DBus",
                         "GetConnectionUnixUser",
                         g_variant_new("(s)", name),
                         G_VARIANT_TYPE("(u)"),
                         G_DBUS_CALL_FLAGS_NONE,
                         -1,
                         callers->cancellable,
                         on_uid,
                         task);
}

gboolean
lt_callers_identify_finish(GAsyncResult *result,
                           guint32 *out_uid,
                           gboolean *out_is_admin,
                           GError **error)
{
  Identity *identity = g_task_get_task_data(G_TASK(result));
  if (!g_task_propagate_boolean(G_TASK(result), error))
    return FALSE;
  *out_uid = identity->uid;
  *out_is_admin = identity->is_admin;
  return TRUE;
}
