/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libnetfilter_queue's messages over libmnl: no callbacks, no allocation after opening. */

#include "agent/net/queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

G_DEFINE_QUARK(lt_queue_error, lt_queue_error)

/* The largest IP packet, and room for the attributes around it; whole words, because a batch stands
 * one message behind the other. */
#define MESSAGE_BYTES (0x10000u + 1024u)
/* Packets that may wait; each counts with its whole buffer against the socket. */
#define QUEUE_MAX_PACKETS 4096
#define RECEIVE_BUFFER_BYTES (8 * 1024 * 1024)
/* A configuration message or its acknowledgement. */
#define CONFIG_BYTES 8192u
/* A verdict with a mark: 16 netlink + 4 nfgen + 12 header attribute + 8 mark, and room. */
#define VERDICT_BYTES 64u
/* What is sent at once with the packets' bytes: far from the socket's limit, two of the largest. */
#define SEALED_MAX_BYTES (2u * MESSAGE_BYTES)

struct _LtQueue {
  struct mnl_socket *socket;
  guint16 number;
  guint8 *messages; /* LT_QUEUE_BATCH of MESSAGE_BYTES; pages are touched as they are needed */
  struct iovec parts[LT_QUEUE_BATCH];
  struct mmsghdr headers[LT_QUEUE_BATCH]; /* each of one part, which is one message */
  guint8 verdicts[LT_QUEUE_BATCH * VERDICT_BYTES];
  gsize verdicts_len;
  struct iovec out[3 * LT_QUEUE_BATCH]; /* verdicts, packets' bytes, what makes these whole words */
  gsize n_out, out_bytes;
  guint32 ids[LT_QUEUE_BATCH]; /* of the batch */
  guint n_ids;
  gboolean is_adopted; /* older packets than the first that comes have no reader any more */
};

static gboolean
send_config(
    LtQueue *queue, guint8 *buffer, struct nlmsghdr *header, const char *what, GError **error)
{
  header->nlmsg_flags |= NLM_F_ACK;
  if (mnl_socket_sendto(queue->socket, header, header->nlmsg_len) >= 0) {
    ssize_t len = mnl_socket_recvfrom(queue->socket, buffer, CONFIG_BYTES);
    if (len >= 0 &&
        mnl_cb_run(buffer, (gsize) len, 0, mnl_socket_get_portid(queue->socket), NULL, NULL) >= 0)
      return TRUE;
  }
  g_set_error(error,
              LT_QUEUE_ERROR,
              LT_QUEUE_ERROR_KERNEL,
              "packet queue %u: %s: %s",
              queue->number,
              what,
              g_strerror(errno));
  return FALSE;
}

static gboolean
bind_queue(LtQueue *queue, GError **error)
{
  guint8 buffer[CONFIG_BYTES];
  struct nlmsghdr *header = nfq_nlmsg_put((char *) buffer, NFQNL_MSG_CONFIG, queue->number);
  nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
  return send_config(queue, buffer, header, "binding", error);
}

/* The kernel takes it from the queue's own reader only. */
static gboolean
set_mode(LtQueue *queue, GError **error)
{
  guint8 buffer[CONFIG_BYTES];
  struct nlmsghdr *header = nfq_nlmsg_put((char *) buffer, NFQNL_MSG_CONFIG, queue->number);
  nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, 0xffff);
  nfq_nlmsg_cfg_put_qmaxlen(header, QUEUE_MAX_PACKETS);
  mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(0));
  mnl_attr_put_u32(
      header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO | NFQA_CFG_F_CONNTRACK));
  return send_config(queue, buffer, header, "setting the copy mode", error);
}

static LtQueue *
queue_new(guint16 number, struct mnl_socket *socket, GError **error)
{
  if (socket == NULL) {
    g_set_error(error,
                LT_QUEUE_ERROR,
                LT_QUEUE_ERROR_SOCKET,
                "packet queue %u: opening netlink: %s",
                number,
                g_strerror(errno));
    return NULL;
  }
  LtQueue *queue = g_new0(LtQueue, 1);
  queue->number = number;
  queue->socket = socket;
  queue->messages = g_malloc((gsize) LT_QUEUE_BATCH * MESSAGE_BYTES);
  for (guint i = 0; i < LT_QUEUE_BATCH; i++) {
    queue->parts[i] = (struct iovec){queue->messages + (gsize) i * MESSAGE_BYTES, MESSAGE_BYTES};
    queue->headers[i].msg_hdr.msg_iov = &queue->parts[i];
    queue->headers[i].msg_hdr.msg_iovlen = 1;
  }
  return queue;
}

LtQueue *
lt_queue_open(guint16 number, GError **error)
{
  struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (socket != NULL && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
    int saved = errno;
    mnl_socket_close(socket);
    socket = NULL;
    errno = saved;
  }
  g_autoptr(LtQueue) queue = queue_new(number, socket, error);
  if (queue == NULL)
    return NULL;

  int fd = mnl_socket_get_fd(queue->socket);
  int bytes = RECEIVE_BUFFER_BYTES;
  int on = 1;
  /* Both are comfort: without them a burst drops packets, and TCP sends them again. */
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
    g_debug("packet queue %u: small receive buffer: %s", number, g_strerror(errno));
  if (mnl_socket_setsockopt(queue->socket, NETLINK_NO_ENOBUFS, &on, sizeof on) < 0)
    g_debug("packet queue %u: NETLINK_NO_ENOBUFS: %s", number, g_strerror(errno));
  return bind_queue(queue, error) && set_mode(queue, error) ? g_steal_pointer(&queue) : NULL;
}

/* The kernel takes a configuration from the queue's reader only: asked by another socket it says
 * so. The kept one is not asked, because the answer would stand behind the packets that wait in it.
 */
static gboolean
has_reader(guint16 number)
{
  g_autoptr(LtQueue) other =
      queue_new(number, mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC), NULL);
  if (other == NULL || mnl_socket_bind(other->socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return FALSE;
  return !set_mode(other, NULL) && errno == EPERM;
}

LtQueue *
lt_queue_adopt(guint16 number, int fd, GError **error)
{
  g_autoptr(LtQueue) queue = queue_new(number, mnl_socket_fdopen(fd), error);
  if (queue == NULL)
    return NULL;
  if (!has_reader(number)) {
    g_set_error(error,
                LT_QUEUE_ERROR,
                LT_QUEUE_ERROR_KERNEL,
                "packet queue %u: the kept socket does not read it any more",
                number);
    return NULL;
  }
  queue->is_adopted = TRUE;
  return g_steal_pointer(&queue);
}

void
lt_queue_free(LtQueue *queue)
{
  if (queue == NULL)
    return;
  if (queue->socket != NULL)
    mnl_socket_close(queue->socket);
  g_free(queue->messages);
  g_free(queue);
}

int
lt_queue_fd(LtQueue *queue)
{
  return mnl_socket_get_fd(queue->socket);
}

static gboolean
read_packet(const struct nlmsghdr *header, LtQueuePacket *out)
{
  struct nlattr *attributes[NFQA_MAX + 1] = {NULL};
  if ((header->nlmsg_type >> 8) != NFNL_SUBSYS_QUEUE ||
      (header->nlmsg_type & 0xff) != NFQNL_MSG_PACKET || nfq_nlmsg_parse(header, attributes) < 0 ||
      attributes[NFQA_PACKET_HDR] == NULL)
    return FALSE;

  const struct nfqnl_msg_packet_hdr *packet = mnl_attr_get_payload(attributes[NFQA_PACKET_HDR]);
  out->id = ntohl(packet->packet_id);
  out->mark = attributes[NFQA_MARK] != NULL ? ntohl(mnl_attr_get_u32(attributes[NFQA_MARK])) : 0;
  out->bytes = NULL;
  out->len = 0;
  if (attributes[NFQA_PAYLOAD] != NULL) {
    out->bytes = mnl_attr_get_payload(attributes[NFQA_PAYLOAD]);
    out->len = mnl_attr_get_payload_len(attributes[NFQA_PAYLOAD]);
  }
  return TRUE;
}

/* What the dead agent had in hand: one verdict for every packet older than @first. */
static void
drop_older(LtQueue *queue, guint32 first)
{
  guint8 buffer[CONFIG_BYTES];
  queue->is_adopted = FALSE;
  if (first == 0)
    return;
  struct nlmsghdr *header = nfq_nlmsg_put((char *) buffer, NFQNL_MSG_VERDICT_BATCH, queue->number);
  nfq_nlmsg_verdict_put(header, (int) (first - 1), NF_DROP);
  /* It fails when there is none, which is as good. */
  if (mnl_socket_sendto(queue->socket, header, header->nlmsg_len) < 0)
    return;
}

int
lt_queue_receive(LtQueue *queue, LtQueuePacket out[LT_QUEUE_BATCH])
{
  int n = recvmmsg(lt_queue_fd(queue), queue->headers, LT_QUEUE_BATCH, MSG_DONTWAIT, NULL);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;

  int n_packets = 0;
  for (int i = 0; i < n; i++) {
    const struct nlmsghdr *header = queue->parts[i].iov_base;
    if (mnl_nlmsg_ok(header, (int) queue->headers[i].msg_len) &&
        read_packet(header, &out[n_packets]))
      n_packets++;
  }
  if (queue->is_adopted && n_packets > 0)
    drop_older(queue, out[0].id);
  return n_packets;
}

/* Adds bytes to what is sent; those that follow the ones before in memory are one part with them.
 */
static void
add_part(LtQueue *queue, const guint8 *bytes, gsize len)
{
  struct iovec *last = queue->n_out > 0 ? &queue->out[queue->n_out - 1] : NULL;
  queue->out_bytes += len;
  if (last != NULL && (const guint8 *) last->iov_base + last->iov_len == bytes)
    last->iov_len += len;
  else if (len > 0)
    queue->out[queue->n_out++] = (struct iovec){(gpointer) bytes, len};
}

static struct nlmsghdr *
begin_verdict(LtQueue *queue, guint32 id, LtQueueVerdict verdict, guint32 mark)
{
  static const guint32 kernel_verdicts[] = {
      [LT_QUEUE_ACCEPT] = NF_ACCEPT,
      [LT_QUEUE_REPEAT] = NF_REPEAT,
      [LT_QUEUE_DROP] = NF_DROP,
  };
  g_return_val_if_fail(queue->n_ids < LT_QUEUE_BATCH, NULL);

  struct nlmsghdr *header = nfq_nlmsg_put(
      (char *) queue->verdicts + queue->verdicts_len, NFQNL_MSG_VERDICT, queue->number);
  nfq_nlmsg_verdict_put(header, (int) id, (int) kernel_verdicts[verdict]);
  queue->ids[queue->n_ids++] = id;
  nfq_nlmsg_verdict_put_mark(header, mark);
  return header;
}

static void
end_verdict(LtQueue *queue, const struct nlmsghdr *header, gsize len)
{
  add_part(queue, (const guint8 *) header, len);
  queue->verdicts_len += len;
}

void
lt_queue_add_verdict(LtQueue *queue, guint32 id, LtQueueVerdict verdict, guint32 mark)
{
  const struct nlmsghdr *header = begin_verdict(queue, id, verdict, mark);
  if (header != NULL)
    end_verdict(queue, header, MNL_ALIGN(header->nlmsg_len));
}

void
lt_queue_add_sealed(LtQueue *queue,
                    const LtQueuePacket *packet,
                    LtQueueVerdict verdict,
                    guint32 mark)
{
  static const guint8 zeros[MNL_ALIGNTO];
  if (queue->out_bytes + packet->len > SEALED_MAX_BYTES)
    (void) lt_queue_flush(queue);
  struct nlmsghdr *header = begin_verdict(queue, packet->id, verdict, mark);
  if (header == NULL)
    return;
  struct nlattr *attribute = mnl_nlmsg_get_payload_tail(header);
  attribute->nla_type = NFQA_PAYLOAD;
  attribute->nla_len = (guint16) (MNL_ATTR_HDRLEN + packet->len);
  gsize head_len = header->nlmsg_len + MNL_ATTR_HDRLEN;
  header->nlmsg_len = (guint32) (head_len + MNL_ALIGN(packet->len));
  end_verdict(queue, header, head_len);
  add_part(queue, packet->bytes, packet->len);
  add_part(queue, zeros, MNL_ALIGN(packet->len) - packet->len);
}

static gboolean
send_batch(LtQueue *queue)
{
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  struct msghdr message = {.msg_name = &kernel,
                           .msg_namelen = sizeof kernel,
                           .msg_iov = queue->out,
                           .msg_iovlen = queue->n_out};
  ssize_t sent = sendmsg(lt_queue_fd(queue), &message, 0);
  queue->verdicts_len = queue->n_out = queue->out_bytes = queue->n_ids = 0;
  return sent >= 0;
}

/* The kernel takes none or all of a batch: with bytes it may be more than it has memory for. */
gboolean
lt_queue_flush(LtQueue *queue)
{
  guint n_ids = queue->n_ids;
  if (queue->n_out == 0 || send_batch(queue))
    return TRUE;
  for (guint i = 0; i < n_ids; i++)
    lt_queue_add_verdict(queue, queue->ids[i], LT_QUEUE_DROP, 0);
  (void) send_batch(queue);
  return FALSE;
}

gboolean
lt_queue_read_counters(guint16 number, LtQueueCounters *out)
{
  g_autofree char *text = NULL;
  if (!g_file_get_contents("/proc/self/net/netfilter/nfnetlink_queue", &text, NULL, NULL))
    return FALSE;
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    guint queue, port, mode, range;
    guint64 waiting, queue_dropped, user_dropped;
    /* Columns: queue, peer's port, waiting, copy mode, copy range, queue_dropped, user_dropped, ...
     */
    int n = sscanf(lines[i],
                   "%u %u %" G_GUINT64_FORMAT " %u %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                   &queue,
                   &port,
                   &waiting,
                   &mode,
                   &range,
                   &queue_dropped,
                   &user_dropped);
    if (n != 7 || queue != number)
      continue;
    *out = (LtQueueCounters){waiting, queue_dropped, user_dropped};
    return TRUE;
  }
  return FALSE;
}
