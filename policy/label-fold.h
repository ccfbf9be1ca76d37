/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a label looks like to a hurried eye. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RFC 1035 section 2.3.4 */
#define LT_LABEL_MAX_LEN 63

/**
 * lt_label_plain:
 * @label: (array length=len): a normalised label
 * @out: room for LT_LABEL_MAX_LEN + 1
 *
 * The label with letters of ASCII alone: its punycode taken apart, marks and other scripts folded,
 * "?" for letters that look like none.
 *
 * Returns: its length; 0 if the punycode is none.
 */
gsize lt_label_plain(const char *label, gsize len, char *out);

/**
 * lt_label_skeleton:
 *
 * What a plain label looks like from afar: digits as letters, "rn" as "m", "vv" as "w", no hyphens.
 */
gsize lt_label_skeleton(const char *plain, gsize len, char *out);

G_END_DECLS
