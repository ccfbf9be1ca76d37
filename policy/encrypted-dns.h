/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known ways to hide names: resolvers that speak encrypted DNS, and the outer names of ECH. */
#pragma once

#include "policy/address.h"
#include "policy/decision.h"
#include "policy/host-index.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_encrypted_dns_addresses:
 * @n_addresses: (out): how many
 *
 * Returns: (array length=n_addresses): addresses that serve public encrypted DNS and nothing else
 *   that a child would look for; IPv4 first, each family in rising order. Static.
 */
const LtAddress *lt_encrypted_dns_addresses(gsize *n_addresses);

/* Whether @address is one of them. Some ten comparisons; does not allocate. */
gboolean lt_encrypted_dns_has_address(const LtAddress *address);

/**
 * LtHiding:
 * @suffix: which suffix of the walk is known: 0 for the name itself
 * @reason: %LT_REASON_ENCRYPTED_DNS or %LT_REASON_HIDDEN_NAME
 * @host: the known name; borrowed from the set
 */
typedef struct {
  guint suffix;
  LtReason reason;
  const char *host;
} LtHiding;

typedef struct _LtHidingSet LtHidingSet;

/* The package's names, and the addresses above in their canonical text. */
LtHidingSet *lt_hiding_set_new(void);
void lt_hiding_set_free(LtHidingSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHidingSet, lt_hiding_set_free)

/* The longest known name that the walked one is within; FALSE, and @out is left alone, if none. */
gboolean lt_hiding_set_find(const LtHidingSet *set, const LtHostWalk *walk, LtHiding *out);

G_END_DECLS
