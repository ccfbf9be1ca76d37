/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Proxies and tunnels by the first bytes that a client sends over TCP. */
#include "policy/wire/proxy.h"

#include "policy/address.h"
#include "policy/wire/cursor.h"

#define SOCKS4_VERSION 4u
#define SOCKS5_VERSION 5u
#define SOCKS_CONNECT 1u
#define SOCKS_BIND 2u
/* Tor's extensions: a name to an address and back. */
#define SOCKS_RESOLVE 0xf0u
#define SOCKS_RESOLVE_PTR 0xf1u
/* RFC 1928 section 5. */
#define ATYP_IPV4 1u
#define ATYP_DOMAIN 3u
#define ATYP_IPV6 4u
/* RFC 1929 section 2. */
#define METHOD_PASSWORD 2u
#define PASSWORD_VERSION 1u
/* Of a user's name in SOCKS 4, which has no length of its own. */
#define SOCKS4_TEXT_MAX 255u

/* OpenVPN: opcode in the upper five bits, key 0 below. */
#define OPENVPN_HARD_RESET_V2 (7u << 3)
#define OPENVPN_HARD_RESET_V3 (10u << 3)
#define OPENVPN_SESSION_LEN 8u
/* Opcode, session, number of acknowledgements, packet number: nothing is signed. */
#define OPENVPN_PLAIN_LEN 14u
#define OPENVPN_TAIL_LEN 5u
/* Opcode, session, packet number and time, 256 bits of signature, and the tail in cipher. */
#define OPENVPN_CRYPT_LEN 54u
/* The same with the client's own key behind it, which is wrapped. */
#define OPENVPN_CRYPT_V2_MIN 300u
#define OPENVPN_CRYPT_V2_MAX 2048u
/* Says in the first byte of the packet number that a cookie is welcome. */
#define OPENVPN_EARLY 0x0fu

static LtWireAnswer
recognise_socks4(LtCursor cursor)
{
  guint8 command;
  guint16 port;

  if (!lt_cursor_u8(&cursor, &command))
    return LT_WIRE_NEED_MORE;
  if (command != SOCKS_CONNECT && command != SOCKS_BIND && command != SOCKS_RESOLVE &&
      command != SOCKS_RESOLVE_PTR)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_u16(&cursor, &port))
    return LT_WIRE_NEED_MORE;
  return port != 0 || command >= SOCKS_RESOLVE ? LT_WIRE_FOUND : LT_WIRE_NOT_MINE;
}

/* Servers act on the methods that have come, however many were announced. */
static LtWireAnswer
recognise_socks5(LtCursor cursor)
{
  guint8 n_methods;

  if (!lt_cursor_u8(&cursor, &n_methods))
    return LT_WIRE_NEED_MORE;
  return n_methods > 0 ? LT_WIRE_FOUND : LT_WIRE_NOT_MINE;
}

/* Lengths of a first packet that is signed: the plain one, a digest, packet number and time. */
static gboolean
is_signed_len(guint16 len)
{
  static const guint16 digests[] = {16, 20, 28, 32, 48, 64};

  for (gsize i = 0; i < G_N_ELEMENTS(digests); i++)
    if (len == OPENVPN_PLAIN_LEN + 8u + digests[i])
      return TRUE;
  return FALSE;
}

/* Before any number has been used twice: no acknowledgement, packet number 0. */
static gboolean
ends_in_zeros(LtCursor packet)
{
  for (gsize i = packet.left - OPENVPN_TAIL_LEN; i < packet.left; i++)
    if (packet.at[i] != 0)
      return FALSE;
  return TRUE;
}

static LtWireAnswer
recognise_openvpn(LtCursor cursor)
{
  LtCursor packet, head = cursor;
  guint16 len;
  guint8 opcode, first = 0;
  guint32 number;

  if (!lt_cursor_u16(&head, &len))
    return LT_WIRE_NEED_MORE;
  gboolean is_v3 = len >= OPENVPN_CRYPT_V2_MIN && len <= OPENVPN_CRYPT_V2_MAX;
  if (len != OPENVPN_PLAIN_LEN && !is_signed_len(len) && !is_v3)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_u8(&head, &opcode))
    return LT_WIRE_NEED_MORE;
  if (opcode != (is_v3 ? OPENVPN_HARD_RESET_V3 : OPENVPN_HARD_RESET_V2))
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_block16(&cursor, &packet))
    return LT_WIRE_NEED_MORE;
  if (!is_v3 && ends_in_zeros(packet))
    return LT_WIRE_FOUND;
  if (!is_v3 && len != OPENVPN_CRYPT_LEN)
    return LT_WIRE_NOT_MINE;
  /* The packet number stands in the clear: it starts at 1. */
  if (!lt_cursor_skip(&packet, 1 + OPENVPN_SESSION_LEN) || !lt_cursor_u8(&packet, &first) ||
      !lt_cursor_u24(&packet, &number))
    return LT_WIRE_NOT_MINE;
  return (first == 0 || first == OPENVPN_EARLY) && number < 256 ? LT_WIRE_FOUND : LT_WIRE_NOT_MINE;
}

LtWireAnswer
lt_proxy_recognise(const guint8 *bytes, gsize len, LtProxyKind *out)
{
  LtCursor cursor = lt_cursor(bytes, len), rest = cursor;
  LtProxyKind kind = LT_PROXY_OPENVPN;
  LtWireAnswer answer;
  guint8 first;

  if (!lt_cursor_u8(&rest, &first))
    return LT_WIRE_NEED_MORE;
  if (first == SOCKS4_VERSION) {
    kind = LT_PROXY_SOCKS4;
    answer = recognise_socks4(rest);
  } else if (first == SOCKS5_VERSION) {
    kind = LT_PROXY_SOCKS5;
    answer = recognise_socks5(rest);
  } else {
    answer = LT_WIRE_NOT_MINE;
  }
  /* A long first packet of OpenVPN begins with the same byte as SOCKS. */
  if (answer == LT_WIRE_NOT_MINE) {
    kind = LT_PROXY_OPENVPN;
    answer = recognise_openvpn(cursor);
  }
  if (answer == LT_WIRE_FOUND)
    *out = kind;
  return answer;
}

static void
set_address(LtRequest *request, LtCursor address)
{
  request->name = LT_NAME_ADDRESS;
  request->host.len =
      (guint8) lt_address_to_text(address.left == 4 ? 4 : 6, address.at, request->host.name);
}

static void
set_domain(LtRequest *request, LtCursor domain)
{
  request->raw_name = domain.at;
  request->raw_name_len = domain.left;
  switch (lt_host_from_wire(domain.at, domain.left, &request->host)) {
  case LT_HOST_OK:
    request->name = LT_NAME_HOST;
    return;
  case LT_HOST_ADDRESS:
    request->name = LT_NAME_ADDRESS;
    return;
  case LT_HOST_BAD:
    request->name = LT_NAME_BAD;
    return;
  }
}

/* Text that ends in a zero. */
static LtWireAnswer
take_text(LtCursor *cursor, LtCursor *out)
{
  gsize len = 0;

  while (len < cursor->left && len <= SOCKS4_TEXT_MAX && cursor->at[len] != 0)
    len++;
  if (len > SOCKS4_TEXT_MAX)
    return LT_WIRE_MALFORMED;
  if (len == cursor->left || !lt_cursor_take(cursor, len, out))
    return LT_WIRE_NEED_MORE;
  return lt_cursor_skip(cursor, 1) ? LT_WIRE_FOUND : LT_WIRE_NEED_MORE;
}

/* An address 0.0.0.x announces a name behind the user's (SOCKS 4a). */
static LtWireAnswer
read_socks4(LtCursor *cursor, LtRequest *request)
{
  LtCursor address, user, domain;
  LtWireAnswer answer;

  if (!lt_cursor_skip(cursor, 4) || !lt_cursor_take(cursor, 4, &address))
    return LT_WIRE_NEED_MORE;
  answer = take_text(cursor, &user);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (address.at[0] != 0 || address.at[1] != 0 || address.at[2] != 0 || address.at[3] == 0) {
    set_address(request, address);
    return LT_WIRE_FOUND;
  }
  answer = take_text(cursor, &domain);
  if (answer == LT_WIRE_FOUND)
    set_domain(request, domain);
  return answer;
}

/* RFC 1929 section 2. */
static LtWireAnswer
skip_password(LtCursor *cursor)
{
  LtCursor login = *cursor, user, password;

  if (!lt_cursor_skip(&login, 1) || !lt_cursor_block8(&login, &user) ||
      !lt_cursor_block8(&login, &password))
    return LT_WIRE_NEED_MORE;
  *cursor = login;
  return LT_WIRE_FOUND;
}

/* RFC 1928 section 4. */
static LtWireAnswer
read_socks5_request(LtCursor *cursor, LtRequest *request)
{
  LtCursor target;
  guint8 type;
  gboolean is_whole = FALSE;

  if (!lt_cursor_skip(cursor, 3) || !lt_cursor_u8(cursor, &type))
    return LT_WIRE_NEED_MORE;
  switch (type) {
  case ATYP_IPV4:
    is_whole = lt_cursor_take(cursor, 4, &target);
    break;
  case ATYP_DOMAIN:
    is_whole = lt_cursor_block8(cursor, &target);
    break;
  case ATYP_IPV6:
    is_whole = lt_cursor_take(cursor, 16, &target);
    break;
  default:
    return LT_WIRE_MALFORMED;
  }
  if (!is_whole || !lt_cursor_skip(cursor, 2))
    return LT_WIRE_NEED_MORE;
  if (type == ATYP_DOMAIN)
    set_domain(request, target);
  else
    set_address(request, target);
  return LT_WIRE_FOUND;
}

/* What the server chose is not seen here: what comes next tells it. */
static LtWireAnswer
read_socks5(LtCursor *cursor, LtRequest *request)
{
  LtCursor methods;
  LtWireAnswer answer;
  guint8 next;

  if (!lt_cursor_skip(cursor, 1) || !lt_cursor_block8(cursor, &methods) ||
      !lt_cursor_peek(cursor, &next))
    return LT_WIRE_NEED_MORE;
  if (next == PASSWORD_VERSION && memchr(methods.at, METHOD_PASSWORD, methods.left) != NULL) {
    answer = skip_password(cursor);
    if (answer != LT_WIRE_FOUND)
      return answer;
    if (!lt_cursor_peek(cursor, &next))
      return LT_WIRE_NEED_MORE;
  }
  return next == SOCKS5_VERSION ? read_socks5_request(cursor, request) : LT_WIRE_NOT_MINE;
}

LtWireAnswer
lt_proxy_read_target(LtProxyKind kind, const guint8 *bytes, gsize len, LtRequest *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  LtRequest request;
  LtWireAnswer answer = LT_WIRE_NOT_MINE;

  lt_request_init(&request, LT_PROTOCOL_UNKNOWN);
  switch (kind) {
  case LT_PROXY_SOCKS4:
    answer = read_socks4(&cursor, &request);
    break;
  case LT_PROXY_SOCKS5:
    answer = read_socks5(&cursor, &request);
    break;
  case LT_PROXY_OPENVPN:
    break;
  }
  if (answer != LT_WIRE_FOUND)
    return answer;
  request.len_bytes = len - cursor.left;
  lt_request_copy(out, &request);
  return LT_WIRE_FOUND;
}
