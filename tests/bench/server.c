/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-server: answers without thinking, so that a load shows what stands before it.
 *
 * usage: bench-server hello ADDRESS+N PORT      whole TLS records in, one that looks like a
 * server's bench-server dns ADDRESS+1 DELAY-US    a question in, after a while the answer Prints
 * "ready". */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 65536
#define EVENTS 256
#define HELLO_ANSWER_BYTES 1200u
#define RECORD_HEADER_BYTES 5
#define QUIC_SHORT_BYTES 40u
#define DNS_HEADER_BYTES 12
#define MESSAGE_BYTES 4096
#define MAX_WAITING 65536u

/* A TLS connection: its record's length, once the header has come, and how much of it has. */
typedef struct {
  guint expected;
  guint seen;
} Conn;

enum {
  IS_CONN,
  IS_LISTENER,
  IS_UDP
};

static Conn conns[MAX_FDS];
static guint8 kinds[MAX_FDS];

static int
listen_at(struct in_addr address, guint offset, guint port, int type)
{
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((guint16) port)};
  here.sin_addr.s_addr = htonl(ntohl(address.s_addr) + offset);
  int on = 1;
  int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      bind(fd, (struct sockaddr *) &here, sizeof here) < 0 ||
      (type == SOCK_STREAM && listen(fd, 4096) < 0)) {
    perror("bench-server");
    return -1;
  }
  return fd;
}

static void
accept_all(int epoll_fd, int listener)
{
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct epoll_event event = {EPOLLIN | EPOLLRDHUP, {.fd = fd}};
    if (fd >= MAX_FDS || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
      close(fd);
      continue;
    }
    conns[fd] = (Conn){0, 0};
  }
}

static void
read_hello(int fd)
{
  static guint8 answer[HELLO_ANSWER_BYTES] = {
      22, 3, 3, (HELLO_ANSWER_BYTES - 5) >> 8, (HELLO_ANSWER_BYTES - 5) & 0xff, 2};
  guint8 bytes[MESSAGE_BYTES];
  Conn *conn = &conns[fd];
  ssize_t n = recv(fd, bytes, sizeof bytes, 0);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0) {
    close(fd);
    return;
  }
  if (conn->seen == 0 && n >= RECORD_HEADER_BYTES)
    conn->expected = RECORD_HEADER_BYTES + ((guint) bytes[3] << 8 | bytes[4]);
  conn->seen += (guint) n;
  if (conn->seen == conn->expected && send(fd, answer, sizeof answer, MSG_NOSIGNAL) < 0)
    close(fd);
}

/* An Initial is answered by one, a short packet by a short one; the rest ends a handshake. */
static void
read_datagrams(int fd)
{
  static const guint8 initial[HELLO_ANSWER_BYTES] = {0xc0, 0, 0, 0, 1};
  static const guint8 brief[QUIC_SHORT_BYTES] = {0x40};
  guint8 bytes[MESSAGE_BYTES];
  struct sockaddr_in client;
  socklen_t len = sizeof client;
  while (recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *) &client, &len) > 0) {
    gboolean is_long = (bytes[0] & 0x80) != 0;
    if (is_long && (bytes[0] & 0x30) != 0)
      continue;
    if (sendto(fd,
               is_long ? initial : brief,
               is_long ? sizeof initial : sizeof brief,
               0,
               (struct sockaddr *) &client,
               len) < 0)
      perror("bench-server: an answer");
  }
}

static gboolean
add_socket(int epoll_fd, int fd, guint8 kind)
{
  struct epoll_event event = {EPOLLIN, {.fd = fd}};
  if (fd < 0 || fd >= MAX_FDS || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    return FALSE;
  kinds[fd] = kind;
  return TRUE;
}

static void
on_ready(int epoll_fd, int fd)
{
  switch (kinds[fd]) {
  case IS_LISTENER:
    accept_all(epoll_fd, fd);
    break;
  case IS_UDP:
    read_datagrams(fd);
    break;
  default:
    read_hello(fd);
  }
}

static int
serve_hellos(struct in_addr address, guint n_addresses, guint port)
{
  struct epoll_event events[EVENTS];
  int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  for (guint i = 0; i < n_addresses; i++) {
    if (!add_socket(epoll_fd, listen_at(address, i, port, SOCK_STREAM), IS_LISTENER) ||
        !add_socket(epoll_fd, listen_at(address, i, port, SOCK_DGRAM), IS_UDP))
      return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    int n = epoll_wait(epoll_fd, events, EVENTS, -1);
    for (int i = 0; i < n; i++)
      on_ready(epoll_fd, events[i].data.fd);
  }
}

/* Answers that wait for their time, in order. */
typedef struct {
  gint64 due_us;
  struct sockaddr_in client;
  guint16 len;
  guint8 bytes[512];
} Waiting;

static Waiting *waiting;
static guint first_waiting, n_waiting;

/* The question itself, as an answer without a record. */
static void
read_questions(int fd, gint64 delay_us)
{
  while (n_waiting < MAX_WAITING) {
    Waiting *next = &waiting[(first_waiting + n_waiting) % MAX_WAITING];
    socklen_t client_len = sizeof next->client;
    ssize_t n = recvfrom(
        fd, next->bytes, sizeof next->bytes, 0, (struct sockaddr *) &next->client, &client_len);
    if (n < 0)
      return;
    if (n < DNS_HEADER_BYTES)
      continue;
    next->bytes[2] |= 0x80;
    next->bytes[3] |= 0x80;
    next->len = (guint16) n;
    next->due_us = g_get_monotonic_time() + delay_us;
    n_waiting++;
  }
}

/* How long until the next answer is due; -1: none waits. */
static gint64
send_due(int fd)
{
  while (n_waiting > 0) {
    const Waiting *next = &waiting[first_waiting];
    gint64 left_us = next->due_us - g_get_monotonic_time();
    if (left_us > 0)
      return left_us;
    if (sendto(fd,
               next->bytes,
               next->len,
               0,
               (const struct sockaddr *) &next->client,
               sizeof next->client) < 0)
      perror("bench-server: an answer");
    first_waiting = (first_waiting + 1) % MAX_WAITING;
    n_waiting--;
  }
  return -1;
}

static int
serve_dns(struct in_addr address, gint64 delay_us)
{
  int fd = listen_at(address, 0, 53, SOCK_DGRAM);
  struct pollfd poll_fd = {fd, POLLIN, 0};
  if (fd < 0)
    return 1;
  waiting = g_new0(Waiting, MAX_WAITING);
  puts("ready");
  fflush(stdout);
  for (;;) {
    gint64 left_us = send_due(fd);
    struct timespec left = {left_us / G_USEC_PER_SEC, left_us % G_USEC_PER_SEC * 1000};
    if (ppoll(&poll_fd, 1, left_us >= 0 ? &left : NULL, NULL) > 0)
      read_questions(fd, delay_us);
  }
}

int
main(int argc, char **argv)
{
  struct in_addr address;
  g_auto(GStrv) parts = g_strsplit(argc == 4 ? argv[2] : "", "+", 2);
  guint64 n_addresses, number;
  struct rlimit limit;
  if (g_strv_length(parts) != 2 || inet_pton(AF_INET, parts[0], &address) != 1 ||
      !g_ascii_string_to_unsigned(parts[1], 10, 1, 256, &n_addresses, NULL) ||
      !g_ascii_string_to_unsigned(argv[3], 10, 0, 10000000, &number, NULL)) {
    fputs("usage: bench-server hello ADDRESS+N PORT | dns ADDRESS+1 DELAY-US\n", stderr);
    return 2;
  }
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    return 1;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0) < 0)
    return 1;
  if (strcmp(argv[1], "dns") == 0)
    return serve_dns(address, (gint64) number);
  return serve_hellos(address, (guint) n_addresses, (guint) number);
}
