/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VPNs and tunnels over UDP, by their first bytes and by their ports. */
#include "policy/wire/tunnel.h"

#include "policy/wire/cursor.h"

/* WireGuard: a type in one byte and three bytes 0 behind it; the first three have one length each,
 * data is padded to whole blocks. */
#define WIREGUARD_INITIATION 1u
#define WIREGUARD_RESPONSE 2u
#define WIREGUARD_COOKIE 3u
#define WIREGUARD_DATA 4u
#define WIREGUARD_BLOCK 16u

/* OpenVPN: an opcode in five bits, a key number in three, a session's number in eight bytes. */
#define OPENVPN_RESET_V2 (7u << 3)
#define OPENVPN_RESET_V3 (10u << 3)
#define OPENVPN_SESSION_LEN 8u
/* Without protection: no acknowledgement, message 0. */
#define OPENVPN_PLAIN_LEN 14u
/* With it: the packet's number, 1 or with early negotiation 0x0f000001. With tls-auth a digest
 * stands before it: MD5, SHA-1, SHA-256, SHA-384 or SHA-512. */
#define OPENVPN_EARLY 0x0f000000u

/* IKE: two cookies or SPIs, next payload, version, exchange, flags, message, length. */
#define IKE_SPI_LEN 8u
#define IKE_HEADER_LEN 28u
#define IKE_PORT 500u
#define IKE_NAT_PORT 4500u

static const struct {
  guint16 port;
  LtTunnelUdp tunnel;
} ports[] = {
    {IKE_PORT, LT_TUNNEL_UDP_IKE},
    {1194, LT_TUNNEL_UDP_OPENVPN},
    {1701, LT_TUNNEL_UDP_L2TP},
    {3544, LT_TUNNEL_UDP_TEREDO},
    {4242, LT_TUNNEL_UDP_OVERLAY}, /* Nebula */
    {IKE_NAT_PORT, LT_TUNNEL_UDP_IKE},
    {4789, LT_TUNNEL_UDP_OVERLAY},    /* VXLAN */
    {6081, LT_TUNNEL_UDP_OVERLAY},    /* Geneve */
    {7654, LT_TUNNEL_UDP_OVERLAY},    /* n2n */
    {9993, LT_TUNNEL_UDP_OVERLAY},    /* ZeroTier */
    {17771, LT_TUNNEL_UDP_OVERLAY},   /* Hamachi */
    {41641, LT_TUNNEL_UDP_WIREGUARD}, /* Tailscale */
    {51820, LT_TUNNEL_UDP_WIREGUARD},
};

static gboolean
is_wireguard(LtCursor datagram)
{
  static const guint8 probe[] = {0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac}; /* Tailscale's */
  static const gsize lens[] = {
      [WIREGUARD_INITIATION] = 148, [WIREGUARD_RESPONSE] = 92, [WIREGUARD_COOKIE] = 64};
  gsize len = datagram.left;
  guint8 type, zero;
  guint16 zeros;

  if (len > sizeof probe && memcmp(datagram.at, probe, sizeof probe) == 0)
    return TRUE;
  if (!lt_cursor_u8(&datagram, &type) || !lt_cursor_u8(&datagram, &zero) ||
      !lt_cursor_u16(&datagram, &zeros) || zero != 0 || zeros != 0)
    return FALSE;
  if (type == WIREGUARD_DATA)
    return len >= 2 * WIREGUARD_BLOCK && len % WIREGUARD_BLOCK == 0;
  return type >= WIREGUARD_INITIATION && type <= WIREGUARD_COOKIE && len == lens[type];
}

/* The number of a first protected packet stands at @offset. */
static gboolean
is_first_at(LtCursor datagram, gsize offset)
{
  guint32 number;

  return lt_cursor_skip(&datagram, offset) && lt_cursor_u32(&datagram, &number) &&
         (number & ~OPENVPN_EARLY) == 1;
}

static gboolean
is_openvpn(LtCursor datagram)
{
  static const guint8 digests[] = {0, 16, 20, 32, 48, 64};
  static const guint8 plain[5] = {0};
  LtCursor rest = datagram;
  guint8 first;

  if (!lt_cursor_u8(&rest, &first) || (first != OPENVPN_RESET_V2 && first != OPENVPN_RESET_V3) ||
      !lt_cursor_skip(&rest, OPENVPN_SESSION_LEN))
    return FALSE;
  if (datagram.left == OPENVPN_PLAIN_LEN)
    return memcmp(rest.at, plain, sizeof plain) == 0;
  for (gsize i = 0; i < G_N_ELEMENTS(digests); i++)
    if (is_first_at(rest, digests[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_all_zeros(LtCursor bytes)
{
  for (gsize i = 0; i < bytes.left; i++)
    if (bytes.at[i] != 0)
      return FALSE;
  return TRUE;
}

/* A first message: the other side has not chosen its number, and the length is the datagram's. */
static gboolean
is_ike(LtCursor datagram)
{
  LtCursor own, others, rest = datagram;
  guint8 next, version;
  guint32 len;

  if (datagram.left < IKE_HEADER_LEN || !lt_cursor_take(&rest, IKE_SPI_LEN, &own) ||
      !lt_cursor_take(&rest, IKE_SPI_LEN, &others) || !lt_cursor_u8(&rest, &next) ||
      !lt_cursor_u8(&rest, &version) || !lt_cursor_skip(&rest, 6) || !lt_cursor_u32(&rest, &len))
    return FALSE;
  return !is_all_zeros(own) && is_all_zeros(others) && (version == 0x10 || version == 0x20) &&
         len == datagram.left;
}

LtTunnelUdp
lt_tunnel_udp_recognise(const guint8 *bytes, gsize len, guint16 dport)
{
  LtCursor datagram = lt_cursor(bytes, len);

  if (is_wireguard(datagram))
    return LT_TUNNEL_UDP_WIREGUARD;
  if (is_openvpn(datagram))
    return LT_TUNNEL_UDP_OPENVPN;
  if (is_ike(datagram))
    return LT_TUNNEL_UDP_IKE;
  for (gsize i = 0; i < G_N_ELEMENTS(ports); i++)
    if (ports[i].port == dport)
      return ports[i].tunnel;
  return LT_TUNNEL_UDP_NONE;
}
