/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block lists in force. The old set lives as long as rules are made of it. */
#include "agent/lists.h"

#include "agent/guarded-map.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/stat.h>
#include <unistd.h>

/* Which file it was: a rename brings another inode, a write another time. */
typedef struct {
  dev_t device;
  ino_t inode;
  gint64 changed_ns;
  goffset size;
} Identity;

struct _LtLists {
  char *path;
  char *former_path;
  Identity identity; /* of the file that was looked at last */
  LtHostSet *set;
  Identity set_identity; /* of the file that it was opened from; nothing for a former one */
  gboolean is_lost;      /* there is no file to look at */
  gboolean is_checked;   /* all its names were read */
  LtHostSet *former;     /* to go back to while they are not */
  char *problem;
  guint loss_source;
  GCancellable *gone; /* what ends a check when the lists are freed */
  LtListsFunc on_change;
  gpointer user_data;
};

static gboolean
identify(const char *path, Identity *out)
{
  struct stat status;

  *out = (Identity){0};
  if (stat(path, &status) < 0)
    return FALSE;
  out->device = status.st_dev;
  out->inode = status.st_ino;
  out->changed_ns = (gint64) status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
  out->size = status.st_size;
  return TRUE;
}

static gboolean
is_same(const Identity *a, const Identity *b)
{
  return a->device == b->device && a->inode == b->inode && a->changed_ns == b->changed_ns &&
         a->size == b->size;
}

static LtHostSet *
open_set(const char *path, GError **error)
{
  g_autoptr(GBytes) bytes = lt_guarded_map_new(path, error);

  return bytes != NULL ? lt_host_set_new(bytes, error) : NULL;
}

static void
set_problem(LtLists *lists, const char *what, const char *instead)
{
  g_free(lists->problem);
  lists->problem = g_strdup_printf("%s: %s (%s)", lists->path, what, instead);
  g_warning("Lists of sites: %s", lists->problem);
}

static void
take_set(LtLists *lists, LtHostSet *set, const Identity *identity)
{
  lt_host_set_unref(lists->set);
  lists->set = set;
  lists->set_identity = identity != NULL ? *identity : (Identity){0};
}

static void
keep_former(LtLists *lists, LtHostSet *set)
{
  lt_host_set_unref(lists->former);
  lists->former = set;
}

/* The file is not good: what was in force stays; at the start, the file before it. */
static void
fall_back(LtLists *lists, const char *what)
{
  LtHostSet *former;

  if (lists->set != NULL) {
    set_problem(lists, what, "the lists before these are in force");
    return;
  }
  former = open_set(lists->former_path, NULL);
  if (former != NULL && !lt_host_set_verify(former, NULL))
    g_clear_pointer(&former, lt_host_set_unref);
  take_set(lists, former, NULL);
  set_problem(lists,
              what,
              former != NULL ? "the lists before these are in force"
                             : "no lists are in force; fetch them again");
}

/* The file is not there, or cannot be looked at. Where there never was one, no lists are wanted. */
static void
lose_file(LtLists *lists, int number)
{
  if (lists->is_lost)
    return;
  lists->is_lost = TRUE;
  lists->identity = (Identity){0};
  if (number != ENOENT || lists->set != NULL || g_file_test(lists->former_path, G_FILE_TEST_EXISTS))
    fall_back(lists, number == ENOENT ? "it is gone" : g_strerror(number));
}

typedef struct {
  LtLists *lists;
  LtHostSet *set;
  LtHostSet *former; /* nullable; the thread drops it if it is damaged too */
} Check;

static void
check_free(gpointer data)
{
  Check *check = data;

  lt_host_set_unref(check->former);
  lt_host_set_unref(check->set);
  g_free(check);
}

static void
check_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *gone)
{
  Check *check = data;
  GError *error = NULL;
  const gboolean is_good = lt_host_set_verify(check->set, &error);

  /* All of it was read: what is looked for alone shall stay in memory. */
  lt_guarded_map_rest(lt_host_set_bytes(check->set));
  if (is_good) {
    g_task_return_boolean(task, TRUE);
    return;
  }
  if (check->former != NULL && !lt_host_set_verify(check->former, NULL))
    g_clear_pointer(&check->former, lt_host_set_unref);
  g_task_return_error(task, error);
}

static void
on_checked(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  Check *check = g_task_get_task_data(G_TASK(result));
  LtLists *lists = check->lists;

  if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))) ||
      lists->set != check->set)
    return;
  lists->is_checked = TRUE;
  keep_former(lists, NULL);
  if (g_task_propagate_boolean(G_TASK(result), &error))
    return;
  take_set(lists, g_steal_pointer(&check->former), NULL);
  fall_back(lists, error->message);
  lists->on_change(lists->user_data);
}

static void
begin_check(LtLists *lists)
{
  g_autoptr(GTask) task = g_task_new(NULL, lists->gone, on_checked, NULL);
  Check *check = g_new0(Check, 1);

  check->lists = lists;
  check->set = lt_host_set_ref(lists->set);
  check->former = lists->former != NULL ? lt_host_set_ref(lists->former) : NULL;
  g_task_set_task_data(task, check, check_free);
  g_task_run_in_thread(task, check_in_thread);
}

/* What was mapped is not what was opened any more; the one before it, if it is whole, is. */
static void
lose_set(LtLists *lists)
{
  LtHostSet *former = g_steal_pointer(&lists->former);

  if (former != NULL && lt_guarded_map_is_lost(lt_host_set_bytes(former)))
    g_clear_pointer(&former, lt_host_set_unref);
  take_set(lists, former, NULL);
}

void
lt_lists_read(LtLists *lists)
{
  g_autoptr(GError) error = NULL;
  Identity identity;
  LtHostSet *set;

  if (!identify(lists->path, &identity)) {
    lose_file(lists, errno);
    return;
  }
  lists->is_lost = FALSE;
  if (is_same(&identity, &lists->identity))
    return;
  lists->identity = identity;
  /* Not replaced, but written into. */
  if (identity.inode == lists->set_identity.inode && identity.device == lists->set_identity.device)
    lose_set(lists);
  set = open_set(lists->path, &error);
  if (set == NULL) {
    fall_back(lists, error->message);
    return;
  }
  g_clear_pointer(&lists->problem, g_free);
  if (lists->former == NULL || lists->is_checked)
    keep_former(lists, g_steal_pointer(&lists->set));
  take_set(lists, set, &identity);
  lists->is_checked = FALSE;
  begin_check(lists);
}

/* Somebody writes into the file in force, or its disk is failing: what is left of it finds nothing.
 * The file is opened anew, or else the one before it. */
static gboolean
on_loss(int fd, GIOCondition condition, gpointer user_data)
{
  LtLists *lists = user_data;
  guint64 n_losses;

  if (read(fd, &n_losses, sizeof n_losses) != sizeof n_losses || lists->set == NULL ||
      !lt_guarded_map_is_lost(lt_host_set_bytes(lists->set)))
    return G_SOURCE_CONTINUE;
  lose_set(lists);
  lists->identity = (Identity){0};
  lists->is_lost = FALSE;
  lt_lists_read(lists);
  lists->on_change(lists->user_data);
  return G_SOURCE_CONTINUE;
}

LtLists *
lt_lists_new(const char *dir, LtListsFunc on_change, gpointer user_data)
{
  LtLists *lists = g_new0(LtLists, 1);

  lists->path = g_build_filename(dir, LT_LISTS_FILE, NULL);
  lists->former_path = g_build_filename(dir, LT_LISTS_FORMER_FILE, NULL);
  lists->gone = g_cancellable_new();
  lists->on_change = on_change;
  lists->user_data = user_data;
  lists->loss_source = g_unix_fd_add(lt_guarded_map_event_fd(), G_IO_IN, on_loss, lists);
  lt_lists_read(lists);
  return lists;
}

void
lt_lists_free(LtLists *lists)
{
  if (lists == NULL)
    return;
  g_source_remove(lists->loss_source);
  g_cancellable_cancel(lists->gone);
  g_object_unref(lists->gone);
  lt_host_set_unref(lists->former);
  lt_host_set_unref(lists->set);
  g_free(lists->problem);
  g_free(lists->former_path);
  g_free(lists->path);
  g_free(lists);
}

LtHostSet *
lt_lists_in_force(const LtLists *lists)
{
  return lists->set;
}

gboolean
lt_lists_is_checked(const LtLists *lists)
{
  return lists->is_checked;
}

const char *
lt_lists_problem(const LtLists *lists)
{
  return lists->problem;
}
