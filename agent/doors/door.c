/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sockets of the system at which a program gets names looked up without a packet of its own. */
#include "agent/doors/door.h"

#include "agent/doors/acl.h"
#include "agent/doors/bus-rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* XATTR_SIZE_MAX of the kernel: no list is longer. */
#define MAX_LIST_BYTES 65536
/* Folders below the first that are gone through. */
#define MAX_DEPTH 3
/* What a folder's new inodes may begin with at most: their own mode says the rest. */
#define DEFAULT_MODE 0777

const LtDoor lt_doors[LT_N_DOORS] = {
    {.program = "systemd-resolved",
     .folder = "/run/systemd/resolve",
     .name = "io.systemd.Resolve",
     .bus_name = "org.freedesktop.resolve1",
     .is_born_closed = TRUE},
    {.program = "nscd", .folder = "/run/nscd", .name = "socket"},
    {.program = "avahi-daemon",
     .folder = "/run/avahi-daemon",
     .bus_name = "org.freedesktop.Avahi",
     .config = "/etc/avahi/avahi-daemon.conf",
     .group = "wide-area",
     .key = "enable-wide-area"},
};

gboolean
lt_door_leads_out(const LtDoor *door)
{
  if (door->config == NULL)
    return TRUE;
  g_autoptr(GKeyFile) config = g_key_file_new();
  g_key_file_load_from_file(config, door->config, G_KEY_FILE_NONE, NULL);
  g_autofree char *word = g_key_file_get_string(config, door->group, door->key, NULL);
  return g_strcmp0(word, "no") != 0;
}

/* (transfer full) (element-type guint32): those of @uids for whom it has to be closed. */
static GArray *
held_at(const LtDoor *door, const GArray *uids)
{
  return lt_door_leads_out(door) ? g_array_copy((GArray *) uids)
                                 : g_array_new(FALSE, FALSE, sizeof(guint32));
}

/* FALSE with errno set: it cannot be read. @out_list is NULL when there is none. */
static gboolean
read_list(const char *path, const char *attribute, GBytes **out_list)
{
  g_autofree char *bytes = g_malloc(MAX_LIST_BYTES);
  ssize_t len = getxattr(path, attribute, bytes, MAX_LIST_BYTES);
  if (len < 0 && errno != ENODATA)
    return FALSE;
  *out_list = len < 0 ? NULL : g_bytes_new(bytes, (gsize) len);
  return TRUE;
}

static gboolean
is_same(GBytes *a, GBytes *b)
{
  return a == NULL || b == NULL ? a == b : g_bytes_equal(a, b);
}

static gboolean
is_held(const char *path, const char *attribute, guint mode, const GArray *uids)
{
  g_autoptr(GBytes) list = NULL;
  if (!read_list(path, attribute, &list))
    return FALSE;
  g_autoptr(GBytes) wished = lt_acl_hold(list, mode, uids);
  return is_same(list, wished);
}

LtDoorState
lt_door_examine(const LtDoor *door, const GArray *uids)
{
  struct stat status;
  g_autofree char *path = g_build_filename(door->folder, door->name, NULL);
  g_autoptr(GArray) held = held_at(door, uids);
  if (lstat(door->folder, &status) != 0)
    return errno == ENOENT ? LT_DOOR_ABSENT : LT_DOOR_OTHERWISE;
  if (door->name == NULL)
    return LT_DOOR_AS_WISHED;
  if (door->is_born_closed && !is_held(door->folder, LT_ACL_DEFAULT, DEFAULT_MODE, held))
    return LT_DOOR_OTHERWISE;
  if (lstat(path, &status) != 0)
    return errno == ENOENT ? LT_DOOR_ABSENT : LT_DOOR_OTHERWISE;
  if (!S_ISSOCK(status.st_mode) || !is_held(path, LT_ACL_ACCESS, status.st_mode, held))
    return LT_DOOR_OTHERWISE;
  return LT_DOOR_AS_WISHED;
}

static gboolean
fail(const char *what, GError **error)
{
  const int number = errno;
  g_set_error(error,
              G_FILE_ERROR,
              (int) g_file_error_from_errno(number),
              "%s: %s",
              what,
              g_strerror(number));
  return FALSE;
}

/* @fd: opened with O_PATH, so that no link leads elsewhere in between. */
static gboolean
hold(int fd, const char *attribute, guint mode, const GArray *uids, GError **error)
{
  g_autoptr(GBytes) list = NULL;
  g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
  if (!read_list(path, attribute, &list))
    return fail("reading an access control list", error);
  g_autoptr(GBytes) wished = lt_acl_hold(list, mode, uids);
  if (is_same(list, wished))
    return TRUE;
  gsize len = 0;
  const void *data = wished != NULL ? g_bytes_get_data(wished, &len) : NULL;
  int result =
      data != NULL ? setxattr(path, attribute, data, len, 0) : removexattr(path, attribute);
  return result == 0 || fail("changing an access control list", error);
}

static gboolean hold_below(int fd, const GArray *uids, guint depth, GError **error);

/* What was made while the folder's list was another one has got that. */
static gboolean
hold_inode(int fd, const GArray *uids, guint depth, GError **error)
{
  struct stat status;
  if (fstat(fd, &status) != 0)
    return fail("looking at a file", error);
  if (S_ISDIR(status.st_mode)) {
    g_autoptr(GArray) nobody = g_array_new(FALSE, FALSE, sizeof(guint32));
    return hold(fd, LT_ACL_ACCESS, status.st_mode, nobody, error) &&
           hold(fd, LT_ACL_DEFAULT, DEFAULT_MODE, uids, error) &&
           (depth == MAX_DEPTH || hold_below(fd, uids, depth + 1, error));
  }
  if (S_ISSOCK(status.st_mode) || S_ISREG(status.st_mode))
    return hold(fd, LT_ACL_ACCESS, status.st_mode, uids, error);
  return TRUE;
}

/* A file that went away meanwhile is no error. */
static gboolean
hold_named(int folder, const char *name, const GArray *uids, guint depth, GError **error)
{
  int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT || fail(name, error);
  gboolean is_done = hold_inode(fd, uids, depth, error);
  close(fd);
  return is_done;
}

static gboolean
hold_below(int fd, const GArray *uids, guint depth, GError **error)
{
  int readable = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = readable >= 0 ? fdopendir(readable) : NULL;
  if (folder == NULL)
    return fail("reading a folder", error);
  const struct dirent *entry = NULL;
  gboolean is_done = TRUE;
  while (is_done && (entry = readdir(folder)) != NULL)
    if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
      is_done = hold_named(fd, entry->d_name, uids, depth, error);
  closedir(folder);
  return is_done;
}

gboolean
lt_door_close(const LtDoor *door, const GArray *uids, GError **error)
{
  if (door->name == NULL)
    return TRUE;
  int fd = open(door->folder, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT || fail(door->folder, error);
  g_autoptr(GArray) held = held_at(door, uids);
  gboolean is_done = door->is_born_closed ? hold_inode(fd, held, 0, error)
                                          : hold_named(fd, door->name, held, 0, error);
  close(fd);
  g_prefix_error(error, "%s: ", door->program);
  return is_done;
}

char *
lt_doors_bus_rules(const GArray *uids)
{
  const char *names[LT_N_DOORS + 1] = {NULL};
  gsize n_names = 0;
  for (gsize i = 0; i < LT_N_DOORS; i++)
    if (lt_doors[i].bus_name != NULL && lt_door_leads_out(&lt_doors[i]))
      names[n_names++] = lt_doors[i].bus_name;
  return lt_bus_rules_text(names, uids);
}
