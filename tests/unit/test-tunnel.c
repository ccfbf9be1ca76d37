/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels over UDP: their first bytes, and what only looks a little like them. */

#include "policy/wire/tunnel.h"

#include "tests/unit/wire-build.h"

#include <string.h>

typedef struct {
  const char *label;
  const char *hex; /* then zeros up to @len */
  gsize len;
  guint16 dport;
  LtTunnelUdp tunnel;
} Row;

static guint8 *
bytes_of(const Row *row)
{
  g_autofree guint8 *bytes = g_malloc0(row->len + 1);
  for (gsize i = 0; row->hex[2 * i] != '\0'; i++)
    bytes[i] = (guint8) (g_ascii_xdigit_value(row->hex[2 * i]) << 4 |
                         g_ascii_xdigit_value(row->hex[2 * i + 1]));
  return lt_build_exact(bytes, row->len);
}

static void
test_rows(void)
{
  static const Row rows[] = {
      {"nothing", "", 0, 9999, LT_TUNNEL_UDP_NONE},
      {"WireGuard's initiation", "01000000", 148, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"too short", "01000000", 147, 9999, LT_TUNNEL_UDP_NONE},
      {"too long", "01000000", 149, 9999, LT_TUNNEL_UDP_NONE},
      {"reserved bytes", "01000001", 148, 9999, LT_TUNNEL_UDP_NONE},
      {"type 0", "00000000", 148, 9999, LT_TUNNEL_UDP_NONE},
      {"its response", "02000000", 92, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"its cookie", "03000000", 64, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"its keepalive", "04000000", 32, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"its data", "04000000", 1456, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"no whole blocks", "04000000", 1457, 9999, LT_TUNNEL_UDP_NONE},
      {"type 5", "05000000", 32, 9999, LT_TUNNEL_UDP_NONE},
      {"four bytes", "01000000", 4, 9999, LT_TUNNEL_UDP_NONE},
      {"three bytes", "010000", 3, 9999, LT_TUNNEL_UDP_NONE},
      {"on its port", "ff", 1, 51820, LT_TUNNEL_UDP_WIREGUARD},
      {"Tailscale's probe", "5453f09f92ac", 100, 9999, LT_TUNNEL_UDP_WIREGUARD},
      {"and nothing behind it", "5453f09f92ac", 6, 9999, LT_TUNNEL_UDP_NONE},
      {"OpenVPN, plain", "380102030405060708", 14, 9999, LT_TUNNEL_UDP_OPENVPN},
      {"message 1", "3801020304050607080000000001", 14, 9999, LT_TUNNEL_UDP_NONE},
      {"plain and longer", "380102030405060708", 15, 9999, LT_TUNNEL_UDP_NONE},
      {"tls-crypt", "38010203040506070800000001", 54, 9999, LT_TUNNEL_UDP_OPENVPN},
      {"tls-crypt-v2", "5001020304050607080f000001", 400, 9999, LT_TUNNEL_UDP_OPENVPN},
      {"tls-auth with SHA-1",
       "380102030405060708aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa00000001",
       42,
       9999,
       LT_TUNNEL_UDP_OPENVPN},
      {"no number", "380102030405060708aaaaaaaa", 54, 9999, LT_TUNNEL_UDP_NONE},
      {"another opcode", "400102030405060708", 14, 9999, LT_TUNNEL_UDP_NONE},
      {"another key", "390102030405060708", 14, 9999, LT_TUNNEL_UDP_NONE},
      {"cut", "3801020304050607", 8, 9999, LT_TUNNEL_UDP_NONE},
      {"on its port", "40", 30, 1194, LT_TUNNEL_UDP_OPENVPN},
      {"IKEv2",
       "01020304050607080000000000000000212022080000000000000064",
       100,
       9999,
       LT_TUNNEL_UDP_IKE},
      {"IKEv1",
       "01020304050607080000000000000000011002000000000000000064",
       100,
       9999,
       LT_TUNNEL_UDP_IKE},
      {"another length",
       "01020304050607080000000000000000212022080000000000000065",
       100,
       9999,
       LT_TUNNEL_UDP_NONE},
      {"another version",
       "01020304050607080000000000000000213022080000000000000064",
       100,
       9999,
       LT_TUNNEL_UDP_NONE},
      {"an answer",
       "01020304050607080100000000000000212022080000000000000064",
       100,
       9999,
       LT_TUNNEL_UDP_NONE},
      {"no number of its own",
       "00000000000000000000000000000000212022080000000000000064",
       100,
       9999,
       LT_TUNNEL_UDP_NONE},
      {"cut",
       "010203040506070800000000000000002120220800000000000000",
       27,
       9999,
       LT_TUNNEL_UDP_NONE},
      {"on IKE's port", "01", 1, 500, LT_TUNNEL_UDP_IKE},
      {"ESP in UDP", "0102030400000001", 100, 4500, LT_TUNNEL_UDP_IKE},
      {"L2TP", "c802", 50, 1701, LT_TUNNEL_UDP_L2TP},
      {"Teredo", "00010000", 60, 3544, LT_TUNNEL_UDP_TEREDO},
      {"VXLAN", "08000000", 100, 4789, LT_TUNNEL_UDP_OVERLAY},
      {"ZeroTier", "aabbccdd", 100, 9993, LT_TUNNEL_UDP_OVERLAY},
      {"STUN", "000100002112a442", 20, 3478, LT_TUNNEL_UDP_NONE},
      {"RTP", "80e0000100000000", 172, 20000, LT_TUNNEL_UDP_NONE},
      {"DTLS", "16fefd0000000000000000", 100, 443, LT_TUNNEL_UDP_NONE},
      {"NTP", "23000000", 48, 123, LT_TUNNEL_UDP_NONE},
      {"a QUIC hello", "c000000001", 1200, 443, LT_TUNNEL_UDP_NONE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree guint8 *bytes = bytes_of(&rows[i]);
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(lt_tunnel_udp_recognise(bytes, rows[i].len, rows[i].dport), ==, rows[i].tunnel);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tunnel/rows", test_rows);
  return g_test_run();
}
