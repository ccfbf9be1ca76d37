/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose ports are open, and who has to wait because he has asked too much. */
#include "agent/net/dns-children.h"

#include "agent/net/dns-allowance.h"
#include "agent/net/dns-poll.h"

#include "policy/rule-set.h"

typedef struct {
  gboolean is_open;
  gboolean is_paused;
  guint32 generation;
  LtDnsPorts ports;
  LtDnsAllowance allowance;
  LtDnsTunnel *tunnel;
} Child;

struct _LtDnsChildren {
  int epoll_fd;
  gint64 next_us;
  Child table[LT_SLOT_MAX + 1];
};

LtDnsChildren *
lt_dns_children_new(int epoll_fd)
{
  LtDnsChildren *children = g_new0(LtDnsChildren, 1);

  children->epoll_fd = epoll_fd;
  children->next_us = G_MAXINT64;
  return children;
}

void
lt_dns_children_free(LtDnsChildren *children)
{
  if (children == NULL)
    return;
  for (guint slot = 0; slot <= LT_SLOT_MAX; slot++)
    (void) lt_dns_children_close(children, (guint16) slot);
  g_free(children);
}

static gboolean
is_udp(LtDnsPortKind kind)
{
  return kind == LT_DNS_PORT_UDP4 || kind == LT_DNS_PORT_UDP6;
}

static LtDnsPollTag
port_tag(const LtDnsChildren *children, guint16 slot, LtDnsPortKind kind)
{
  return (LtDnsPollTag){.kind = is_udp(kind) ? LT_DNS_POLL_UDP : LT_DNS_POLL_LISTEN,
                        .index = slot,
                        .sub = (guint8) kind,
                        .generation = children->table[slot].generation};
}

void
lt_dns_children_open(LtDnsChildren *children, guint16 slot, const LtDnsPorts *ports)
{
  Child *child = &children->table[slot];

  g_return_if_fail(!child->is_open);

  child->is_open = TRUE;
  child->is_paused = FALSE;
  child->generation++;
  child->ports = *ports;
  child->tunnel = lt_dns_tunnel_new();
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++)
    if (ports->fds[kind] >= 0)
      (void) lt_dns_poll_add(
          children->epoll_fd, ports->fds[kind], EPOLLIN, port_tag(children, slot, kind));
}

gboolean
lt_dns_children_close(LtDnsChildren *children, guint16 slot)
{
  Child *child = &children->table[slot];

  if (!child->is_open)
    return FALSE;
  lt_dns_ports_close(&child->ports);
  g_clear_pointer(&child->tunnel, lt_dns_tunnel_free);
  child->is_open = FALSE;
  return TRUE;
}

guint32
lt_dns_children_generation(const LtDnsChildren *children, guint16 slot)
{
  return children->table[slot].generation;
}

int
lt_dns_children_fd(const LtDnsChildren *children,
                   guint16 slot,
                   guint32 generation,
                   LtDnsPortKind kind)
{
  const Child *child = &children->table[slot];

  return child->is_open && child->generation == generation ? child->ports.fds[kind] : -1;
}

LtDnsTunnel *
lt_dns_children_tunnel(LtDnsChildren *children, guint16 slot)
{
  return children->table[slot].tunnel;
}

void
lt_dns_children_spend(LtDnsChildren *children, guint16 slot, guint units, gint64 now_us)
{
  lt_dns_allowance_spend(&children->table[slot].allowance, units, now_us);
}

gboolean
lt_dns_children_is_spent(const LtDnsChildren *children, guint16 slot, gint64 now_us)
{
  return lt_dns_allowance_is_spent(&children->table[slot].allowance, now_us);
}

static void
watch_udp(LtDnsChildren *children, guint16 slot, guint32 events)
{
  const Child *child = &children->table[slot];

  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++)
    if (is_udp(kind) && child->ports.fds[kind] >= 0)
      (void) lt_dns_poll_change(
          children->epoll_fd, child->ports.fds[kind], events, port_tag(children, slot, kind));
}

void
lt_dns_children_pause(LtDnsChildren *children, guint16 slot)
{
  Child *child = &children->table[slot];

  g_return_if_fail(child->is_open);

  child->is_paused = TRUE;
  watch_udp(children, slot, 0);
  children->next_us = MIN(children->next_us, lt_dns_allowance_resume_us(&child->allowance));
}

gboolean
lt_dns_children_is_paused(const LtDnsChildren *children, guint16 slot)
{
  return children->table[slot].is_paused;
}

void
lt_dns_children_on_time(LtDnsChildren *children, gint64 now_us)
{
  if (now_us < children->next_us)
    return;
  children->next_us = G_MAXINT64;
  for (guint slot = 0; slot <= LT_SLOT_MAX; slot++) {
    Child *child = &children->table[slot];
    gint64 resume_us = lt_dns_allowance_resume_us(&child->allowance);

    if (!child->is_open || !child->is_paused)
      continue;
    if (resume_us > now_us) {
      children->next_us = MIN(children->next_us, resume_us);
      continue;
    }
    child->is_paused = FALSE;
    watch_udp(children, (guint16) slot, EPOLLIN);
  }
}

gint64
lt_dns_children_next_us(const LtDnsChildren *children)
{
  return children->next_us;
}
