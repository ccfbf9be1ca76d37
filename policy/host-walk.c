/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes host names apart: the hashes grow from the end of a name, so that one pass has them all. */
#include "policy/host-walk.h"

#include <string.h>

/* FNV-1a, 32 bits: draft-eastlake-fnv section 5. A child cannot add names, only look for them. */
#define FNV_OFFSET 2166136261u
#define FNV_PRIME 16777619u

static inline guint32
hash_add(guint32 hash, char c)
{
  return (hash ^ (guchar) c) * FNV_PRIME;
}

/* RFC 3696 section 2: no top-level domain is all digits, so such a name is an IPv4 address. */
static gboolean
ends_in_number(const char *host, gsize len)
{
  gsize i = len;

  while (i > 0 && g_ascii_isdigit(host[i - 1]))
    i--;
  return i < len && (i == 0 || host[i - 1] == '.');
}

gboolean
lt_host_walk_init(LtHostWalk *walk, const char *host)
{
  gsize len = strlen(host);
  gboolean is_address = ends_in_number(host, len);
  guint32 hash = FNV_OFFSET;
  guint n = 0;

  walk->host = host;
  walk->len = len;
  walk->n = 0;
  if (len == 0 || len > LT_HOST_MAX_LEN)
    return FALSE;
  for (gsize i = len; i > 0; i--) {
    if (host[i - 1] == '.' && n < LT_HOST_MAX_LABELS - 1) {
      walk->start[n] = (guint8) i;
      walk->hash[n++] = hash;
    } else if (host[i - 1] == '.' && !is_address) {
      return FALSE;
    }
    is_address |= host[i - 1] == ':';
    hash = hash_add(hash, host[i - 1]);
  }
  walk->is_address = is_address;
  if (is_address)
    n = 0;
  walk->start[n] = 0;
  walk->hash[n] = hash;
  walk->n = n + 1;
  return TRUE;
}

guint32
lt_host_walk_hash(const char *host)
{
  guint32 hash = FNV_OFFSET;

  for (gsize i = strlen(host); i > 0; i--)
    hash = hash_add(hash, host[i - 1]);
  return hash;
}
