/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Domain names inside DNS messages, with compression. RFC 1035 sections 3.1 and 4.1.4. */
#pragma once

#include "policy/host.h"
#include "policy/wire/answer.h"
#include "policy/wire/cursor.h"

#include <glib.h>

G_BEGIN_DECLS

/* RFC 1035 section 2.3.4: length bytes, labels and the root's zero together. */
#define LT_DNS_NAME_MAX_BYTES 255

/* Every byte as "\DDD" (RFC 1035 section 5.1), and a NUL. */
#define LT_DNS_NAME_TEXT_SIZE (4 * LT_DNS_NAME_MAX_BYTES + 1)

/**
 * LtDnsName:
 * @wire_len: bytes in @wire, 1 for the root
 * @wire: labels with their length bytes, without compression, with the final zero
 */
typedef struct {
  guint8 wire_len;
  guint8 wire[LT_DNS_NAME_MAX_BYTES];
} LtDnsName;

/**
 * lt_dns_name_read:
 * @message: (array length=len): the whole message, from its header on
 * @at: where the name starts, an offset in @message
 * @out_end: (optional): the offset behind the name as it stands at @at
 *
 * A compression pointer must lead to before the run of labels that it ends, and behind the header:
 * so every jump goes back and reading ends.
 *
 * Returns: FOUND; NEED_MORE when the message ends inside; MALFORMED for a pointer elsewhere, a
 * label type of RFC 6891 section 5 or a name over %LT_DNS_NAME_MAX_BYTES.
 */
LtWireAnswer lt_dns_name_read(const guint8 *message,
                              gsize len,
                              gsize at,
                              LtDnsName *out,
                              gsize *out_end) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_name_first:
 * @out: its labels with the final zero, in @message
 *
 * The name right behind the header. Answers as lt_dns_name_read(), without copying it: nothing
 * stands before it that a pointer could lead to.
 */
LtWireAnswer
lt_dns_name_first(const guint8 *message, gsize len, LtCursor *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_name_skip:
 * @out_end: the offset behind the name as it stands at @at
 *
 * Passes over a name without following its pointer: a well-formed end is all that it looks for.
 */
LtWireAnswer lt_dns_name_skip(const guint8 *message, gsize len, gsize at, gsize *out_end)
    G_GNUC_WARN_UNUSED_RESULT;

gboolean lt_dns_name_is_root(const LtDnsName *name);

/**
 * lt_dns_name_to_host:
 * @out: holds anything when the answer is FALSE
 *
 * Returns: FALSE for the root, for a name with a byte that no host name has, and for one that would
 * be an address in text.
 */
gboolean lt_dns_name_to_host(const LtDnsName *name, LtHost *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_dns_name_to_text:
 * @out: letters folded; bytes that are neither printable nor plain as "\DDD", a dot or backslash
 *   inside a label behind a backslash; "." for the root, else no final dot; ended by NUL
 *
 * For people: what a log or a table shows.
 */
void lt_dns_name_to_text(const LtDnsName *name, char out[LT_DNS_NAME_TEXT_SIZE]);

G_END_DECLS
