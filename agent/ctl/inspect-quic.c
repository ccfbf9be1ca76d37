/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC clients of a capture, read for the sites that their hellos ask for. */
#include "agent/ctl/inspect-quic.h"

#include "agent/ctl/inspect-key.h"

#include "policy/wire/quic.h"
#include "policy/wire/tls.h"

/* Clients at one time; with more, all are forgotten. Bounds the memory that a hostile file can ask
 * for: %LT_QUIC_CRYPTO_MAX_BYTES each. */
#define MAX_CLIENTS 4096u

typedef struct {
  LtInspectKey key;
  LtQuicClient client;
  LtStream crypto;
  gsize n_read_bytes; /* of the hellos that were reported */
  guint8 buffer[LT_QUIC_CRYPTO_MAX_BYTES];
} Flow;

struct _LtInspectQuic {
  LtInspectReport *report;
  GHashTable *flows; /* of LtInspectKey inside of Flow */
};

LtInspectQuic *
lt_inspect_quic_new(LtInspectReport *report)
{
  LtInspectQuic *quic = g_new0(LtInspectQuic, 1);

  quic->report = report;
  quic->flows = g_hash_table_new_full(lt_inspect_key_hash, lt_inspect_key_equal, NULL, g_free);
  return quic;
}

void
lt_inspect_quic_free(LtInspectQuic *quic)
{
  if (quic == NULL)
    return;
  g_hash_table_unref(quic->flows);
  g_free(quic);
}

/* A client that said nothing yet. */
static void
start(Flow *flow)
{
  flow->client = (LtQuicClient){0};
  flow->n_read_bytes = 0;
  lt_stream_init(&flow->crypto, flow->buffer, sizeof flow->buffer, 0);
}

static Flow *
find_flow(LtInspectQuic *quic, const LtInspectKey *key)
{
  Flow *flow = g_hash_table_lookup(quic->flows, key);

  if (flow != NULL)
    return flow;
  if (g_hash_table_size(quic->flows) >= MAX_CLIENTS)
    g_hash_table_remove_all(quic->flows);
  flow = g_new(Flow, 1);
  flow->key = *key;
  start(flow);
  g_hash_table_insert(quic->flows, &flow->key, flow);
  return flow;
}

/* The hello, and the one that a HelloRetryRequest made the client send behind it. */
static void
report_hellos(LtInspectQuic *quic, Flow *flow, guint64 frame)
{
  gsize there = lt_stream_contiguous(&flow->crypto);
  LtRequest request;

  while (lt_tls_read_handshake(flow->buffer + flow->n_read_bytes,
                               there - flow->n_read_bytes,
                               &request) == LT_WIRE_FOUND) {
    flow->n_read_bytes += request.len_bytes;
    request.protocol = LT_PROTOCOL_QUIC;
    lt_inspect_report_add_request(quic->report, frame, &flow->key.tuple, &request);
  }
}

/* Does it open with keys of its own, before a flow is made of it? */
static gboolean
is_client(const LtPacket *packet)
{
  LtQuicClient client = {0};
  LtQuicDatagram datagram;

  return lt_quic_read_datagram(&client, NULL, packet->payload, packet->payload_len, &datagram) ==
         LT_QUIC_BEGAN;
}

gboolean
lt_inspect_quic_add(LtInspectQuic *quic, guint64 frame, const LtPacket *packet, guint32 context)
{
  const LtInspectKey key = {packet->tuple, context};
  Flow *flow = g_hash_table_lookup(quic->flows, &key);
  LtQuicDatagram datagram;
  LtQuicAnswer answer;

  if (flow == NULL && !is_client(packet))
    return FALSE;
  flow = find_flow(quic, &key);
  answer = lt_quic_read_datagram(
      &flow->client, &flow->crypto, packet->payload, packet->payload_len, &datagram);
  if (answer == LT_QUIC_OTHER_CONNECTION) {
    start(flow);
    answer = lt_quic_read_datagram(
        &flow->client, &flow->crypto, packet->payload, packet->payload_len, &datagram);
  }
  if (answer != LT_QUIC_BEGAN && answer != LT_QUIC_CONTINUED)
    return FALSE;
  report_hellos(quic, flow, frame);
  return TRUE;
}
