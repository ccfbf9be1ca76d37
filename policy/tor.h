/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How Tor's own TLS hellos to its relays look. */
#pragma once

#include "policy/wire/request.h"

#include <glib.h>

G_BEGIN_DECLS

/* Random characters of the names that Tor makes up for its hellos, a new one for each connection.
 */
#define LT_TOR_NAME_MIN_CHARS 4u
#define LT_TOR_NAME_MAX_CHARS 25u

/**
 * lt_tor_is_name:
 * @host: normalised
 *
 * Returns: TRUE for "www.", 4 to 25 letters and digits of base32 (a to z, 2 to 7; RFC 4648
 * section 6), ".com". Real sites look like that, too: nobody has looked up Tor's.
 */
gboolean lt_tor_is_name(const char *host);

/**
 * lt_tor_is_hello:
 *
 * Returns: TRUE if a TLS hello has such a name, offers secp224r1, which libraries gave up long ago,
 * and no protocol (ALPN), which browsers always do. Programs with a library of before 2016 look the
 * same: only where the child never asked DNS for the name it is Tor.
 */
gboolean lt_tor_is_hello(const LtRequest *request);

G_END_DECLS
