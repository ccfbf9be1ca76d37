/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS thread: questions of children in, judged, forwarded, answers judged, out. */
#include "agent/net/dns-worker.h"

#include "agent/net/dns-conns.h"
#include "agent/net/dns-poll.h"
#include "agent/net/dns-upstream.h"

#include "policy/dns-judge.h"
#include "policy/wire/dns-reply.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of one wake-up; the rules are held for so long. */
#define MAX_EVENTS 64

/* Questions read from a child's socket before others have their turn. */
#define MAX_READS 32

/* Zone transfers (RFC 5936, RFC 1995): answers of many messages, and nothing that a child needs. */
#define TYPE_IXFR 251
#define TYPE_AXFR 252

typedef struct {
  gboolean is_open;
  guint32 generation;
  LtDnsPorts ports;
} Child;

struct _LtDnsWorker {
  int epoll_fd;
  int command_fd;
  LtRulesCell *cell;
  int reader;
  LtEventRing *events;
  LtDnsCounters *counters;
  LtDnsFlights *flights;
  LtDnsUpstream *upstream;
  LtDnsConns *conns;
  gboolean is_stopped;

  /* Of this wake-up. */
  const LtRuleSet *rules;
  gint64 now_us;
  gint64 utc_now_s;
  gboolean is_refreshed;

  Child children[LT_SLOT_MAX + 1];
  guint8 question[65535]; /* a datagram may be longer than what we take */
};

static const LtChildRules *
find_child(const LtDnsWorker *worker, guint16 slot)
{
  return worker->rules != NULL ? lt_rule_set_find_slot(worker->rules, slot) : NULL;
}

static void
tell(LtDnsWorker *worker, const LtChildRules *child, const LtDnsVerdict *verdict)
{
  LtNetEvent event;

  /* Without rules there is nobody known to be told. */
  if (child == NULL)
    return;
  lt_net_event_init(&event,
                    lt_child_rules_uid(child),
                    LT_PROTOCOL_DNS,
                    verdict->has_host ? &verdict->host : NULL,
                    &verdict->decision,
                    worker->utc_now_s);
  lt_event_ring_push(worker->events, &event);
}

/* Answers */

/* @len 0: nothing can be said. Over UDP a full buffer drops the answer; the client asks again. */
static void
respond(LtDnsWorker *worker, const LtDnsClient *client, const guint8 *message, gsize len)
{
  const Child *child = &worker->children[client->slot];
  const LtDnsAddress *to = &client->address;

  if (client->is_tcp) {
    lt_dns_conns_answer(worker->conns, client, message, len, worker->now_us);
  } else if (len > 0 && child->is_open && child->generation == client->child_generation) {
    LtDnsPortKind kind = to->any.sa_family == AF_INET6 ? LT_DNS_PORT_UDP6 : LT_DNS_PORT_UDP4;

    (void) sendto(child->ports.fds[kind], message, len, 0, &to->any, lt_dns_address_len(to));
  }
}

static void
respond_code(LtDnsWorker *worker,
             const LtDnsClient *client,
             const guint8 *query,
             const LtDnsQuestion *question,
             guint8 rcode,
             guint16 ede)
{
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  gsize len = lt_dns_reply_write(query, question, rcode, ede, reply, sizeof reply);

  respond(worker, client, reply, len);
}

static void
refuse(LtDnsWorker *worker,
       const LtDnsClient *client,
       const guint8 *query,
       const LtDnsQuestion *question)
{
  lt_dns_count(&worker->counters->n_refused);
  respond_code(worker, client, query, question, LT_DNS_RCODE_NXDOMAIN, LT_DNS_EDE_FILTERED);
}

static gboolean
on_answer(LtDnsFlight *flight, guint8 *message, gsize len, gpointer user_data)
{
  LtDnsWorker *worker = user_data;
  const LtChildRules *child = find_child(worker, flight->client.slot);
  const LtDnsQuestion *question = &flight->question;
  const guint8 *query = flight->query + 2;
  LtDnsVerdict verdict;

  if (lt_dns_judge_answer(child, question, message, len, worker->utc_now_s, &verdict, &len) !=
      LT_WIRE_FOUND)
    return FALSE;
  if (verdict.is_refused) {
    tell(worker, child, &verdict);
    refuse(worker, &flight->client, query, question);
    return TRUE;
  }
  if (!flight->client.is_tcp && len > question->udp_size_bytes) {
    guint8 reply[LT_DNS_REPLY_MAX_BYTES];
    guint8 rcode = message[3] & 0x0f;
    gsize reply_len = lt_dns_reply_write_truncated(query, question, rcode, reply, sizeof reply);

    respond(worker, &flight->client, reply, reply_len);
    return TRUE;
  }
  message[0] = (guint8) (question->id >> 8);
  message[1] = (guint8) question->id;
  respond(worker, &flight->client, message, len);
  return TRUE;
}

static void
on_failure(LtDnsFlight *flight, gpointer user_data)
{
  LtDnsWorker *worker = user_data;

  respond_code(worker,
               &flight->client,
               flight->query + 2,
               &flight->question,
               LT_DNS_RCODE_SERVFAIL,
               LT_DNS_EDE_NONE);
}

/* Questions */

static void
forward(LtDnsWorker *worker,
        const LtDnsClient *client,
        const guint8 *message,
        gsize len,
        const LtDnsQuestion *question)
{
  LtDnsFlight *flight = lt_dns_flights_add(worker->flights, client);

  if (flight == NULL) {
    lt_dns_count(&worker->counters->n_dropped);
    /* Over UDP silence makes the client wait before it asks again, which is what is wanted. */
    if (client->is_tcp)
      respond_code(worker, client, message, question, LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE);
    return;
  }
  lt_dns_count(&worker->counters->n_forwarded);
  if (!worker->is_refreshed)
    lt_dns_upstream_refresh(worker->upstream);
  worker->is_refreshed = TRUE;
  flight->question = *question;
  flight->query_len = len;
  memcpy(flight->query + 2, message, len);
  lt_dns_upstream_send(worker->upstream, flight, worker->now_us);
}

static void
on_question(const LtDnsClient *client, const guint8 *message, gsize len, gpointer user_data)
{
  LtDnsWorker *worker = user_data;
  const LtChildRules *child = find_child(worker, client->slot);
  LtDnsQuestion question;
  LtDnsVerdict verdict;

  lt_dns_count(&worker->counters->n_questions);
  if (lt_dns_read_question(message, len, &question) != LT_WIRE_FOUND) {
    guint8 reply[LT_DNS_REPLY_MAX_BYTES];
    gsize reply_len = lt_dns_reply_write_format_error(message, len, reply, sizeof reply);

    respond(worker, client, reply, reply_len);
    return;
  }
  lt_dns_judge_question(child, &question, worker->utc_now_s, &verdict);
  if (verdict.is_told)
    tell(worker, child, &verdict);
  if (verdict.is_refused)
    refuse(worker, client, message, &question);
  else if (question.type == TYPE_AXFR || question.type == TYPE_IXFR)
    respond_code(worker, client, message, &question, LT_DNS_RCODE_REFUSED, LT_DNS_EDE_NONE);
  else if (len > LT_DNS_MAX_QUERY_BYTES)
    respond_code(worker, client, message, &question, LT_DNS_RCODE_FORMERR, LT_DNS_EDE_NONE);
  else
    forward(worker, client, message, len, &question);
}

static void
read_datagrams(LtDnsWorker *worker, const Child *child, guint16 slot, LtDnsPortKind kind)
{
  for (guint i = 0; i < MAX_READS; i++) {
    LtDnsClient client = {.slot = slot, .child_generation = child->generation};
    socklen_t address_len = sizeof client.address;
    gssize n = recvfrom(child->ports.fds[kind],
                        worker->question,
                        sizeof worker->question,
                        0,
                        &client.address.any,
                        &address_len);

    if (n >= 0)
      on_question(&client, worker->question, (gsize) n, worker);
    else if (errno != EINTR)
      return;
  }
}

/* Children */

static void
close_child(LtDnsWorker *worker, guint16 slot)
{
  Child *child = &worker->children[slot];
  LtDnsFlight *flight;

  if (!child->is_open)
    return;
  while ((flight = lt_dns_flights_of_child(worker->flights, slot)) != NULL)
    lt_dns_upstream_drop(worker->upstream, flight);
  lt_dns_conns_close_child(worker->conns, slot);
  lt_dns_ports_close(&child->ports);
  child->is_open = FALSE;
}

/* A socket that cannot be watched stays silent: the child's DNS falls closed. */
static void
open_child(LtDnsWorker *worker, guint16 slot, const LtDnsPorts *ports)
{
  Child *child = &worker->children[slot];

  close_child(worker, slot);
  child->is_open = TRUE;
  child->generation++;
  child->ports = *ports;
  for (LtDnsPortKind kind = 0; kind < LT_DNS_N_PORTS; kind++) {
    gboolean is_udp = kind == LT_DNS_PORT_UDP4 || kind == LT_DNS_PORT_UDP6;
    LtDnsPollTag tag = {.kind = is_udp ? LT_DNS_POLL_UDP : LT_DNS_POLL_LISTEN,
                        .index = slot,
                        .sub = (guint8) kind,
                        .generation = child->generation};

    if (ports->fds[kind] >= 0)
      (void) lt_dns_poll_add(worker->epoll_fd, ports->fds[kind], EPOLLIN, tag);
  }
}

static void
read_commands(LtDnsWorker *worker)
{
  LtDnsCommand command;

  while (read(worker->command_fd, &command, sizeof command) == (gssize) sizeof command) {
    switch (command.kind) {
    case LT_DNS_COMMAND_OPEN:
      open_child(worker, command.slot, &command.ports);
      break;
    case LT_DNS_COMMAND_CLOSE:
      close_child(worker, command.slot);
      break;
    case LT_DNS_COMMAND_STOP:
      worker->is_stopped = TRUE;
      break;
    }
  }
}

/* The loop */

static void
on_child_event(LtDnsWorker *worker, LtDnsPollTag tag)
{
  const Child *child = &worker->children[tag.index];

  if (!child->is_open || child->generation != tag.generation)
    return;
  if (tag.kind == LT_DNS_POLL_UDP)
    read_datagrams(worker, child, tag.index, tag.sub);
  else
    lt_dns_conns_accept(
        worker->conns, child->ports.fds[tag.sub], tag.index, child->generation, worker->now_us);
}

static void
on_upstream_event(LtDnsWorker *worker, LtDnsPollTag tag, guint32 events)
{
  LtDnsFlight *flight = lt_dns_flights_find(worker->flights, tag.index, tag.generation);

  if (flight != NULL)
    lt_dns_upstream_on_event(worker->upstream, flight, tag.sub, events, worker->now_us);
}

static void
dispatch(LtDnsWorker *worker, const struct epoll_event *event)
{
  LtDnsPollTag tag = lt_dns_poll_unpack(event->data.u64);

  switch (tag.kind) {
  case LT_DNS_POLL_CONTROL:
    read_commands(worker);
    break;
  case LT_DNS_POLL_UDP:
  case LT_DNS_POLL_LISTEN:
    on_child_event(worker, tag);
    break;
  case LT_DNS_POLL_CONN:
    lt_dns_conns_on_event(worker->conns, tag.index, tag.generation, event->events, worker->now_us);
    break;
  case LT_DNS_POLL_UPSTREAM:
    on_upstream_event(worker, tag, event->events);
    break;
  }
}

/* Milliseconds until something is due, rounded up; -1 when nothing is. */
static int
wait_ms(LtDnsWorker *worker)
{
  const LtDnsFlight *first = lt_dns_flights_first(worker->flights);
  gint64 next_us = lt_dns_conns_next_us(worker->conns);
  gint64 left_us;

  if (first != NULL)
    next_us = MIN(next_us, first->next_us);
  if (next_us == G_MAXINT64)
    return -1;
  left_us = next_us - g_get_monotonic_time();
  return left_us <= 0 ? 0 : (int) ((left_us + 999) / 1000);
}

gpointer
lt_dns_worker_run(gpointer data)
{
  LtDnsWorker *worker = data;
  struct epoll_event events[MAX_EVENTS];

  while (!worker->is_stopped) {
    int n_events = epoll_wait(worker->epoll_fd, events, MAX_EVENTS, wait_ms(worker));

    worker->now_us = g_get_monotonic_time();
    worker->utc_now_s = g_get_real_time() / G_USEC_PER_SEC;
    worker->is_refreshed = FALSE;
    worker->rules = lt_rules_cell_begin(worker->cell, worker->reader);
    for (int i = 0; i < n_events; i++)
      dispatch(worker, &events[i]);
    lt_dns_upstream_on_time(worker->upstream, worker->now_us);
    lt_dns_conns_on_time(worker->conns, worker->now_us);
    worker->rules = NULL;
    lt_rules_cell_end(worker->cell, worker->reader);
  }
  return NULL;
}

LtDnsWorker *
lt_dns_worker_new(int command_fd,
                  LtRulesCell *rules,
                  int reader,
                  LtEventRing *events,
                  const char *resolv_conf,
                  LtDnsCounters *counters)
{
  const LtDnsUpstreamHandlers handlers = {on_answer, on_failure};
  LtDnsWorker *worker;
  int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

  if (epoll_fd < 0)
    return NULL;
  if (lt_dns_poll_add(epoll_fd, command_fd, EPOLLIN, (LtDnsPollTag){.kind = LT_DNS_POLL_CONTROL}) <
      0) {
    int saved_errno = errno;

    close(epoll_fd);
    errno = saved_errno;
    return NULL;
  }
  worker = g_new0(LtDnsWorker, 1);
  worker->epoll_fd = epoll_fd;
  worker->command_fd = command_fd;
  worker->cell = rules;
  worker->reader = reader;
  worker->events = events;
  worker->counters = counters;
  worker->flights = lt_dns_flights_new();
  worker->upstream =
      lt_dns_upstream_new(epoll_fd, worker->flights, counters, resolv_conf, &handlers, worker);
  worker->conns = lt_dns_conns_new(epoll_fd, on_question, worker);
  return worker;
}

void
lt_dns_worker_free(LtDnsWorker *worker)
{
  if (worker == NULL)
    return;
  for (guint slot = 0; slot <= LT_SLOT_MAX; slot++)
    close_child(worker, (guint16) slot);
  g_clear_pointer(&worker->conns, lt_dns_conns_free);
  g_clear_pointer(&worker->upstream, lt_dns_upstream_free);
  g_clear_pointer(&worker->flights, lt_dns_flights_free);
  close(worker->epoll_fd);
  g_free(worker);
}
