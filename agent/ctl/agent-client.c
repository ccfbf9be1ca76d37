/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl's line to the agent: calls that wait for a person's password, errors in words. */
#include "agent/ctl/agent-client.h"

#include "agent/ctl/commands.h"

#include <glib-unix.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#define NAME "org.luytre.Agent1"
#define PATH "/org/luytre/Agent1"
#define AGENT_INTERFACE "org.luytre.Agent1"
#define CHILD_INTERFACE "org.luytre.Agent1.Child"
#define ERROR_PREFIX "org.luytre.Error."

struct _LtAgentClient {
  GDBusConnection *bus;
  GSubprocess *password_helper;
};

LtAgentClient *
lt_agent_client_new(void)
{
  g_autoptr(GError) error = NULL;
  GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
  if (bus == NULL) {
    fprintf(stderr, "luytrectl: no system bus: %s\n", error->message);
    return NULL;
  }
  LtAgentClient *client = g_new0(LtAgentClient, 1);
  client->bus = bus;
  return client;
}

void
lt_agent_client_free(LtAgentClient *client)
{
  if (client == NULL)
    return;
  if (client->password_helper != NULL)
    g_subprocess_send_signal(client->password_helper, SIGTERM);
  g_clear_object(&client->password_helper);
  g_object_unref(client->bus);
  g_free(client);
}

/* On a terminal without a desktop nobody else would ask for the password. The helper closes its
 * descriptor when it is ready, or at once when the session has somebody who asks. */
static void
start_password_helper(LtAgentClient *client)
{
  int ends[2];
  char byte;
  if (client->password_helper != NULL || geteuid() == 0 || !isatty(STDIN_FILENO) ||
      !g_unix_open_pipe(ends, FD_CLOEXEC, NULL))
    return;
  g_autofree char *process = g_strdup_printf("%d", (int) getpid());
  g_autoptr(GSubprocessLauncher) launcher =
      g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_INHERIT);
  g_subprocess_launcher_take_fd(launcher, ends[1], 3);
  client->password_helper = g_subprocess_launcher_spawn(
      launcher, NULL, "pkttyagent", "--notify-fd", "3", "--fallback", "--process", process, NULL);
  g_subprocess_launcher_close(launcher);
  if (client->password_helper != NULL)
    while (read(ends[0], &byte, 1) > 0)
      continue;
  close(ends[0]);
}

static int
report(GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error(error);
  g_dbus_error_strip_remote_error(error);
  if (name != NULL && g_str_has_prefix(name, ERROR_PREFIX)) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_NO;
  }
  fprintf(stderr, "luytrectl: the agent cannot be reached: %s\n", error->message);
  return LT_CTL_ERROR;
}

static GVariant *
call(LtAgentClient *client,
     const char *path,
     const char *interface,
     const char *method,
     GVariant *arguments,
     int *out_status)
{
  g_autoptr(GError) error = NULL;
  GVariant *answer = g_dbus_connection_call_sync(client->bus,
                                                 NAME,
                                                 path,
                                                 interface,
                                                 method,
                                                 arguments,
                                                 NULL,
                                                 G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                                 G_MAXINT,
                                                 NULL,
                                                 &error);
  if (answer == NULL)
    *out_status = report(error);
  return answer;
}

GVariant *
lt_agent_client_call(
    LtAgentClient *client, guint32 uid, const char *method, GVariant *arguments, int *out_status)
{
  start_password_helper(client);
  if (uid == G_MAXUINT32)
    return call(client, PATH, AGENT_INTERFACE, method, arguments, out_status);
  g_autofree char *path = g_strdup_printf(PATH "/child/%u", uid);
  return call(client, path, CHILD_INTERFACE, method, arguments, out_status);
}

char *
lt_agent_client_version(LtAgentClient *client, int *out_status)
{
  g_autoptr(GVariant) value = NULL;
  g_autoptr(GVariant) answer = call(client,
                                    PATH,
                                    "org.freedesktop.DBus.Properties",
                                    "Get",
                                    g_variant_new("(ss)", AGENT_INTERFACE, "Version"),
                                    out_status);
  if (answer == NULL)
    return NULL;
  g_variant_get(answer, "(v)", &value);
  return g_variant_dup_string(value, NULL);
}

gboolean
lt_agent_client_find_uid(const char *user, guint32 *out_uid)
{
  guint64 number = 0;
  struct passwd *entry = getpwnam(user);
  if (entry != NULL) {
    *out_uid = entry->pw_uid;
    return TRUE;
  }
  if (g_ascii_string_to_unsigned(user, 10, 0, G_MAXUINT32 - 1, &number, NULL)) {
    *out_uid = (guint32) number;
    return TRUE;
  }
  fprintf(stderr, "luytrectl: there is no user \"%s\"\n", user);
  return FALSE;
}
