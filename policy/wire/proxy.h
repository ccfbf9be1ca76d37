/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proxies and tunnels by the first bytes that a client sends over TCP. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtProxyKind:
 * @LT_PROXY_SOCKS4: SOCKS 4 and 4a, Tor's RESOLVE too
 * @LT_PROXY_SOCKS5: RFC 1928
 * @LT_PROXY_OPENVPN: OpenVPN over TCP
 *
 * HTTP's CONNECT is a request (policy/wire/http.h). SSH, and what looks like noise from its first
 * byte on (Shadowsocks, obfs4), are unknown protocols: nothing tells the latter apart. Tor's own
 * connections are TLS with a name that changes with each.
 */
typedef enum {
  LT_PROXY_SOCKS4,
  LT_PROXY_SOCKS5,
  LT_PROXY_OPENVPN,
} LtProxyKind;

/**
 * lt_proxy_recognise:
 * @bytes: (array length=len): from the start of a client's stream
 *
 * Says no later than a server could act: proxies answer a SOCKS greeting that is cut short, too.
 * OpenVPN is found with its whole first packet, which alone a server reads.
 *
 * Returns: FOUND, NEED_MORE or NOT_MINE; never MALFORMED.
 */
LtWireAnswer
lt_proxy_recognise(const guint8 *bytes, gsize len, LtProxyKind *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_proxy_read_target:
 * @kind: as it was recognised
 * @bytes: (array length=len): from the start of the stream: with SOCKS 5 the greeting, what a
 *   password takes (RFC 1929) and the request
 * @out: written on FOUND only: protocol UNKNOWN, and the name or address that the proxy is asked
 *   for
 *
 * Returns: FOUND; NEED_MORE; NOT_MINE (no name is in the clear: OpenVPN, or a login that hides what
 * follows); MALFORMED.
 */
LtWireAnswer lt_proxy_read_target(LtProxyKind kind, const guint8 *bytes, gsize len, LtRequest *out)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
