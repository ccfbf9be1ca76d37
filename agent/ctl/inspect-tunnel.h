/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an IP packet that carries another network to the IP packet inside. */
#pragma once

#include "policy/wire/cursor.h"
#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_inspect_tunnel_read:
 * @packet: IP in IP (RFC 2003, 4213), GRE with IP, Ethernet, PPP or ERSPAN (RFC 2784, 2890, 2637),
 *   or UDP to the ports of VXLAN (RFC 7348), Geneve (RFC 8926), Teredo (RFC 4380), AYIYA or
 *   GTP-U (3GPP TS 29.281)
 * @out_ip: the packet inside
 * @context: (inout): changed by the tunnel's ends and labels
 *
 * Returns: FALSE for anything else.
 */
gboolean lt_inspect_tunnel_read(const LtPacket *packet,
                                LtCursor *out_ip,
                                guint32 *context) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
