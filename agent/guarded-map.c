/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps a file read-only, so that nothing that is done to the file can end the program. */
#include "agent/guarded-map.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read by the handler of a signal: no lock, @bytes last. */
typedef struct {
  guint8 *bytes; /* NULL: free */
  gsize len;
  gint is_lost;
} Slot;

static Slot slots[LT_GUARDED_MAP_MAX];
static GMutex slots_mutex; /* of those who take and give back, never of the handler */
static gsize page_bytes;
static int event_fd = -1;
static struct sigaction former_action;

static Slot *
slot_of(gconstpointer address)
{
  for (gsize i = 0; i < G_N_ELEMENTS(slots); i++) {
    const guint8 *bytes = g_atomic_pointer_get(&slots[i].bytes);

    if (bytes != NULL && (const guint8 *) address >= bytes &&
        (gsize) ((const guint8 *) address - bytes) < slots[i].len)
      return &slots[i];
  }
  return NULL;
}

/* Only what signal-safety(7) and mmap(2) allow: the thread stands in the middle of a read. */
static void
on_bus_error(int number, siginfo_t *info, void *context)
{
  const int saved_errno = errno;
  Slot *slot = slot_of(info->si_addr);
  guint8 *page = (guint8 *) info->si_addr - (gsize) info->si_addr % page_bytes;
  const guint64 one = 1;

  if (slot == NULL || info->si_code <= 0 ||
      mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page) {
    /* No business of ours: it happens again, to who was there before. */
    sigaction(number, &former_action, NULL);
    raise(number);
  } else {
    g_atomic_int_set(&slot->is_lost, TRUE);
    if (write(event_fd, &one, sizeof one) < 0) {
      /* It is full: the reader is told already. */
    }
  }
  errno = saved_errno;
}

static void
start_guard(void)
{
  static gsize is_started;
  struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};

  if (!g_once_init_enter(&is_started))
    return;
  page_bytes = (gsize) sysconf(_SC_PAGESIZE);
  event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, &former_action);
  g_once_init_leave(&is_started, 1);
}

/* NULL: all are in use. */
static Slot *
take_slot(guint8 *bytes, gsize len)
{
  Slot *slot = NULL;

  g_mutex_lock(&slots_mutex);
  for (gsize i = 0; i < G_N_ELEMENTS(slots) && slot == NULL; i++)
    slot = slots[i].bytes == NULL ? &slots[i] : NULL;
  if (slot != NULL) {
    slot->len = len;
    g_atomic_int_set(&slot->is_lost, FALSE);
    g_atomic_pointer_set(&slot->bytes, bytes);
  }
  g_mutex_unlock(&slots_mutex);
  return slot;
}

static void
give_back(gpointer data)
{
  Slot *slot = data;
  guint8 *bytes = slot->bytes;
  const gsize len = slot->len;

  g_mutex_lock(&slots_mutex);
  g_atomic_pointer_set(&slot->bytes, NULL);
  g_mutex_unlock(&slots_mutex);
  munmap(bytes, len);
}

static GBytes *
fail(int number, GError **error)
{
  g_set_error_literal(
      error, G_FILE_ERROR, (gint) g_file_error_from_errno(number), g_strerror(number));
  return NULL;
}

static GBytes *
map_file(int fd, GError **error)
{
  struct stat status;
  guint8 *bytes;
  Slot *slot;

  if (fstat(fd, &status) < 0)
    return fail(errno, error);
  if (!S_ISREG(status.st_mode)) {
    g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "not a regular file");
    return NULL;
  }
  if (status.st_size == 0)
    return g_bytes_new_static(NULL, 0);
  bytes = mmap(NULL, (gsize) status.st_size, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED)
    return fail(errno, error);
  slot = take_slot(bytes, (gsize) status.st_size);
  if (slot == NULL) {
    munmap(bytes, (gsize) status.st_size);
    return fail(ENFILE, error);
  }
  return g_bytes_new_with_free_func(bytes, (gsize) status.st_size, give_back, slot);
}

GBytes *
lt_guarded_map_new(const char *path, GError **error)
{
  /* Without O_NONBLOCK a FIFO in its place would hold the caller for ever. */
  const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  GBytes *bytes;

  if (fd < 0)
    return fail(errno, error);
  start_guard();
  bytes = map_file(fd, error);
  close(fd);
  return bytes;
}

gboolean
lt_guarded_map_is_lost(GBytes *bytes)
{
  const Slot *slot = slot_of(g_bytes_get_data(bytes, NULL));

  return slot != NULL && g_atomic_int_get(&slot->is_lost);
}

void
lt_guarded_map_rest(GBytes *bytes)
{
  const Slot *slot = slot_of(g_bytes_get_data(bytes, NULL));

  if (slot != NULL)
    madvise(slot->bytes, slot->len, MADV_DONTNEED);
}

int
lt_guarded_map_event_fd(void)
{
  start_guard();
  return event_fd;
}
