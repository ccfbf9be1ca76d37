/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry of a list of sites, as a person writes it: "olm.vn", "*.olm.vn" or "=olm.vn". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Which names an entry is about. */
typedef enum {
  LT_SCOPE_SELF = 1 << 0,  /* that name: "=olm.vn" */
  LT_SCOPE_BELOW = 1 << 1, /* the names below it: "*.olm.vn" */
} LtScope;
#define LT_SCOPE_BOTH (LT_SCOPE_SELF | LT_SCOPE_BELOW) /* "olm.vn" */

/**
 * LtSiteEntry:
 * @text: the entry with its name normalised, as decisions name it
 * @host: the normalised name or address; inside @text
 * @scope: %LT_SCOPE_SELF for an address and for a public suffix, whatever was written
 * @is_suffix: a public suffix that was meant for more than itself: a warning is due
 */
typedef struct {
  char *text;
  const char *host;
  guint scope;
  gboolean is_suffix;
} LtSiteEntry;

/**
 * lt_site_entry_new:
 * @written: what a person wrote, UTF-8
 * @problem: (out) (transfer full): set when NULL is returned: what is wrong; what to do
 */
LtSiteEntry *lt_site_entry_new(const char *written, char **problem) G_GNUC_WARN_UNUSED_RESULT;
void lt_site_entry_free(LtSiteEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtSiteEntry, lt_site_entry_free)

G_END_DECLS
