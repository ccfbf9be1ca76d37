/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams taken from a child's socket, several at a time. */
#include "agent/net/dns-inbox.h"

#include <sys/socket.h>

struct _LtDnsInbox {
  struct mmsghdr heads[LT_DNS_INBOX_SIZE];
  struct iovec parts[LT_DNS_INBOX_SIZE];
  LtDnsAddress senders[LT_DNS_INBOX_SIZE];
  guint8 questions[LT_DNS_INBOX_SIZE][LT_DNS_MAX_QUERY_BYTES];
};

LtDnsInbox *
lt_dns_inbox_new(void)
{
  LtDnsInbox *inbox = g_new0(LtDnsInbox, 1);

  for (guint i = 0; i < LT_DNS_INBOX_SIZE; i++) {
    inbox->parts[i] = (struct iovec){inbox->questions[i], sizeof inbox->questions[i]};
    inbox->heads[i].msg_hdr = (struct msghdr){
        .msg_name = &inbox->senders[i], .msg_iov = &inbox->parts[i], .msg_iovlen = 1};
  }
  return inbox;
}

void
lt_dns_inbox_free(LtDnsInbox *inbox)
{
  g_free(inbox);
}

guint
lt_dns_inbox_read(LtDnsInbox *inbox, int fd)
{
  int n;

  for (guint i = 0; i < LT_DNS_INBOX_SIZE; i++)
    inbox->heads[i].msg_hdr.msg_namelen = sizeof inbox->senders[i];
  n = recvmmsg(fd, inbox->heads, LT_DNS_INBOX_SIZE, MSG_DONTWAIT, NULL);
  return n > 0 ? (guint) n : 0;
}

const guint8 *
lt_dns_inbox_get(
    const LtDnsInbox *inbox, guint index, LtDnsAddress *from, gsize *len, gboolean *is_cut)
{
  const struct mmsghdr *head = &inbox->heads[index];

  *from = inbox->senders[index];
  *len = head->msg_len;
  *is_cut = (head->msg_hdr.msg_flags & MSG_TRUNC) != 0;
  return inbox->questions[index];
}
