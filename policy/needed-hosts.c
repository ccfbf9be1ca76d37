/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which hosts were refused soon after which sites were reached, visit by visit. */
#include "policy/needed-hosts.h"

#include <string.h>

/* Sites that a child has open at a time; beyond them the one reached longest ago is forgotten. */
#define MAX_VISITS 16
/* Sites that one host is counted for. */
#define MAX_SITES_EACH 4

typedef struct {
  char *site; /* NULL: free */
  guint64 number;
  guint n_hosts; /* taken in this visit */
  gint64 begun_us;
  gint64 reached_us;
} Visit;

typedef struct {
  char *site;
  guint64 visit; /* the last one that was counted */
  guint n_visits;
} Use;

typedef struct {
  char *name;
  guint n_uses;
  Use uses[MAX_SITES_EACH];
  gint64 refused_us;
} Host;

struct _LtNeededHosts {
  Visit visits[MAX_VISITS];
  guint64 n_begun;
  GHashTable *hosts; /* name -> Host */
};

static void
host_free(gpointer data)
{
  Host *host = data;

  for (guint i = 0; i < host->n_uses; i++)
    g_free(host->uses[i].site);
  g_free(host->name);
  g_free(host);
}

LtNeededHosts *
lt_needed_hosts_new(void)
{
  LtNeededHosts *needed = g_new0(LtNeededHosts, 1);

  needed->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, host_free);
  return needed;
}

void
lt_needed_hosts_free(LtNeededHosts *needed)
{
  if (needed == NULL)
    return;
  for (guint i = 0; i < MAX_VISITS; i++)
    g_free(needed->visits[i].site);
  g_hash_table_unref(needed->hosts);
  g_free(needed);
}

/* The site's own place, else a free one, else that of the site reached longest ago. */
static Visit *
place_for(LtNeededHosts *needed, const char *site)
{
  Visit *place = &needed->visits[0];

  for (guint i = 0; i < MAX_VISITS; i++) {
    Visit *visit = &needed->visits[i];

    if (visit->site != NULL && strcmp(visit->site, site) == 0)
      return visit;
    if (place->site != NULL && (visit->site == NULL || visit->reached_us < place->reached_us))
      place = visit;
  }
  return place;
}

static gboolean
is_live(const Visit *visit, gint64 now_us)
{
  return visit->site != NULL && now_us - visit->reached_us < LT_NEEDED_WINDOW_US;
}

void
lt_needed_hosts_reached(LtNeededHosts *needed, const char *site, gint64 monotonic_now_us)
{
  Visit *visit;
  gboolean goes_on;

  g_return_if_fail(needed != NULL && site != NULL);

  visit = place_for(needed, site);
  goes_on = is_live(visit, monotonic_now_us) && strcmp(visit->site, site) == 0;
  if (!goes_on) {
    g_free(visit->site);
    *visit =
        (Visit){.site = g_strdup(site), .number = ++needed->n_begun, .begun_us = monotonic_now_us};
  }
  visit->reached_us = monotonic_now_us;
}

/* One that begins belongs to a page; one that goes on may be a program's that asks now and then. */
static gboolean
has_fresh(const LtNeededHosts *needed, gint64 now_us)
{
  for (guint i = 0; i < MAX_VISITS; i++) {
    const Visit *visit = &needed->visits[i];

    if (visit->site != NULL && now_us - visit->begun_us < LT_NEEDED_WINDOW_US)
      return TRUE;
  }
  return FALSE;
}

static guint
n_visits_of(const Host *host)
{
  guint n = 0;

  for (guint i = 0; i < host->n_uses; i++)
    n = MAX(n, host->uses[i].n_visits);
  return n;
}

static void
drop_least(LtNeededHosts *needed)
{
  GHashTableIter iter;
  gpointer value;
  const Host *least = NULL;

  g_hash_table_iter_init(&iter, needed->hosts);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const Host *host = value;
    guint n = n_visits_of(host);

    if (least == NULL || n < n_visits_of(least) ||
        (n == n_visits_of(least) && host->refused_us < least->refused_us))
      least = host;
  }
  if (least != NULL)
    g_hash_table_remove(needed->hosts, least->name);
}

static Host *
add_host(LtNeededHosts *needed, const char *name)
{
  Host *host = g_new0(Host, 1);

  if (g_hash_table_size(needed->hosts) >= LT_NEEDED_MAX_HOSTS)
    drop_least(needed);
  host->name = g_strdup(name);
  g_hash_table_insert(needed->hosts, host->name, host);
  return host;
}

/* (nullable): where @visit's site is counted. */
static Use *
use_for(Host *host, const Visit *visit)
{
  for (guint i = 0; i < host->n_uses; i++) {
    if (strcmp(host->uses[i].site, visit->site) == 0)
      return &host->uses[i];
  }
  if (host->n_uses == MAX_SITES_EACH)
    return NULL;
  host->uses[host->n_uses].site = g_strdup(visit->site);
  return &host->uses[host->n_uses++];
}

static void
count(LtNeededHosts *needed, Visit *visit, const char *name, gint64 now_us)
{
  Host *host = g_hash_table_lookup(needed->hosts, name);
  Use *use = NULL;

  if (host == NULL && visit->n_hosts < LT_NEEDED_MAX_PER_VISIT)
    host = add_host(needed, name);
  if (host == NULL)
    return;
  host->refused_us = now_us;
  use = use_for(host, visit);
  if (use == NULL || use->visit == visit->number)
    return;
  use->visit = visit->number;
  use->n_visits++;
  visit->n_hosts++;
}

void
lt_needed_hosts_refused(LtNeededHosts *needed, const char *host, gint64 monotonic_now_us)
{
  gboolean fresh_only;
  guint64 before = 0;

  g_return_if_fail(needed != NULL && host != NULL);

  fresh_only = has_fresh(needed, monotonic_now_us);
  /* In the order in which they began: a page is reached before its open helpers are. */
  for (guint turn = 0; turn < MAX_VISITS; turn++) {
    Visit *next = NULL;

    for (guint i = 0; i < MAX_VISITS; i++) {
      Visit *visit = &needed->visits[i];

      if (is_live(visit, monotonic_now_us) && visit->number > before &&
          (next == NULL || visit->number < next->number))
        next = visit;
    }
    if (next == NULL)
      return;
    before = next->number;
    if (!fresh_only || monotonic_now_us - next->begun_us < LT_NEEDED_WINDOW_US)
      count(needed, next, host, monotonic_now_us);
  }
}

static gint
compare(gconstpointer a, gconstpointer b)
{
  const LtNeeded *one = a;
  const LtNeeded *other = b;

  if (one->n_visits != other->n_visits)
    return one->n_visits > other->n_visits ? -1 : 1;
  return strcmp(one->host, other->host);
}

GArray *
lt_needed_hosts_list(const LtNeededHosts *needed)
{
  GArray *list = g_array_new(FALSE, FALSE, sizeof(LtNeeded));
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail(needed != NULL, list);

  g_hash_table_iter_init(&iter, needed->hosts);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const Host *host = value;
    LtNeeded item = {.host = host->name, .site = "", .n_visits = 0};

    for (guint i = 0; i < host->n_uses; i++) {
      if (host->uses[i].n_visits > item.n_visits) {
        item.site = host->uses[i].site;
        item.n_visits = host->uses[i].n_visits;
      }
    }
    g_array_append_val(list, item);
  }
  g_array_sort(list, compare);
  return list;
}
