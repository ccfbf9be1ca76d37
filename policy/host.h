/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names in one spelling: lower case, no trailing dot, A-labels, within the limits of DNS. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RFC 1035 section 2.3.4: 255 octets on the wire leave 253 characters in text; one more ends it. */
#define LT_HOST_MAX_LEN 253

/**
 * LtHost:
 * @len: characters in @name, 1 to %LT_HOST_MAX_LEN; 0 only in an unset value
 * @name: normalised and ended by NUL
 */
typedef struct {
  guint8 len;
  char name[LT_HOST_MAX_LEN + 1];
} LtHost;

/**
 * LtHostAnswer:
 * @LT_HOST_OK: a host name; the output is written
 * @LT_HOST_ADDRESS: an IPv4 or IPv6 literal (brackets and zone allowed); the output is written, in
 *   the canonical text of RFC 5952 without brackets
 * @LT_HOST_BAD: empty, too long, an empty or over-long label, or a byte that no host name has
 */
typedef enum {
  LT_HOST_OK,
  LT_HOST_ADDRESS,
  LT_HOST_BAD,
} LtHostAnswer;

/**
 * lt_host_from_wire:
 * @bytes: (array length=len): a name in text as a client sent it; need not end in NUL
 * @out: written on %LT_HOST_OK and %LT_HOST_ADDRESS only
 *
 * Normalises a name from a packet: ASCII only (letters, digits, '-', '_' and dots), case folded,
 * one trailing dot dropped. Does not allocate. Anything else is %LT_HOST_BAD: the caller falls
 * closed.
 */
LtHostAnswer
lt_host_from_wire(const guint8 *bytes, gsize len, LtHost *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_host_from_labels:
 * @labels: (array length=len): as DNS has a name, RFC 1035 section 3.1: labels of 1 to 63 bytes
 * with their length before them, then a zero; at most 255 bytes, well formed, without pointers
 * @out: holds anything when the answer is FALSE
 *
 * Returns: TRUE if lt_host_from_wire() would call the text of it a host name. A dot inside a label
 * is no separator, so such a name is none.
 */
gboolean
lt_host_from_labels(const guint8 *labels, gsize len, LtHost *out) G_GNUC_WARN_UNUSED_RESULT;

/* As an assignment, but of the characters in use alone: for what runs per packet. @from is set. */
void lt_host_copy(LtHost *to, const LtHost *from);

/**
 * lt_host_from_text:
 * @text: a name as a person typed it, UTF-8: a U-label becomes its A-label (IDNA 2008, UTS 46)
 * @out: written on %LT_HOST_OK and %LT_HOST_ADDRESS only
 */
LtHostAnswer lt_host_from_text(const char *text, LtHost *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_host_is_within:
 * @host: a normalised name
 * @domain: a normalised name
 *
 * Returns: TRUE if @host is @domain or a name below it ("a.b.c" is within "b.c", not within ".c").
 */
gboolean lt_host_is_within(const char *host, const char *domain);

/**
 * lt_host_is_public_suffix:
 *
 * Returns: TRUE if @host is a public suffix ("vn", "com.vn", "github.io"): a rule for it matches
 * that name alone, never the sites of everybody below it. From libpsl's built-in list.
 */
gboolean lt_host_is_public_suffix(const char *host);

/**
 * lt_host_registrable:
 *
 * Returns: (nullable): the part of @host that somebody has registered, one label below its public
 *   suffix ("vnexpress.net" of "s1.vnexpress.net"); a pointer into @host; NULL for a public suffix.
 */
const char *lt_host_registrable(const char *host);

G_END_DECLS
