/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ctnetlink over libmnl: dump all entries, change the mark of ours. */

#include "agent/net/conntrack.h"

#include "agent/net/mark.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

/* Two tuples, counters, helpers: an entry is far smaller. */
#define DUMP_BYTES 32768u
/* An acknowledgement carries the request that it answers. */
#define ANSWER_BYTES 8192u

typedef struct mnl_socket MnlSocket;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlSocket, mnl_socket_close)

typedef struct {
  guint mark_shift;
  GPtrArray *updates; /* of struct nlmsghdr, ready to be sent */
} Dump;

static struct nlmsghdr *
put_header(void *buffer, guint16 type, guint16 flags, guint8 family)
{
  struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
  header->nlmsg_type = (guint16) ((NFNL_SUBSYS_CTNETLINK << 8) | type);
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  struct nfgenmsg *family_header = mnl_nlmsg_put_extra_header(header, sizeof *family_header);
  family_header->nfgen_family = family;
  family_header->version = NFNETLINK_V0;
  return header;
}

/* Says which entry (its own tuple and zone) and which bits of its mark become zero. */
static void
add_update(Dump *dump, guint8 family, const struct nlattr *tuple, const struct nlattr *zone)
{
  struct nlmsghdr *update = g_malloc0(MNL_NLMSG_HDRLEN + 256u + mnl_attr_get_len(tuple));
  put_header(update, IPCTNL_MSG_CT_NEW, NLM_F_ACK, family);
  mnl_attr_put(update,
               CTA_TUPLE_ORIG | NLA_F_NESTED,
               mnl_attr_get_payload_len(tuple),
               mnl_attr_get_payload(tuple));
  if (zone != NULL)
    mnl_attr_put_u16(update, CTA_ZONE, mnl_attr_get_u16(zone));
  mnl_attr_put_u32(update, CTA_MARK, 0);
  mnl_attr_put_u32(update, CTA_MARK_MASK, htonl(lt_mark_epoch_mask(dump->mark_shift)));
  g_ptr_array_add(dump->updates, update);
}

static int
on_entry(const struct nlmsghdr *header, void *data)
{
  Dump *dump = data;
  const struct nfgenmsg *family_header = mnl_nlmsg_get_payload(header);
  const struct nlattr *tuple = NULL, *mark = NULL, *zone = NULL;
  const struct nlattr *attribute;
  mnl_attr_for_each(attribute, header, sizeof(struct nfgenmsg))
  {
    guint16 type = mnl_attr_get_type(attribute);
    if (type == CTA_TUPLE_ORIG)
      tuple = attribute;
    else if (type == CTA_MARK)
      mark = attribute;
    else if (type == CTA_ZONE)
      zone = attribute;
  }
  if (tuple == NULL || mark == NULL)
    return MNL_CB_OK;
  guint32 value = ntohl(mnl_attr_get_u32(mark));
  if ((value & lt_mark_slot_mask(dump->mark_shift)) != 0 &&
      (value & lt_mark_epoch_mask(dump->mark_shift)) != 0)
    add_update(dump, family_header->nfgen_family, tuple, zone);
  return MNL_CB_OK;
}

static gboolean
fail(GError **error, const char *what)
{
  int saved = errno;
  g_set_error(error,
              G_IO_ERROR,
              g_io_error_from_errno(saved),
              "connection tracking: %s: %s",
              what,
              g_strerror(saved));
  return FALSE;
}

static gboolean
dump_entries(MnlSocket *socket, Dump *dump, GError **error)
{
  g_autofree guint8 *buffer = g_malloc(DUMP_BYTES);
  struct nlmsghdr *header = put_header(buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC);
  if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
    return fail(error, "asking for the entries");
  for (;;) {
    ssize_t len = mnl_socket_recvfrom(socket, buffer, DUMP_BYTES);
    if (len < 0)
      return fail(error, "reading the entries");
    int more = mnl_cb_run(buffer, (gsize) len, 0, 0, on_entry, dump);
    if (more < 0)
      return fail(error, "reading the entries");
    if (more == MNL_CB_STOP)
      return TRUE;
  }
}

static gboolean
send_update(MnlSocket *socket, const struct nlmsghdr *update, GError **error)
{
  _Alignas(struct nlmsghdr) guint8 buffer[ANSWER_BYTES];
  if (mnl_socket_sendto(socket, update, update->nlmsg_len) < 0)
    return fail(error, "changing an entry");
  ssize_t len = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
  if (len < 0)
    return fail(error, "changing an entry");
  /* An entry that has ended in the meantime needs no change. */
  if (mnl_cb_run(buffer, (gsize) len, 0, 0, NULL, NULL) < 0 && errno != ENOENT)
    return fail(error, "changing an entry");
  return TRUE;
}

gboolean
lt_conntrack_clear_epochs(guint mark_shift, GError **error)
{
  g_autoptr(MnlSocket) socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return fail(error, "opening netlink");
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func(g_free);
  Dump dump = {mark_shift, updates};
  if (!dump_entries(socket, &dump, error))
    return FALSE;
  for (guint i = 0; i < updates->len; i++)
    if (!send_update(socket, g_ptr_array_index(updates, i), error))
      return FALSE;
  return TRUE;
}

/* One flow */

struct _LtConntrack {
  MnlSocket *socket;
};

LtConntrack *
lt_conntrack_new(void)
{
  g_autoptr(MnlSocket) socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return NULL;
  LtConntrack *conntrack = g_new0(LtConntrack, 1);
  conntrack->socket = g_steal_pointer(&socket);
  return conntrack;
}

void
lt_conntrack_free(LtConntrack *conntrack)
{
  if (conntrack == NULL)
    return;
  mnl_socket_close(conntrack->socket);
  g_free(conntrack);
}

static void
put_tuple(struct nlmsghdr *header, const LtTuple *tuple)
{
  gboolean is_ip4 = tuple->family == 4;
  gsize len = is_ip4 ? 4 : 16;
  struct nlattr *outer = mnl_attr_nest_start(header, CTA_TUPLE_ORIG);
  struct nlattr *addresses = mnl_attr_nest_start(header, CTA_TUPLE_IP);
  mnl_attr_put(header, is_ip4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, len, tuple->saddr);
  mnl_attr_put(header, is_ip4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, len, tuple->daddr);
  mnl_attr_nest_end(header, addresses);
  struct nlattr *protocol = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(header, CTA_PROTO_NUM, tuple->protocol);
  mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(tuple->sport));
  mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htons(tuple->dport));
  mnl_attr_nest_end(header, protocol);
  mnl_attr_nest_end(header, outer);
}

gboolean
lt_conntrack_knows(LtConntrack *conntrack, const LtTuple *tuple)
{
  _Alignas(struct nlmsghdr) guint8 buffer[ANSWER_BYTES];
  guint8 family = tuple->family == 4 ? AF_INET : AF_INET6;
  struct nlmsghdr *header = put_header(buffer, IPCTNL_MSG_CT_GET, NLM_F_ACK, family);
  put_tuple(header, tuple);
  if (mnl_socket_sendto(conntrack->socket, header, header->nlmsg_len) < 0)
    return TRUE;
  for (;;) {
    /* The entry, if there is one, and then the acknowledgement or the error. */
    ssize_t len = mnl_socket_recvfrom(conntrack->socket, buffer, sizeof buffer);
    int more = len >= 0 ? mnl_cb_run(buffer, (gsize) len, 0, 0, NULL, NULL) : MNL_CB_ERROR;
    if (more != MNL_CB_OK)
      return more != MNL_CB_ERROR || errno != ENOENT;
  }
}
