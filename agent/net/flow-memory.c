/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file, one mapping, holes until they are needed. */

#include "agent/net/flow-memory.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct _LtFlowMemory {
  int fd;
  guint8 *bytes;
  gsize size_bytes;
  gboolean is_file;
};

static gboolean
map(LtFlowMemory *memory, const char *path)
{
  memory->fd = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                            : memfd_create("flows", MFD_CLOEXEC);
  if (memory->fd < 0 || ftruncate(memory->fd, (off_t) memory->size_bytes) < 0)
    return FALSE;
  void *bytes = mmap(
      NULL, memory->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory->fd, 0);
  if (bytes == MAP_FAILED)
    return FALSE;
  memory->bytes = bytes;
  return TRUE;
}

LtFlowMemory *
lt_flow_memory_open(const char *path, gsize size_bytes, GError **error)
{
  g_autoptr(LtFlowMemory) memory = g_new0(LtFlowMemory, 1);
  memory->fd = -1;
  memory->size_bytes = size_bytes;
  memory->is_file = path != NULL;
  if (map(memory, path))
    return g_steal_pointer(&memory);
  int saved = errno;
  g_set_error(error,
              G_IO_ERROR,
              g_io_error_from_errno(saved),
              "flow memory %s: %s",
              path != NULL ? path : "",
              g_strerror(saved));
  return NULL;
}

void
lt_flow_memory_free(LtFlowMemory *memory)
{
  if (memory == NULL)
    return;
  if (memory->bytes != NULL)
    munmap(memory->bytes, memory->size_bytes);
  if (memory->fd >= 0)
    close(memory->fd);
  g_free(memory);
}

guint8 *
lt_flow_memory_bytes(LtFlowMemory *memory)
{
  return memory->bytes;
}

gboolean
lt_flow_memory_make_room(LtFlowMemory *memory, gsize from, gsize n_bytes)
{
  if (!memory->is_file)
    return TRUE;
  while (fallocate(memory->fd, 0, (off_t) from, (off_t) n_bytes) < 0)
    if (errno != EINTR)
      return errno == EOPNOTSUPP; /* a file system that cannot promise */
  return TRUE;
}

gboolean
lt_flow_memory_has_place(LtFlowMemory *memory, gsize n_bytes)
{
  struct statvfs disk;
  /* A file system without a bound says 0 blocks in all. */
  return !memory->is_file || fstatvfs(memory->fd, &disk) < 0 || disk.f_blocks == 0 ||
         (guint64) disk.f_bavail * disk.f_frsize >= n_bytes;
}

void
lt_flow_memory_give_back(LtFlowMemory *memory, gsize from, gsize n_bytes)
{
  if (madvise(memory->bytes + from, n_bytes, MADV_REMOVE) < 0)
    memset(memory->bytes + from, 0, n_bytes);
}
