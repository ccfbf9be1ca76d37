/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches what the rules are made of: policy folders, local accounts, sessions. By inotify(7)
 * itself: a GFileMonitor looks every four seconds for what is not there, in a thread of its own. */
#include "agent/house-watch.h"

#include "policy/rule-set.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Not /run/user, which the unit hides together with the homes. */
#define SESSIONS_DIR "/run/systemd/users"
#define ACCOUNTS_DIR "/etc"
/* An editor or a package writes several times; a rename comes last. */
#define DEBOUNCE_MS 200
#define ACCOUNTS_PERIOD_S 600
#define N_FOLDERS 4
#define EVENTS                                                                                     \
  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |              \
   IN_DELETE_SELF | IN_MOVE_SELF)
/* Room for some events: each carries a name of at most NAME_MAX bytes. */
#define READ_BYTES 4096

static const char *const account_files[] = {"passwd", "group", NULL};

/* A folder, or as long as it is not there the nearest above it that is. */
typedef struct {
  char *path;
  const char *const *names; /* what matters there; NULL: everything */
  int number;               /* of inotify; -1: not even the root */
  gboolean is_there;
} Folder;

struct _LtHouseWatch {
  int fd;
  guint source;
  Folder folders[N_FOLDERS];
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

static gboolean
on_period(gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  watch->on_change(watch->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
is_used(const LtHouseWatch *watch, int number)
{
  for (guint i = 0; i < N_FOLDERS; i++)
    if (watch->folders[i].number == number)
      return TRUE;
  return FALSE;
}

/* TRUE: the folder came, went or is another one now. */
static gboolean
look_for(LtHouseWatch *watch, Folder *folder)
{
  const Folder former = *folder;
  g_autofree char *path = g_strdup(folder->path);
  while ((folder->number = inotify_add_watch(watch->fd, path, EVENTS | IN_ONLYDIR)) < 0 &&
         !g_str_equal(path, "/")) {
    char *above = g_path_get_dirname(path);
    g_free(path);
    path = above;
  }
  folder->is_there = folder->number >= 0 && g_str_equal(path, folder->path);
  if (former.number > 0 && !is_used(watch, former.number))
    inotify_rm_watch(watch->fd, former.number);
  return folder->is_there != former.is_there ||
         (folder->is_there && folder->number != former.number);
}

/* Does it change what is known of this folder? */
static gboolean
concerns(LtHouseWatch *watch, Folder *folder, const struct inotify_event *event)
{
  if ((event->mask & IN_Q_OVERFLOW) != 0)
    return TRUE;
  if (event->wd != folder->number)
    return FALSE;
  if (!folder->is_there || (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0)
    return look_for(watch, folder);
  return folder->names == NULL || (event->len > 0 && g_strv_contains(folder->names, event->name));
}

static void
on_event(LtHouseWatch *watch, const struct inotify_event *event)
{
  gboolean is_change = FALSE;
  for (guint i = 0; i < N_FOLDERS; i++)
    is_change = concerns(watch, &watch->folders[i], event) || is_change;
  if (is_change && watch->debounce == 0)
    watch->debounce = g_timeout_add(DEBOUNCE_MS, on_settled, watch);
}

static gboolean
on_readable(int fd, GIOCondition condition, gpointer user_data)
{
  LtHouseWatch *watch = user_data;
  _Alignas(struct inotify_event) char bytes[READ_BYTES];
  ssize_t len;
  while ((len = read(fd, bytes, sizeof bytes)) > 0)
    for (ssize_t at = 0; at < len;) {
      const struct inotify_event *event = (const struct inotify_event *) (void *) (bytes + at);
      on_event(watch, event);
      at += (ssize_t) (sizeof *event + event->len);
    }
  return G_SOURCE_CONTINUE;
}

LtHouseWatch *
lt_house_watch_new(const char *presets_dir,
                   const char *site_dir,
                   LtHouseWatchFunc on_change,
                   gpointer user_data)
{
  const Folder watched[N_FOLDERS] = {
      {.path = (char *) presets_dir},
      {.path = (char *) site_dir},
      {.path = (char *) SESSIONS_DIR},
      {.path = (char *) ACCOUNTS_DIR, .names = account_files},
  };
  LtHouseWatch *watch = g_new0(LtHouseWatch, 1);
  watch->on_change = on_change;
  watch->user_data = user_data;
  watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch->fd < 0)
    g_warning("Changes of rules and accounts are seen after a reload only: %s", g_strerror(errno));
  else
    watch->source = g_unix_fd_add(watch->fd, G_IO_IN, on_readable, watch);
  for (gsize i = 0; i < N_FOLDERS; i++) {
    watch->folders[i] = watched[i];
    watch->folders[i].path = g_canonicalize_filename(watched[i].path, NULL);
    look_for(watch, &watch->folders[i]);
  }
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
  g_clear_handle_id(&watch->debounce, g_source_remove);
  g_clear_handle_id(&watch->source, g_source_remove);
  if (watch->fd >= 0)
    close(watch->fd);
  for (gsize i = 0; i < N_FOLDERS; i++)
    g_free(watch->folders[i].path);
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
