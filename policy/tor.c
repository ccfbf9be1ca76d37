/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How Tor's own TLS hellos to its relays look. */
#include "policy/tor.h"

#include <string.h>

#define BEFORE "www."
#define BEHIND ".com"
#define BASE32 "abcdefghijklmnopqrstuvwxyz234567"

gboolean
lt_tor_is_name(const char *host)
{
  gsize n;

  if (!g_str_has_prefix(host, BEFORE))
    return FALSE;
  host += strlen(BEFORE);
  n = strspn(host, BASE32);
  return n >= LT_TOR_NAME_MIN_CHARS && n <= LT_TOR_NAME_MAX_CHARS && strcmp(host + n, BEHIND) == 0;
}

gboolean
lt_tor_is_hello(const LtRequest *request)
{
  return request->offers_p224 && !request->has_alpn && request->name == LT_NAME_HOST &&
         lt_tor_is_name(request->host.name);
}
