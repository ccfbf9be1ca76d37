/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known ways to hide names: resolvers that speak encrypted DNS, and the outer names of ECH. */
#include "policy/encrypted-dns.h"

#include "policy/dns-data.h"

#include <string.h>

struct _LtHidingSet {
  LtHostIndex *names;
  GArray *reasons; /* LtReason, by the number of the name */
};

const LtAddress *
lt_encrypted_dns_addresses(gsize *n_addresses)
{
  *n_addresses = lt_dns_data_addresses_len;
  return lt_dns_data_addresses;
}

static gint
compare_addresses(const LtAddress *a, const LtAddress *b)
{
  if (a->family != b->family)
    return (gint) a->family - (gint) b->family;
  return memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : sizeof a->bytes);
}

gboolean
lt_encrypted_dns_has_address(const LtAddress *address)
{
  gsize low = 0, high = lt_dns_data_addresses_len;

  while (low < high) {
    gsize middle = low + (high - low) / 2;
    gint order = compare_addresses(address, &lt_dns_data_addresses[middle]);

    if (order == 0)
      return TRUE;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return FALSE;
}

static LtReason
reason_of(LtKnownKind kind)
{
  switch (kind) {
  case LT_KNOWN_ENCRYPTED_DNS:
    return LT_REASON_ENCRYPTED_DNS;
  case LT_KNOWN_HIDDEN_NAME:
    return LT_REASON_HIDDEN_NAME;
  }
  g_return_val_if_reached(LT_REASON_HIDDEN_NAME);
}

static void
add(LtHidingSet *set, const char *host, LtReason reason)
{
  guint32 number = lt_host_index_add(set->names, host);

  if (number == set->reasons->len)
    g_array_append_val(set->reasons, reason);
}

LtHidingSet *
lt_hiding_set_new(void)
{
  LtHidingSet *set = g_new0(LtHidingSet, 1);

  set->names = lt_host_index_new();
  set->reasons = g_array_new(FALSE, FALSE, sizeof(LtReason));
  for (gsize i = 0; i < lt_dns_data_names_len; i++)
    add(set, lt_dns_data_names[i].host, reason_of(lt_dns_data_names[i].kind));
  for (gsize i = 0; i < lt_dns_data_addresses_len; i++) {
    const LtAddress *address = &lt_dns_data_addresses[i];
    char text[LT_ADDRESS_TEXT_SIZE];

    lt_address_to_text(address->family, address->bytes, text);
    add(set, text, LT_REASON_ENCRYPTED_DNS);
  }
  return set;
}

void
lt_hiding_set_free(LtHidingSet *set)
{
  if (set == NULL)
    return;
  g_array_unref(set->reasons);
  lt_host_index_free(set->names);
  g_free(set);
}

gboolean
lt_hiding_set_find(const LtHidingSet *set, const LtHostWalk *walk, LtHiding *out)
{
  for (guint suffix = 0; suffix < walk->n; suffix++) {
    guint32 number = lt_host_index_find(set->names, walk, suffix);

    if (number == LT_HOST_INDEX_NONE)
      continue;
    *out = (LtHiding){suffix,
                      g_array_index(set->reasons, LtReason, number),
                      lt_host_index_name(set->names, number)};
    return TRUE;
  }
  return FALSE;
}
