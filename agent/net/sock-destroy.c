/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sock_diag(7): looks the socket up, checks its owner, destroys that very one (by cookie). */

#include "agent/net/sock-destroy.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* One socket's description, or an acknowledgement. */
#define ANSWER_BYTES 8192u

struct _LtSockDestroyer {
  struct mnl_socket *socket;
};

LtSockDestroyer *
lt_sock_destroyer_new(void)
{
  struct mnl_socket *socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
  if (socket == NULL)
    return NULL;
  if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
    mnl_socket_close(socket);
    return NULL;
  }
  LtSockDestroyer *destroyer = g_new0(LtSockDestroyer, 1);
  destroyer->socket = socket;
  return destroyer;
}

void
lt_sock_destroyer_free(LtSockDestroyer *destroyer)
{
  if (destroyer == NULL)
    return;
  mnl_socket_close(destroyer->socket);
  g_free(destroyer);
}

static void
fill_id(struct inet_diag_sockid *id, const LtTuple *tuple)
{
  memset(id, 0, sizeof *id);
  id->idiag_sport = htons(tuple->sport);
  id->idiag_dport = htons(tuple->dport);
  memcpy(id->idiag_src, tuple->saddr, sizeof id->idiag_src);
  memcpy(id->idiag_dst, tuple->daddr, sizeof id->idiag_dst);
  id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

/* Sends a request of @type for one socket; the answer is left in @buffer. NULL: an error. */
static const struct nlmsghdr *
ask(LtSockDestroyer *destroyer,
    guint8 *buffer,
    gsize size,
    guint16 type,
    guint16 flags,
    guint8 family,
    const struct inet_diag_sockid *id)
{
  struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof *request);
  request->sdiag_family = family;
  request->sdiag_protocol = IPPROTO_TCP;
  request->idiag_states = ~0u;
  request->id = *id;
  if (mnl_socket_sendto(destroyer->socket, header, header->nlmsg_len) < 0)
    return NULL;
  ssize_t len = mnl_socket_recvfrom(destroyer->socket, buffer, size);
  header = (struct nlmsghdr *) (gpointer) buffer;
  return len >= 0 && mnl_nlmsg_ok(header, (int) len) ? header : NULL;
}

gboolean
lt_sock_destroy(LtSockDestroyer *destroyer, const LtTuple *tuple, guint32 uid)
{
  _Alignas(struct nlmsghdr) guint8 buffer[ANSWER_BYTES];
  guint8 family = tuple->family == 4 ? AF_INET : AF_INET6;
  struct inet_diag_sockid id;
  fill_id(&id, tuple);
  const struct nlmsghdr *answer =
      ask(destroyer, buffer, sizeof buffer, SOCK_DIAG_BY_FAMILY, 0, family, &id);
  if (answer == NULL || answer->nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return FALSE;
  const struct inet_diag_msg *found = mnl_nlmsg_get_payload(answer);
  if (found->idiag_uid != uid)
    return FALSE;

  struct inet_diag_sockid exact = found->id;
  family = found->idiag_family;
  answer = ask(destroyer, buffer, sizeof buffer, SOCK_DESTROY, NLM_F_ACK, family, &exact);
  if (answer == NULL || answer->nlmsg_type != NLMSG_ERROR)
    return FALSE;
  return ((const struct nlmsgerr *) mnl_nlmsg_get_payload(answer))->error == 0;
}
