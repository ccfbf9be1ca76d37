/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of a queue's thread. It takes no lock, allocates nothing and logs nothing per packet. */

#include "agent/net/packet-thread.h"

#include "agent/net/conntrack.h"
#include "agent/net/judge-quic.h"
#include "agent/net/queue.h"
#include "agent/net/sock-destroy.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUIC_PORT 443
/* Batches that are read before the loop looks at what else it was told. */
#define MAX_BATCHES 64
/* With more flows than this it is looked which have ended, so often, and so many at a time. */
#define REAP_FLOWS 1024u
#define REAP_EVERY_US (30 * G_USEC_PER_SEC)
#define REAP_AT_ONCE 16u
#define REAP_PAUSE_US 10000
/* For so long the kernel keeps most connections that have ended
 * (nf_conntrack_tcp_timeout_time_wait): to ask about one that was seen since would be in vain. */
#define REAP_UNUSED_US (120 * G_USEC_PER_SEC)
/* Notes beside QUIC flows are no flows of the kernel's: they stay for so long. */
#define REAP_NOTES_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

G_DEFINE_QUARK(lt_packet_thread_error, lt_packet_thread_error)

/* Between two looks at all flows, for each of them: twenty times what a look takes. */
#define LOOK_PAUSE_US 2

/* How long the end of new children's connections is waited for. */
#define NEW_UIDS_WAIT_US 500000

struct _LtPacketThread {
  GThread *thread;
  LtQueue *queue;
  LtSockDestroyer *destroyer;
  LtConntrack *conntrack;
  gint64 look_again_us; /* not before: for others on a refused flow's socket */
  guint reap_cursor;
  gint64 reap_next_us; /* not before this */
  LtRulesCell *rules;
  int reader;
  guint mark_shift;
  gboolean is_tcp;
  LtJudge judge;
  int wake_fd;
  int swept_fd;                                       /* readable when a sweep has ended */
  gint stop;                                          /* atomic */
  GArray *new_uids;                                   /* atomic */
  gint sweep;                                         /* atomic */
  gint n_sweeps;                                      /* atomic: those that have ended */
  gint begun;                                         /* atomic */
  gint broken;                                        /* atomic */
  gint n_asked, n_answered;                           /* atomic: signs of life */
  guint64 n_packets, n_judged, n_denied, n_elsewhere; /* atomic copies of the judge's counters */
};

/* Connections that a batch refused, of TCP and of QUIC. */
typedef struct {
  guint n;
  LtTuple tuples[LT_QUEUE_BATCH];
  guint32 uids[LT_QUEUE_BATCH];
} Refused;

static void
note_refused(LtPacketThread *thread, guint16 slot, const LtTuple *tuple, Refused *refused)
{
  const LtChildRules *child = lt_rule_set_find_slot(thread->judge.rules, slot);
  if (child == NULL)
    return;
  refused->tuples[refused->n] = *tuple;
  refused->uids[refused->n] = lt_child_rules_uid(child);
  refused->n++;
}

/* Another program of UDP may speak to many through one socket: that one stays. */
static gboolean
is_quic(const LtPacket *packet)
{
  return packet->tuple.dport == QUIC_PORT ||
         lt_judge_quic_reads(packet->payload, packet->payload_len);
}

static LtVerdict
judge_packet(LtPacketThread *thread, const LtQueuePacket *queued, Refused *refused)
{
  LtPacket packet;
  if (queued->bytes == NULL ||
      lt_packet_read(queued->bytes, queued->len, &packet) != LT_WIRE_FOUND || packet.is_fragment)
    return LT_VERDICT_DENY;
  guint16 slot = lt_mark_get_slot(thread->mark_shift, queued->mark);
  guint state = lt_mark_get_state(thread->mark_shift, queued->mark);
  LtVerdict verdict = thread->is_tcp
                          ? lt_judge_tcp(&thread->judge, slot, (LtMarkState) state, &packet)
                          : lt_judge_udp(&thread->judge, slot, (LtMarkState) state, &packet);
  if (verdict == LT_VERDICT_DENY && (thread->is_tcp || is_quic(&packet)))
    note_refused(thread, slot, &packet.tuple, refused);
  return verdict;
}

static gboolean
has_same_source(const LtTuple *one, const LtTuple *two)
{
  return one->protocol == two->protocol && one->family == two->family && one->sport == two->sport &&
         memcmp(one->saddr, two->saddr, sizeof one->saddr) == 0;
}

/* Does an allowed flow that still goes on come from where @ended comes from? A program may speak to
 * many through one socket. */
static gboolean
is_shared(const LtTuple *ended, gpointer user_data)
{
  LtPacketThread *thread = user_data;
  guint cursor = 0;
  LtFlow *flow;
  while ((flow = lt_flow_table_next(thread->judge.flows, &cursor)) != NULL)
    if (flow->judged && has_same_source(&flow->tuple, ended) &&
        !lt_tuple_equal(&flow->tuple, ended) &&
        (thread->conntrack == NULL || lt_conntrack_knows(thread->conntrack, &flow->tuple)))
      return TRUE;
  return FALSE;
}

/* Looking costs the more the more flows there are: who is refused again and again gets no look each
 * time, and keeps his socket. */
static gboolean
may_be_shared(const LtTuple *refused, gpointer user_data)
{
  LtPacketThread *thread = user_data;
  if (thread->judge.now_us < thread->look_again_us)
    return TRUE;
  guint n_flows = lt_flow_table_n_flows(thread->judge.flows);
  thread->look_again_us = thread->judge.now_us + LOOK_PAUSE_US * n_flows;
  return is_shared(refused, thread);
}

/* The kernel's reset says what the client had when it sent: if the server's bytes have come since,
 * the client takes it for an old one (RFC 5961 section 3.2) and waits for a retransmission. Ended
 * at its socket too, no program waits. Where the reset was enough there is no socket any more.
 * A socket of UDP that is not connected hears of nothing: Firefox's, which then would wait for its
 * time-out of half a minute. */
static void
end_refused(LtPacketThread *thread, const Refused *refused)
{
  for (guint i = 0; thread->destroyer != NULL && i < refused->n; i++)
    lt_sock_destroy_refused(
        thread->destroyer, &refused->tuples[i], refused->uids[i], may_be_shared, thread);
}

/* UDP goes on as it was read. */
static void
let_go(LtPacketThread *thread, const LtQueuePacket *queued, LtQueueVerdict verdict, guint32 mark)
{
  if (thread->is_tcp)
    lt_queue_add_verdict(thread->queue, queued->id, verdict, mark);
  else
    lt_queue_add_sealed(thread->queue, queued, verdict, mark);
}

static void
answer_packet(LtPacketThread *thread, const LtQueuePacket *queued, LtVerdict verdict)
{
  guint32 others = queued->mark & ~lt_mark_field_mask(thread->mark_shift);
  guint32 slot = queued->mark & lt_mark_slot_mask(thread->mark_shift);
  guint32 mark = others | slot | lt_mark_state_bits(thread->mark_shift, (LtMarkState) verdict);
  switch (verdict) {
  case LT_VERDICT_GO_ON:
    let_go(thread, queued, LT_QUEUE_ACCEPT, others);
    return;
  case LT_VERDICT_LATER:
    lt_queue_add_verdict(thread->queue, queued->id, LT_QUEUE_DROP, others);
    return;
  case LT_VERDICT_WATCH:
  case LT_VERDICT_STAY:
  case LT_VERDICT_UPGRADE:
  case LT_VERDICT_ALLOW:
  case LT_VERDICT_HALF:
    let_go(thread, queued, LT_QUEUE_REPEAT, mark);
    return;
  case LT_VERDICT_DENY:
  case LT_VERDICT_REFUSE:
    lt_queue_add_verdict(thread->queue, queued->id, LT_QUEUE_REPEAT, mark);
    return;
  }
}

static void
publish_counters(LtPacketThread *thread)
{
  const LtJudgeCounters *counters = &thread->judge.counters;
  __atomic_store_n(&thread->n_packets, counters->n_packets, __ATOMIC_RELAXED);
  __atomic_store_n(&thread->n_judged, counters->n_judged, __ATOMIC_RELAXED);
  __atomic_store_n(&thread->n_denied, counters->n_denied, __ATOMIC_RELAXED);
  __atomic_store_n(&thread->n_elsewhere, counters->n_elsewhere, __ATOMIC_RELAXED);
}

static void
begin_batch(LtPacketThread *thread)
{
  thread->judge.rules = lt_rules_cell_begin(thread->rules, thread->reader);
  thread->judge.now_us = g_get_monotonic_time();
  thread->judge.utc_now_s = g_get_real_time() / G_USEC_PER_SEC;
}

/* The verdicts are in the kernel before the rules are let go of: whoever changes the rules may then
 * count on it that no verdict of the old ones is still to come. */
static gboolean
work_off(LtPacketThread *thread)
{
  LtQueuePacket packets[LT_QUEUE_BATCH];
  for (guint turn = 0; turn < MAX_BATCHES; turn++) {
    int n = lt_queue_receive(thread->queue, packets);
    if (n <= 0)
      return n == 0;
    Refused refused = {.n = 0};
    begin_batch(thread);
    for (int i = 0; i < n; i++) {
      answer_packet(thread, &packets[i], judge_packet(thread, &packets[i], &refused));
    }
    lt_queue_flush(thread->queue);
    end_refused(thread, &refused);
    lt_rules_cell_end(thread->rules, thread->reader);
    publish_counters(thread);
    /* Mostly one connection begins at a time: looking in vain would cost as much as judging. */
    if (n < LT_QUEUE_BATCH)
      return TRUE;
  }
  return TRUE;
}

static void
sweep_flow(LtFlowTable *flows, LtFlow *flow, gpointer user_data)
{
  LtPacketThread *thread = user_data;
  if (lt_judge_flow_again(&thread->judge, flow))
    return;
  const LtChildRules *child = lt_rule_set_find_slot(thread->judge.rules, flow->slot);
  if (child != NULL && flow->judged && thread->destroyer != NULL)
    lt_sock_destroy(thread->destroyer, &flow->tuple, lt_child_rules_uid(child), is_shared, thread);
  lt_flow_table_remove(flows, flow);
}

static GArray *
take_new_uids(LtPacketThread *thread)
{
  return g_atomic_pointer_exchange(&thread->new_uids, NULL);
}

static gboolean
is_known(const LtTuple *tuple, gpointer user_data)
{
  LtPacketThread *thread = user_data;
  return lt_flow_table_find(thread->judge.flows, tuple) != NULL;
}

static void
sweep(LtPacketThread *thread)
{
  begin_batch(thread);
  if (thread->judge.rules != NULL)
    lt_flow_table_foreach(thread->judge.flows, sweep_flow, thread);
  g_autoptr(GArray) uids = take_new_uids(thread);
  for (guint i = 0; uids != NULL && thread->destroyer != NULL && i < uids->len; i++)
    lt_sock_destroy_uid(thread->destroyer, g_array_index(uids, guint32, i), is_known, thread);
  lt_rules_cell_end(thread->rules, thread->reader);
}

static gboolean
has_ended(LtPacketThread *thread, const LtFlow *flow, gint64 now_us)
{
  if (flow->tuple.protocol != IPPROTO_TCP && flow->tuple.protocol != IPPROTO_UDP)
    return now_us - flow->begun_us > REAP_NOTES_US;
  return now_us - flow->used_us > REAP_UNUSED_US &&
         !lt_conntrack_knows(thread->conntrack, &flow->tuple);
}

/* Nobody says when a flow ends: the kernel is asked, beside the work that there is, when there are
 * many. It costs more than to judge one, so it takes its time: a full table makes room by itself.
 */
static void
reap(LtPacketThread *thread)
{
  LtFlowTable *flows = thread->judge.flows;
  gint64 now_us = thread->judge.now_us;
  if (now_us < thread->reap_next_us || thread->conntrack == NULL ||
      (thread->reap_cursor == 0 && lt_flow_table_n_flows(flows) <= REAP_FLOWS))
    return;
  thread->reap_next_us = now_us + REAP_PAUSE_US;
  for (guint i = 0; i < REAP_AT_ONCE; i++) {
    LtFlow *flow = lt_flow_table_next(flows, &thread->reap_cursor);
    if (flow == NULL) {
      thread->reap_cursor = 0;
      thread->reap_next_us = now_us + REAP_EVERY_US;
      lt_flow_table_shrink(flows);
      return;
    }
    if (has_ended(thread, flow, now_us))
      lt_flow_table_remove(flows, flow);
  }
}

static void
ring(int event_fd)
{
  guint64 one = 1;
  /* It can only fail when the counter is full, and then it rings already. */
  if (write(event_fd, &one, sizeof one) < 0)
    return;
}

static gpointer
run(gpointer data)
{
  LtPacketThread *thread = data;
  struct pollfd fds[] = {{-1, POLLIN, 0}, {thread->wake_fd, POLLIN, 0}};
  while (!g_atomic_int_get(&thread->stop)) {
    if (g_atomic_int_get(&thread->begun) && !g_atomic_int_get(&thread->broken))
      fds[0].fd = lt_queue_fd(thread->queue);
    if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
      continue;
    if (fds[0].revents != 0 && !work_off(thread)) {
      g_atomic_int_set(&thread->broken, TRUE);
      lt_event_ring_wake(thread->judge.events);
      fds[0].fd = -1;
    }
    reap(thread);
    guint64 count;
    if (fds[1].revents != 0 && read(thread->wake_fd, &count, sizeof count) < 0)
      continue;
    if (g_atomic_int_compare_and_exchange(&thread->sweep, TRUE, FALSE)) {
      sweep(thread);
      g_atomic_int_inc(&thread->n_sweeps);
      ring(thread->swept_fd);
    }
    g_atomic_int_set(&thread->n_answered, g_atomic_int_get(&thread->n_asked));
  }
  return NULL;
}

/* A kept socket that is of no use is closed by adopting it in vain; then a new one reads the queue.
 */
static LtQueue *
open_queue(guint16 number, int kept_fd, GError **error)
{
  if (kept_fd >= 0) {
    g_autoptr(GError) kept_error = NULL;
    LtQueue *queue = lt_queue_adopt(number, kept_fd, &kept_error);
    if (queue != NULL)
      return queue;
    g_info("%s", kept_error->message);
  }
  return lt_queue_open(number, error);
}

LtPacketThread *
lt_packet_thread_start(const char *name,
                       guint16 queue_number,
                       int kept_fd,
                       guint mark_shift,
                       LtRulesCell *rules,
                       LtEventRing *events,
                       LtFlowTable *flows,
                       gboolean is_tcp,
                       GError **error)
{
  g_autoptr(LtPacketThread) thread = g_new0(LtPacketThread, 1);
  thread->wake_fd = thread->swept_fd = -1;
  thread->rules = rules;
  thread->mark_shift = mark_shift;
  thread->is_tcp = is_tcp;
  thread->conntrack = lt_conntrack_new();
  thread->judge.flows = flows;
  lt_flow_table_resume(flows, g_get_monotonic_time());
  thread->judge.events = events;
  thread->queue = open_queue(queue_number, kept_fd, error);
  if (thread->queue == NULL)
    return NULL;
  thread->destroyer = lt_sock_destroyer_new();
  thread->reader = lt_rules_cell_add_reader(rules);
  thread->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread->swept_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (thread->wake_fd < 0 || thread->swept_fd < 0 || thread->reader < 0) {
    g_set_error(error,
                LT_PACKET_THREAD_ERROR,
                LT_PACKET_THREAD_ERROR_START,
                "starting the thread of queue %u: %s",
                queue_number,
                thread->reader < 0 ? "too many readers of the rules" : g_strerror(errno));
    return NULL;
  }
  thread->thread = g_thread_try_new(name, run, thread, error);
  return thread->thread != NULL ? g_steal_pointer(&thread) : NULL;
}

void
lt_packet_thread_bind(LtPacketThread *thread, LtAnswers *answers)
{
  thread->judge.answers = answers;
}

void
lt_packet_thread_begin(LtPacketThread *thread)
{
  g_atomic_int_set(&thread->begun, TRUE);
  ring(thread->wake_fd);
}

void
lt_packet_thread_free(LtPacketThread *thread)
{
  if (thread == NULL)
    return;
  if (thread->thread != NULL) {
    g_atomic_int_set(&thread->stop, TRUE);
    ring(thread->wake_fd);
    g_thread_join(thread->thread);
  }
  if (thread->wake_fd >= 0)
    close(thread->wake_fd);
  if (thread->swept_fd >= 0)
    close(thread->swept_fd);
  g_clear_pointer(&thread->new_uids, g_array_unref);
  lt_sock_destroyer_free(thread->destroyer);
  lt_conntrack_free(thread->conntrack);
  lt_queue_free(thread->queue);
  g_free(thread);
}

/* Earlier sweeps may have rung: what counts is the number of those that have ended. */
static void
wait_for_sweep(LtPacketThread *thread, gint n_before)
{
  struct pollfd fd = {thread->swept_fd, POLLIN, 0};
  gint64 end_us = g_get_monotonic_time() + NEW_UIDS_WAIT_US;
  while (g_atomic_int_get(&thread->n_sweeps) == n_before) {
    gint64 left_us = end_us - g_get_monotonic_time();
    guint64 count;
    if (left_us <= 0 || (poll(&fd, 1, (int) (left_us / 1000) + 1) < 0 && errno != EINTR) ||
        (fd.revents != 0 && read(fd.fd, &count, sizeof count) < 0 && errno != EAGAIN))
      return;
  }
}

void
lt_packet_thread_sweep(LtPacketThread *thread, GArray *new_uids)
{
  if (new_uids != NULL) {
    g_autoptr(GArray) waiting = take_new_uids(thread);
    if (waiting != NULL)
      g_array_append_vals(new_uids, waiting->data, waiting->len);
    g_atomic_pointer_set(&thread->new_uids, new_uids);
  }
  gboolean is_for_new = new_uids != NULL;
  gint n_before = g_atomic_int_get(&thread->n_sweeps);
  g_atomic_int_set(&thread->sweep, TRUE);
  ring(thread->wake_fd);
  if (is_for_new)
    wait_for_sweep(thread, n_before);
}

void
lt_packet_thread_ask_alive(LtPacketThread *thread)
{
  g_atomic_int_inc(&thread->n_asked);
  ring(thread->wake_fd);
}

gboolean
lt_packet_thread_is_alive(LtPacketThread *thread)
{
  return g_atomic_int_get(&thread->n_answered) == g_atomic_int_get(&thread->n_asked);
}

void
lt_packet_thread_get_counters(LtPacketThread *thread, LtJudgeCounters *out)
{
  out->n_packets = __atomic_load_n(&thread->n_packets, __ATOMIC_RELAXED);
  out->n_judged = __atomic_load_n(&thread->n_judged, __ATOMIC_RELAXED);
  out->n_denied = __atomic_load_n(&thread->n_denied, __ATOMIC_RELAXED);
  out->n_elsewhere = __atomic_load_n(&thread->n_elsewhere, __ATOMIC_RELAXED);
}

int
lt_packet_thread_queue_fd(LtPacketThread *thread)
{
  return lt_queue_fd(thread->queue);
}

gboolean
lt_packet_thread_is_broken(LtPacketThread *thread)
{
  return g_atomic_int_get(&thread->broken);
}
