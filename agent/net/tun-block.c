/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One netlink transaction: the former table goes, one with a chain for each device comes. */

#include "agent/net/tun-block.h"

#include "agent/net/ruleset.h"

#include <errno.h>
#include <gio/gio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sys/socket.h>

/* Of one message: a chain's is some 130. */
#define MESSAGE_BYTES 512u
/* The batch's own two, and three about the table. */
#define MESSAGES_OF_TABLE 5u
/* Before anything that another program may hang there. */
#define FIRST_PRIORITY (-500)

typedef struct mnl_socket MnlSocket;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlSocket, mnl_socket_close)
typedef struct mnl_nlmsg_batch MnlBatch;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlBatch, mnl_nlmsg_batch_stop)
typedef struct nftnl_table NftnlTable;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftnlTable, nftnl_table_free)
typedef struct nftnl_chain NftnlChain;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftnlChain, nftnl_chain_free)

static void
add_table(MnlBatch *batch, guint16 type, guint16 flags, guint32 seq)
{
  g_autoptr(NftnlTable) table = nftnl_table_alloc();
  g_assert(table != NULL);
  nftnl_table_set_str(table, NFTNL_TABLE_NAME, LT_TABLE_NAME);
  nftnl_table_nlmsg_build_payload(
      nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch), type, NFPROTO_NETDEV, flags, seq),
      table);
  mnl_nlmsg_batch_next(batch);
}

static void
add_chain(MnlBatch *batch, const char *device, gsize number, guint16 flags, guint32 seq)
{
  g_autoptr(NftnlChain) chain = nftnl_chain_alloc();
  g_autofree char *name = g_strdup_printf("device_%" G_GSIZE_FORMAT, number);
  g_assert(chain != NULL);
  nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, LT_TABLE_NAME);
  nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name);
  nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
  nftnl_chain_set_str(chain, NFTNL_CHAIN_DEV, device);
  nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, NF_NETDEV_INGRESS);
  nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, FIRST_PRIORITY);
  nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_DROP);
  struct nlmsghdr *header = nftnl_nlmsg_build_hdr(
      mnl_nlmsg_batch_current(batch), NFT_MSG_NEWCHAIN, NFPROTO_NETDEV, NLM_F_CREATE | flags, seq);
  nftnl_chain_nlmsg_build_payload(header, chain);
  mnl_nlmsg_batch_next(batch);
}

/* The last message alone asks for an answer: a refusal comes before, unasked. */
static void
fill(MnlBatch *batch, const char *const *names, gsize n)
{
  guint32 seq = 0;
  nftnl_batch_begin(mnl_nlmsg_batch_current(batch), seq++);
  mnl_nlmsg_batch_next(batch);
  /* Made first, so that taking away what is not there is no error. */
  add_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, seq++);
  add_table(batch, NFT_MSG_DELTABLE, n == 0 ? NLM_F_ACK : 0, seq++);
  if (n > 0)
    add_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE, seq++);
  for (gsize i = 0; i < n; i++)
    add_chain(batch, names[i], i + 1, i + 1 == n ? NLM_F_ACK : 0, seq++);
  nftnl_batch_end(mnl_nlmsg_batch_current(batch), seq);
  mnl_nlmsg_batch_next(batch);
}

static gboolean
fail(GError **error)
{
  int saved = errno;
  g_set_error(error,
              G_IO_ERROR,
              g_io_error_from_errno(saved),
              "closing TUN devices: %s",
              g_strerror(saved));
  return FALSE;
}

/* mnl_cb_run() reports a refusal as an error, and the answer as an end. */
static gboolean
read_answer(MnlSocket *socket, GError **error)
{
  _Alignas(struct nlmsghdr) char buffer[8192];
  for (;;) {
    ssize_t len = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
    if (len < 0)
      return fail(error);
    int state = mnl_cb_run(buffer, (gsize) len, 0, 0, NULL, NULL);
    if (state < 0)
      return fail(error);
    if (state == MNL_CB_STOP)
      return TRUE;
  }
}

gboolean
lt_tun_block_set(const char *const *names, gsize n, GError **error)
{
  gsize room = (MESSAGES_OF_TABLE + n) * MESSAGE_BYTES;
  int bytes = (int) MIN(2 * room, (gsize) G_MAXINT);
  g_autofree char *buffer = g_malloc0(room + MESSAGE_BYTES);
  g_autoptr(MnlBatch) batch = mnl_nlmsg_batch_start(buffer, room);
  g_autoptr(MnlSocket) socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return fail(error);
  /* More devices than the usual buffer holds; where it cannot grow, sending fails. */
  setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes);
  fill(batch, names, n);
  if (mnl_socket_sendto(socket, mnl_nlmsg_batch_head(batch), mnl_nlmsg_batch_size(batch)) < 0)
    return fail(error);
  return read_answer(socket, error);
}
