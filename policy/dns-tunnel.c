/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the names that a child looks up below one domain carry data: a tunnel through DNS. */
#include "policy/dns-tunnel.h"

#include <string.h>

/* Names of one domain that are known to have been asked before: the A, AAAA and HTTPS of one name,
 * and what is asked again and again, count once. */
#define N_RECENT 16

/* RFC 1035 section 3.2.2, RFC 2535, RFC 2782, RFC 6895 section 3.1. */
#define TYPE_CNAME 5
#define TYPE_NULL 10
#define TYPE_MX 15
#define TYPE_TXT 16
#define TYPE_KEY 25
#define TYPE_SRV 33
#define TYPE_ANY 255
#define TYPE_PRIVATE_FIRST 65280
#define ROOMY_FACTOR 4

/* "255", or a nibble. */
#define REVERSE_LABEL_CHARS 3

typedef struct {
  guint64 hash;    /* of the domain; 0: free */
  gint64 full_us;  /* when all units will be saved up again */
  gint64 until_us; /* shut until then */
  guint32 recent[N_RECENT];
  guint8 next; /* of @recent */
} Domain;

/* Names that passed: to find the registered domain of a name takes some microseconds, and most
 * names are asked again soon. */
#define N_PASSED 256

struct _LtDnsTunnel {
  guint64 passed[N_PASSED]; /* hashes of names, by their low bits */
  Domain table[LT_DNS_TUNNEL_DOMAINS];
};

LtDnsTunnel *
lt_dns_tunnel_new(void)
{
  return g_new0(LtDnsTunnel, 1);
}

void
lt_dns_tunnel_free(LtDnsTunnel *tunnel)
{
  g_free(tunnel);
}

static guint64
hash_text(const char *text)
{
  guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325); /* FNV-1a */

  for (; *text != '\0'; text++)
    hash = (hash ^ (guint8) *text) * G_GUINT64_CONSTANT(0x100000001b3);
  return hash;
}

static gint64
to_us(guint units)
{
  return (gint64) units * G_USEC_PER_SEC / LT_DNS_TUNNEL_UNITS_PER_S;
}

static gboolean
is_reverse_lookup(const char *host)
{
  if (!lt_host_is_within(host, "in-addr.arpa") && !lt_host_is_within(host, "ip6.arpa"))
    return FALSE;
  while (!g_str_equal(host, "in-addr.arpa") && !g_str_equal(host, "ip6.arpa")) {
    gsize len = strcspn(host, ".");

    if (len > REVERSE_LABEL_CHARS)
      return FALSE;
    host += len + 1;
  }
  return TRUE;
}

static gboolean
is_roomy(guint16 type)
{
  return type == TYPE_CNAME || type == TYPE_NULL || type == TYPE_MX || type == TYPE_TXT ||
         type == TYPE_KEY || type == TYPE_SRV || type == TYPE_ANY || type >= TYPE_PRIVATE_FIRST;
}

static guint
cost_of(const LtDnsQuestion *question, const char *domain)
{
  gsize n_chars = (gsize) (domain - question->host.name);
  guint units = LT_DNS_TUNNEL_NAME_UNITS;

  if (n_chars > LT_DNS_TUNNEL_FREE_CHARS)
    units += (guint) (n_chars - LT_DNS_TUNNEL_FREE_CHARS);
  return is_roomy(question->type) ? ROOMY_FACTOR * units : units;
}

/* The domain's row; else the row that would be full the soonest, made anew. */
static Domain *
find_domain(LtDnsTunnel *tunnel, guint64 hash)
{
  Domain *oldest = &tunnel->table[0];

  for (guint i = 0; i < LT_DNS_TUNNEL_DOMAINS; i++) {
    Domain *domain = &tunnel->table[i];

    if (domain->hash == hash)
      return domain;
    if (MAX(domain->full_us, domain->until_us) < MAX(oldest->full_us, oldest->until_us))
      oldest = domain;
  }
  *oldest = (Domain){.hash = hash};
  return oldest;
}

/* TRUE if the name was not among the last ones; it is then. */
static gboolean
note_name(Domain *domain, guint32 hash)
{
  for (guint i = 0; i < N_RECENT; i++)
    if (domain->recent[i] == hash)
      return FALSE;
  domain->recent[domain->next] = hash;
  domain->next = (guint8) ((domain->next + 1) % N_RECENT);
  return TRUE;
}

static LtDnsTunnelAnswer
note_new_name(LtDnsTunnel *tunnel,
              const LtDnsQuestion *question,
              guint64 hash,
              gint64 now_us,
              const char **out_domain)
{
  const char *name = lt_host_registrable(question->host.name);
  Domain *domain;

  if (name == NULL || name == question->host.name || is_reverse_lookup(question->host.name))
    return LT_DNS_TUNNEL_NONE;
  domain = find_domain(tunnel, hash_text(name) | 1);
  if (now_us < domain->until_us) {
    *out_domain = name;
    return LT_DNS_TUNNEL_SHUT;
  }
  if (!note_name(domain, (guint32) hash))
    return LT_DNS_TUNNEL_NONE;
  domain->full_us = MAX(domain->full_us, now_us) + to_us(cost_of(question, name));
  if (domain->full_us - now_us <= to_us(LT_DNS_TUNNEL_MAX_UNITS))
    return LT_DNS_TUNNEL_NONE;
  domain->until_us = now_us + LT_DNS_TUNNEL_SHUT_S * G_USEC_PER_SEC;
  *out_domain = name;
  return LT_DNS_TUNNEL_FOUND;
}

LtDnsTunnelAnswer
lt_dns_tunnel_note(LtDnsTunnel *tunnel,
                   const LtDnsQuestion *question,
                   gint64 now_us,
                   const char **out_domain)
{
  guint64 hash = hash_text(question->host.name);
  guint64 *passed = &tunnel->passed[hash % N_PASSED];
  LtDnsTunnelAnswer answer;

  if (*passed == hash)
    return LT_DNS_TUNNEL_NONE;
  answer = note_new_name(tunnel, question, hash, now_us, out_domain);
  if (answer == LT_DNS_TUNNEL_NONE)
    *passed = hash;
  if (answer == LT_DNS_TUNNEL_FOUND) /* names of this domain among them */
    memset(tunnel->passed, 0, sizeof tunnel->passed);
  return answer;
}
