/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which site does the beginning of a client's stream ask for? TLS hello or HTTP/1 request. */
#include "policy/wire/request.h"

#include "policy/wire/http.h"
#include "policy/wire/tls.h"

const char *
lt_protocol_to_string(LtProtocol protocol)
{
  switch (protocol) {
  case LT_PROTOCOL_UNKNOWN:
    break;
  case LT_PROTOCOL_DNS:
    return "dns";
  case LT_PROTOCOL_HTTP:
    return "http";
  case LT_PROTOCOL_TLS:
    return "tls";
  case LT_PROTOCOL_QUIC:
    return "quic";
  }
  return "unknown";
}

void
lt_request_init(LtRequest *request, LtProtocol protocol)
{
  request->protocol = protocol;
  request->name = LT_NAME_NONE;
  request->host.len = 0;
  request->host.name[0] = '\0';
  request->raw_name = NULL;
  request->raw_name_len = 0;
  request->len_bytes = 0;
  request->is_tunnel = FALSE;
  request->is_upgrade = FALSE;
  request->body_is_chunked = FALSE;
  request->body_len_bytes = 0;
  request->has_rest = FALSE;
  request->has_ech = FALSE;
  request->has_alpn = FALSE;
  request->offers_p224 = FALSE;
}

void
lt_request_copy(LtRequest *to, const LtRequest *from)
{
  to->protocol = from->protocol;
  to->name = from->name;
  lt_host_copy(&to->host, &from->host);
  to->raw_name = from->raw_name;
  to->raw_name_len = from->raw_name_len;
  to->len_bytes = from->len_bytes;
  to->is_tunnel = from->is_tunnel;
  to->is_upgrade = from->is_upgrade;
  to->body_is_chunked = from->body_is_chunked;
  to->body_len_bytes = from->body_len_bytes;
  to->has_rest = from->has_rest;
  to->has_ech = from->has_ech;
  to->has_alpn = from->has_alpn;
  to->offers_p224 = from->offers_p224;
}

/* The first bytes of the two never meet: records and SSL 2.0 are no tokens, no CR and no LF. */
LtWireAnswer
lt_request_read(const guint8 *bytes, gsize len, LtRequest *out)
{
  LtRequest request;
  gboolean is_ambiguous;
  LtWireAnswer answer = lt_tls_read_stream(bytes, len, &request);

  if (answer == LT_WIRE_FOUND && request.has_rest)
    return LT_WIRE_MALFORMED;
  if (answer == LT_WIRE_FOUND)
    lt_request_copy(out, &request);
  if (answer != LT_WIRE_NOT_MINE)
    return answer;
  answer = lt_http_read_head(bytes, len, &request, &is_ambiguous);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (is_ambiguous)
    return LT_WIRE_MALFORMED;
  lt_request_copy(out, &request);
  return LT_WIRE_FOUND;
}
