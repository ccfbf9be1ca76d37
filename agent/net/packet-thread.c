/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of a queue's thread. It takes no lock, allocates nothing and logs nothing per packet. */

#include "agent/net/packet-thread.h"

#include "agent/net/flow-ends.h"
#include "agent/net/judge-quic.h"
#include "agent/net/queue.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define QUIC_PORT 443
/* Batches that are read before the loop looks at what else it was told. */
#define MAX_BATCHES 64
G_DEFINE_QUARK(lt_packet_thread_error, lt_packet_thread_error)

/* How long the end of new children's connections is waited for. */
#define NEW_UIDS_WAIT_US 500000

struct _LtPacketThread {
  GThread *thread;
  LtQueue *queue;
  LtFlowEnds *ends;
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

static void
note_refused(LtPacketThread *thread, guint16 slot, const LtTuple *tuple)
{
  const LtChildRules *child = lt_rule_set_find_slot(thread->judge.rules, slot);
  if (child != NULL)
    lt_flow_ends_note(thread->ends, tuple, lt_child_rules_uid(child));
}

/* Another program of UDP may speak to many through one socket: that one stays. */
static gboolean
is_quic(const LtPacket *packet)
{
  return packet->tuple.dport == QUIC_PORT ||
         lt_judge_quic_reads(packet->payload, packet->payload_len);
}

static LtVerdict
judge_packet(LtPacketThread *thread, const LtQueuePacket *queued)
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
    note_refused(thread, slot, &packet.tuple);
  return verdict;
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
    begin_batch(thread);
    for (int i = 0; i < n; i++)
      answer_packet(thread, &packets[i], judge_packet(thread, &packets[i]));
    lt_queue_flush(thread->queue);
    lt_flow_ends_noted(thread->ends, thread->judge.now_us);
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
  if (child != NULL && flow->judged)
    lt_flow_ends_one(thread->ends, flow, lt_child_rules_uid(child));
  lt_flow_table_remove(flows, flow);
}

static GArray *
take_new_uids(LtPacketThread *thread)
{
  return g_atomic_pointer_exchange(&thread->new_uids, NULL);
}

static void
sweep(LtPacketThread *thread)
{
  begin_batch(thread);
  if (thread->judge.rules != NULL)
    lt_flow_table_foreach(thread->judge.flows, sweep_flow, thread);
  g_autoptr(GArray) uids = take_new_uids(thread);
  for (guint i = 0; uids != NULL && i < uids->len; i++)
    lt_flow_ends_unknown(thread->ends, g_array_index(uids, guint32, i));
  lt_rules_cell_end(thread->rules, thread->reader);
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
    lt_flow_ends_reap(thread->ends, thread->judge.now_us);
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
  thread->judge.flows = flows;
  lt_flow_table_resume(flows, g_get_monotonic_time());
  thread->ends = lt_flow_ends_new(flows);
  thread->judge.events = events;
  thread->queue = open_queue(queue_number, kept_fd, error);
  if (thread->queue == NULL)
    return NULL;
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
  lt_flow_ends_free(thread->ends);
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
