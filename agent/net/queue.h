/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One kernel packet queue: packets read in batches, verdicts sent in batches. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Packets read with one call. A fuller batch would only make the first of it wait. */
#define LT_QUEUE_BATCH 32

#define LT_QUEUE_ERROR (lt_queue_error_quark())
GQuark lt_queue_error_quark(void);
typedef enum {
  LT_QUEUE_ERROR_SOCKET,
  LT_QUEUE_ERROR_KERNEL, /* no NFQUEUE, not allowed, or another program reads this queue */
} LtQueueError;

typedef struct _LtQueue LtQueue;

/**
 * LtQueuePacket:
 * @id: the kernel's number of the packet
 * @mark: its packet mark
 * @bytes: (array length=len): from the IP header on; valid until the next lt_queue_receive()
 */
typedef struct {
  guint32 id;
  guint32 mark;
  const guint8 *bytes;
  gsize len;
} LtQueuePacket;

typedef enum {
  LT_QUEUE_ACCEPT, /* goes on to the next hook */
  LT_QUEUE_REPEAT, /* meets our chains once more, with the new mark */
  LT_QUEUE_DROP,
} LtQueueVerdict;

/**
 * lt_queue_open:
 * @number: the queue
 *
 * Binds the queue: whole packets are copied, nothing is let through when it is full or nobody
 * reads, and segments come one by one (with F_GSO a sender can change bytes between judgement and
 * sending).
 */
LtQueue *lt_queue_open(guint16 number, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_queue_adopt:
 * @fd: the socket of a dead agent's queue, from systemd's descriptor store; taken over
 *
 * Goes on with what waits in it. Packets that the dead agent had read and not answered are dropped
 * when the next one comes (they are older than it): TCP sends them again.
 */
LtQueue *lt_queue_adopt(guint16 number, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Packets that wait are dropped by the kernel, unless the socket is also in the descriptor store.
 */
void lt_queue_free(LtQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtQueue, lt_queue_free)

/* Readable while packets wait. */
int lt_queue_fd(LtQueue *queue);

/**
 * lt_queue_receive:
 * @out: (array fixed-size=32): filled
 *
 * Never waits. Returns: how many packets there are; 0 when none wait; -1 when the socket is broken.
 */
int lt_queue_receive(LtQueue *queue, LtQueuePacket out[LT_QUEUE_BATCH]) G_GNUC_WARN_UNUSED_RESULT;

/* Adds a verdict to the batch; at most %LT_QUEUE_BATCH between two flushes. */
void lt_queue_add_verdict(LtQueue *queue, guint32 id, LtQueueVerdict verdict, guint32 mark);

/**
 * lt_queue_add_sealed:
 * @packet: from lt_queue_receive(), with its bytes, which are not copied before the next flush
 *
 * The same for a packet whose bytes are written back: what was read goes on. Until then the
 * kernel's packet may stand in pages of the sender's, who changes them (splice to a socket of UDP,
 * whose checksum is made when it is sent; that of TCP is made before the packet comes up, over a
 * copy).
 */
void lt_queue_add_sealed(LtQueue *queue,
                         const LtQueuePacket *packet,
                         LtQueueVerdict verdict,
                         guint32 mark);

/* Sends the batch. The packets have moved on when this returns. FALSE when the kernel did not take
 * it: the packets are dropped, so that none waits for ever. */
gboolean lt_queue_flush(LtQueue *queue);

/**
 * LtQueueCounters: the kernel's, of one queue (/proc/net/netfilter/nfnetlink_queue).
 */
typedef struct {
  guint64 n_waiting;
  guint64 n_queue_dropped;
  guint64 n_user_dropped;
} LtQueueCounters;
/* FALSE when the queue is not bound. */
gboolean lt_queue_read_counters(guint16 number, LtQueueCounters *out);

G_END_DECLS
