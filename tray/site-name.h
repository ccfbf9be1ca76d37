/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a site's name, which a stranger chose, is shown to a person. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest name shown, in characters; a line of a notification holds about this much. */
#define LT_SITE_NAME_MAX_CHARS 48

/**
 * lt_site_name_show:
 * @name: a host name as the agent normalised it (RFC 5890 A-labels) or whatever came instead
 *
 * The rule: an internationalised label ("xn--...") is shown with its letters only when the whole
 * name is made of a-z, digits, hyphens, dots and the letters of the Vietnamese alphabet, composed
 * (NFC), and turns back into the same A-labels (RFC 5891 §4.4, §5.4). Every other one stays
 * "xn--...": a Cyrillic or Greek look-alike of a known name must not look like that name. Bytes
 * that no host name has (controls, bidirectional marks, markup, blanks) become U+FFFD. A long name
 * loses its beginning, never its end: the end says whose it is.
 *
 * Returns: (transfer full): UTF-8 in one line, not escaped for markup; "" for "".
 */
char *lt_site_name_show(const char *name);

/**
 * lt_site_name_exact:
 *
 * For whoever opens a site: "facebọok.com" is not "facebook.com", and must be seen not to be.
 *
 * Returns: (transfer full) (nullable): the A-labels of a name that lt_site_name_show() shows with
 *   letters of its own; NULL when it shows the name as it is.
 */
char *lt_site_name_exact(const char *name);

/* Whether @name is made of the characters of host names alone and is not empty: only such a one may
 * stand in a command that a person is told to type. */
gboolean lt_site_name_is_typeable(const char *name);

/**
 * lt_site_name_tame:
 * @text: words that another person typed; may be invalid UTF-8
 * @max_chars: more are cut off, with "…"
 *
 * Returns: (transfer full): one line of valid UTF-8 (NFC) without controls and bidirectional marks,
 *   blanks joined; not escaped for markup.
 */
char *lt_site_name_tame(const char *text, gsize max_chars);

G_END_DECLS
