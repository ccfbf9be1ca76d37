/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns for host names as block lists have them: anchors, wildcards, regular expressions. */
#pragma once

#include "policy/host-walk.h"

#include <glib.h>

G_BEGIN_DECLS

/* More is no pattern for names: a name has 253 characters. */
#define LT_HOST_PATTERN_MAX_BYTES 1024

typedef struct _LtHostPattern LtHostPattern;

/* Memory for regular expressions while they match; one serves any number of threads. */
typedef struct _LtHostPatternScratch LtHostPatternScratch;

/**
 * LtHostPatternAnswer:
 * @LT_HOST_PATTERN_OK: can be matched with names
 * @LT_HOST_PATTERN_NEEDS_URL: says something of a path, a query, a port or a scheme
 * @LT_HOST_PATTERN_BAD: matches no name ever, matches every name, or is no regular expression
 * @LT_HOST_PATTERN_TOO_LONG: beyond the limits
 */
typedef enum {
  LT_HOST_PATTERN_OK,
  LT_HOST_PATTERN_NEEDS_URL,
  LT_HOST_PATTERN_BAD,
  LT_HOST_PATTERN_TOO_LONG,
} LtHostPatternAnswer;

/**
 * lt_host_pattern_new:
 * @text: (array length=len): "[||]glob[^]", "[|]glob[|]" or "/regex/", behind it perhaps
 *   "$denyallow=NAME|NAME"; case is ignored
 * @out: (out) (transfer full): written on %LT_HOST_PATTERN_OK only
 *
 * "||" begins at a label, "|" at the name's beginning or end, "^" at its end; "*" is any number of
 * characters. Without an end, "||ads" is about whole labels: "ads.example" and "x.ads.example", not
 * "adsl.example"; with a wildcard, or without a beginning, the end is open. Names of "denyallow"
 * and names below them do not match, nor do addresses then.
 */
LtHostPatternAnswer
lt_host_pattern_new(const char *text, gsize len, LtHostPattern **out) G_GNUC_WARN_UNUSED_RESULT;
void lt_host_pattern_free(LtHostPattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostPattern, lt_host_pattern_free)

LtHostPatternScratch *lt_host_pattern_scratch_new(void);
void lt_host_pattern_scratch_free(LtHostPatternScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostPatternScratch, lt_host_pattern_scratch_free)

/**
 * lt_host_pattern_matches:
 * @walk: a normalised name or address
 *
 * Its work is bounded: a regular expression that needs more than its share does not match. Any
 * thread; allocates only when more threads match at once than the scratch is made for.
 */
gboolean lt_host_pattern_matches(const LtHostPattern *pattern,
                                 LtHostPatternScratch *scratch,
                                 const LtHostWalk *walk);

/**
 * lt_host_pattern_suffix:
 *
 * Returns: (nullable): a name that every name which matches is, or is below: "example.net" of
 *   "||ads*.example.net^". So it needs to be tried for those alone.
 */
const char *lt_host_pattern_suffix(const LtHostPattern *pattern);

G_END_DECLS
