/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-one-trip: the least that a filter in user space can cost: reads what comes to a queue, in
 * batches, looks at nothing, and sends it on with a mark.
 *
 * usage: bench-one-trip QUEUE MARK [xt TABLE CHAIN]
 * With xt it puts the NFQUEUE target into the chain, as a kernel without nft's own wants it.
 * Prints "ready". */

#include "agent/net/xt-queue.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 32
#define MESSAGE_BYTES 8192u
#define COPIED_BYTES 4096
#define VERDICT_BYTES 64u

static guint16 queue_number;
static guint32 verdict_mark;
static guint8 messages[BATCH][MESSAGE_BYTES];

static gboolean
configure(struct mnl_socket *socket)
{
  _Alignas(struct nlmsghdr) char buffer[MESSAGE_BYTES];
  struct nlmsghdr *header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, queue_number);
  nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
  if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
    return FALSE;
  header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, queue_number);
  nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, COPIED_BYTES);
  nfq_nlmsg_cfg_put_qmaxlen(header, 4096);
  if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
    return FALSE;
  int on = 1, bytes = 8 * 1024 * 1024;
  return mnl_socket_setsockopt(socket, NETLINK_NO_ENOBUFS, &on, sizeof on) == 0 &&
         setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) ==
             0;
}

static gsize
put_verdict(guint8 *to, const struct nlmsghdr *from)
{
  struct nlattr *attributes[NFQA_MAX + 1] = {NULL};
  if (nfq_nlmsg_parse(from, attributes) < 0 || attributes[NFQA_PACKET_HDR] == NULL)
    return 0;
  const struct nfqnl_msg_packet_hdr *packet = mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]);
  struct nlmsghdr *header = nfq_nlmsg_put((char *) to, NFQNL_MSG_VERDICT, queue_number);
  nfq_nlmsg_verdict_put(header, (int) ntohl(packet->packet_id), NF_ACCEPT);
  nfq_nlmsg_verdict_put_mark(header, verdict_mark);
  return MNL_ALIGN(header->nlmsg_len);
}

static void
pass_on(struct mnl_socket *socket)
{
  struct mmsghdr headers[BATCH] = {0};
  struct iovec parts[BATCH];
  _Alignas(struct nlmsghdr) guint8 verdicts[BATCH * VERDICT_BYTES];
  for (guint i = 0; i < BATCH; i++) {
    parts[i] = (struct iovec){messages[i], MESSAGE_BYTES};
    headers[i].msg_hdr.msg_iov = &parts[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int n = recvmmsg(mnl_socket_get_fd(socket), headers, BATCH, MSG_WAITFORONE, NULL);
  gsize len = 0;
  for (int i = 0; i < n; i++)
    if ((headers[i].msg_hdr.msg_flags & MSG_TRUNC) == 0)
      len += put_verdict(verdicts + len, (const struct nlmsghdr *) (gpointer) messages[i]);
  if (len > 0 && mnl_socket_sendto(socket, verdicts, len) < 0)
    perror("bench-one-trip: verdicts");
}

int
main(int argc, char **argv)
{
  guint64 number, mark;
  if ((argc != 3 && argc != 6) ||
      !g_ascii_string_to_unsigned(argv[1], 10, 0, G_MAXUINT16, &number, NULL) ||
      !g_ascii_string_to_unsigned(argv[2], 10, 0, G_MAXUINT32, &mark, NULL)) {
    fputs("usage: bench-one-trip QUEUE MARK [xt TABLE CHAIN]\n", stderr);
    return 2;
  }
  queue_number = (guint16) number;
  verdict_mark = (guint32) mark;
  struct mnl_socket *socket = mnl_socket_open(NETLINK_NETFILTER);
  if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 || !configure(socket)) {
    perror("bench-one-trip");
    return 1;
  }
  g_autoptr(GError) error = NULL;
  const LtXtQueue target = {argc == 6 ? argv[5] : NULL, queue_number};
  if (argc == 6 && !lt_xt_queue_install(argv[4], &target, 1, &error)) {
    fprintf(stderr, "bench-one-trip: %s\n", error->message);
    return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;)
    pass_on(socket);
}
