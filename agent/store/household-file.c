/* SPDX-License-Identifier: GPL-3.0-or-later */
/* household.json on disk: replaced whole or not at all, the former one kept beside it. */
#include "agent/store/household-file.h"

#include "agent/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_FILE LT_HOUSEHOLD_FILE ".new"

typedef int Descriptor;
static void
descriptor_close(Descriptor *fd)
{
  if (*fd >= 0)
    close(*fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Descriptor, descriptor_close)

static gboolean
fail(const char *what, GError **error)
{
  int code = errno;
  g_set_error(error,
              LT_STORE_ERROR,
              LT_STORE_ERROR_FAILED,
              "%s " LT_HOUSEHOLD_FILE ": %s",
              what,
              g_strerror(code));
  return FALSE;
}

static gboolean
write_all(int fd, GBytes *json)
{
  gsize left = 0;
  const char *at = g_bytes_get_data(json, &left);
  while (left > 0) {
    ssize_t n = write(fd, at, left);
    if (n < 0 && errno != EINTR)
      return FALSE;
    if (n > 0) {
      at += n;
      left -= (gsize) n;
    }
  }
  return fsync(fd) == 0;
}

static gboolean
write_new(int folder, GBytes *json, GError **error)
{
  if (unlinkat(folder, NEW_FILE, 0) != 0 && errno != ENOENT)
    return fail("replacing the last attempt at", error);
  g_auto(Descriptor) fd = openat(folder, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail("making a new", error);
  if (write_all(fd, json))
    return TRUE;
  fail("writing", error);
  unlinkat(folder, NEW_FILE, 0);
  return FALSE;
}

/* A link, not a rename: at every moment there is a household.json. */
static gboolean
keep_former(int folder, GError **error)
{
  if (faccessat(folder, LT_HOUSEHOLD_FILE, F_OK, 0) != 0)
    return TRUE;
  if (unlinkat(folder, LT_HOUSEHOLD_FORMER_FILE, 0) != 0 && errno != ENOENT)
    return fail("replacing the former", error);
  if (linkat(folder, LT_HOUSEHOLD_FILE, folder, LT_HOUSEHOLD_FORMER_FILE, 0) != 0)
    return fail("keeping the former", error);
  return TRUE;
}

gboolean
lt_household_file_save(const char *directory, GBytes *json, GError **error)
{
  g_auto(Descriptor) folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return fail("opening the folder of", error);
  if (!write_new(folder, json, error) || !keep_former(folder, error))
    return FALSE;
  if (renameat(folder, NEW_FILE, folder, LT_HOUSEHOLD_FILE) != 0 || fsync(folder) != 0)
    return fail("putting in place", error);
  return TRUE;
}

gboolean
lt_household_file_save_children(const char *directory, GBytes *json, GError **error)
{
  gsize len = 0;
  const char *text = g_bytes_get_data(json, &len);
  g_autofree char *path = g_build_filename(directory, LT_HOUSEHOLD_CHILDREN_FILE, NULL);
  g_autoptr(GError) failure = NULL;
  const GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE;
  if (g_file_set_contents_full(path, text, (gssize) len, flags, 0600, &failure))
    return TRUE;
  g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED, "%s", failure->message);
  return FALSE;
}

GBytes *
lt_household_file_load(const char *directory, const char *file, GError **error)
{
  g_autofree char *path = g_build_filename(directory, file, NULL);
  g_autoptr(GError) failure = NULL;
  char *text = NULL;
  gsize len = 0;
  if (g_file_get_contents(path, &text, &len, &failure))
    return g_bytes_new_take(text, len);
  if (!g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED, "%s", failure->message);
  return NULL;
}
