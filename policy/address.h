/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses: from text, and to the one text that everybody compares. RFC 4291, RFC 5952. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255" and its NUL. */
#define LT_ADDRESS_TEXT_SIZE 46

/**
 * LtAddress:
 * @family: 4 or 6
 * @bytes: network order; IPv4 in the first four, rest zero
 */
typedef struct {
  guint8 family;
  guint8 bytes[16];
} LtAddress;

/**
 * lt_address_from_text:
 * @text: (array length=len): "192.0.2.1" (four decimal parts, no more and no less) or an IPv6
 *   address in any form of RFC 4291 section 2.2, without brackets and zone; need not end in NUL
 * @out: written on TRUE only
 */
gboolean
lt_address_from_text(const char *text, gsize len, LtAddress *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_address_to_text:
 * @family: 4 or 6
 * @bytes: (array): 4 or 16 bytes, network order
 * @out: the canonical text of RFC 5952 section 4, ended by NUL; IPv4-mapped addresses in
 *   hexadecimal too, as browsers write them
 *
 * Returns: its length in characters.
 */
gsize lt_address_to_text(guint8 family, const guint8 *bytes, char out[LT_ADDRESS_TEXT_SIZE]);

G_END_DECLS
