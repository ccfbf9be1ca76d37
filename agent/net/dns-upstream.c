/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions out to the system's resolvers, and their answers back: retries, rotation, timeouts. */
#include "agent/net/dns-upstream.h"

#include "agent/net/dns-poll.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* The largest DNS message. */
#define MAX_MESSAGE_BYTES 65535

/* Datagrams read at one event: somebody who floods a port of ours does not keep the thread. */
#define MAX_READS 8

/* Ports that our questions come from, and how often a free one is looked for. */
#define OWN_PORTS_FIRST 16384u
#define N_OWN_PORTS 16384u
#define BIND_TRIES 8u

/* How often another port is tried when the firewall refuses one. With half of our ports taken by a
 * child's flows, one question in 65,536 finds none. */
#define SEND_TRIES 16u

struct _LtDnsUpstream {
  int epoll_fd;
  LtDnsFlights *flights;
  LtDnsCounters *counters;
  LtDnsUpstreamHandlers handlers;
  gpointer user_data;

  LtDnsServersFile file;
  guint serial; /* of the reading of @file */
  guint n_silent[LT_DNS_MAX_SERVERS];
  gint64 next_probe_us;

  guint16 ids[128]; /* random, used from the end */
  guint n_ids;

  guint8 buffer[MAX_MESSAGE_BYTES];
};

LtDnsUpstream *
lt_dns_upstream_new(int epoll_fd,
                    LtDnsFlights *flights,
                    LtDnsCounters *counters,
                    const char *resolv_conf,
                    const LtDnsUpstreamHandlers *handlers,
                    gpointer user_data)
{
  LtDnsUpstream *upstream = g_new0(LtDnsUpstream, 1);

  upstream->epoll_fd = epoll_fd;
  upstream->flights = flights;
  upstream->counters = counters;
  upstream->handlers = *handlers;
  upstream->user_data = user_data;
  lt_dns_servers_file_init(&upstream->file, resolv_conf);
  atomic_store(&counters->n_upstreams, upstream->file.servers.n_servers);
  return upstream;
}

void
lt_dns_upstream_free(LtDnsUpstream *upstream)
{
  LtDnsFlight *flight;

  if (upstream == NULL)
    return;
  while ((flight = lt_dns_flights_first(upstream->flights)) != NULL)
    lt_dns_upstream_drop(upstream, flight);
  g_free(upstream);
}

gboolean
lt_dns_upstream_refresh(LtDnsUpstream *upstream)
{
  if (!lt_dns_servers_file_refresh(&upstream->file))
    return FALSE;
  upstream->serial++;
  memset(upstream->n_silent, 0, sizeof upstream->n_silent);
  atomic_store(&upstream->counters->n_upstreams, upstream->file.servers.n_servers);
  return TRUE;
}

/* How long a question lives: in each attempt every server has its time. */
static gint64
lifetime_us(const LtDnsUpstream *upstream)
{
  const LtDnsServers *servers = &upstream->file.servers;
  guint lifetime_s = servers->timeout_s * servers->attempts * servers->n_servers;

  return (gint64) MIN(lifetime_s, LT_DNS_MAX_LIFETIME_S) * G_USEC_PER_SEC;
}

static gint64
retry_us(const LtDnsUpstream *upstream, const LtDnsFlight *flight)
{
  guint retry_ms = flight->client.is_tcp ? LT_DNS_RETRY_TCP_MS : LT_DNS_RETRY_UDP_MS;

  return (gint64) MIN(retry_ms, upstream->file.servers.timeout_s * 1000) * 1000;
}

static guint16
random_id(LtDnsUpstream *upstream)
{
  while (upstream->n_ids == 0) {
    /* Up to 256 bytes come whole or not at all, once the kernel's generator is ready. */
    if (getrandom(upstream->ids, sizeof upstream->ids, 0) == (gssize) sizeof upstream->ids)
      upstream->n_ids = G_N_ELEMENTS(upstream->ids);
  }
  return upstream->ids[--upstream->n_ids];
}

static void
close_server(LtDnsFlight *flight, guint server)
{
  if (flight->fds[server] >= 0)
    close(flight->fds[server]);
  flight->fds[server] = -1;
}

static void
close_all(LtDnsFlight *flight)
{
  for (guint i = 0; i < LT_DNS_MAX_SERVERS; i++)
    close_server(flight, i);
}

void
lt_dns_upstream_drop(LtDnsUpstream *upstream, LtDnsFlight *flight)
{
  close_all(flight);
  lt_dns_flights_remove(upstream->flights, flight);
}

static void
fail(LtDnsUpstream *upstream, LtDnsFlight *flight)
{
  close_all(flight);
  upstream->handlers.on_failure(flight, upstream->user_data);
  lt_dns_flights_remove(upstream->flights, flight);
}

/* Asking */

/* The server that a new question asks first: the file's first, unless it has long been silent. */
static guint
first_server(LtDnsUpstream *upstream, gint64 now_us)
{
  if (upstream->n_silent[0] < LT_DNS_MAX_SILENT)
    return 0;
  if (now_us >= upstream->next_probe_us) {
    upstream->next_probe_us = now_us + LT_DNS_PROBE_S * G_USEC_PER_SEC;
    return 0;
  }
  for (guint i = 1; i < upstream->file.servers.n_servers; i++)
    if (upstream->n_silent[i] < LT_DNS_MAX_SILENT)
      return i;
  return 0;
}

/* Gives the socket a random port below those that the kernel gives to programs (32768 and up unless
 * an administrator has changed it). The kernel knows a flow by addresses and ports: a child's
 * question from a port of ours, to the server that we asked a moment before, would be taken for a
 * part of our flow, and ours for a part of the child's. Without a free one in a few tries the
 * kernel chooses. */
static void
bind_apart(LtDnsUpstream *upstream, int fd, sa_family_t family)
{
  LtDnsAddress here = {.any.sa_family = family};
  for (guint i = 0; i < BIND_TRIES; i++) {
    in_port_t port = htons((guint16) (OWN_PORTS_FIRST + random_id(upstream) % N_OWN_PORTS));
    if (family == AF_INET6)
      here.ip6.sin6_port = port;
    else
      here.ip4.sin_port = port;
    if (bind(fd, &here.any, lt_dns_address_len(&here)) == 0 || errno != EADDRINUSE)
      return;
  }
}

/* A connected socket in the flight; over TCP one that is being connected. */
static gboolean
open_server(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server)
{
  const LtDnsAddress *address = &upstream->file.servers.servers[server];
  int type = (flight->client.is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  int fd = socket(address->any.sa_family, type, 0);

  if (fd < 0)
    return FALSE;
  flight->fds[server] = fd;
  bind_apart(upstream, fd, address->any.sa_family);
  if (connect(fd, &address->any, lt_dns_address_len(address)) == 0 || errno == EINPROGRESS)
    return TRUE;
  close_server(flight, server);
  return FALSE;
}

/* Into the poll set. */
static gboolean
watch_server(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, guint32 events)
{
  LtDnsPollTag tag = {.kind = LT_DNS_POLL_UPSTREAM,
                      .index = flight->index,
                      .sub = (guint8) server,
                      .generation = flight->generation};

  if (lt_dns_poll_add(upstream->epoll_fd, flight->fds[server], events, tag) == 0)
    return TRUE;
  close_server(flight, server);
  return FALSE;
}

/* EPERM: the firewall takes our port for that of a child, who asked the same server from it a
 * moment before; see agent/net/ruleset-dns.h. */
static gboolean
ask_by_udp(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server)
{
  for (guint i = 0; i < SEND_TRIES; i++) {
    gboolean is_new = flight->fds[server] < 0;

    if (is_new && !open_server(upstream, flight, server))
      return FALSE;
    /* First the question, then the poll set: the server works meanwhile. */
    if (send(flight->fds[server], flight->query + 2, flight->query_len, 0) >= 0 || errno == EAGAIN)
      return !is_new || watch_server(upstream, flight, server, EPOLLIN);
    gboolean is_refused = errno == EPERM;
    close_server(flight, server);
    if (!is_refused)
      return FALSE;
  }
  return FALSE;
}

/* One connection at a time: what the former one was about to say is not waited for. */
static gboolean
ask_by_tcp(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server)
{
  close_all(flight);
  g_clear_pointer(&flight->answer, g_free);
  flight->n_written = flight->n_read = 0;
  return open_server(upstream, flight, server) &&
         watch_server(upstream, flight, server, EPOLLIN | EPOLLOUT);
}

static gboolean
ask(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server)
{
  flight->server = server;
  flight->n_tries++;
  return flight->client.is_tcp ? ask_by_tcp(upstream, flight, server)
                               : ask_by_udp(upstream, flight, server);
}

/* Asks servers from @server on until one can be asked; ends the question when none can. */
static void
ask_from(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, gint64 now_us)
{
  guint n_servers = upstream->file.servers.n_servers;
  gint64 end_us = flight->born_us + lifetime_us(upstream);

  while (flight->n_failed < n_servers && now_us < end_us) {
    if (ask(upstream, flight, server % n_servers)) {
      gint64 retry_at_us = now_us + retry_us(upstream, flight);

      lt_dns_flights_schedule(upstream->flights, flight, MIN(retry_at_us, end_us));
      return;
    }
    flight->n_failed++;
    server++;
  }
  fail(upstream, flight);
}

/* Asks the next server, of the present file. */
static void
ask_next(LtDnsUpstream *upstream, LtDnsFlight *flight, gint64 now_us)
{
  guint next = flight->server + 1;

  if (flight->servers_serial != upstream->serial) {
    close_all(flight);
    flight->servers_serial = upstream->serial;
    flight->n_failed = 0;
    next = first_server(upstream, now_us);
  }
  ask_from(upstream, flight, next, now_us);
}

void
lt_dns_upstream_send(LtDnsUpstream *upstream, LtDnsFlight *flight, gint64 now_us)
{
  flight->id = random_id(upstream);
  flight->query[2] = (guint8) (flight->id >> 8);
  flight->query[3] = (guint8) flight->id;
  flight->query[0] = (guint8) (flight->query_len >> 8);
  flight->query[1] = (guint8) flight->query_len;
  flight->born_us = now_us;
  flight->servers_serial = upstream->serial;
  ask_from(upstream, flight, first_server(upstream, now_us), now_us);
}

static void
count_silence(LtDnsUpstream *upstream, const LtDnsFlight *flight, gint64 now_us)
{
  if (flight->servers_serial != upstream->serial)
    return;
  upstream->n_silent[flight->server]++;
  if (flight->server == 0)
    upstream->next_probe_us = now_us + LT_DNS_PROBE_S * G_USEC_PER_SEC;
}

void
lt_dns_upstream_on_time(LtDnsUpstream *upstream, gint64 now_us)
{
  LtDnsFlight *flight;

  while ((flight = lt_dns_flights_first(upstream->flights)) != NULL && flight->next_us <= now_us) {
    lt_dns_count(&upstream->counters->n_timeouts);
    count_silence(upstream, flight, now_us);
    flight->n_failed = 0;
    ask_next(upstream, flight, now_us);
  }
}

/* Answers */

/* The server cannot be asked: on to the next one without waiting. */
static void
server_failed(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, gint64 now_us)
{
  close_server(flight, server);
  if (server != flight->server)
    return;
  count_silence(upstream, flight, now_us);
  flight->n_failed++;
  ask_next(upstream, flight, now_us);
}

/* TRUE if the question is over. */
static gboolean
take_answer(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, guint8 *message, gsize len)
{
  if (!lt_dns_response_matches(message,
                               len,
                               flight->id,
                               flight->query + 2 + LT_DNS_HEADER_LEN,
                               flight->sent_question_len) ||
      !upstream->handlers.on_answer(flight, message, len, upstream->user_data)) {
    lt_dns_count(&upstream->counters->n_bad_answers);
    return FALSE;
  }
  if (flight->servers_serial == upstream->serial)
    upstream->n_silent[server] = 0;
  lt_dns_upstream_drop(upstream, flight);
  return TRUE;
}

static void
read_datagrams(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, gint64 now_us)
{
  for (guint i = 0; i < MAX_READS; i++) {
    gssize n = recv(flight->fds[server], upstream->buffer, sizeof upstream->buffer, 0);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return;
    if (n < 0) { /* an ICMP error: nobody is there */
      server_failed(upstream, flight, server, now_us);
      return;
    }
    if (take_answer(upstream, flight, server, upstream->buffer, (gsize) n))
      return;
  }
}

typedef enum {
  STREAM_WAITS,
  STREAM_DONE,
  STREAM_FAILED,
} Stream;

static Stream
write_query(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server)
{
  gsize len = 2 + flight->query_len;
  LtDnsPollTag tag = {.kind = LT_DNS_POLL_UPSTREAM,
                      .index = flight->index,
                      .sub = (guint8) server,
                      .generation = flight->generation};

  if (flight->n_written == len)
    return STREAM_DONE;
  while (flight->n_written < len) {
    gssize n = send(flight->fds[server],
                    flight->query + flight->n_written,
                    len - flight->n_written,
                    MSG_NOSIGNAL);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno == EAGAIN ? STREAM_WAITS : STREAM_FAILED;
    flight->n_written += (gsize) n;
  }
  if (lt_dns_poll_change(upstream->epoll_fd, flight->fds[server], EPOLLIN, tag) < 0)
    return STREAM_FAILED;
  return STREAM_DONE;
}

/* Reads until the answer with its two bytes of length is whole. RFC 1035 section 4.2.2. */
static Stream
read_stream(LtDnsFlight *flight, guint server)
{
  for (;;) {
    gboolean in_prefix = flight->n_read < 2;
    guint8 *at = in_prefix ? flight->prefix + flight->n_read : flight->answer + flight->n_read - 2;
    gsize wanted = (in_prefix ? 2 : 2 + flight->answer_len) - flight->n_read;
    gssize n = recv(flight->fds[server], at, wanted, 0);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno == EAGAIN ? STREAM_WAITS : STREAM_FAILED;
    if (n == 0)
      return STREAM_FAILED;
    flight->n_read += (gsize) n;
    if (in_prefix && flight->n_read == 2) {
      flight->answer_len = (gsize) flight->prefix[0] << 8 | flight->prefix[1];
      if (flight->answer_len < LT_DNS_HEADER_LEN)
        return STREAM_FAILED;
      flight->answer = g_malloc(flight->answer_len);
    }
    if (flight->n_read >= 2 && flight->n_read == 2 + flight->answer_len)
      return STREAM_DONE;
  }
}

static void
on_stream_event(LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, gint64 now_us)
{
  Stream stream = write_query(upstream, flight, server);

  if (stream == STREAM_DONE)
    stream = read_stream(flight, server);
  switch (stream) {
  case STREAM_WAITS:
    return;
  case STREAM_DONE:
    /* Nothing better can come by this connection. */
    if (!take_answer(upstream, flight, server, flight->answer, flight->answer_len))
      server_failed(upstream, flight, server, now_us);
    return;
  case STREAM_FAILED:
    server_failed(upstream, flight, server, now_us);
    return;
  }
}

void
lt_dns_upstream_on_event(
    LtDnsUpstream *upstream, LtDnsFlight *flight, guint server, guint32 events, gint64 now_us)
{
  g_return_if_fail(server < LT_DNS_MAX_SERVERS);

  /* Closed by an earlier event of the same wake-up. */
  if (flight->fds[server] < 0)
    return;
  if (flight->client.is_tcp)
    on_stream_event(upstream, flight, server, now_us);
  else
    read_datagrams(upstream, flight, server, now_us);
}
