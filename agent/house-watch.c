/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches what the rules are made of: policy folders, local accounts, sessions. */
#include "agent/house-watch.h"

#include "policy/rule-set.h"

/* Not /run/user, which the unit hides together with the homes. */
#define SESSIONS_DIR "/run/systemd/users"
/* An editor or a package writes several times; a rename comes last. */
#define DEBOUNCE_MS 200
/* A directory's groups change without a word to this machine. */
#define ACCOUNTS_PERIOD_S 600
#define N_MONITORS 5

struct _LtHouseWatch {
  GFileMonitor *monitors[N_MONITORS];
  guint debounce;
  guint period;
  LtHouseWatchFunc on_change;
  gpointer user_data;
};

static gboolean
on_settled(gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  watch->debounce = 0;
  watch->on_change(watch->user_data);
  return G_SOURCE_REMOVE;
}

static void
on_event(
    GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  if (watch->debounce == 0)
    watch->debounce = g_timeout_add(DEBOUNCE_MS, on_settled, watch);
}

static gboolean
on_period(gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  watch->on_change(watch->user_data);
  return G_SOURCE_CONTINUE;
}

static GFileMonitor *
start_monitor(LtHouseWatch *watch, const char *path, gboolean is_folder)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) file = g_file_new_for_path(path);
  GFileMonitor *monitor =
      is_folder ? g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error)
                : g_file_monitor_file(file, G_FILE_MONITOR_NONE, NULL, &error);
  if (monitor == NULL)
    g_warning("%s is not watched: %s", path, error->message);
  else
    g_signal_connect(monitor, "changed", G_CALLBACK(on_event), watch);
  return monitor;
}

LtHouseWatch *
lt_house_watch_new(const char *presets_dir,
                   const char *site_dir,
                   LtHouseWatchFunc on_change,
                   gpointer user_data)
{
  const struct {
    const char *path;
    gboolean is_folder;
  } watched[N_MONITORS] = {
      {presets_dir, TRUE},
      {site_dir, TRUE},
      {SESSIONS_DIR, TRUE},
      {"/etc/passwd", FALSE},
      {"/etc/group", FALSE},
  };
  LtHouseWatch *watch = g_new0(LtHouseWatch, 1);
  watch->on_change = on_change;
  watch->user_data = user_data;
  for (gsize i = 0; i < N_MONITORS; i++)
    watch->monitors[i] = start_monitor(watch, watched[i].path, watched[i].is_folder);
  watch->period = g_timeout_add_seconds(ACCOUNTS_PERIOD_S, on_period, watch);
  return watch;
}

void
lt_house_watch_free(LtHouseWatch *watch)
{
  if (watch == NULL)
    return;
  g_clear_handle_id(&watch->period, g_source_remove);
  g_clear_handle_id(&watch->debounce, g_source_remove);
  for (gsize i = 0; i < N_MONITORS; i++)
    if (watch->monitors[i] != NULL) {
      g_signal_handlers_disconnect_by_data(watch->monitors[i], watch);
      g_object_unref(watch->monitors[i]);
    }
  g_free(watch);
}

GArray *
lt_house_watch_sessions(void)
{
  const char *name = NULL;
  GArray *uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_autoptr(GDir) folder = g_dir_open(SESSIONS_DIR, 0, NULL);
  while (folder != NULL && uids->len < LT_SLOT_MAX && (name = g_dir_read_name(folder)) != NULL) {
    guint64 uid = 0;
    if (g_ascii_string_to_unsigned(name, 10, 1, G_MAXUINT32 - 1, &uid, NULL)) {
      guint32 narrow = (guint32) uid;
      g_array_append_val(uids, narrow);
    }
  }
  return uids;
}
