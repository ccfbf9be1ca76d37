/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: tunnels over UDP; the first two bytes are the port. */
#include "policy/wire/cursor.h"
#include "policy/wire/tunnel.h"
#include "tests/fuzz/target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LtCursor cursor = lt_cursor(data, size);
  guint16 dport;

  if (!lt_cursor_u16(&cursor, &dport))
    return 0;
  LtTunnelUdp there = lt_tunnel_udp_recognise(cursor.at, cursor.left, dport);
  LtTunnelUdp anywhere = lt_tunnel_udp_recognise(cursor.at, cursor.left, 0);
  LT_FUZZ_CHECK(there >= LT_TUNNEL_UDP_NONE && there <= LT_TUNNEL_UDP_OVERLAY);
  /* What is known by its bytes is known on every port, and never by its port alone on port 0. */
  LT_FUZZ_CHECK(anywhere == LT_TUNNEL_UDP_NONE || anywhere == there);
  LT_FUZZ_CHECK(anywhere == LT_TUNNEL_UDP_NONE || anywhere <= LT_TUNNEL_UDP_IKE);
  return 0;
}
