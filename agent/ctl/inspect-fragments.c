/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP fragments put together again, a bounded number at a time. RFC 791, RFC 8200 section 4.5. */
#include "agent/ctl/inspect-fragments.h"

#include "policy/wire/stream.h"

#include <string.h>

/* Datagrams waiting for fragments; the one that began first gives way. */
#define MAX_WAITING 64

#define V4_HEADER_LEN 20u
#define V6_HEADER_LEN 40u

/* The most that an IP header of ours can promise. */
#define MAX_PAYLOAD_BYTES (65535u - V4_HEADER_LEN)

/**
 * Datagram:
 * @tuple, @id, @context: which one; ports are 0
 * @started: order of beginning; 0: unused
 * @total_bytes: known once the last fragment came, else 0
 * @bytes: room for a header, then the payload
 */
typedef struct {
  LtTuple tuple;
  guint32 id;
  guint32 context;
  guint64 started;
  guint32 total_bytes;
  LtStream stream;
  guint8 bytes[V6_HEADER_LEN + MAX_PAYLOAD_BYTES];
} Datagram;

struct _LtInspectFragments {
  guint64 n_started;
  Datagram *waiting[MAX_WAITING];
};

LtInspectFragments *
lt_inspect_fragments_new(void)
{
  return g_new0(LtInspectFragments, 1);
}

void
lt_inspect_fragments_free(LtInspectFragments *fragments)
{
  if (fragments == NULL)
    return;
  for (guint i = 0; i < MAX_WAITING; i++)
    g_free(fragments->waiting[i]);
  g_free(fragments);
}

static Datagram *
find(LtInspectFragments *fragments, const LtPacket *packet, guint32 context)
{
  guint oldest = 0;
  Datagram *datagram;

  for (guint i = 0; i < MAX_WAITING; i++) {
    datagram = fragments->waiting[i];
    if (datagram == NULL) {
      fragments->waiting[i] = g_new0(Datagram, 1);
      oldest = i;
      break;
    }
    if (datagram->started > 0 && datagram->id == packet->fragment_id &&
        datagram->context == context && lt_tuple_equal(&datagram->tuple, &packet->tuple))
      return datagram;
    if (datagram->started < fragments->waiting[oldest]->started)
      oldest = i;
  }
  datagram = fragments->waiting[oldest];
  datagram->tuple = packet->tuple;
  datagram->id = packet->fragment_id;
  datagram->context = context;
  datagram->started = ++fragments->n_started;
  datagram->total_bytes = 0;
  lt_stream_init(&datagram->stream, datagram->bytes + V6_HEADER_LEN, MAX_PAYLOAD_BYTES, 0);
  return datagram;
}

/* A header without options right before the payload: enough for lt_packet_read(). */
static LtCursor
write_header(Datagram *datagram)
{
  guint32 len = datagram->total_bytes;
  gsize header_len = datagram->tuple.family == 4 ? V4_HEADER_LEN : V6_HEADER_LEN;
  guint8 *header = datagram->bytes + V6_HEADER_LEN - header_len;

  memset(header, 0, header_len);
  if (datagram->tuple.family == 4) {
    len += V4_HEADER_LEN;
    header[0] = 0x45;
    header[2] = (guint8) (len >> 8);
    header[3] = (guint8) len;
    header[9] = datagram->tuple.protocol;
    memcpy(header + 12, datagram->tuple.saddr, 4);
    memcpy(header + 16, datagram->tuple.daddr, 4);
  } else {
    header[0] = 0x60;
    header[4] = (guint8) (len >> 8);
    header[5] = (guint8) len;
    header[6] = datagram->tuple.protocol;
    memcpy(header + 8, datagram->tuple.saddr, 16);
    memcpy(header + 24, datagram->tuple.daddr, 16);
  }
  return lt_cursor(header, header_len + datagram->total_bytes);
}

gboolean
lt_inspect_fragments_add(LtInspectFragments *fragments,
                         const LtPacket *packet,
                         guint32 context,
                         LtCursor *out_ip)
{
  Datagram *datagram;
  LtStreamAnswer answer;

  if (packet->payload_len == 0)
    return FALSE;
  datagram = find(fragments, packet, context);
  answer = lt_stream_add(
      &datagram->stream, packet->fragment_offset_bytes, packet->payload, packet->payload_len);
  /* Past the largest datagram, or the same bytes with another content: the first ones stay. */
  if (answer != LT_STREAM_ADDED)
    return FALSE;
  if (!packet->more_fragments && datagram->total_bytes == 0)
    datagram->total_bytes = packet->fragment_offset_bytes + (guint32) packet->payload_len;
  if (datagram->total_bytes == 0 || lt_stream_contiguous(&datagram->stream) < datagram->total_bytes)
    return FALSE;
  *out_ip = write_header(datagram);
  datagram->started = 0;
  return TRUE;
}
