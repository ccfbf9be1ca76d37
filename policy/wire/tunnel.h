/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VPNs and tunnels over UDP, by their first bytes and by their ports. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtTunnelUdp:
 * @LT_TUNNEL_UDP_NONE: none that is known; it may still be one
 * @LT_TUNNEL_UDP_WIREGUARD: the four messages of WireGuard, by type and length; Tailscale's probes
 * @LT_TUNNEL_UDP_OPENVPN: a client's first packet, plain or with tls-auth, tls-crypt, tls-crypt-v2
 * @LT_TUNNEL_UDP_IKE: IKEv1 and IKEv2 (RFC 2408, RFC 7296), ESP in UDP (RFC 3948)
 * @LT_TUNNEL_UDP_L2TP: RFC 2661, RFC 3931
 * @LT_TUNNEL_UDP_TEREDO: RFC 4380
 * @LT_TUNNEL_UDP_OVERLAY: what joins machines to one network: VXLAN (RFC 7348), Geneve (RFC 8926),
 * ZeroTier, Nebula, n2n, Hamachi
 */
typedef enum {
  LT_TUNNEL_UDP_NONE,
  LT_TUNNEL_UDP_WIREGUARD,
  LT_TUNNEL_UDP_OPENVPN,
  LT_TUNNEL_UDP_IKE,
  LT_TUNNEL_UDP_L2TP,
  LT_TUNNEL_UDP_TEREDO,
  LT_TUNNEL_UDP_OVERLAY,
} LtTunnelUdp;

/**
 * lt_tunnel_udp_recognise:
 * @bytes: (array length=len): the payload of a datagram from the client
 * @dport: where it goes
 *
 * Total. A port that belongs to one tunnel is that tunnel whatever goes there: nothing else has a
 * reason to. What is no tunnel is an unknown protocol for the packet path and closed with it: STUN
 * and the media of calls (RFC 8489, RFC 3550; browsers go on over TCP and TLS), DTLS, games, and
 * NTP (the system's clock is not set by a child's program).
 *
 * What hides on purpose (Shadowsocks, obfuscated WireGuard) cannot be told from noise: it, too, is
 * an unknown protocol.
 */
LtTunnelUdp lt_tunnel_udp_recognise(const guint8 *bytes, gsize len, guint16 dport);

G_END_DECLS
