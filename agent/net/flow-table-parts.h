/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the flow table's file is laid out; for agent/net/flow-table.c and flow-buffers.c. */
#pragma once

#include "agent/net/flow-memory.h"
#include "agent/net/flow-table.h"
#include "agent/net/index-map.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_FLOW_PAGE_BYTES 4096u

typedef struct {
  guint64 magic;
  guint64 size_bytes;
  guint32 seed; /* so that nobody can aim flows at one set */
  guint32 epoch;
  char boot_id[40];
  char digest[65];
  guint8 is_native;
  guint16 dns_ports[LT_SLOT_MAX + 1];
} LtFlowHeader;

/* A flow of a set. The tag is a part of its tuple's hash: others' flows are not looked at. */
typedef struct {
  guint16 flow; /* its index, plus 1; 0: none */
  guint16 tag;
} LtFlowWay;

/* Who holds a buffer. */
typedef struct {
  guint32 owner; /* index of a flow, plus 1; 0: free */
  guint16 slot;
  gint64 taken_us;
} LtFlowHolder;

/* The front of the file; flows and then buffers follow, from a page's beginning on each. */
typedef struct {
  LtFlowHeader header;
  LtFlowWay sets[LT_FLOW_SETS][LT_FLOW_WAYS];
  LtFlowHolder holders[LT_FLOW_BUFFERS];
} LtFlowFront;

G_STATIC_ASSERT(LT_FLOW_MAX == LT_INDEX_MAP_MAX && LT_FLOW_MAX < G_MAXUINT16);

struct _LtFlowTable {
  LtFlowMemory *memory;
  LtFlowFront *front;
  LtFlow *flows;
  guint8 *buffers;
  guint n_roomy; /* flows that have place on the disk, from the first on */
  LtIndexMap taken;
  guint n_begun;                              /* buffers that were ever used, from the first on */
  guint next_buffer;                          /* once all were: who comes next */
  guint16 undecided_at_most[LT_SLOT_MAX + 1]; /* buffers of a child; counted when it matters */
  guint32 room[LT_FLOW_BUFFERS];              /* bytes of each that have place on the disk */
};

static inline gsize
lt_flow_whole_pages(gsize n_bytes)
{
  return (n_bytes + LT_FLOW_PAGE_BYTES - 1) / LT_FLOW_PAGE_BYTES * LT_FLOW_PAGE_BYTES;
}

static inline gsize
lt_flow_flows_offset(void)
{
  return lt_flow_whole_pages(sizeof(LtFlowFront));
}

static inline gsize
lt_flow_buffers_offset(void)
{
  return lt_flow_flows_offset() + lt_flow_whole_pages(sizeof(LtFlow) * LT_FLOW_MAX);
}

/* Takes over a buffer that a dead agent's flow holds: what was written has its place. */
void lt_flow_buffers_adopt(LtFlowTable *table, guint index);

G_END_DECLS
