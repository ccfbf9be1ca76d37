/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells a stop for good from one that starts again in a moment: by what systemd is about to do. */
#include "agent/stop-reason.h"

#include <unistd.h>

#define SYSTEMD "org.freedesktop.systemd1"
#define TIMEOUT_MS 250

static GVariant *
get_property(GDBusConnection *bus, const char *path, const char *interface, const char *name)
{
  g_autoptr(GVariant) answer = g_dbus_connection_call_sync(bus,
                                                           SYSTEMD,
                                                           path,
                                                           "org.freedesktop.DBus.Properties",
                                                           "Get",
                                                           g_variant_new("(ss)", interface, name),
                                                           G_VARIANT_TYPE("(v)"),
                                                           G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                                           TIMEOUT_MS,
                                                           NULL,
                                                           NULL);
  GVariant *value = NULL;
  if (answer != NULL)
    g_variant_get(answer, "(v)", &value);
  return value;
}

/* The word of the unit's job: "stop", "restart", ... NULL: cannot be found out. */
static char *
find_job_type(GDBusConnection *bus)
{
  const char *unit = NULL, *job = NULL;
  g_autoptr(GVariant) found = g_dbus_connection_call_sync(bus,
                                                          SYSTEMD,
                                                          "/org/freedesktop/systemd1",
                                                          SYSTEMD ".Manager",
                                                          "GetUnitByPID",
                                                          g_variant_new("(u)", (guint32) getpid()),
                                                          G_VARIANT_TYPE("(o)"),
                                                          G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                                          TIMEOUT_MS,
                                                          NULL,
                                                          NULL);
  if (found == NULL)
    return NULL;
  g_variant_get(found, "(&o)", &unit);
  g_autoptr(GVariant) id_and_path = get_property(bus, unit, SYSTEMD ".Unit", "Job");
  if (id_and_path == NULL || !g_variant_is_of_type(id_and_path, G_VARIANT_TYPE("(uo)")))
    return NULL;
  g_variant_get(id_and_path, "(u&o)", NULL, &job);
  g_autoptr(GVariant) type = get_property(bus, job, SYSTEMD ".Job", "JobType");
  if (type == NULL || !g_variant_is_of_type(type, G_VARIANT_TYPE_STRING))
    return NULL;
  return g_variant_dup_string(type, NULL);
}

gboolean
lt_stop_reason_is_final(GDBusConnection *bus)
{
  if (g_getenv("NOTIFY_SOCKET") == NULL)
    return TRUE;
  g_autofree char *type = bus != NULL ? find_job_type(bus) : NULL;
  return g_strcmp0(type, "stop") == 0;
}
