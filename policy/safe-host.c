/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search engines and YouTube: which filtered host a child gets in place of the one it asks for. */
#include "policy/safe-host.h"

#include "policy/dns-data.h"

#include <string.h>

static gboolean
is_set(const LtChildRules *child, LtSafeSetting setting)
{
  switch (setting) {
  case LT_SAFE_SEARCH:
    return lt_child_rules_safe_search(child);
  case LT_SAFE_YOUTUBE_MODERATE:
    return lt_child_rules_youtube(child) == LT_YOUTUBE_MODERATE;
  case LT_SAFE_YOUTUBE_STRICT:
    return lt_child_rules_youtube(child) == LT_YOUTUBE_STRICT;
  }
  g_return_val_if_reached(FALSE);
}

/* The first row of that host, or the number of rows. */
static gsize
find_first(const char *host)
{
  gsize low = 0, high = lt_dns_data_safe_hosts_len;

  while (low < high) {
    gsize middle = low + (high - low) / 2;

    if (strcmp(lt_dns_data_safe_hosts[middle].host, host) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const char *
lt_safe_host_target(const LtChildRules *child, const char *host)
{
  if (child == NULL)
    return NULL;
  for (gsize i = find_first(host); i < lt_dns_data_safe_hosts_len; i++) {
    const LtSafeHost *row = &lt_dns_data_safe_hosts[i];

    if (strcmp(row->host, host) != 0)
      return NULL;
    if (is_set(child, row->setting))
      return row->target;
  }
  return NULL;
}
