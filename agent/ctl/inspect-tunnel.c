/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an IP packet that carries another network to the IP packet inside. */
#include "agent/ctl/inspect-tunnel.h"

#include "agent/ctl/inspect-link.h"

#define PROTOCOL_V4_IN_IP 4u
#define PROTOCOL_UDP 17u
#define PROTOCOL_V6_IN_IP 41u
#define PROTOCOL_GRE 47u

#define PORT_GTP_U 2152u
#define PORT_TEREDO 3544u
#define PORT_VXLAN 4789u
#define PORT_AYIYA 5072u
#define PORT_GENEVE 6081u

#define ETHERTYPE_TEB 0x6558u
#define ETHERTYPE_ERSPAN_2 0x88beu
#define ETHERTYPE_ERSPAN_3 0x22ebu

static gboolean
read_ethernet(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  return lt_inspect_link_read(LT_INSPECT_LINK_ETHERNET, bytes, out_ip, context);
}

static gboolean
read_ip(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  return lt_inspect_link_read(LT_INSPECT_LINK_IP, bytes, out_ip, context);
}

/* draft-foschiano-erspan: type I has no header and no GRE sequence number, II has 8 bytes, III has
 * 12 and 8 more if its last bit says so. */
static gboolean
read_erspan(
    LtCursor bytes, guint16 ethertype, gboolean has_sequence, LtCursor *out_ip, guint32 *context)
{
  guint8 last;

  if (ethertype == ETHERTYPE_ERSPAN_2) {
    if (has_sequence && !lt_cursor_skip(&bytes, 8))
      return FALSE;
    return read_ethernet(bytes, out_ip, context);
  }
  if (!lt_cursor_skip(&bytes, 11) || !lt_cursor_u8(&bytes, &last) ||
      ((last & 1u) != 0 && !lt_cursor_skip(&bytes, 8)))
    return FALSE;
  return read_ethernet(bytes, out_ip, context);
}

/* RFC 2784 section 2, RFC 2890, and RFC 2637 section 4.1 (version 1, with an acknowledgement). */
static gboolean
read_gre(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint16 flags, ethertype;
  gboolean has_sequence;
  gsize skip = 0;

  if (!lt_cursor_u16(&bytes, &flags) || !lt_cursor_u16(&bytes, &ethertype))
    return FALSE;
  has_sequence = (flags & 0x1000u) != 0;
  if ((flags & 0xc000u) != 0)
    skip += 4;
  if ((flags & 0x2000u) != 0)
    skip += 4;
  if (has_sequence)
    skip += 4;
  if ((flags & 7u) == 1 && (flags & 0x80u) != 0)
    skip += 4;
  if (!lt_cursor_skip(&bytes, skip))
    return FALSE;
  if (ethertype == ETHERTYPE_TEB)
    return read_ethernet(bytes, out_ip, context);
  if (ethertype == ETHERTYPE_ERSPAN_2 || ethertype == ETHERTYPE_ERSPAN_3)
    return read_erspan(bytes, ethertype, has_sequence, out_ip, context);
  return lt_inspect_link_read_ethertype(ethertype, bytes, out_ip, context);
}

static gboolean
read_vxlan(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 flags;
  guint32 network;

  if (!lt_cursor_u8(&bytes, &flags) || !lt_cursor_skip(&bytes, 3) ||
      !lt_cursor_u32(&bytes, &network) || (flags & 0x08u) == 0)
    return FALSE;
  *context = lt_inspect_link_context(*context, network >> 8);
  return read_ethernet(bytes, out_ip, context);
}

static gboolean
read_geneve(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 version_len, flags;
  guint16 ethertype;
  guint32 network;

  if (!lt_cursor_u8(&bytes, &version_len) || !lt_cursor_u8(&bytes, &flags) ||
      !lt_cursor_u16(&bytes, &ethertype) || !lt_cursor_u32(&bytes, &network) ||
      version_len >> 6 != 0 || !lt_cursor_skip(&bytes, (gsize) (version_len & 0x3fu) * 4))
    return FALSE;
  *context = lt_inspect_link_context(*context, network >> 8);
  if (ethertype == ETHERTYPE_TEB)
    return read_ethernet(bytes, out_ip, context);
  return lt_inspect_link_read_ethertype(ethertype, bytes, out_ip, context);
}

/* RFC 4380 section 5.1.1: an authentication and an origin indication may stand before the packet.
 */
static gboolean
read_teredo(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 zero, kind, id_len, auth_len, first;

  while (lt_cursor_peek(&bytes, &zero) && zero == 0) {
    if (!lt_cursor_skip(&bytes, 1) || !lt_cursor_u8(&bytes, &kind))
      return FALSE;
    if (kind == 1) {
      if (!lt_cursor_u8(&bytes, &id_len) || !lt_cursor_u8(&bytes, &auth_len) ||
          !lt_cursor_skip(&bytes, (gsize) id_len + auth_len + 9))
        return FALSE;
    } else if (kind != 0 || !lt_cursor_skip(&bytes, 6)) {
      return FALSE;
    }
  }
  return lt_cursor_peek(&bytes, &first) && first >> 4 == 6 && read_ip(bytes, out_ip, context);
}

/* 3GPP TS 29.281 section 5: version 1, message 255 is a packet; optional fields and extension
 * headers count in four bytes and use up input. */
static gboolean
read_gtp(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 flags, message, next = 0, len;
  guint32 tunnel;

  if (!lt_cursor_u8(&bytes, &flags) || !lt_cursor_u8(&bytes, &message) ||
      !lt_cursor_skip(&bytes, 2) || !lt_cursor_u32(&bytes, &tunnel))
    return FALSE;
  if ((flags & 0xf0u) != 0x30u || message != 0xffu)
    return FALSE;
  if ((flags & 7u) != 0 && (!lt_cursor_skip(&bytes, 3) || !lt_cursor_u8(&bytes, &next)))
    return FALSE;
  if ((flags & 4u) == 0)
    next = 0;
  while (next != 0)
    if (!lt_cursor_u8(&bytes, &len) || len == 0 || !lt_cursor_skip(&bytes, (gsize) len * 4 - 2) ||
        !lt_cursor_u8(&bytes, &next))
      return FALSE;
  *context = lt_inspect_link_context(*context, tunnel);
  return read_ip(bytes, out_ip, context);
}

/* draft-massar-v6ops-ayiya-02 section 3: identity and signature have their lengths in the first
 * bytes, as a power of two and in words. */
static gboolean
read_ayiya(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 identity, signature, code, next;

  if (!lt_cursor_u8(&bytes, &identity) || !lt_cursor_u8(&bytes, &signature) ||
      !lt_cursor_u8(&bytes, &code) || !lt_cursor_u8(&bytes, &next) || (code & 0x0fu) != 1 ||
      next != PROTOCOL_V6_IN_IP)
    return FALSE;
  if (!lt_cursor_skip(&bytes, 4 + ((gsize) 1 << (identity >> 4)) + (gsize) (signature >> 4) * 4))
    return FALSE;
  return read_ip(bytes, out_ip, context);
}

static gboolean
read_udp_tunnel(const LtPacket *packet, LtCursor *out_ip, guint32 *context)
{
  LtCursor bytes = lt_cursor(packet->payload, packet->payload_len);
  guint16 sport = packet->tuple.sport, dport = packet->tuple.dport;

  if (dport == PORT_VXLAN)
    return read_vxlan(bytes, out_ip, context);
  if (dport == PORT_GENEVE)
    return read_geneve(bytes, out_ip, context);
  if (dport == PORT_TEREDO || sport == PORT_TEREDO)
    return read_teredo(bytes, out_ip, context);
  if (dport == PORT_GTP_U || sport == PORT_GTP_U)
    return read_gtp(bytes, out_ip, context);
  if (dport == PORT_AYIYA || sport == PORT_AYIYA)
    return read_ayiya(bytes, out_ip, context);
  return FALSE;
}

gboolean
lt_inspect_tunnel_read(const LtPacket *packet, LtCursor *out_ip, guint32 *context)
{
  LtCursor bytes = lt_cursor(packet->payload, packet->payload_len);
  guint32 inner = lt_inspect_link_context(*context, packet->tuple.protocol);
  gboolean found = FALSE;

  if (packet->is_fragment)
    return FALSE;
  if (packet->tuple.protocol == PROTOCOL_V4_IN_IP || packet->tuple.protocol == PROTOCOL_V6_IN_IP)
    found = read_ip(bytes, out_ip, &inner);
  else if (packet->tuple.protocol == PROTOCOL_GRE)
    found = read_gre(bytes, out_ip, &inner);
  else if (packet->tuple.protocol == PROTOCOL_UDP)
    found = read_udp_tunnel(packet, out_ip, &inner);
  if (found)
    *context = inner;
  return found;
}
