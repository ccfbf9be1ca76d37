/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site that an HTTP/1 request asks for, and where the request ends. RFC 9110, RFC 9112. */
#pragma once

#include "policy/wire/answer.h"
#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_http_read_head:
 * @bytes: (array length=len): from the start of a stream or behind the request before
 * @out: written on FOUND only
 * @out_is_ambiguous: (optional): written on FOUND only: servers differ on where the body of this
 *   request ends (Content-Length beside Transfer-Encoding, several lengths, a length that is no
 *   number, a Transfer-Encoding that isn't "chunked" at its end), or on the site that it asks for
 *   (Host does not say what the target says)
 *
 * What is a request: optional empty lines, a token of any length, a target and "HTTP/" with a
 * version, or "GET" and a target alone (HTTP/0.9).
 *
 * Lines end in LF or CRLF, as servers take them. A line that starts with a blank goes on the line
 * before (obs-fold). The name: the authority of an absolute target or of CONNECT wins over Host
 * (RFC 9112 section 3.2.2); several Host headers with different names are BAD. A port is dropped.
 *
 * Returns: FOUND; NEED_MORE until the empty line is there; NOT_MINE; MALFORMED where servers differ
 * on what they see: a blank before the first header's name, a CR that ends no line, a version
 * without a blank before it. Also the preface of HTTP/2 in the clear: no browser sends it, and the
 * names behind it are nobody's to read here.
 */
LtWireAnswer lt_http_read_head(const guint8 *bytes,
                               gsize len,
                               LtRequest *out,
                               gboolean *out_is_ambiguous) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
