/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Millions of host names with their categories, in one immutable file that is mapped, not loaded.
 */
#pragma once

#include "policy/category.h"
#include "policy/host-walk.h"

#include <glib.h>

G_BEGIN_DECLS

/* Lists in one set; a number of a list is one byte. */
#define LT_HOST_SET_MAX_LISTS 250

/* Patterns that no name stands for are tried for every name that is asked for. */
#define LT_HOST_SET_MAX_FREE_PATTERNS 256

/* Patterns in all: they are read when the set is opened, which takes no millisecond. */
#define LT_HOST_SET_MAX_PATTERNS 1024

/* No name that is asked for is taken for a listed one more often than this, with 16 labels. */
#define LT_HOST_SET_MAX_FALSE_MATCH 1e-9

/**
 * LtListed:
 *
 * What a list says at one name.
 *
 * @LT_LISTED_SELF: of that name
 * @LT_LISTED_BELOW: of the names below it
 * @LT_LISTED_EXCEPT: that the list is not about them, whatever else it says
 * @LT_LISTED_IMPORTANT: that exceptions do not count, unless they are important too
 * @LT_LISTED_PATTERNS: (set file alone) patterns are to be tried for it and below it
 */
typedef enum {
  LT_LISTED_SELF = 1 << 0,
  LT_LISTED_BELOW = 1 << 1,
  LT_LISTED_EXCEPT = 1 << 2,
  LT_LISTED_IMPORTANT = 1 << 3,
  LT_LISTED_PATTERNS = 1 << 4,
} LtListed;
#define LT_LISTED_BOTH (LT_LISTED_SELF | LT_LISTED_BELOW)

/**
 * LtHostSetList:
 * @name: what people call it ("UT1 games")
 * @category: of its names
 * @format: as written ("hosts", "adblock", ...)
 * @source: where it is from, or ""
 * @licence: or ""
 * @date: as the list says, or ""
 * @n_rules: rules that are in the set
 * @n_skipped: lines that are not
 * @nearest_wins: the longest name that it has decides, not the exceptions
 *
 * One list of a set.
 */
typedef struct {
  char *name;
  LtCategory category;
  char *format;
  char *source;
  char *licence;
  char *date;
  guint64 n_rules;
  guint64 n_skipped;
  gboolean nearest_wins;
} LtHostSetList;

void lt_host_set_list_free(LtHostSetList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostSetList, lt_host_set_list_free)

#define LT_HOST_SET_ERROR (lt_host_set_error_quark())
GQuark lt_host_set_error_quark(void);
/**
 * LtHostSetError:
 * @LT_HOST_SET_ERROR_DAMAGED: no set, cut short, or changed after it was made
 * @LT_HOST_SET_ERROR_VERSION: a set of a version that this program does not read
 */
typedef enum {
  LT_HOST_SET_ERROR_DAMAGED,
  LT_HOST_SET_ERROR_VERSION,
} LtHostSetError;

typedef struct _LtHostSet LtHostSet;

/**
 * lt_host_set_new:
 * @bytes: a whole file (usually mapped); a reference is taken
 *
 * Checks the header, the sizes and the checksum of all but the names, in less than a millisecond
 * however many names there are. Whatever the names' bytes are, no look-up reads outside of them.
 */
LtHostSet *lt_host_set_new(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
LtHostSet *lt_host_set_ref(LtHostSet *set);
void lt_host_set_unref(LtHostSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHostSet, lt_host_set_unref)

/* The checksum of the names: reads the whole file (about a second for a gigabyte). */
gboolean lt_host_set_verify(const LtHostSet *set, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_host_set_find:
 * @walk: a normalised name or address
 *
 * Returns: the categories (bits of #LtCategory) of the name; of an address if it is listed itself.
 *   Does not allocate, but see lt_host_pattern_matches(). Any thread.
 */
guint64 lt_host_set_find(const LtHostSet *set, const LtHostWalk *walk);

/**
 * lt_host_set_find_list:
 *
 * Returns: (nullable): the first list of @category that has the name; borrowed.
 */
const LtHostSetList *
lt_host_set_find_list(const LtHostSet *set, const LtHostWalk *walk, LtCategory category);

/**
 * LtHostSetVerdict:
 * @LT_HOST_SET_NONE: the list says nothing of the name
 * @LT_HOST_SET_LISTED: it is of the list
 * @LT_HOST_SET_EXCEPTED: an exception of the list takes it out
 */
typedef enum {
  LT_HOST_SET_NONE,
  LT_HOST_SET_LISTED,
  LT_HOST_SET_EXCEPTED,
} LtHostSetVerdict;

/* What the list of that number says, by itself. */
LtHostSetVerdict lt_host_set_ask_list(const LtHostSet *set, const LtHostWalk *walk, guint8 list);

guint64 lt_host_set_n_names(const LtHostSet *set);
/* The whole file; borrowed. */
GBytes *lt_host_set_bytes(const LtHostSet *set);
guint64 lt_host_set_n_bytes(const LtHostSet *set);
guint lt_host_set_n_patterns(const LtHostSet *set);
/* When it was made, seconds since the epoch, as its maker said. */
gint64 lt_host_set_utc_made_s(const LtHostSet *set);
/* (element-type LtHostSetList): borrowed. */
const GPtrArray *lt_host_set_lists(const LtHostSet *set);

/**
 * lt_host_set_false_match:
 * @n_labels: of the name that is asked for
 *
 * Returns: the chance that a name that is not in the set is taken for one that is: names times
 *   labels divided by two to the bits that are compared.
 */
double lt_host_set_false_match(const LtHostSet *set, guint n_labels);

G_END_DECLS
