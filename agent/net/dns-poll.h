/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an epoll event of the DNS thread is about: a tag that outlives its descriptor safely. */
#pragma once

#include <glib.h>
#include <sys/epoll.h>

G_BEGIN_DECLS

typedef enum {
  LT_DNS_POLL_CONTROL,  /* the loop's commands */
  LT_DNS_POLL_UDP,      /* a child's UDP socket */
  LT_DNS_POLL_LISTEN,   /* a child's TCP listener */
  LT_DNS_POLL_CONN,     /* a child's TCP connection */
  LT_DNS_POLL_UPSTREAM, /* a question's socket towards a server */
} LtDnsPollKind;

/**
 * LtDnsPollTag:
 * @kind: what
 * @index: which slot, connection or question
 * @sub: which of its sockets
 * @generation: an event of an older holder of the same index is stale: events of one wake-up
 * may be about things that an earlier one of them has closed
 */
typedef struct {
  LtDnsPollKind kind;
  guint16 index;
  guint8 sub;
  guint32 generation;
} LtDnsPollTag;

static inline guint64
lt_dns_poll_pack(LtDnsPollTag tag)
{
  return (guint64) tag.kind << 56 | (guint64) tag.sub << 48 | (guint64) tag.index << 32 |
         tag.generation;
}

static inline LtDnsPollTag
lt_dns_poll_unpack(guint64 packed)
{
  return (LtDnsPollTag){
      .kind = (LtDnsPollKind) (packed >> 56),
      .index = (guint16) (packed >> 32),
      .sub = (guint8) (packed >> 48),
      .generation = (guint32) packed,
  };
}

/* 0, or -1 with errno. A closed descriptor leaves by itself. */
static inline int
lt_dns_poll_add(int epoll_fd, int fd, guint32 events, LtDnsPollTag tag)
{
  struct epoll_event event = {.events = events, .data.u64 = lt_dns_poll_pack(tag)};

  return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static inline int
lt_dns_poll_change(int epoll_fd, int fd, guint32 events, LtDnsPollTag tag)
{
  struct epoll_event event = {.events = events, .data.u64 = lt_dns_poll_pack(tag)};

  return epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

G_END_DECLS
