/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events out of the packet and DNS threads: a ring of fixed cells with an eventfd as its bell. */
#include "agent/net/event.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The two ends belong to different threads: each has a cache line of its own. */
#define CACHE_LINE_BYTES 64

/* Nobody is watched: no account has this number. */
#define NO_UID G_MAXUINT32

/* About 60 MB of events; more is a mistake of the caller. */
#define MAX_EVENTS 65536

struct _LtEventRing {
  /* Both only grow; the cell of a position is the position modulo the (power of two) size. */
  alignas(CACHE_LINE_BYTES) _Atomic guint64 n_written;
  _Atomic guint64 n_dropped;
  alignas(CACHE_LINE_BYTES) _Atomic guint64 n_read;
  alignas(CACHE_LINE_BYTES) guint64 mask;
  _Atomic guint32 watched[LT_EVENT_RING_MAX_WATCHED];
  int bell_fd;
  LtNetEvent *events;
};

/* Like g_strlcpy(), but never leaves half a character at the cut. */
static void
copy_text(char *out, gsize size, const char *text)
{
  gsize len = strnlen(text, size);

  if (len == size) {
    len = size - 1;
    while (len > 0 && ((guchar) text[len] & 0xc0) == 0x80)
      len--;
  }
  memcpy(out, text, len);
  out[len] = '\0';
}

void
lt_net_event_init(LtNetEvent *event,
                  guint32 uid,
                  LtProtocol protocol,
                  const LtHost *host,
                  const LtDecision *decision,
                  gint64 utc_now_s)
{
  g_return_if_fail(event != NULL && decision != NULL);

  *event = (LtNetEvent){
      .uid = uid,
      .utc_s = utc_now_s,
      .protocol = protocol,
      .has_name = host != NULL,
      .action = decision->action,
      .reason = decision->reason,
      .owner = decision->owner,
      .utc_until_s = decision->utc_until_s,
  };
  if (host != NULL)
    event->host = *host;
  copy_text(event->rule, sizeof event->rule, decision->rule);
  if (decision->list != NULL)
    copy_text(event->list, sizeof event->list, decision->list);
}

LtEventRing *
lt_event_ring_new(guint n_events, GError **error)
{
  LtEventRing *ring;
  guint64 size = 1;
  int fd;

  g_return_val_if_fail(n_events > 0 && n_events <= MAX_EVENTS, NULL);

  fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) {
    int saved_errno = errno;

    g_set_error(error,
                G_FILE_ERROR,
                (int) g_file_error_from_errno(saved_errno),
                "making the event ring: %s",
                g_strerror(saved_errno));
    return NULL;
  }
  while (size < n_events)
    size *= 2;
  ring = g_aligned_alloc0(1, sizeof(LtEventRing), CACHE_LINE_BYTES);
  atomic_init(&ring->n_written, 0);
  atomic_init(&ring->n_dropped, 0);
  atomic_init(&ring->n_read, 0);
  for (guint i = 0; i < LT_EVENT_RING_MAX_WATCHED; i++)
    atomic_init(&ring->watched[i], NO_UID);
  ring->mask = size - 1;
  ring->bell_fd = fd;
  ring->events = g_new0(LtNetEvent, size);
  return ring;
}

void
lt_event_ring_free(LtEventRing *ring)
{
  if (ring == NULL)
    return;
  close(ring->bell_fd);
  g_free(ring->events);
  g_aligned_free(ring);
}

void
lt_event_ring_wake(LtEventRing *ring)
{
  const guint64 one = 1;

  /* The only error is a counter at its limit: then the bell rings already. */
  while (write(ring->bell_fd, &one, sizeof one) < 0 && errno == EINTR)
    continue;
}

void
lt_event_ring_push(LtEventRing *ring, const LtNetEvent *event)
{
  guint64 position = atomic_load_explicit(&ring->n_written, memory_order_relaxed);

  /* Acquire: the reader has copied the cell out before it is written again. */
  if (position - atomic_load_explicit(&ring->n_read, memory_order_acquire) > ring->mask) {
    atomic_fetch_add_explicit(&ring->n_dropped, 1, memory_order_relaxed);
    return;
  }
  ring->events[position & ring->mask] = *event;
  atomic_store_explicit(&ring->n_written, position + 1, memory_order_release);
  lt_event_ring_wake(ring);
}

gboolean
lt_event_ring_pop(LtEventRing *ring, LtNetEvent *out)
{
  guint64 position = atomic_load_explicit(&ring->n_read, memory_order_relaxed);

  if (position == atomic_load_explicit(&ring->n_written, memory_order_acquire))
    return FALSE;
  *out = ring->events[position & ring->mask];
  atomic_store_explicit(&ring->n_read, position + 1, memory_order_release);
  return TRUE;
}

int
lt_event_ring_fd(LtEventRing *ring)
{
  return ring->bell_fd;
}

void
lt_event_ring_acknowledge(LtEventRing *ring)
{
  guint64 n_rings;

  /* EAGAIN: it does not ring. */
  while (read(ring->bell_fd, &n_rings, sizeof n_rings) < 0 && errno == EINTR)
    continue;
}

/* Only the reader writes here. */
static gboolean
replace_watched(LtEventRing *ring, guint32 from, guint32 to)
{
  for (guint i = 0; i < LT_EVENT_RING_MAX_WATCHED; i++) {
    guint32 here = from;

    if (atomic_compare_exchange_strong(&ring->watched[i], &here, to))
      return TRUE;
  }
  return FALSE;
}

gboolean
lt_event_ring_watch(LtEventRing *ring, guint32 uid, gboolean on)
{
  if (on)
    return lt_event_ring_watches(ring, uid) || replace_watched(ring, NO_UID, uid);
  replace_watched(ring, uid, NO_UID);
  return TRUE;
}

gboolean
lt_event_ring_watches(LtEventRing *ring, guint32 uid)
{
  for (guint i = 0; i < LT_EVENT_RING_MAX_WATCHED; i++) {
    if (atomic_load_explicit(&ring->watched[i], memory_order_relaxed) == uid)
      return TRUE;
  }
  return FALSE;
}

guint64
lt_event_ring_n_dropped(LtEventRing *ring)
{
  return atomic_load_explicit(&ring->n_dropped, memory_order_relaxed);
}
