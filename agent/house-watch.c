/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches what the rules are made of: policy folders, local accounts, sessions. */
#include "agent/house-watch.h"

#include "agent/folder-watch.h"
#include "agent/lists.h"
#include "policy/rule-set.h"

/* Not /run/user, which the unit hides together with the homes. */
#define SESSIONS_DIR "/run/systemd/users"
#define ACCOUNTS_DIR "/etc"
#define ACCOUNTS_PERIOD_S 600

static const char *const list_files[] = {LT_LISTS_FILE, NULL};
static const char *const account_files[] = {"passwd", "group", NULL};

struct _LtHouseWatch {
  LtFolderWatch *folders;
  guint period;
  LtHouseWatchFunc on_change;
  gpointer user_data;
};

static gboolean
on_period(gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  watch->on_change(watch->user_data);
  return G_SOURCE_CONTINUE;
}

LtHouseWatch *
lt_house_watch_new(const char *presets_dir,
                   const char *site_dir,
                   const char *lists_dir,
                   LtHouseWatchFunc on_change,
                   gpointer user_data)
{
  const LtWatchedFolder folders[] = {
      {.path = presets_dir},
      {.path = site_dir},
      {.path = lists_dir, .names = list_files},
      {.path = SESSIONS_DIR},
      {.path = ACCOUNTS_DIR, .names = account_files},
  };
  LtHouseWatch *watch = g_new0(LtHouseWatch, 1);
  watch->on_change = on_change;
  watch->user_data = user_data;
  watch->folders = lt_folder_watch_new(folders, G_N_ELEMENTS(folders), on_change, user_data);
  return watch;
}

void
lt_house_watch_set_periodic(LtHouseWatch *watch, gboolean is_periodic)
{
  if (is_periodic && watch->period == 0)
    watch->period = g_timeout_add_seconds(ACCOUNTS_PERIOD_S, on_period, watch);
  else if (!is_periodic)
    g_clear_handle_id(&watch->period, g_source_remove);
}

void
lt_house_watch_free(LtHouseWatch *watch)
{
  if (watch == NULL)
    return;
  g_clear_handle_id(&watch->period, g_source_remove);
  g_clear_pointer(&watch->folders, lt_folder_watch_free);
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
