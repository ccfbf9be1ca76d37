/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set-associative table and a pool of buffers in one mapped file: no pointers, no allocation.
 * What was never used costs no memory: flows and buffers are taken from the front. */

#include "agent/net/flow-table-parts.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/random.h>

/* Changes whenever the layout of agent/net/flow-table-parts.h or of a flow does. */
#define TABLE_MAGIC 0x6c75797472650008ull
/* Flows that get their place on the disk together. */
#define FLOWS_AT_ONCE 128u

static gsize
size_of_table(void)
{
  return lt_flow_buffers_offset() + (gsize) LT_FLOW_BUFFERS * LT_FLOW_BUFFER_BYTES;
}

/* Opening */

/* Monotonic times of another boot mean nothing, and neither do its flows. */
static void
read_boot_id(char out[40])
{
  g_autofree char *text = NULL;
  memset(out, 0, 40);
  if (g_file_get_contents("/proc/sys/kernel/random/boot_id", &text, NULL, NULL))
    g_strlcpy(out, text, 40);
}

static void
begin_anew(LtFlowTable *table)
{
  LtFlowHeader *header = &table->front->header;
  guint epoch = header->epoch;
  memset(table->front, 0, sizeof *table->front);
  header->size_bytes = size_of_table();
  header->epoch = epoch <= LT_EPOCH_MAX ? epoch : 0;
  read_boot_id(header->boot_id);
  if (getrandom(&header->seed, sizeof header->seed, 0) < 0)
    header->seed = (guint32) g_get_monotonic_time();
  header->magic = TABLE_MAGIC;
}

static gboolean
is_usable(const LtFlowTable *table)
{
  char boot_id[40];
  read_boot_id(boot_id);
  const LtFlowHeader *header = &table->front->header;
  return header->magic == TABLE_MAGIC && header->size_bytes == size_of_table() &&
         memcmp(header->boot_id, boot_id, sizeof boot_id) == 0;
}

static gboolean
make_room_for_flows(LtFlowTable *table, guint n)
{
  if (n <= table->n_roomy)
    return TRUE;
  n = MIN((n + FLOWS_AT_ONCE - 1) / FLOWS_AT_ONCE * FLOWS_AT_ONCE, LT_FLOW_MAX);
  gsize from = table->n_roomy * sizeof(LtFlow);
  if (!lt_flow_memory_make_room(
          table->memory, lt_flow_flows_offset() + from, n * sizeof(LtFlow) - from))
    return FALSE;
  table->n_roomy = n;
  return TRUE;
}

static LtFlowWay *
set_of(LtFlowTable *table, const LtTuple *tuple, guint16 *out_tag)
{
  guint32 hash = lt_tuple_hash(tuple, table->front->header.seed);
  *out_tag = (guint16) (hash >> 16);
  return table->front->sets[hash % LT_FLOW_SETS];
}

static gboolean
is_sane(const LtFlow *flow)
{
  return flow->slot <= LT_SLOT_MAX && flow->host.len <= LT_HOST_MAX_LEN &&
         flow->state <= LT_MARK_ALLOW && flow->stream.n_ranges <= LT_STREAM_MAX_RANGES &&
         flow->buffer >= -1 && flow->buffer < (gint16) LT_FLOW_BUFFERS &&
         flow->quic.cid_len <= LT_QUIC_CID_MAX_LEN;
}

/* Does the flow of this way belong here, and is it nobody else's? */
static gboolean
is_whole(LtFlowTable *table, const LtFlowWay *set, const LtFlowWay *way)
{
  guint16 tag;
  guint index = way->flow - 1u;
  if (way->flow > LT_FLOW_MAX || lt_index_map_has(&table->taken, index) ||
      !make_room_for_flows(table, way->flow))
    return FALSE;
  const LtFlow *flow = &table->flows[index];
  if (!is_sane(flow) || set_of(table, &flow->tuple, &tag) != set || tag != way->tag)
    return FALSE;
  return flow->buffer < 0 || table->front->holders[flow->buffer].owner == way->flow;
}

/* A dead agent may have been stopped in the middle of anything: what cannot be right is forgotten.
 */
static void
repair(LtFlowTable *table)
{
  LtFlowFront *front = table->front;
  front->header.digest[sizeof front->header.digest - 1] = '\0';
  if (front->header.epoch > LT_EPOCH_MAX)
    front->header.epoch = 0;
  for (guint i = 0; i < LT_FLOW_SETS; i++)
    for (LtFlowWay *way = front->sets[i]; way < front->sets[i] + LT_FLOW_WAYS; way++) {
      if (way->flow != 0 && is_whole(table, front->sets[i], way))
        lt_index_map_take(&table->taken, way->flow - 1u);
      else
        way->flow = 0;
    }
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    LtFlowHolder *holder = &front->holders[i];
    if (holder->owner == 0 || holder->owner > LT_FLOW_MAX ||
        !lt_index_map_has(&table->taken, holder->owner - 1) ||
        table->flows[holder->owner - 1].buffer != (gint16) i)
      holder->owner = 0;
    else
      lt_flow_buffers_adopt(table, i);
  }
}

LtFlowTable *
lt_flow_table_open(const char *path, GError **error)
{
  g_autoptr(LtFlowTable) table = g_new0(LtFlowTable, 1);
  table->memory = lt_flow_memory_open(path, size_of_table(), error);
  if (table->memory == NULL)
    return NULL;
  guint8 *bytes = lt_flow_memory_bytes(table->memory);
  table->front = (LtFlowFront *) (gpointer) bytes;
  table->flows = (LtFlow *) (gpointer) (bytes + lt_flow_flows_offset());
  table->buffers = bytes + lt_flow_buffers_offset();
  if (!lt_flow_memory_make_room(table->memory, 0, lt_flow_flows_offset()) ||
      !make_room_for_flows(table, FLOWS_AT_ONCE)) {
    int saved = errno;
    g_set_error(error,
                G_IO_ERROR,
                g_io_error_from_errno(saved),
                "flow memory %s: %s",
                path,
                g_strerror(saved));
    return NULL;
  }
  if (is_usable(table))
    repair(table);
  else
    begin_anew(table);
  return g_steal_pointer(&table);
}

void
lt_flow_table_free(LtFlowTable *table)
{
  if (table == NULL)
    return;
  lt_flow_memory_free(table->memory);
  g_free(table);
}

guint
lt_flow_table_epoch(LtFlowTable *table)
{
  return table->front->header.epoch;
}

void
lt_flow_table_set_epoch(LtFlowTable *table, guint epoch)
{
  table->front->header.epoch = epoch;
}

guint16
lt_flow_table_dns_port(LtFlowTable *table, guint16 slot)
{
  return slot <= LT_SLOT_MAX ? table->front->header.dns_ports[slot] : 0;
}

void
lt_flow_table_set_dns_port(LtFlowTable *table, guint16 slot, guint16 port)
{
  g_return_if_fail(slot <= LT_SLOT_MAX);
  table->front->header.dns_ports[slot] = port;
}

const char *
lt_flow_table_digest(LtFlowTable *table, gboolean *out_is_native)
{
  *out_is_native = table->front->header.is_native;
  return table->front->header.digest;
}

void
lt_flow_table_set_digest(LtFlowTable *table, const char *digest, gboolean is_native)
{
  table->front->header.is_native = is_native != 0;
  g_strlcpy(table->front->header.digest, digest, sizeof table->front->header.digest);
}

/* Flows */

void
lt_flow_table_resume(LtFlowTable *table, gint64 now_us)
{
  guint cursor = 0;
  LtFlow *flow;
  while ((flow = lt_flow_table_next(table, &cursor)) != NULL) {
    if (flow->judged)
      continue;
    flow->begun_us = now_us;
    if (flow->buffer >= 0)
      table->front->holders[flow->buffer].taken_us = now_us;
  }
}

static LtFlowWay *
find_way(LtFlowTable *table, const LtTuple *tuple, LtFlowWay **out_set, guint16 *out_tag)
{
  LtFlowWay *set = set_of(table, tuple, out_tag);
  *out_set = set;
  for (LtFlowWay *way = set; way < set + LT_FLOW_WAYS; way++)
    if (way->flow != 0 && way->tag == *out_tag &&
        lt_tuple_equal(&table->flows[way->flow - 1].tuple, tuple))
      return way;
  return NULL;
}

LtFlow *
lt_flow_table_find(LtFlowTable *table, const LtTuple *tuple)
{
  LtFlowWay *set;
  guint16 tag;
  const LtFlowWay *way = find_way(table, tuple, &set, &tag);
  return way != NULL ? &table->flows[way->flow - 1] : NULL;
}

static void
forget(LtFlowTable *table, LtFlowWay *way)
{
  lt_flow_table_drop_stream(table, &table->flows[way->flow - 1]);
  lt_index_map_give_back(&table->taken, way->flow - 1u);
  way->flow = 0;
}

/* The nearest to the front; -1 when there is no place for one more. */
static int
free_flow(LtFlowTable *table)
{
  int index = lt_index_map_first_free(&table->taken);
  return index >= 0 && make_room_for_flows(table, (guint) index + 1) ? index : -1;
}

/* The longest unused of the child that has most, with the flow of @slot that wants to come: a flood
 * costs nobody else his flows. Each flow is looked at once: they are all over the memory. */
static LtFlowWay *
choose_victim(const LtFlowTable *table, LtFlowWay *set, guint16 slot)
{
  gint64 used_us[LT_FLOW_WAYS];
  guint16 slots[LT_FLOW_WAYS];
  LtFlowWay *ways[LT_FLOW_WAYS];
  guint n = 0;
  for (LtFlowWay *way = set; way < set + LT_FLOW_WAYS; way++) {
    if (way->flow == 0)
      continue;
    used_us[n] = table->flows[way->flow - 1].used_us;
    slots[n] = table->flows[way->flow - 1].slot;
    ways[n++] = way;
  }
  guint victim = 0, n_most = 0;
  for (guint i = 0; i < n; i++) {
    guint n_of_child = slots[i] == slot;
    for (guint j = 0; j < n; j++)
      n_of_child += slots[j] == slots[i];
    if (n_of_child > n_most || (n_of_child == n_most && used_us[i] < used_us[victim])) {
      victim = i;
      n_most = n_of_child;
    }
  }
  return n > 0 ? ways[victim] : NULL;
}

/* On a full disk, where this set has nothing to give: any flow of another. */
static LtFlowWay *
any_victim(LtFlowTable *table, guint16 slot)
{
  for (guint i = 0; i < LT_FLOW_SETS; i++) {
    LtFlowWay *victim = choose_victim(table, table->front->sets[i], slot);
    if (victim != NULL)
      return victim;
  }
  g_assert_not_reached(); /* there is always place for %FLOWS_AT_ONCE */
}

static LtFlowWay *
empty_way(LtFlowWay *set)
{
  for (LtFlowWay *way = set; way < set + LT_FLOW_WAYS; way++)
    if (way->flow == 0)
      return way;
  return NULL;
}

/* An empty way of the set; afterwards there is a free flow too. */
static LtFlowWay *
make_way(LtFlowTable *table, LtFlowWay *set, guint16 slot)
{
  LtFlowWay *way = empty_way(set);
  if (way == NULL) {
    way = choose_victim(table, set, slot);
    forget(table, way);
  }
  if (free_flow(table) < 0)
    forget(table, any_victim(table, slot));
  return way;
}

LtFlow *
lt_flow_table_insert(LtFlowTable *table, const LtTuple *tuple, guint16 slot, gint64 now_us)
{
  LtFlowWay *set;
  guint16 tag;
  LtFlowWay *way = find_way(table, tuple, &set, &tag);
  if (way != NULL)
    forget(table, way);
  way = make_way(table, set, slot);
  int index = free_flow(table);
  LtFlow *flow = &table->flows[index];
  memset(flow, 0, sizeof *flow);
  flow->tuple = *tuple;
  flow->slot = slot;
  flow->buffer = -1;
  flow->begun_us = flow->used_us = now_us;
  way->tag = tag;
  lt_index_map_take(&table->taken, (guint) index);
  /* Last: an agent that dies before this has not begun the flow. */
  __atomic_store_n(&way->flow, (guint16) (index + 1), __ATOMIC_RELEASE);
  return flow;
}

void
lt_flow_table_remove(LtFlowTable *table, LtFlow *flow)
{
  LtFlowWay *set;
  guint16 tag;
  LtFlowWay *way = find_way(table, &flow->tuple, &set, &tag);
  g_return_if_fail(way != NULL);
  forget(table, way);
}

guint
lt_flow_table_n_flows(const LtFlowTable *table)
{
  return table->taken.n_taken;
}

LtFlow *
lt_flow_table_next(LtFlowTable *table, guint *cursor)
{
  int index = lt_index_map_next(&table->taken, *cursor);
  if (index < 0)
    return NULL;
  *cursor = (guint) index + 1;
  return &table->flows[index];
}

void
lt_flow_table_shrink(LtFlowTable *table)
{
  guint n = FLOWS_AT_ONCE;
  for (int at = lt_index_map_next(&table->taken, n); at >= 0;
       at = lt_index_map_next(&table->taken, n))
    n = (guint) at + 1;
  if (n > table->n_roomy / 2)
    return;
  gsize from = lt_flow_whole_pages(n * sizeof(LtFlow));
  table->n_roomy = (guint) (from / sizeof(LtFlow));
  lt_flow_memory_give_back(table->memory,
                           lt_flow_flows_offset() + from,
                           lt_flow_buffers_offset() - lt_flow_flows_offset() - from);
}

void
lt_flow_table_foreach(LtFlowTable *table, LtFlowFunc func, gpointer user_data)
{
  guint cursor = 0;
  LtFlow *flow;
  while ((flow = lt_flow_table_next(table, &cursor)) != NULL)
    func(table, flow, user_data);
}
