/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known of each flow of a child: its site, its judged bytes. Outlives a killed agent. */
#pragma once

#include "agent/net/mark.h"

#include "policy/wire/http-body.h"
#include "policy/wire/packet.h"
#include "policy/wire/quic.h"
#include "policy/wire/request.h"
#include "policy/wire/stream.h"

#include <glib.h>

G_BEGIN_DECLS

/* Flows remembered: 2,048 sets of 8. A household has hundreds; a forgotten flow is reset once when
 * the rules change. They are taken from the front of the memory, which costs what is used. */
#define LT_FLOW_SETS 2048u
#define LT_FLOW_WAYS 8u
#define LT_FLOW_MAX (LT_FLOW_SETS * LT_FLOW_WAYS)

/* Flows whose first bytes are kept at one time, and how many bytes of each: the limit of an
 * undecided flow. */
#define LT_FLOW_BUFFERS 512u
/* Half-told requests of one child at a time, so that they cost its brothers and sisters nothing. */
#define LT_FLOW_BUFFERS_OF_ONE (LT_FLOW_BUFFERS / 4)
#define LT_FLOW_BUFFER_BYTES 65536u
/* Of the processor's cache. */
#define LT_FLOW_LINE_BYTES 64
/* An undecided flow's buffer is not taken from it before this; then it is refused anyway. */
#define LT_FLOW_UNDECIDED_US (5 * G_USEC_PER_SEC)

/**
 * LtFlow:
 * @tuple: from the child to the server
 * @holder: of a connection's ID (agent/net/judge-quic.c): the flow that has told a part of its
 * hello
 * @slot, @uid: whose; both, because the next agent may give the slot to another child
 * @judged: FALSE while the first request is still incomplete
 * @state: WATCH, STAY or ALLOW once judged
 * @protocol, @name, @host: of the latest request
 * @reason: LtReason under which it was judged
 * @buffer: index of the buffer that @stream fills, -1: none
 * @stream: bytes of the request that is being read or was read last; its @buffer pointer is set
 * anew by lt_flow_table_stream()
 * @n_packets: packets with payload since the current request began
 * @begun_us: when the current request began, monotonic
 * @used_us: last seen, monotonic
 * @ref_seq, @ref_offset: a sequence number and the offset in the client's stream that it stands for
 * @base_offset: where @stream begins in the client's stream
 * @next_offset: where the next request begins; with @in_chunks, how far the body has been followed
 * (HTTP)
 * @sealed_offset: nothing before it may be sent again: it was judged and is not kept any more
 * @seen_offset: end of the bytes that were let through so far, while they are watched
 * @judged_offset: end of the bytes that a judgement rests on; they may not change when sent again
 * @base_ack: what the client had acknowledged when the current request began
 * @chunks: of a body in chunks
 * @in_chunks: such a body is being followed
 * @quic: the client of its latest QUIC connection
 * @half_told: QUIC: datagrams of a hello have been let go that is not judged yet
 * @several_packets: QUIC: the judged hello came in several datagrams
 * @n_other_names: QUIC: sites beside the latest one that connections on it have been allowed to
 * @abandoned_us: QUIC: when a half-told hello was given up, 0: never
 * @after_forgotten: QUIC: begun where the kernel still had an allowed flow that was forgotten here:
 * connections may be open on it that nobody knows of
 * @tunnel: the client asked a proxy for a tunnel: what follows is a stream of its own
 * @upgraded: the client asked for another protocol, and the server has not answered otherwise
 */
typedef struct {
  /* A cache line with all that is looked at in others' flows. */
  _Alignas(LT_FLOW_LINE_BYTES) LtTuple tuple;
  guint16 slot;
  gint64 used_us;
  guint32 uid;
  gint16 buffer;
  guint16 n_packets;
  guint8 judged;
  guint8 state;
  guint8 protocol;
  guint8 name;
  guint8 reason;
  guint8 in_chunks;
  guint8 upgraded;
  guint8 tunnel;

  LtTuple holder;
  guint8 half_told;
  guint8 several_packets;
  guint8 n_other_names;
  guint8 after_forgotten;
  guint32 ref_seq;
  guint32 base_ack;
  gint64 ref_offset;
  gint64 base_offset;
  gint64 next_offset;
  gint64 sealed_offset;
  gint64 seen_offset;
  gint64 judged_offset;
  LtChunked chunks;
  gint64 begun_us;
  gint64 abandoned_us;
  LtQuicClient quic;
  LtStream stream;
  LtHost host;
} LtFlow;

typedef struct _LtFlowTable LtFlowTable;

/**
 * lt_flow_table_open:
 * @path: a file, normally "/run/luytre/flows" or "flows-udp", mapped and shared with whoever comes
 * after us; NULL: memory that ends with the process
 *
 * A file of another form, or of another boot's agent, is begun anew. One thread uses the table.
 * %G_IO_ERROR_NO_SPACE: the file system has no place for the smallest table. When it has none for
 * more later, older flows make room and further half-told requests are refused.
 */
LtFlowTable *lt_flow_table_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_flow_table_free(LtFlowTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtFlowTable, lt_flow_table_free)

/* The last epoch that an agent with this table put in force; 0: none yet. */
guint lt_flow_table_epoch(LtFlowTable *table);
void lt_flow_table_set_epoch(LtFlowTable *table, guint epoch);

/* Where a child's DNS went under the last agent; 0: nowhere. */
guint16 lt_flow_table_dns_port(LtFlowTable *table, guint16 slot);
void lt_flow_table_set_dns_port(LtFlowTable *table, guint16 slot, guint16 port);

/* What the last agent loaded into the kernel (agent/net/table.h): up to 64 characters, "" if
 * nothing. */
const char *lt_flow_table_digest(LtFlowTable *table, gboolean *out_is_native);
void lt_flow_table_set_digest(LtFlowTable *table, const char *digest, gboolean is_native);

/* For an agent that takes over: while nobody judged, no time has passed for what is undecided. */
void lt_flow_table_resume(LtFlowTable *table, gint64 now_us);

/* NULL when the flow is unknown. */
LtFlow *lt_flow_table_find(LtFlowTable *table, const LtTuple *tuple);

/* A fresh flow for this tuple. An older one with the same tuple makes room, or when its set is full
 * the longest unused of the child that has most flows there. Never NULL. */
LtFlow *lt_flow_table_insert(LtFlowTable *table, const LtTuple *tuple, guint16 slot, gint64 now_us);
void lt_flow_table_remove(LtFlowTable *table, LtFlow *flow);

/* The flow's stream with its buffer, taking one if it has none; NULL when all are in use by flows
 * that are still undecided, or %LT_FLOW_BUFFERS_OF_ONE by such flows of this child, or the disk is
 * full: the caller refuses. Never NULL for a flow that has a buffer, which may then be smaller. A
 * newly taken buffer begins at @offset of the client's stream. Ask again before each packet. */
LtStream *lt_flow_table_stream(LtFlowTable *table, LtFlow *flow, gint64 offset, gint64 now_us);
void lt_flow_table_drop_stream(LtFlowTable *table, LtFlow *flow);

guint lt_flow_table_n_flows(const LtFlowTable *table);

/* The next known flow at or after @cursor, which begins with 0 and may be kept while flows come and
 * go; NULL at the end. */
LtFlow *lt_flow_table_next(LtFlowTable *table, guint *cursor);

/* Gives back the memory of flows behind the last known one, when that is most of it. */
void lt_flow_table_shrink(LtFlowTable *table);

/* Each known flow in turn; it may be removed while it is visited. */
typedef void (*LtFlowFunc)(LtFlowTable *table, LtFlow *flow, gpointer user_data);
void lt_flow_table_foreach(LtFlowTable *table, LtFlowFunc func, gpointer user_data);

G_END_DECLS
