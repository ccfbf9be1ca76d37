/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which site does the beginning of a client's stream ask for? TLS hello or HTTP/1 request. */
#pragma once

#include "policy/host.h"
#include "policy/wire/answer.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LT_PROTOCOL_UNKNOWN,
  LT_PROTOCOL_DNS,
  LT_PROTOCOL_HTTP,
  LT_PROTOCOL_TLS,
  LT_PROTOCOL_QUIC,
} LtProtocol;

/* "dns", "http", "tls", "quic", "unknown". Static. */
const char *lt_protocol_to_string(LtProtocol protocol);

/**
 * LtName:
 * @LT_NAME_HOST: a host name
 * @LT_NAME_ADDRESS: an IP literal
 * @LT_NAME_NONE: the request names nobody
 * @LT_NAME_BAD: it names something that no host name can be, or several names
 */
typedef enum {
  LT_NAME_HOST,
  LT_NAME_ADDRESS,
  LT_NAME_NONE,
  LT_NAME_BAD,
} LtName;

/**
 * LtRequest:
 * @protocol: HTTP or TLS
 * @name: what kind of name
 * @host: the name, set for HOST and ADDRESS
 * @raw_name: (array length=raw_name_len): (nullable): the name as it was sent, without a port, even
 * if BAD: for people, never for judging. Borrowed from the input; NULL when there is none, and when
 * it stands in no single place (a hello over several records)
 * @len_bytes: the request's own length: TLS, all records that carry the ClientHello; HTTP, request
 * line and headers with the empty line. What follows is body or the next request
 * @is_tunnel: HTTP CONNECT: what follows is another stream, to be judged from its start
 * @is_upgrade: HTTP with an Upgrade header: what follows may be no HTTP
 * @body_is_chunked: a body in chunks follows (RFC 9112 section 7.1)
 * @body_len_bytes: Content-Length, 0 without one
 * @has_rest: TLS: the hello's records hold something behind it; no client has more to say then
 * @has_ech: TLS: extension 0xfe0d is there (may be GREASE)
 * @has_alpn: TLS: the client says which protocols it speaks (RFC 7301)
 * @offers_p224: TLS: group 21, secp224r1, is offered (RFC 8422 section 5.1.1); not looked for with
 * ALPN
 */
typedef struct {
  LtProtocol protocol;
  LtName name;
  LtHost host;
  const guint8 *raw_name;
  gsize raw_name_len;
  gsize len_bytes;
  gboolean is_tunnel;
  gboolean is_upgrade;
  gboolean body_is_chunked;
  guint64 body_len_bytes;
  gboolean has_rest;
  gboolean has_ech;
  gboolean has_alpn;
  gboolean offers_p224;
} LtRequest;

/* A request of @protocol that names nobody yet and has no length. */
void lt_request_init(LtRequest *request, LtProtocol protocol);
/* As an assignment, but without the unused room of the name. */
void lt_request_copy(LtRequest *to, const LtRequest *from);

/**
 * lt_request_read:
 * @bytes: (array length=len): the client's bytes in order, from the start of the stream or of a
 * request
 *
 * Returns: FOUND; NEED_MORE (can still become one); NOT_MINE (neither TLS nor HTTP); MALFORMED,
 * also HTTP/2 without TLS, and a hello with something behind it in its records.
 */
LtWireAnswer
lt_request_read(const guint8 *bytes, gsize len, LtRequest *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
