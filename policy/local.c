/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays on this PC: which connections, which names, and what is decided of them. */
#include "policy/local.h"

#include "policy/address.h"

#include <string.h>

#define IPV4_LOOPBACK 127u

static gboolean
is_loopback(guint8 family, const guint8 *address)
{
  static const guint8 ipv6_loopback[16] = {[15] = 1};
  static const guint8 mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

  if (family == 4)
    return address[0] == IPV4_LOOPBACK;
  return memcmp(address, ipv6_loopback, sizeof ipv6_loopback) == 0 ||
         (memcmp(address, mapped_prefix, sizeof mapped_prefix) == 0 &&
          address[sizeof mapped_prefix] == IPV4_LOOPBACK);
}

gboolean
lt_local_flow(const LtTuple *tuple)
{
  return is_loopback(tuple->family, tuple->daddr) ||
         memcmp(tuple->saddr, tuple->daddr, sizeof tuple->daddr) == 0;
}

gboolean
lt_local_name(const char *host)
{
  static const char *const domains[] = {
      "localhost", "local", "localdomain", "internal", "home.arpa"};
  LtAddress address;

  if (strchr(host, '.') == NULL && strchr(host, ':') == NULL)
    return TRUE;
  if (lt_address_from_text(host, strlen(host), &address))
    return is_loopback(address.family, address.bytes);
  for (gsize i = 0; i < G_N_ELEMENTS(domains); i++)
    if (lt_host_is_within(host, domains[i]))
      return TRUE;
  return FALSE;
}

/* The address that is connected to, in text. */
static gboolean
is_destination(const LtTuple *tuple, const LtHost *host)
{
  char text[LT_ADDRESS_TEXT_SIZE];

  lt_address_to_text(tuple->family, tuple->daddr, text);
  return strcmp(host->name, text) == 0;
}

gboolean
lt_local_decide(const LtTuple *tuple, LtName name, const LtHost *host, LtDecision *out)
{
  if (!lt_local_flow(tuple))
    return FALSE;
  switch (name) {
  case LT_NAME_HOST:
    if (!lt_local_name(host->name))
      return FALSE;
    break;
  case LT_NAME_ADDRESS:
    if (!lt_local_name(host->name) && !is_destination(tuple, host))
      return FALSE;
    break;
  case LT_NAME_NONE:
    break;
  case LT_NAME_BAD:
    return FALSE;
  }
  *out = (LtDecision){.action = LT_ACTION_ALLOW,
                      .reason = LT_REASON_DEFAULT,
                      .owner = LT_OWNER_DEFAULT,
                      .rule = "loopback"};
  return TRUE;
}
