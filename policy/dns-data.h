/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dated data of the package, built in: encrypted DNS, outer names, canaries, filtered hosts. */
#pragma once

#include "policy/address.h"

#include <glib.h>

G_BEGIN_DECLS

/* Made from policy/data/encrypted-dns.json and safe-search.json by data/embed-dns-data.py. */

typedef enum {
  LT_KNOWN_ENCRYPTED_DNS, /* a public resolver that speaks DNS over HTTPS, TLS or QUIC */
  LT_KNOWN_HIDDEN_NAME,   /* what a hello names in the clear when ECH hides its real name */
} LtKnownKind;

/* A name that stands for those below it too. */
typedef struct {
  const char *host;
  LtKnownKind kind;
} LtKnownName;

/* Which of a child's settings sends a host to its filtered twin. */
typedef enum {
  LT_SAFE_SEARCH,
  LT_SAFE_YOUTUBE_MODERATE,
  LT_SAFE_YOUTUBE_STRICT,
} LtSafeSetting;

/* @host: this name alone; @target: whose addresses it gets. */
typedef struct {
  const char *host;
  LtSafeSetting setting;
  const char *target;
} LtSafeHost;

extern const LtKnownName lt_dns_data_names[];
extern const gsize lt_dns_data_names_len;

/* IPv4 first, each family in rising order. */
extern const LtAddress lt_dns_data_addresses[];
extern const gsize lt_dns_data_addresses_len;

/* Names that must not exist, so that browsers and systems leave encrypted DNS and relays off. */
extern const char *const lt_dns_data_canaries[];
extern const gsize lt_dns_data_canaries_len;

/* Below these stands how to reach the resolver over an encrypted way (RFC 9462). */
extern const char *const lt_dns_data_discovery[];
extern const gsize lt_dns_data_discovery_len;

/* By @host, then @setting. */
extern const LtSafeHost lt_dns_data_safe_hosts[];
extern const gsize lt_dns_data_safe_hosts_len;

G_END_DECLS
