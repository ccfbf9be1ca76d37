/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS thread: questions of children in, judged, forwarded, answers judged, out. */
#include "agent/net/dns-worker.h"

#include "agent/net/dns-allowance.h"
#include "agent/net/dns-cache.h"
#include "agent/net/dns-children.h"
#include "agent/net/dns-conns.h"
#include "agent/net/dns-inbox.h"
#include "agent/net/dns-poll.h"
#include "agent/net/dns-sent.h"
#include "agent/net/dns-upstream.h"

#include "policy/dns-judge.h"
#include "policy/wire/dns-alias.h"
#include "policy/wire/dns-reply.h"
#include "policy/wire/dns-svcb.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Of one wake-up; the rules are held for so long. */
#define MAX_EVENTS 64

/* An answer from the cache may be this much older than the last look at resolv.conf. */
#define REFRESH_US (50 * 1000)

/* Zone transfers (RFC 5936, RFC 1995): answers of many messages, and nothing that a child needs. */
#define TYPE_IXFR 251
#define TYPE_AXFR 252

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
  LtDnsCache *cache;
  LtDnsChildren *children;
  LtDnsInbox *inbox;
  LtAnswers *answers; /* atomic */
  gboolean is_stopped;

  /* Of this wake-up. */
  const LtRuleSet *rules;
  gint64 now_us;
  gint64 boot_us;
  gint64 utc_now_s;
  gint64 refreshed_us;

  LtDnsSent sent;
  guint8 kept[LT_DNS_CACHE_ENTRY_BYTES];
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
  const LtDnsAddress *to = &client->address;

  if (client->is_tcp) {
    lt_dns_conns_answer(worker->conns, client, message, len, worker->now_us);
  } else if (len > 0) {
    LtDnsPortKind kind = to->any.sa_family == AF_INET6 ? LT_DNS_PORT_UDP6 : LT_DNS_PORT_UDP4;
    int fd = lt_dns_children_fd(worker->children, client->slot, client->child_generation, kind);

    if (fd >= 0)
      (void) sendto(fd, message, len, 0, &to->any, lt_dns_address_len(to));
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

/* Over UDP an answer that is too long for the client says so, and it comes again over TCP. */
static void
respond_whole(LtDnsWorker *worker,
              const LtDnsClient *client,
              const guint8 *query,
              const LtDnsQuestion *question,
              const guint8 *message,
              gsize len)
{
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  guint8 rcode = message[3] & 0x0f;
  LtAnswers *answers = g_atomic_pointer_get(&worker->answers);
  const LtChildRules *child = find_child(worker, client->slot);

  if (client->is_tcp || len <= question->udp_size_bytes) {
    /* Before the child has it: it may connect at once. */
    lt_answers_note_reply(answers, child, question, message, len, worker->now_us);
    respond(worker, client, message, len);
    return;
  }
  len = lt_dns_reply_write_truncated(query, question, rcode, reply, sizeof reply);
  respond(worker, client, reply, len);
}

static void
respond_alias(LtDnsWorker *worker,
              const LtDnsClient *client,
              const guint8 *query,
              const LtDnsQuestion *question,
              const char *target,
              const guint8 *message,
              gsize len)
{
  guint8 reply[LT_DNS_ALIAS_MAX_BYTES];
  gsize reply_len = lt_dns_alias_answer(query, question, target, message, len, reply, sizeof reply);

  if (reply_len > 0)
    respond_whole(worker, client, query, question, reply, reply_len);
  else
    respond_code(worker, client, query, question, LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE);
}

/* Everything but what the resolvers have to say. */
static void
respond_ourselves(LtDnsWorker *worker,
                  const LtDnsClient *client,
                  const guint8 *query,
                  const LtDnsQuestion *question,
                  LtDnsOutcome outcome)
{
  switch (outcome) {
  case LT_DNS_REFUSED:
    refuse(worker, client, query, question);
    break;
  case LT_DNS_NO_NAME:
    respond_code(worker, client, query, question, LT_DNS_RCODE_NXDOMAIN, LT_DNS_EDE_NONE);
    break;
  case LT_DNS_NO_DATA:
    respond_code(worker, client, query, question, LT_DNS_RCODE_NOERROR, LT_DNS_EDE_NONE);
    break;
  case LT_DNS_PASSES:
  case LT_DNS_ALIASED:
    respond_code(worker, client, query, question, LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE);
    break;
  }
}

/* An answer of the resolvers, of today or kept: judged by the rules of now. @target: whose it is,
 * NULL for the question's own name; settings may have changed since it was asked. FALSE: it is
 * broken, and nobody's answer. */
static gboolean
deliver(LtDnsWorker *worker,
        const LtDnsClient *client,
        const guint8 *query,
        const LtDnsQuestion *question,
        const char *target,
        guint8 *message,
        gsize len)
{
  const LtChildRules *child = find_child(worker, client->slot);
  LtDnsVerdict verdict;

  if (lt_dns_judge_answer(child, question, message, len, worker->utc_now_s, &verdict, &len) !=
      LT_WIRE_FOUND)
    return FALSE;
  if (verdict.outcome == LT_DNS_REFUSED)
    tell(worker, child, &verdict);
  message[0] = (guint8) (question->id >> 8);
  message[1] = (guint8) question->id;
  if (verdict.outcome == LT_DNS_PASSES && target == NULL)
    respond_whole(worker, client, query, question, message, len);
  else if (verdict.outcome == LT_DNS_ALIASED && verdict.target == target)
    respond_alias(worker, client, query, question, target, message, len);
  else
    respond_ourselves(worker, client, query, question, verdict.outcome);
  return TRUE;
}

static gboolean
on_answer(LtDnsFlight *flight, guint8 *message, gsize len, gpointer user_data)
{
  LtDnsWorker *worker = user_data;
  const LtDnsQuestion *question = &flight->question;

  if (lt_dns_svcb_strip(message, &len) != LT_WIRE_FOUND) {
    if (question->type != LT_DNS_TYPE_HTTPS && question->type != LT_DNS_TYPE_SVCB)
      return FALSE;
    respond_ourselves(worker, &flight->client, flight->asked, question, LT_DNS_NO_DATA);
    return TRUE;
  }
  if (!deliver(worker, &flight->client, flight->asked, question, flight->target, message, len))
    return FALSE;
  if (flight->is_kept)
    lt_dns_cache_add(
        worker->cache, &flight->key, flight->sent_question_len, message, len, worker->boot_us);
  return TRUE;
}

static void
on_failure(LtDnsFlight *flight, gpointer user_data)
{
  LtDnsWorker *worker = user_data;

  respond_code(worker,
               &flight->client,
               flight->asked,
               &flight->question,
               LT_DNS_RCODE_SERVFAIL,
               LT_DNS_EDE_NONE);
}

/* Questions */

/* What former servers said is not repeated. */
static void
refresh(LtDnsWorker *worker, gint64 max_age_us)
{
  if (worker->now_us - worker->refreshed_us <= max_age_us)
    return;
  if (lt_dns_upstream_refresh(worker->upstream))
    lt_dns_cache_clear(worker->cache);
  worker->refreshed_us = worker->now_us;
}

static void
forward(LtDnsWorker *worker,
        const LtDnsClient *client,
        const guint8 *query,
        const LtDnsQuestion *question,
        const LtDnsSent *sent)
{
  LtDnsFlight *flight = NULL;

  /* Datagrams are not even read then; over TCP this is the answer. */
  if (!client->is_tcp || !lt_dns_children_is_spent(worker->children, client->slot, worker->now_us))
    flight = lt_dns_flights_add(worker->flights, client);
  if (flight == NULL) {
    lt_dns_count(&worker->counters->n_dropped);
    /* Over UDP silence makes the client wait before it asks again, which is what is wanted. */
    if (client->is_tcp)
      respond_code(worker, client, query, question, LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE);
    return;
  }
  lt_dns_count(&worker->counters->n_forwarded);
  lt_dns_children_spend(worker->children, client->slot, LT_DNS_COST_FORWARD, worker->now_us);
  refresh(worker, 0);
  lt_dns_sent_fill(sent, query, question, flight);
  lt_dns_upstream_send(worker->upstream, flight, worker->now_us);
}

static void
look_up(LtDnsWorker *worker,
        const LtDnsClient *client,
        const guint8 *query,
        gsize len,
        const LtDnsQuestion *question,
        const char *target)
{
  LtDnsSent *sent = &worker->sent;
  gsize n = 0;

  if (!lt_dns_sent_init(sent, client->slot, query, len, question, target)) {
    respond_code(worker, client, query, question, LT_DNS_RCODE_SERVFAIL, LT_DNS_EDE_NONE);
    return;
  }
  refresh(worker, REFRESH_US);
  if (sent->is_kept)
    n = lt_dns_cache_find(worker->cache,
                          &sent->key,
                          sent->bytes,
                          sent->question_len,
                          worker->boot_us,
                          worker->kept,
                          sizeof worker->kept);
  if (n > 0 && deliver(worker, client, query, question, target, worker->kept, n))
    lt_dns_count(&worker->counters->n_cached);
  else
    forward(worker, client, query, question, sent);
}

static void
on_broken_question(LtDnsWorker *worker, const LtDnsClient *client, const guint8 *message, gsize len)
{
  guint8 reply[LT_DNS_REPLY_MAX_BYTES];
  gsize reply_len = lt_dns_reply_write_format_error(message, len, reply, sizeof reply);

  respond(worker, client, reply, reply_len);
}

static void
on_question(const LtDnsClient *client, const guint8 *message, gsize len, gpointer user_data)
{
  LtDnsWorker *worker = user_data;
  const LtChildRules *child = find_child(worker, client->slot);
  LtDnsQuestion question;
  LtDnsVerdict verdict;

  lt_dns_count(&worker->counters->n_questions);
  lt_dns_children_spend(worker->children, client->slot, LT_DNS_COST_QUESTION, worker->now_us);
  if (lt_dns_read_question(message, len, &question) != LT_WIRE_FOUND) {
    on_broken_question(worker, client, message, len);
    return;
  }
  lt_dns_judge_question(child, &question, worker->utc_now_s, &verdict);
  lt_dns_judge_tunnel(child,
                      lt_dns_children_tunnel(worker->children, client->slot),
                      &question,
                      worker->boot_us,
                      &verdict);
  if (verdict.is_told)
    tell(worker, child, &verdict);
  if (verdict.outcome != LT_DNS_PASSES && verdict.outcome != LT_DNS_ALIASED)
    respond_ourselves(worker, client, message, &question, verdict.outcome);
  else if (question.type == TYPE_AXFR || question.type == TYPE_IXFR)
    respond_code(worker, client, message, &question, LT_DNS_RCODE_REFUSED, LT_DNS_EDE_NONE);
  else
    look_up(worker, client, message, len, &question, verdict.target);
}

/* @tag: of one of a child's UDP sockets. */
static void
read_datagrams(LtDnsWorker *worker, LtDnsPollTag tag, int fd)
{
  LtDnsClient client = {.slot = tag.index, .child_generation = tag.generation};
  guint n = 0;

  /* Paused, perhaps, since an earlier event of this wake-up. */
  if (!lt_dns_children_is_paused(worker->children, tag.index))
    n = lt_dns_inbox_read(worker->inbox, fd);
  for (guint i = 0; i < n; i++) {
    gboolean is_cut;
    gsize len;
    const guint8 *message = lt_dns_inbox_get(worker->inbox, i, &client.address, &len, &is_cut);

    if (is_cut)
      on_broken_question(worker, &client, message, len);
    else
      on_question(&client, message, len, worker);
  }
  if (n > 0 && lt_dns_children_is_spent(worker->children, tag.index, worker->now_us))
    lt_dns_children_pause(worker->children, tag.index);
}

/* Children */

static void
close_child(LtDnsWorker *worker, guint16 slot)
{
  LtDnsFlight *flight;

  if (!lt_dns_children_close(worker->children, slot))
    return;
  while ((flight = lt_dns_flights_of_child(worker->flights, slot)) != NULL)
    lt_dns_upstream_drop(worker->upstream, flight);
  lt_dns_conns_close_child(worker->conns, slot);
}

static void
read_commands(LtDnsWorker *worker)
{
  LtDnsCommand command;

  while (read(worker->command_fd, &command, sizeof command) == (gssize) sizeof command) {
    switch (command.kind) {
    case LT_DNS_COMMAND_OPEN:
      close_child(worker, command.slot);
      lt_dns_children_open(worker->children, command.slot, &command.ports);
      break;
    case LT_DNS_COMMAND_CLOSE:
      close_child(worker, command.slot);
      break;
    case LT_DNS_COMMAND_ANSWER:
      atomic_store(&worker->counters->n_answered, command.n_asked);
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
  int fd = lt_dns_children_fd(worker->children, tag.index, tag.generation, tag.sub);

  if (fd < 0)
    return;
  if (tag.kind == LT_DNS_POLL_UDP)
    read_datagrams(worker, tag, fd);
  else
    lt_dns_conns_accept(worker->conns, fd, tag.index, tag.generation, worker->now_us);
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

static gint64
read_boot_us(void)
{
  struct timespec now;

  clock_gettime(CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Milliseconds until something is due, rounded up; -1 when nothing is. */
static int
wait_ms(LtDnsWorker *worker)
{
  const LtDnsFlight *first = lt_dns_flights_first(worker->flights);
  gint64 next_us =
      MIN(lt_dns_conns_next_us(worker->conns), lt_dns_children_next_us(worker->children));
  gint64 cache_end_us = lt_dns_cache_end_us(worker->cache);
  gint64 left_us;

  if (first != NULL)
    next_us = MIN(next_us, first->next_us);
  if (cache_end_us != G_MAXINT64)
    next_us = MIN(next_us, worker->now_us + MAX(cache_end_us - worker->boot_us, 0));
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
    worker->boot_us = read_boot_us();
    worker->utc_now_s = g_get_real_time() / G_USEC_PER_SEC;
    worker->rules = lt_rules_cell_begin(worker->cell, worker->reader);
    for (int i = 0; i < n_events; i++)
      dispatch(worker, &events[i]);
    lt_dns_upstream_on_time(worker->upstream, worker->now_us);
    lt_dns_conns_on_time(worker->conns, worker->now_us);
    lt_dns_children_on_time(worker->children, worker->now_us);
    if (worker->boot_us >= lt_dns_cache_end_us(worker->cache))
      lt_dns_cache_clear(worker->cache);
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
  worker->cache = lt_dns_cache_new();
  worker->children = lt_dns_children_new(epoll_fd);
  worker->inbox = lt_dns_inbox_new();
  return worker;
}

void
lt_dns_worker_remember(LtDnsWorker *worker, LtAnswers *answers)
{
  g_atomic_pointer_set(&worker->answers, answers);
}

void
lt_dns_worker_free(LtDnsWorker *worker)
{
  if (worker == NULL)
    return;
  g_clear_pointer(&worker->children, lt_dns_children_free);
  g_clear_pointer(&worker->inbox, lt_dns_inbox_free);
  g_clear_pointer(&worker->cache, lt_dns_cache_free);
  g_clear_pointer(&worker->conns, lt_dns_conns_free);
  g_clear_pointer(&worker->upstream, lt_dns_upstream_free);
  g_clear_pointer(&worker->flights, lt_dns_flights_free);
  close(worker->epoll_fd);
  g_free(worker);
}
