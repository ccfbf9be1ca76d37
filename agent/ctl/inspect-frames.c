/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of a capture, one after another, down to the sites that they ask for. */
#include "agent/ctl/inspect-frames.h"

#include "agent/ctl/inspect-dns.h"
#include "agent/ctl/inspect-flows.h"
#include "agent/ctl/inspect-fragments.h"
#include "agent/ctl/inspect-quic.h"
#include "agent/ctl/inspect-tunnel.h"

#include "policy/wire/packet.h"

/* Tunnels and fragments inside of each other; nobody's network has more. */
#define MAX_DEPTH 8u

#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u

struct _LtInspectFrames {
  LtInspectReport *report;
  LtInspectFlows *flows;
  LtInspectQuic *quic;
  LtInspectFragments *fragments;
  guint64 frame; /* from 1, as everybody counts them */
};

LtInspectFrames *
lt_inspect_frames_new(LtInspectReport *report)
{
  LtInspectFrames *frames = g_new0(LtInspectFrames, 1);

  frames->report = report;
  frames->flows = lt_inspect_flows_new(report);
  frames->quic = lt_inspect_quic_new(report);
  frames->fragments = lt_inspect_fragments_new();
  return frames;
}

void
lt_inspect_frames_free(LtInspectFrames *frames)
{
  if (frames == NULL)
    return;
  lt_inspect_flows_free(frames->flows);
  lt_inspect_quic_free(frames->quic);
  lt_inspect_fragments_free(frames->fragments);
  g_free(frames);
}

static void
read_datagram(LtInspectFrames *frames, const LtPacket *packet, guint32 context)
{
  const LtTuple *tuple = &packet->tuple;

  if (lt_inspect_quic_add(frames->quic, frames->frame, packet, context))
    return;
  if (tuple->sport == LT_INSPECT_DNS_PORT || tuple->dport == LT_INSPECT_DNS_PORT)
    lt_inspect_dns_read(
        lt_cursor(packet->payload, packet->payload_len), frames->frame, tuple, frames->report);
}

static void
read_whole_packet(LtInspectFrames *frames, const LtPacket *packet, guint32 context)
{
  if (packet->tuple.protocol == PROTOCOL_TCP)
    lt_inspect_flows_add(frames->flows, frames->frame, packet, context);
  else if (packet->tuple.protocol == PROTOCOL_UDP)
    read_datagram(frames, packet, context);
}

/* A packet, then the one that it carries or completes, and so on. */
static void
read_ip(LtInspectFrames *frames, LtCursor ip, guint32 context)
{
  for (guint depth = 0; depth < MAX_DEPTH; depth++) {
    LtPacket packet;

    if (lt_packet_read(ip.at, ip.left, &packet) != LT_WIRE_FOUND)
      return;
    if (packet.is_fragment) {
      if (!lt_inspect_fragments_add(frames->fragments, &packet, context, &ip))
        return;
    } else if (!lt_inspect_tunnel_read(&packet, &ip, &context)) {
      read_whole_packet(frames, &packet, context);
      return;
    }
  }
}

void
lt_inspect_frames_add(LtInspectFrames *frames, LtInspectLinkType link, LtCursor frame)
{
  guint32 context = 0;
  LtCursor ip;

  frames->frame++;
  if (lt_inspect_link_read(link, frame, &ip, &context))
    read_ip(frames, ip, context);
}
