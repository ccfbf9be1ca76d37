/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child's own door to the DNS proxy: one port number, four sockets. */
#include "agent/net/dns-ports.h"

#include "agent/net/dns-proxy.h"
#include "agent/net/dns-servers.h"
#include "agent/net/high-fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A number that is free for UDP may be taken for TCP or IPv6; ever so many times in a row means
 * that something else is wrong. */
#define MAX_ATTEMPTS 64

/* Connections that the kernel keeps for us between two looks. */
#define BACKLOG 32

static const struct {
  int family;
  int type;
} kinds[LT_DNS_N_PORTS] = {
    [LT_DNS_PORT_UDP4] = {AF_INET, SOCK_DGRAM},
    [LT_DNS_PORT_UDP6] = {AF_INET6, SOCK_DGRAM},
    [LT_DNS_PORT_TCP4] = {AF_INET, SOCK_STREAM},
    [LT_DNS_PORT_TCP6] = {AF_INET6, SOCK_STREAM},
};

static LtDnsAddress
loopback(int family, guint16 port)
{
  LtDnsAddress address;

  memset(&address, 0, sizeof address);
  if (family == AF_INET6) {
    address.ip6.sin6_family = AF_INET6;
    address.ip6.sin6_port = htons(port);
    address.ip6.sin6_addr = in6addr_loopback;
  } else {
    address.ip4.sin_family = AF_INET;
    address.ip4.sin_port = htons(port);
    address.ip4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  return address;
}

/* IPV6_FREEBIND: ::1 may be away now and come back (net.ipv6.conf.lo.disable_ipv6). */
static gboolean
prepare_ip6(int fd)
{
  const int on = 1;

  return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on) == 0;
}

/* What a connection may send ahead while we do not read: left alone the kernel would take
 * megabytes. Connections inherit it from their listener. */
static gboolean
prepare_tcp(int fd)
{
  const int ahead_bytes = 16384;

  const int on = 1;

  /* The port of an agent that was killed is ours again at once. */
  return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
         setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &ahead_bytes, sizeof ahead_bytes) == 0;
}

/* A bound (and listening) socket, -1 with errno. @port: 0 to let the kernel choose. */
static int
open_one(LtDnsPortKind kind, guint16 port)
{
  LtDnsAddress address = loopback(kinds[kind].family, port);
  int fd = socket(kinds[kind].family, kinds[kind].type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return -1;
  if ((kinds[kind].family == AF_INET6 && !prepare_ip6(fd)) ||
      (kinds[kind].type == SOCK_STREAM && !prepare_tcp(fd)) ||
      bind(fd, &address.any, lt_dns_address_len(&address)) < 0 ||
      (kinds[kind].type == SOCK_STREAM && listen(fd, BACKLOG) < 0)) {
    int saved_errno = errno;

    close(fd);
    errno = saved_errno;
    return -1;
  }
  return lt_high_fd(fd);
}

static gboolean
read_port(int fd, guint16 *out)
{
  LtDnsAddress address;
  socklen_t len = sizeof address;

  if (getsockname(fd, &address.any, &len) < 0)
    return FALSE;
  *out = ntohs(address.ip4.sin_port);
  return TRUE;
}

/* All four, or none and errno. @port: as above. */
static gboolean
open_all(LtDnsPorts *ports, guint16 port)
{
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++)
    ports->fds[kind] = -1;
  ports->port = port;
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++) {
    int fd = open_one(kind, ports->port);

    ports->fds[kind] = fd;
    if ((fd < 0 && errno != EAFNOSUPPORT) ||
        (fd >= 0 && ports->port == 0 && !read_port(fd, &ports->port))) {
      int saved_errno = errno;

      lt_dns_ports_close(ports);
      errno = saved_errno;
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
lt_dns_ports_open(guint16 wished_port, LtDnsPorts *out, GError **error)
{
  if (wished_port != 0 && open_all(out, wished_port))
    return TRUE;
  for (guint i = 0; i < MAX_ATTEMPTS; i++) {
    if (open_all(out, 0))
      return TRUE;
    if (errno != EADDRINUSE)
      break;
  }
  g_set_error(error,
              LT_DNS_PROXY_ERROR,
              LT_DNS_PROXY_ERROR_SOCKET,
              "opening a DNS port on the loopback interface: %s",
              g_strerror(errno));
  return FALSE;
}

static gboolean
is_ours(int fd, LtDnsPortKind kind, guint16 port)
{
  LtDnsAddress address;
  socklen_t len = sizeof address;
  LtDnsAddress expected = loopback(kinds[kind].family, port);
  int type = 0, is_listening = 0;
  socklen_t int_len = sizeof type;

  memset(&address, 0, sizeof address);
  return getsockname(fd, &address.any, &len) == 0 && len == lt_dns_address_len(&expected) &&
         memcmp(&address, &expected, len) == 0 &&
         getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_len) == 0 && type == kinds[kind].type &&
         getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &int_len) == 0 &&
         is_listening == (type == SOCK_STREAM);
}

gboolean
lt_dns_ports_adopt(const int fds[LT_DNS_N_PORTS], LtDnsPorts *out)
{
  LtDnsPorts ports = {.port = 0};
  gboolean is_whole;

  memcpy(ports.fds, fds, sizeof ports.fds);
  is_whole = fds[LT_DNS_PORT_UDP4] >= 0 && fds[LT_DNS_PORT_TCP4] >= 0 &&
             (fds[LT_DNS_PORT_UDP6] >= 0) == (fds[LT_DNS_PORT_TCP6] >= 0) &&
             read_port(fds[LT_DNS_PORT_UDP4], &ports.port);
  for (LtDnsPortKind kind = 0; is_whole && kind < LT_DNS_N_PORTS; kind++)
    is_whole = fds[kind] < 0 || is_ours(fds[kind], kind, ports.port);
  if (is_whole)
    *out = ports;
  else
    lt_dns_ports_close(&ports);
  return is_whole;
}

void
lt_dns_ports_close(LtDnsPorts *ports)
{
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++) {
    if (ports->fds[kind] >= 0)
      close(ports->fds[kind]);
    ports->fds[kind] = -1;
  }
}
