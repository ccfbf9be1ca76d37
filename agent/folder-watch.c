/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells that something in a folder changed, also when the folder itself comes and goes. */
#include "agent/folder-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/inotify.h>
#include <unistd.h>

/* An editor or a package writes several times; a rename comes last. */
#define DEBOUNCE_MS 200
#define EVENTS                                                                                     \
  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |              \
   IN_DELETE_SELF | IN_MOVE_SELF)
/* Room for some events: each carries a name of at most NAME_MAX bytes. */
#define READ_BYTES 4096

/* A folder, or as long as it is not there the nearest above it that is. */
typedef struct {
  char *path;
  const char *const *names; /* what matters there; NULL: everything */
  int number;               /* of inotify; -1: not even the root */
  gboolean is_there;
} Folder;

struct _LtFolderWatch {
  int fd;
  guint source;
  Folder *folders;
  gsize n_folders;
  guint debounce;
  LtFolderWatchFunc on_change;
  gpointer user_data;
};

static gboolean
on_settled(gpointer user_data)
{
  LtFolderWatch *watch = user_data;
  watch->debounce = 0;
  watch->on_change(watch->user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
is_used(const LtFolderWatch *watch, int number)
{
  for (gsize i = 0; i < watch->n_folders; i++)
    if (watch->folders[i].number == number)
      return TRUE;
  return FALSE;
}

/* TRUE: the folder came, went or is another one now. */
static gboolean
look_for(LtFolderWatch *watch, Folder *folder)
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
concerns(LtFolderWatch *watch, Folder *folder, const struct inotify_event *event)
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
on_event(LtFolderWatch *watch, const struct inotify_event *event)
{
  gboolean is_change = FALSE;
  for (gsize i = 0; i < watch->n_folders; i++)
    is_change = concerns(watch, &watch->folders[i], event) || is_change;
  if (is_change && watch->debounce == 0)
    watch->debounce = g_timeout_add(DEBOUNCE_MS, on_settled, watch);
}

static gboolean
on_readable(int fd, GIOCondition condition, gpointer user_data)
{
  LtFolderWatch *watch = user_data;
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

LtFolderWatch *
lt_folder_watch_new(const LtWatchedFolder *folders,
                    gsize n_folders,
                    LtFolderWatchFunc on_change,
                    gpointer user_data)
{
  LtFolderWatch *watch = g_new0(LtFolderWatch, 1);
  watch->on_change = on_change;
  watch->user_data = user_data;
  watch->folders = g_new0(Folder, n_folders);
  watch->n_folders = n_folders;
  watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch->fd < 0)
    g_warning("Changes of files are seen after a reload only: %s", g_strerror(errno));
  else
    watch->source = g_unix_fd_add(watch->fd, G_IO_IN, on_readable, watch);
  for (gsize i = 0; i < n_folders; i++) {
    watch->folders[i].path = g_canonicalize_filename(folders[i].path, NULL);
    watch->folders[i].names = folders[i].names;
    look_for(watch, &watch->folders[i]);
  }
  return watch;
}

void
lt_folder_watch_free(LtFolderWatch *watch)
{
  if (watch == NULL)
    return;
  g_clear_handle_id(&watch->debounce, g_source_remove);
  g_clear_handle_id(&watch->source, g_source_remove);
  if (watch->fd >= 0)
    close(watch->fd);
  for (gsize i = 0; i < watch->n_folders; i++)
    g_free(watch->folders[i].path);
  g_free(watch->folders);
  g_free(watch);
}
