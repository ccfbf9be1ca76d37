/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One entry of a list of sites: read kindly, refused with words that help. */
#include "policy/site-entry.h"

#include "policy/host.h"

#include <string.h>

/* "https://user@olm.vn:443/lop-6?x": the host of what somebody copied from a browser, or NULL. */
static char *
host_of_pasted(const char *written)
{
  const char *start = strstr(written, "://");
  const char *at;
  g_autofree char *name = NULL;
  LtHost host;

  start = start != NULL ? start + 3 : written;
  name = g_strndup(start, strcspn(start, "/?#"));
  at = strrchr(name, '@');
  start = at != NULL ? at + 1 : name;
  if (start[0] != '[' && strrchr(start, ':') != NULL)
    *strrchr(name, ':') = '\0';
  if (lt_host_from_text(start, &host) == LT_HOST_BAD)
    return NULL;
  return g_strdup(host.name);
}

static char *
problem_of(const char *written)
{
  g_autofree char *host = host_of_pasted(written);
  const char *slash = strchr(written, '/');

  if (slash != NULL && slash != written && strstr(written, "://") == NULL &&
      strspn(slash + 1, "0123456789") == strlen(slash + 1) && slash[1] != '\0')
    return g_strdup_printf("\"%s\" is a range of addresses; write single addresses or host names",
                           written);
  if (host != NULL)
    return g_strdup_printf(
        "\"%s\" is more than the name of a site; write the host \"%s\"", written, host);
  if (written[0] == '.' && written[1] != '\0')
    return g_strdup_printf("\"%s\" begins with a dot; write \"%s\" for the site and all below it, "
                           "or \"*%s\" for what is below it",
                           written,
                           written + 1,
                           written);
  if (strchr(written, '*') != NULL)
    return g_strdup_printf(
        "\"%s\": a '*' may only stand at the front, as in \"*.olm.vn\"; write it so", written);
  if (written[0] == '\0')
    return g_strdup("an empty name of a site; write one like \"olm.vn\", or remove it");
  return g_strdup_printf("\"%s\" is not the name of a site; write one like \"olm.vn\"", written);
}

LtSiteEntry *
lt_site_entry_new(const char *written, char **problem)
{
  LtSiteEntry *entry;
  const char *prefix = "";
  LtHost host;
  LtHostAnswer answer;

  if (g_str_has_prefix(written, "*."))
    prefix = "*.";
  else if (written[0] == '=')
    prefix = "=";
  answer = lt_host_from_text(written + strlen(prefix), &host);
  if (answer == LT_HOST_BAD || (answer == LT_HOST_ADDRESS && prefix[0] == '*')) {
    *problem = problem_of(written);
    return NULL;
  }

  entry = g_new0(LtSiteEntry, 1);
  entry->text = g_strconcat(prefix, host.name, NULL);
  entry->host = entry->text + strlen(prefix);
  entry->is_suffix =
      answer == LT_HOST_OK && prefix[0] != '=' && lt_host_is_public_suffix(host.name);
  if (answer == LT_HOST_ADDRESS || prefix[0] == '=' || entry->is_suffix)
    entry->scope = LT_SCOPE_SELF;
  else
    entry->scope = prefix[0] == '*' ? LT_SCOPE_BELOW : LT_SCOPE_BOTH;
  return entry;
}

void
lt_site_entry_free(LtSiteEntry *entry)
{
  if (entry == NULL)
    return;
  g_free(entry->text);
  g_free(entry);
}
