/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytre-doors: the agent's one hand with rights over files. It reads whom the doors are to be
 * closed for, does that and nothing else, answers and ends. systemd starts it when the agent calls.
 */
#include "agent/doors/bus-rules.h"
#include "agent/doors/door.h"
#include "agent/doors/uid-list.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_PATH LT_DOORS_DIR "/lock"
#define BUS_TIMEOUT_MS 5000

/* (transfer full) (nullable): all of standard input; NULL when it is too much. */
static char *
read_all(void)
{
  static char text[LT_UID_LIST_MAX_BYTES + 1];
  gsize len = fread(text, 1, sizeof text, stdin);
  return len < sizeof text && memchr(text, '\0', len) == NULL ? g_strndup(text, len) : NULL;
}

/* Until the process ends: a call that an agent left behind when it died is done before the next. */
static gboolean
take_turn(GError **error)
{
  int lock = open(LOCK_PATH, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock >= 0 && flock(lock, LOCK_EX) == 0)
    return TRUE;
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, LOCK_PATH ": %s", g_strerror(errno));
  return FALSE;
}

static gboolean
reload_bus(GError **error)
{
  g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
  if (bus == NULL)
    return FALSE;
  g_autoptr(GVariant) answer = g_dbus_connection_call_sync(bus,
                                                           "org.freedesktop.DBus",
                                                           "/org/freedesktop/DBus",
                                                           "org.freedesktop.DBus",
                                                           "ReloadConfig",
                                                           NULL,
                                                           NULL,
                                                           G_DBUS_CALL_FLAGS_NONE,
                                                           BUS_TIMEOUT_MS,
                                                           NULL,
                                                           error);
  return answer != NULL;
}

static gboolean
write_bus_rules(const char *text, GError **error)
{
  if (text != NULL)
    return g_file_set_contents_full(
        LT_BUS_RULES_PATH, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
  if (unlink(LT_BUS_RULES_PATH) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, LT_BUS_RULES_PATH ": %s", g_strerror(errno));
  return FALSE;
}

/* The file says what the bus holds to: it goes away again if the bus could not be told. */
static gboolean
set_bus_rules(const GArray *uids, GError **error)
{
  g_autofree char *text = lt_doors_bus_rules(uids);
  g_autofree char *former = NULL;
  g_file_get_contents(LT_BUS_RULES_PATH, &former, NULL, NULL);
  if (g_strcmp0(text, former) == 0)
    return TRUE;
  if (write_bus_rules(text, error) && reload_bus(error))
    return TRUE;
  unlink(LT_BUS_RULES_PATH);
  g_prefix_error(error, "the system bus: ");
  return FALSE;
}

static gboolean
work(GError **error)
{
  g_autofree char *text = read_all();
  g_autoptr(GArray) uids = text != NULL ? lt_uid_list_read(text) : NULL;
  if (uids == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "that is no list of accounts");
    return FALSE;
  }
  if (!take_turn(error))
    return FALSE;
  gboolean is_done = TRUE;
  for (gsize i = 0; i < LT_N_DOORS; i++) /* the others too, if one fails: the first error is told */
    is_done = lt_door_close(&lt_doors[i], uids, is_done ? error : NULL) && is_done;
  return set_bus_rules(uids, is_done ? error : NULL) && is_done;
}

int
main(void)
{
  g_autoptr(GError) error = NULL;
  if (work(&error)) {
    puts("done");
    return EXIT_SUCCESS;
  }
  puts(error->message);
  return EXIT_FAILURE;
}
