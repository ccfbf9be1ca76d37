/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children's TCP connections: questions in, answers out in any order, all of it bounded. */
#include "agent/net/dns-conns.h"

#include "agent/net/dns-poll.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections taken at one event of a listener. */
#define MAX_ACCEPTS 16

/* How soon to look again at a connection that is past its time but waits for us. */
#define CHECK_US G_USEC_PER_SEC

/* Two bytes of length stand before each message. RFC 1035 section 4.2.2. */
#define PREFIX_LEN 2

typedef struct {
  guint16 index;
  guint32 generation;
  int fd; /* -1: free */
  guint16 slot;
  guint32 child_generation;
  guint n_under_way;
  gboolean is_at_end; /* the client has nothing more to say */
  gboolean is_broken; /* to be closed as soon as nobody works with it */
  gboolean is_busy;   /* its questions are being handed out */
  guint32 polled;     /* the events asked for */
  gint64 last_us;     /* of the last progress */
  GByteArray *out;
  gsize n_in;
  guint8 in[PREFIX_LEN + LT_DNS_MAX_QUERY_BYTES];
} Conn;

struct _LtDnsConns {
  int epoll_fd;
  int spare_fd; /* given up to take and close a connection when there are no descriptors left */
  LtDnsConnsQuestionFunc on_question;
  gpointer user_data;
  guint n_open;
  guint n_of_child[LT_SLOT_MAX + 1];
  gint64 next_us;
  Conn table[LT_DNS_MAX_CONNS];
};

static int
open_spare(void)
{
  return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

LtDnsConns *
lt_dns_conns_new(int epoll_fd, LtDnsConnsQuestionFunc on_question, gpointer user_data)
{
  LtDnsConns *conns = g_new0(LtDnsConns, 1);

  conns->epoll_fd = epoll_fd;
  conns->spare_fd = open_spare();
  conns->on_question = on_question;
  conns->user_data = user_data;
  conns->next_us = G_MAXINT64;
  for (guint16 i = 0; i < LT_DNS_MAX_CONNS; i++) {
    conns->table[i].index = i;
    conns->table[i].fd = -1;
  }
  return conns;
}

static void
close_conn(LtDnsConns *conns, Conn *conn)
{
  close(conn->fd);
  conn->fd = -1;
  g_clear_pointer(&conn->out, g_byte_array_unref);
  conns->n_of_child[conn->slot]--;
  conns->n_open--;
}

void
lt_dns_conns_free(LtDnsConns *conns)
{
  if (conns == NULL)
    return;
  for (guint i = 0; i < LT_DNS_MAX_CONNS; i++)
    if (conns->table[i].fd >= 0)
      close_conn(conns, &conns->table[i]);
  if (conns->spare_fd >= 0)
    close(conns->spare_fd);
  g_free(conns);
}

static LtDnsPollTag
conn_tag(const Conn *conn)
{
  return (LtDnsPollTag){
      .kind = LT_DNS_POLL_CONN, .index = conn->index, .generation = conn->generation};
}

static void
add_conn(LtDnsConns *conns, int fd, guint16 slot, guint32 child_generation, gint64 now_us)
{
  Conn *conn = conns->table;

  if (conns->n_open == LT_DNS_MAX_CONNS || conns->n_of_child[slot] == LT_DNS_MAX_CONNS_OF_CHILD) {
    close(fd);
    return;
  }
  while (conn->fd >= 0)
    conn++;
  conn->generation++;
  if (lt_dns_poll_add(conns->epoll_fd, fd, EPOLLIN, conn_tag(conn)) < 0) {
    close(fd);
    return;
  }
  conn->fd = fd;
  conn->slot = slot;
  conn->child_generation = child_generation;
  conn->n_under_way = 0;
  conn->is_at_end = conn->is_broken = conn->is_busy = FALSE;
  conn->polled = EPOLLIN;
  conn->last_us = now_us;
  conn->out = g_byte_array_new();
  conn->n_in = 0;
  conns->n_of_child[slot]++;
  conns->n_open++;
  conns->next_us = MIN(conns->next_us, now_us + LT_DNS_CONN_IDLE_S * G_USEC_PER_SEC);
}

void
lt_dns_conns_accept(
    LtDnsConns *conns, int listener_fd, guint16 slot, guint32 child_generation, gint64 now_us)
{
  for (guint i = 0; i < MAX_ACCEPTS; i++) {
    int fd = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
      add_conn(conns, fd, slot, child_generation, now_us);
    } else if ((errno == EMFILE || errno == ENFILE) && conns->spare_fd >= 0) {
      /* Left alone it would wake us for ever. */
      close(conns->spare_fd);
      fd = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC);
      if (fd >= 0)
        close(fd);
      conns->spare_fd = open_spare();
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

static gboolean
may_ask(const Conn *conn)
{
  return !conn->is_broken && conn->n_under_way < LT_DNS_MAX_FLIGHTS_OF_CONN &&
         conn->out->len < LT_DNS_CONN_MAX_WAITING_BYTES;
}

/* Hands out the whole questions that have come. */
static void
hand_out(LtDnsConns *conns, Conn *conn, gint64 now_us)
{
  gsize at = 0;
  LtDnsClient client = {
      .slot = conn->slot,
      .is_tcp = TRUE,
      .child_generation = conn->child_generation,
      .conn = conn->index,
      .conn_generation = conn->generation,
  };

  conn->is_busy = TRUE;
  while (may_ask(conn) && conn->n_in - at >= PREFIX_LEN) {
    gsize len = (gsize) conn->in[at] << 8 | conn->in[at + 1];

    if (len < LT_DNS_HEADER_LEN || len > LT_DNS_MAX_QUERY_BYTES) {
      conn->is_broken = TRUE;
      break;
    }
    if (conn->n_in - at - PREFIX_LEN < len)
      break;
    conn->n_under_way++;
    conn->last_us = now_us;
    conns->on_question(&client, conn->in + at + PREFIX_LEN, len, conns->user_data);
    at += PREFIX_LEN + len;
  }
  conn->n_in -= at;
  memmove(conn->in, conn->in + at, conn->n_in);
  conn->is_busy = FALSE;
}

static void
read_questions(LtDnsConns *conns, Conn *conn, gint64 now_us)
{
  gssize n;

  if (conn->n_in == sizeof conn->in)
    return;
  do
    n = recv(conn->fd, conn->in + conn->n_in, sizeof conn->in - conn->n_in, 0);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    conn->n_in += (gsize) n;
  else if (n == 0)
    conn->is_at_end = TRUE;
  else if (errno != EAGAIN)
    conn->is_broken = TRUE;
  hand_out(conns, conn, now_us);
}

static void
write_answers(Conn *conn, gint64 now_us)
{
  while (conn->out->len > 0 && !conn->is_broken) {
    gssize n = send(conn->fd, conn->out->data, conn->out->len, MSG_NOSIGNAL);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return;
    if (n < 0) {
      conn->is_broken = TRUE;
      return;
    }
    conn->last_us = now_us;
    g_byte_array_remove_range(conn->out, 0, (guint) n);
  }
}

/* Closes a connection that is over, or asks for the events that it waits for now. */
static void
settle(LtDnsConns *conns, Conn *conn)
{
  gboolean is_over = conn->is_at_end && conn->n_under_way == 0 && conn->out->len == 0;
  guint32 wanted = 0;

  if (!conn->is_at_end && may_ask(conn))
    wanted |= EPOLLIN;
  if (conn->out->len > 0)
    wanted |= EPOLLOUT;
  if (!conn->is_broken && !is_over && wanted != conn->polled) {
    conn->is_broken = lt_dns_poll_change(conns->epoll_fd, conn->fd, wanted, conn_tag(conn)) < 0;
    conn->polled = wanted;
  }
  if (conn->is_broken || is_over)
    close_conn(conns, conn);
}

static Conn *
find_conn(LtDnsConns *conns, guint16 index, guint32 generation)
{
  Conn *conn;

  g_return_val_if_fail(index < LT_DNS_MAX_CONNS, NULL);

  conn = &conns->table[index];
  return conn->fd >= 0 && conn->generation == generation ? conn : NULL;
}

void
lt_dns_conns_on_event(
    LtDnsConns *conns, guint16 index, guint32 generation, guint32 events, gint64 now_us)
{
  Conn *conn = find_conn(conns, index, generation);

  if (conn == NULL)
    return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    conn->is_broken = TRUE;
  if ((events & EPOLLOUT) != 0)
    write_answers(conn, now_us);
  if ((events & EPOLLIN) != 0 && !conn->is_broken)
    read_questions(conns, conn, now_us);
  else if (!conn->is_broken)
    hand_out(conns, conn, now_us);
  settle(conns, conn);
}

void
lt_dns_conns_answer(
    LtDnsConns *conns, const LtDnsClient *client, const guint8 *message, gsize len, gint64 now_us)
{
  Conn *conn = find_conn(conns, client->conn, client->conn_generation);
  guint8 prefix[PREFIX_LEN] = {(guint8) (len >> 8), (guint8) len};

  g_return_if_fail(len <= G_MAXUINT16);

  if (conn == NULL)
    return;
  conn->n_under_way--;
  if (len > 0) {
    g_byte_array_append(conn->out, prefix, sizeof prefix);
    g_byte_array_append(conn->out, message, (guint) len);
    write_answers(conn, now_us);
  }
  /* While questions are handed out, whoever does it goes on and settles. */
  if (conn->is_busy)
    return;
  hand_out(conns, conn, now_us);
  settle(conns, conn);
}

void
lt_dns_conns_on_time(LtDnsConns *conns, gint64 now_us)
{
  const gint64 idle_us = LT_DNS_CONN_IDLE_S * G_USEC_PER_SEC;

  if (now_us < conns->next_us)
    return;
  conns->next_us = G_MAXINT64;
  for (guint i = 0; i < LT_DNS_MAX_CONNS; i++) {
    Conn *conn = &conns->table[i];
    /* A question under way ends by itself and is progress then. */
    gboolean waits_for_client = conn->fd >= 0 && (conn->n_under_way == 0 || conn->out->len > 0);

    if (waits_for_client && now_us - conn->last_us >= idle_us)
      close_conn(conns, conn);
    if (conn->fd >= 0)
      conns->next_us = MIN(conns->next_us, MAX(conn->last_us + idle_us, now_us + CHECK_US));
  }
}

gint64
lt_dns_conns_next_us(const LtDnsConns *conns)
{
  return conns->next_us;
}

void
lt_dns_conns_close_child(LtDnsConns *conns, guint16 slot)
{
  for (guint i = 0; i < LT_DNS_MAX_CONNS; i++)
    if (conns->table[i].fd >= 0 && conns->table[i].slot == slot)
      close_conn(conns, &conns->table[i]);
}
