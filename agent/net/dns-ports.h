/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child's own door to the DNS proxy: one port number, four sockets. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LT_DNS_PORT_UDP4,
  LT_DNS_PORT_UDP6,
  LT_DNS_PORT_TCP4,
  LT_DNS_PORT_TCP6,
  LT_DNS_N_PORTS,
} LtDnsPortKind;

/**
 * LtDnsPorts:
 * @port: in host order
 * @fds: by %LtDnsPortKind; those of IPv6 are -1 where the kernel has no IPv6
 *
 * Bound to 127.0.0.1 and ::1, so that answers leave from the address that the redirect leads to.
 * Any local user could send to the port; what comes there is judged by the child's rules and counts
 * against the child's limits, so that it opens nothing to anybody.
 */
typedef struct {
  guint16 port;
  int fds[LT_DNS_N_PORTS];
} LtDnsPorts;

/* @wished_port: taken if it is free; else, and for 0, the kernel chooses the number. Errors:
 * %LT_DNS_PROXY_ERROR_SOCKET. */
gboolean
lt_dns_ports_open(guint16 wished_port, LtDnsPorts *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_ports_adopt:
 * @fds: (array fixed-size=4) (transfer full): by %LtDnsPortKind, what a dead agent had open; -1:
 * none
 *
 * Questions that came since wait in them. FALSE: they are not the sockets of one loopback port, and
 * are closed.
 */
gboolean lt_dns_ports_adopt(const int fds[LT_DNS_N_PORTS],
                            LtDnsPorts *out) G_GNUC_WARN_UNUSED_RESULT;
void lt_dns_ports_close(LtDnsPorts *ports);

G_END_DECLS
