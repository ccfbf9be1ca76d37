/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hosts that pages of open sites asked for in vain: a bounded table of what was refused after what.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A page asks for its helpers within this time of its own request. */
#define LT_NEEDED_WINDOW_US (5 * G_USEC_PER_SEC)
/* What a table holds at the most; beyond it what was needed least, and longest ago, goes. */
#define LT_NEEDED_MAX_HOSTS 256
/* A page with more helpers is no page: the others of one visit are not taken. */
#define LT_NEEDED_MAX_PER_VISIT 64

/**
 * LtNeededHosts:
 *
 * Of one child. A *visit* of a site begins when the site is reached, and lasts until it was not
 * reached for %LT_NEEDED_WINDOW_US. However often a host is refused within a visit, it counts once:
 * what stands on top is what many visits needed, not what asked loudest.
 */
typedef struct _LtNeededHosts LtNeededHosts;

/**
 * LtNeeded:
 * @host: what was refused; borrowed until the table changes
 * @site: the site whose visits needed it most; the one that was reached first, if several did;
 *   borrowed likewise
 * @n_visits: how many visits of @site needed it, at least 1
 */
typedef struct {
  const char *host;
  const char *site;
  guint n_visits;
} LtNeeded;

LtNeededHosts *lt_needed_hosts_new(void);
void lt_needed_hosts_free(LtNeededHosts *needed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtNeededHosts, lt_needed_hosts_free)

/* An open site was reached. @site: a normalised name. */
void lt_needed_hosts_reached(LtNeededHosts *needed, const char *site, gint64 monotonic_now_us);

/* A host was refused. Nothing is kept of one that no visit can have needed. @host: a normalised
 * name. */
void lt_needed_hosts_refused(LtNeededHosts *needed, const char *host, gint64 monotonic_now_us);

/* (transfer full) (element-type LtNeeded): most visits first, then by host. */
GArray *lt_needed_hosts_list(const LtNeededHosts *needed);

G_END_DECLS
