/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of one packet queue: reads batches, has each packet judged, sends the verdicts. */
#pragma once

#include "agent/net/event.h"
#include "agent/net/flow-table.h"
#include "agent/net/judge.h"
#include "agent/net/rules-cell.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtPacketThread LtPacketThread;

#define LT_PACKET_THREAD_ERROR (lt_packet_thread_error_quark())
GQuark lt_packet_thread_error_quark(void);
typedef enum {
  LT_PACKET_THREAD_ERROR_START,
} LtPacketThreadError;

/**
 * lt_packet_thread_start:
 * @name: of the thread, at most 15 characters
 * @queue_number: the queue that it alone reads
 * @kept_fd: the queue's socket from a dead agent, taken over; -1: none
 * @mark_shift: where our field of the mark begins
 * @rules, @events: must outlive the thread; @events is written by it alone
 * @flows: used by the thread alone
 * @is_tcp: whether the queue is TCP's or UDP's
 *
 * The thread leaves the queue alone until lt_packet_thread_begin().
 */
LtPacketThread *lt_packet_thread_start(const char *name,
                                       guint16 queue_number,
                                       int kept_fd,
                                       guint mark_shift,
                                       LtRulesCell *rules,
                                       LtEventRing *events,
                                       LtFlowTable *flows,
                                       gboolean is_tcp,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before lt_packet_thread_begin(): what DNS gave out, for judging names; must outlive the thread.
 */
void lt_packet_thread_bind(LtPacketThread *thread, LtAnswers *answers);
/* Rules are published: from now on packets are judged. Those that came before have waited. */
void lt_packet_thread_begin(LtPacketThread *thread);
/* Ends the thread and closes the queue. */
void lt_packet_thread_free(LtPacketThread *thread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtPacketThread, lt_packet_thread_free)

/**
 * lt_packet_thread_sweep:
 * @new_uids: (transfer full) (nullable) (element-type guint32): accounts that are children only
 * now; for TCP alone: a datagram of theirs is judged whenever it comes
 *
 * One thread calls it. Ends at once, at their sockets, the known flows that the rules in force no
 * longer allow, and the connections of @new_uids that nobody ever judged. For @new_uids it waits
 * for the end, half a second at most: who is told that the rules are in force and connects then
 * must not be taken for an older connection.
 */
void lt_packet_thread_sweep(LtPacketThread *thread, GArray *new_uids);

/* Any thread. */
void lt_packet_thread_get_counters(LtPacketThread *thread, LtJudgeCounters *out);

/* Any thread: asks for a sign of life, and FALSE while the last one asked for has not come. */
void lt_packet_thread_ask_alive(LtPacketThread *thread);
gboolean lt_packet_thread_is_alive(LtPacketThread *thread);

/* The queue's socket, to be kept in systemd's descriptor store; borrowed. */
int lt_packet_thread_queue_fd(LtPacketThread *thread);

/* Any thread: TRUE when the queue's socket has failed; nothing is judged any more (and nothing gets
 * through), only a restart helps. @events then becomes readable without an event. */
gboolean lt_packet_thread_is_broken(LtPacketThread *thread);

G_END_DECLS
