/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set-associative table and a pool of buffers in one mapped file: no pointers, no allocation. */

#include "agent/net/flow-table.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Changes whenever the layout below does. */
#define TABLE_MAGIC 0x6c75797472650005ull
#define PAGE_BYTES 4096u
/* Of st_blocks, whatever the file system's own are: POSIX leaves it open, Linux does not. */
#define BLOCK_BYTES 512u

typedef struct {
  guint64 magic;
  guint64 size_bytes;
  guint32 seed; /* so that nobody can aim flows at one set */
  guint32 epoch;
  char boot_id[40];
  char digest[65];
  guint8 is_native;
  guint16 dns_ports[LT_SLOT_MAX + 1];
  guint8 sets_used[LT_FLOW_SETS]; /* who looks at all flows passes by what was never touched */
} Header;

/* Who holds a buffer. */
typedef struct {
  guint32 owner; /* index of a flow, plus 1; 0: free */
  gint64 taken_us;
} Holder;

typedef struct {
  Header header;
  Holder holders[LT_FLOW_BUFFERS];
  LtFlow flows[LT_FLOW_MAX];
  guint8 padding[PAGE_BYTES];
} Layout;

struct _LtFlowTable {
  Layout *layout;
  guint8 *buffers;
  gsize size_bytes;
  guint next_buffer;
};

static gsize
buffers_offset(void)
{
  return sizeof(Layout) / PAGE_BYTES * PAGE_BYTES;
}

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
  Layout *layout = table->layout;
  guint epoch = layout->header.epoch;
  /* A hole in the file costs no memory. */
  if (madvise(layout, table->size_bytes, MADV_REMOVE) < 0)
    memset(layout, 0, sizeof *layout);
  layout->header.size_bytes = table->size_bytes;
  layout->header.epoch = epoch <= LT_EPOCH_MAX ? epoch : 0;
  read_boot_id(layout->header.boot_id);
  if (getrandom(&layout->header.seed, sizeof layout->header.seed, 0) < 0)
    layout->header.seed = (guint32) g_get_monotonic_time();
  layout->header.magic = TABLE_MAGIC;
}

static gboolean
is_usable(const LtFlowTable *table)
{
  char boot_id[40];
  read_boot_id(boot_id);
  const Header *header = &table->layout->header;
  return header->magic == TABLE_MAGIC && header->size_bytes == table->size_bytes &&
         memcmp(header->boot_id, boot_id, sizeof boot_id) == 0;
}

/* A dead agent may have been stopped in the middle of anything: what cannot be right is forgotten.
 */
static void
repair(LtFlowTable *table)
{
  Layout *layout = table->layout;
  layout->header.digest[sizeof layout->header.digest - 1] = '\0';
  if (layout->header.epoch > LT_EPOCH_MAX)
    layout->header.epoch = 0;
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++)
    if (layout->holders[i].owner > LT_FLOW_MAX ||
        (layout->holders[i].owner > 0 &&
         layout->flows[layout->holders[i].owner - 1].buffer != (gint16) i))
      layout->holders[i].owner = 0;
  for (guint i = 0; i < LT_FLOW_MAX; i++) {
    LtFlow *flow = &layout->flows[i];
    if (!layout->header.sets_used[i / LT_FLOW_WAYS])
      continue;
    gboolean sane = flow->used <= 1 && flow->host.len <= LT_HOST_MAX_LEN &&
                    flow->state <= LT_MARK_ALLOW && flow->quic.cid_len <= LT_QUIC_CID_MAX_LEN &&
                    flow->stream.n_ranges <= LT_STREAM_MAX_RANGES &&
                    flow->buffer < (gint16) LT_FLOW_BUFFERS;
    if (!sane || (flow->used && flow->buffer >= 0 && layout->holders[flow->buffer].owner != i + 1))
      memset(flow, 0, sizeof *flow);
  }
}

/* Makes the file as long as it must be. It has holes, and a hole that finds no place later is a bus
 * error, not a failed call: so there must be place for all of them now. */
static gboolean
make_room_on_disk(int fd, gsize size_bytes)
{
  struct stat file;
  struct statvfs disk;
  if (ftruncate(fd, (off_t) size_bytes) < 0 || fstat(fd, &file) < 0 || fstatvfs(fd, &disk) < 0)
    return FALSE;
  guint64 there = (guint64) file.st_blocks * BLOCK_BYTES;
  guint64 place = (guint64) disk.f_bavail * disk.f_frsize;
  /* A file system without a bound, as that of a memory file, says 0 blocks in all. */
  if (disk.f_blocks == 0 || there >= size_bytes || place >= size_bytes - there)
    return TRUE;
  errno = ENOSPC;
  return FALSE;
}

LtFlowTable *
lt_flow_table_open(const char *path, GError **error)
{
  g_autoptr(LtFlowTable) table = g_new0(LtFlowTable, 1);
  table->size_bytes = buffers_offset() + (gsize) LT_FLOW_BUFFERS * LT_FLOW_BUFFER_BYTES;

  int fd = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                        : memfd_create("flows", MFD_CLOEXEC);
  void *memory = MAP_FAILED;
  if (fd >= 0 && make_room_on_disk(fd, table->size_bytes))
    memory =
        mmap(NULL, table->size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  int saved = errno;
  if (fd >= 0)
    close(fd);
  if (memory == MAP_FAILED) {
    g_set_error(error,
                G_IO_ERROR,
                g_io_error_from_errno(saved),
                "flow memory %s: %s",
                path != NULL ? path : "",
                g_strerror(saved));
    return NULL;
  }

  table->layout = memory;
  table->buffers = (guint8 *) memory + buffers_offset();
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
  if (table->layout != NULL)
    munmap(table->layout, table->size_bytes);
  g_free(table);
}

guint
lt_flow_table_epoch(LtFlowTable *table)
{
  return table->layout->header.epoch;
}

void
lt_flow_table_set_epoch(LtFlowTable *table, guint epoch)
{
  table->layout->header.epoch = epoch;
}

guint16
lt_flow_table_dns_port(LtFlowTable *table, guint16 slot)
{
  return slot <= LT_SLOT_MAX ? table->layout->header.dns_ports[slot] : 0;
}

void
lt_flow_table_set_dns_port(LtFlowTable *table, guint16 slot, guint16 port)
{
  g_return_if_fail(slot <= LT_SLOT_MAX);
  table->layout->header.dns_ports[slot] = port;
}

const char *
lt_flow_table_digest(LtFlowTable *table, gboolean *out_is_native)
{
  *out_is_native = table->layout->header.is_native;
  return table->layout->header.digest;
}

void
lt_flow_table_set_digest(LtFlowTable *table, const char *digest, gboolean is_native)
{
  table->layout->header.is_native = is_native != 0;
  g_strlcpy(table->layout->header.digest, digest, sizeof table->layout->header.digest);
}

static guint32
set_number(const LtFlowTable *table, const LtTuple *tuple)
{
  return lt_tuple_hash(tuple, table->layout->header.seed) % LT_FLOW_SETS;
}

static LtFlow *
set_of(LtFlowTable *table, const LtTuple *tuple)
{
  return &table->layout->flows[set_number(table, tuple) * LT_FLOW_WAYS];
}

LtFlow *
lt_flow_table_find(LtFlowTable *table, const LtTuple *tuple)
{
  LtFlow *set = set_of(table, tuple);
  for (guint i = 0; i < LT_FLOW_WAYS; i++)
    if (set[i].used && lt_tuple_equal(&set[i].tuple, tuple))
      return &set[i];
  return NULL;
}

/* What is known of it would let something be completed that has only begun. */
static gboolean
is_undecided(const LtFlow *flow, gint64 now_us)
{
  return flow->buffer >= 0 && !flow->judged && now_us - flow->begun_us <= LT_FLOW_UNDECIDED_US;
}

/* Whether @flow makes room rather than @other. */
static gboolean
goes_before(const LtFlow *flow, const LtFlow *other, gint64 now_us)
{
  gboolean flow_stays = is_undecided(flow, now_us), other_stays = is_undecided(other, now_us);
  return flow_stays == other_stays ? flow->used_us < other->used_us : other_stays;
}

static LtFlow *
make_room(LtFlowTable *table, const LtTuple *tuple, guint16 slot, gint64 now_us)
{
  LtFlow *set = set_of(table, tuple), *oldest = NULL;
  guint n_own = 0;
  for (guint i = 0; i < LT_FLOW_WAYS; i++) {
    if (set[i].used && lt_tuple_equal(&set[i].tuple, tuple))
      return &set[i];
    if (!set[i].used)
      oldest = &set[i];
    n_own += set[i].used && set[i].slot == slot;
  }
  if (oldest != NULL)
    return oldest;
  for (guint i = 0; i < LT_FLOW_WAYS; i++) {
    if (n_own >= LT_FLOW_WAYS / 2 && set[i].slot != slot)
      continue;
    if (oldest == NULL || goes_before(&set[i], oldest, now_us))
      oldest = &set[i];
  }
  return oldest;
}

LtFlow *
lt_flow_table_insert(LtFlowTable *table, const LtTuple *tuple, guint16 slot, gint64 now_us)
{
  LtFlow *flow = make_room(table, tuple, slot, now_us);
  table->layout->header.sets_used[set_number(table, tuple)] = TRUE;
  if (flow->used)
    lt_flow_table_remove(table, flow);
  memset(flow, 0, sizeof *flow);
  flow->tuple = *tuple;
  flow->slot = slot;
  flow->buffer = -1;
  flow->begun_us = flow->used_us = now_us;
  flow->used = 1;
  return flow;
}

void
lt_flow_table_remove(LtFlowTable *table, LtFlow *flow)
{
  lt_flow_table_drop_stream(table, flow);
  flow->used = 0;
}

/* Round the pool: the next that is free or that has been held long enough to be decided or refused
 * by now; under pressure one of a decided flow. */
static int
choose_buffer(LtFlowTable *table, gint64 now_us)
{
  Layout *layout = table->layout;
  int spare = -1;
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    guint index = (table->next_buffer + i) % LT_FLOW_BUFFERS;
    const Holder *holder = &layout->holders[index];
    if (holder->owner == 0 || now_us - holder->taken_us > LT_FLOW_UNDECIDED_US)
      return (int) index;
    if (spare < 0 && layout->flows[holder->owner - 1].judged)
      spare = (int) index;
  }
  return spare;
}

/* Buffers of a child's flows that may still be decided. */
static guint
count_undecided(const LtFlowTable *table, guint16 slot, gint64 now_us)
{
  const Layout *layout = table->layout;
  guint n = 0;
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    const Holder *holder = &layout->holders[i];
    if (holder->owner == 0 || now_us - holder->taken_us > LT_FLOW_UNDECIDED_US)
      continue;
    const LtFlow *flow = &layout->flows[holder->owner - 1];
    n += flow->slot == slot && !flow->judged;
  }
  return n;
}

/* Nobody's own are taken away: what they let pass so far would be forgotten. */
static int
take_buffer(LtFlowTable *table, guint16 slot, gint64 now_us)
{
  if (count_undecided(table, slot, now_us) >= LT_FLOW_BUFFERS_OF_ONE)
    return -1;
  int index = choose_buffer(table, now_us);
  if (index < 0)
    return -1;
  const Holder *holder = &table->layout->holders[index];
  if (holder->owner != 0)
    lt_flow_table_drop_stream(table, &table->layout->flows[holder->owner - 1]);
  table->next_buffer = ((guint) index + 1) % LT_FLOW_BUFFERS;
  return index;
}

LtStream *
lt_flow_table_stream(LtFlowTable *table, LtFlow *flow, gint64 offset, gint64 now_us)
{
  if (flow->buffer < 0) {
    int index = take_buffer(table, flow->slot, now_us);
    if (index < 0)
      return NULL;
    flow->buffer = (gint16) index;
    table->layout->holders[index].owner = (guint32) (flow - table->layout->flows) + 1;
    table->layout->holders[index].taken_us = now_us;
    flow->base_offset = offset;
    lt_stream_init(&flow->stream, NULL, LT_FLOW_BUFFER_BYTES, (guint32) offset);
  }
  flow->stream.buffer = table->buffers + (gsize) flow->buffer * LT_FLOW_BUFFER_BYTES;
  flow->stream.capacity_bytes = LT_FLOW_BUFFER_BYTES;
  return &flow->stream;
}

void
lt_flow_table_drop_stream(LtFlowTable *table, LtFlow *flow)
{
  if (flow->buffer < 0)
    return;
  /* Give big ones back to the system; a page or two are cheaper to keep. */
  guint8 *bytes = table->buffers + (gsize) flow->buffer * LT_FLOW_BUFFER_BYTES;
  if (flow->stream.n_ranges > 0 &&
      flow->stream.ranges[flow->stream.n_ranges - 1].to > 2 * PAGE_BYTES &&
      madvise(bytes, LT_FLOW_BUFFER_BYTES, MADV_REMOVE) < 0)
    memset(bytes, 0, LT_FLOW_BUFFER_BYTES);
  table->layout->holders[flow->buffer].owner = 0;
  flow->buffer = -1;
  flow->stream.n_ranges = 0;
}

void
lt_flow_table_foreach(LtFlowTable *table, LtFlowFunc func, gpointer user_data)
{
  for (guint i = 0; i < LT_FLOW_MAX; i++)
    if (table->layout->header.sets_used[i / LT_FLOW_WAYS] && table->layout->flows[i].used)
      func(table, &table->layout->flows[i], user_data);
}
