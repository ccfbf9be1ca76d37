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
/* Part of a list of sockets. */
#define DUMP_BYTES 32768u

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

/* Asked for a socket of UDP the kernel looks from the other side, for historical reasons (its own
 * words); told to destroy one it does not. */
static void
turn_round(struct inet_diag_sockid *id)
{
  struct inet_diag_sockid own = *id;
  id->idiag_sport = own.idiag_dport;
  id->idiag_dport = own.idiag_sport;
  memcpy(id->idiag_src, own.idiag_dst, sizeof id->idiag_src);
  memcpy(id->idiag_dst, own.idiag_src, sizeof id->idiag_dst);
}

/* Sends a request of @type for one socket; the answer is left in @buffer. NULL: an error. */
static const struct nlmsghdr *
ask(LtSockDestroyer *destroyer,
    guint8 *buffer,
    gsize size,
    guint16 type,
    guint16 flags,
    guint8 family,
    guint8 protocol,
    const struct inet_diag_sockid *id)
{
  struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof *request);
  request->sdiag_family = family;
  request->sdiag_protocol = protocol;
  request->idiag_states = ~0u;
  request->id = *id;
  if (mnl_socket_sendto(destroyer->socket, header, header->nlmsg_len) < 0)
    return NULL;
  ssize_t len = mnl_socket_recvfrom(destroyer->socket, buffer, size);
  header = (struct nlmsghdr *) (gpointer) buffer;
  return len >= 0 && mnl_nlmsg_ok(header, (int) len) ? header : NULL;
}

static gboolean
destroy_exactly(LtSockDestroyer *destroyer,
                guint8 family,
                guint8 protocol,
                const struct inet_diag_sockid *id)
{
  _Alignas(struct nlmsghdr) guint8 buffer[ANSWER_BYTES];
  const struct nlmsghdr *answer =
      ask(destroyer, buffer, sizeof buffer, SOCK_DESTROY, NLM_F_ACK, family, protocol, id);
  if (answer == NULL || answer->nlmsg_type != NLMSG_ERROR)
    return FALSE;
  return ((const struct nlmsgerr *) mnl_nlmsg_get_payload(answer))->error == 0;
}

/* The socket of @uid that a packet of @tuple's other side would come to. */
static gboolean
find(LtSockDestroyer *destroyer, const LtTuple *tuple, guint32 uid, struct inet_diag_msg *socket)
{
  _Alignas(struct nlmsghdr) guint8 buffer[ANSWER_BYTES];
  guint8 family = tuple->family == 4 ? AF_INET : AF_INET6;
  struct inet_diag_sockid id;
  fill_id(&id, tuple);
  if (tuple->protocol == IPPROTO_UDP)
    turn_round(&id);
  const struct nlmsghdr *answer =
      ask(destroyer, buffer, sizeof buffer, SOCK_DIAG_BY_FAMILY, 0, family, tuple->protocol, &id);
  if (answer == NULL || answer->nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return FALSE;
  memcpy(socket, mnl_nlmsg_get_payload(answer), sizeof *socket);
  return socket->idiag_uid == uid;
}

static gboolean
is_unconnected(const LtTuple *tuple, const struct inet_diag_msg *socket)
{
  return tuple->protocol == IPPROTO_UDP && socket->id.idiag_dport == 0;
}

gboolean
lt_sock_destroy(LtSockDestroyer *destroyer,
                const LtTuple *tuple,
                guint32 uid,
                LtSockKeepFunc keep,
                gpointer user_data)
{
  struct inet_diag_msg socket;
  if (!find(destroyer, tuple, uid, &socket) ||
      (is_unconnected(tuple, &socket) && keep(tuple, user_data)))
    return FALSE;
  return destroy_exactly(destroyer, socket.idiag_family, tuple->protocol, &socket.id);
}

gboolean
lt_sock_destroy_refused(LtSockDestroyer *destroyer,
                        const LtTuple *tuple,
                        guint32 uid,
                        LtSockKeepFunc keep,
                        gpointer user_data)
{
  struct inet_diag_msg socket;
  if (!find(destroyer, tuple, uid, &socket))
    return FALSE;
  if (tuple->protocol == IPPROTO_UDP && (!is_unconnected(tuple, &socket) || keep(tuple, user_data)))
    return FALSE;
  return destroy_exactly(destroyer, socket.idiag_family, tuple->protocol, &socket.id);
}

typedef struct {
  guint32 uid;
  LtSockKeepFunc keep;
  gpointer user_data;
  GArray *doomed; /* of struct inet_diag_msg */
} Dump;

static gboolean
is_zero_or_loopback(const guint8 *address, guint8 family)
{
  static const guint8 six[16] = {[15] = 1};
  if (family == 4)
    return address[0] == 127 || memcmp(address, "\0\0\0\0", 4) == 0;
  return memcmp(address, six, 16) == 0;
}

/* A socket of IPv6 may speak IPv4: its packets carry the mapped address (RFC 4291 section 2.5.5.2).
 */
static LtTuple
tuple_of(const struct inet_diag_msg *socket)
{
  static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
  const guint8 *source = (const guint8 *) socket->id.idiag_src;
  const guint8 *target = (const guint8 *) socket->id.idiag_dst;
  LtTuple tuple = {.family = socket->idiag_family == AF_INET ? 4 : 6, .protocol = IPPROTO_TCP};
  tuple.sport = ntohs(socket->id.idiag_sport);
  tuple.dport = ntohs(socket->id.idiag_dport);
  if (tuple.family == 6 && memcmp(target, mapped, sizeof mapped) == 0) {
    tuple.family = 4;
    source += sizeof mapped;
    target += sizeof mapped;
  }
  gsize len = tuple.family == 4 ? 4 : 16;
  memcpy(tuple.saddr, source, len);
  memcpy(tuple.daddr, target, len);
  return tuple;
}

static int
on_socket(const struct nlmsghdr *header, void *data)
{
  Dump *dump = data;
  const struct inet_diag_msg *socket = mnl_nlmsg_get_payload(header);
  if (mnl_nlmsg_get_payload_len(header) < sizeof *socket || socket->idiag_uid != dump->uid)
    return MNL_CB_OK;
  LtTuple tuple = tuple_of(socket);
  if (!is_zero_or_loopback(tuple.daddr, tuple.family) && !dump->keep(&tuple, dump->user_data))
    g_array_append_val(dump->doomed, *socket);
  return MNL_CB_OK;
}

static void
dump_family(LtSockDestroyer *destroyer, guint8 family, Dump *dump)
{
  _Alignas(struct nlmsghdr) guint8 buffer[DUMP_BYTES];
  struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
  header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(header, sizeof *request);
  request->sdiag_family = family;
  request->sdiag_protocol = IPPROTO_TCP;
  request->idiag_states = ~(1u << TCP_LISTEN | 1u << TCP_TIME_WAIT | 1u << TCP_CLOSE);
  if (mnl_socket_sendto(destroyer->socket, header, header->nlmsg_len) < 0)
    return;
  int more = MNL_CB_OK;
  while (more > MNL_CB_STOP) {
    ssize_t len = mnl_socket_recvfrom(destroyer->socket, buffer, sizeof buffer);
    more = len < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (gsize) len, 0, 0, on_socket, dump);
  }
}

guint
lt_sock_destroy_uid(LtSockDestroyer *destroyer,
                    guint32 uid,
                    LtSockKeepFunc keep,
                    gpointer user_data)
{
  g_autoptr(GArray) doomed = g_array_new(FALSE, FALSE, sizeof(struct inet_diag_msg));
  Dump dump = {uid, keep, user_data, doomed};
  dump_family(destroyer, AF_INET, &dump);
  dump_family(destroyer, AF_INET6, &dump);
  guint n = 0;
  for (guint i = 0; i < doomed->len; i++) {
    const struct inet_diag_msg *socket = &g_array_index(doomed, struct inet_diag_msg, i);
    if (destroy_exactly(destroyer, socket->idiag_family, IPPROTO_TCP, &socket->id))
      n++;
  }
  return n;
}
