/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One netlink transaction: empty a chain, add the NFQUEUE target through the nft_compat expression.
 */

#include "agent/net/xt-queue.h"

#include <errno.h>
#include <gio/gio.h>
#include <libmnl/libmnl.h>
#include <libnftnl/batch.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>

/* Target information is padded as the kernel pads it: to 8 bytes on every machine it runs on. */
#define XT_PADDED(len) (((len) + 7u) & ~7u)
#define BATCH_BYTES 8192u
/* Revision 3 has the flags; none of them (bypass, fan-out) is wanted. */
#define NFQUEUE_REVISION 3

typedef struct nftnl_rule NftnlRule;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftnlRule, nftnl_rule_free)
typedef struct mnl_socket MnlSocket;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlSocket, mnl_socket_close)
typedef struct mnl_nlmsg_batch MnlBatch;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlBatch, mnl_nlmsg_batch_stop)

static NftnlRule *
rule_for_chain(const char *table, const char *chain)
{
  NftnlRule *rule = nftnl_rule_alloc();
  g_assert(rule != NULL);
  nftnl_rule_set_u32(rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
  nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, table);
  nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain);
  return rule;
}

static void
rule_add_target(NftnlRule *rule, guint16 number)
{
  struct nftnl_expr *target = nftnl_expr_alloc("target");
  gsize len = XT_PADDED(sizeof(struct xt_NFQ_info_v3));
  struct xt_NFQ_info_v3 *info = calloc(1, len); /* freed by the expression, with free() */
  g_assert(target != NULL && info != NULL);
  info->queuenum = number;
  info->queues_total = 1;
  nftnl_expr_set_str(target, NFTNL_EXPR_TG_NAME, "NFQUEUE");
  nftnl_expr_set_u32(target, NFTNL_EXPR_TG_REV, NFQUEUE_REVISION);
  nftnl_expr_set(target, NFTNL_EXPR_TG_INFO, info, (guint32) len);
  nftnl_rule_add_expr(rule, target);
}

static void
batch_add_rule(MnlBatch *batch, guint16 type, guint16 flags, guint32 seq, NftnlRule *rule)
{
  struct nlmsghdr *header =
      nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(batch), type, NFPROTO_INET, flags, seq);
  nftnl_rule_nlmsg_build_payload(header, rule);
  mnl_nlmsg_batch_next(batch);
}

/* Waits for the kernel's answers: every message but the batch's own two asks for one. */
static gboolean
read_answers(MnlSocket *socket, gsize n_answers, GError **error)
{
  _Alignas(struct nlmsghdr) char buffer[BATCH_BYTES];
  while (n_answers > 0) {
    ssize_t len = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
    if (len < 0) {
      g_set_error(
          error, G_IO_ERROR, G_IO_ERROR_FAILED, "reading from netlink: %s", g_strerror(errno));
      return FALSE;
    }
    int left = (int) len;
    for (struct nlmsghdr *message = (struct nlmsghdr *) (gpointer) buffer;
         mnl_nlmsg_ok(message, left);
         message = mnl_nlmsg_next(message, &left)) {
      const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
      if (message->nlmsg_type != NLMSG_ERROR)
        continue;
      if (answer->error != 0) {
        g_set_error(error,
                    G_IO_ERROR,
                    G_IO_ERROR_FAILED,
                    "the kernel refuses the NFQUEUE target: %s",
                    g_strerror(-answer->error));
        return FALSE;
      }
      if (n_answers > 0)
        n_answers--;
    }
  }
  return TRUE;
}

gboolean
lt_xt_queue_install(const char *table, const LtXtQueue *queues, gsize n_queues, GError **error)
{
  /* libmnl wants room behind the limit for the message that no longer fits. */
  g_autofree char *buffer = g_malloc0(2 * BATCH_BYTES);
  g_autoptr(MnlBatch) batch = mnl_nlmsg_batch_start(buffer, BATCH_BYTES);
  g_autoptr(MnlSocket) socket = mnl_socket_open(NETLINK_NETFILTER);
  if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "opening netlink: %s", g_strerror(errno));
    return FALSE;
  }

  guint32 seq = 1;
  nftnl_batch_begin(mnl_nlmsg_batch_current(batch), seq++);
  mnl_nlmsg_batch_next(batch);
  for (gsize i = 0; i < n_queues; i++) {
    g_autoptr(NftnlRule) old = rule_for_chain(table, queues[i].chain);
    batch_add_rule(batch, NFT_MSG_DELRULE, NLM_F_ACK, seq++, old);
    g_autoptr(NftnlRule) rule = rule_for_chain(table, queues[i].chain);
    rule_add_target(rule, queues[i].number);
    batch_add_rule(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, seq++, rule);
  }
  nftnl_batch_end(mnl_nlmsg_batch_current(batch), seq);
  mnl_nlmsg_batch_next(batch);

  if (mnl_socket_sendto(socket, mnl_nlmsg_batch_head(batch), mnl_nlmsg_batch_size(batch)) < 0) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "writing to netlink: %s", g_strerror(errno));
    return FALSE;
  }
  return read_answers(socket, 2 * n_queues, error);
}
