/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for a child's DNS. Protocols and families are numbers: 17 UDP, 6 TCP; 2 IPv4,
 * 10 IPv6. */

#include "agent/net/ruleset-dns.h"

/* A question's first packet. A flow that is known already is another user's, where flows are not
 * kept apart, or older than we are. */
static void
append_beginnings(GString *text,
                  const LtRulesetOptions *options,
                  const LtRulesetChild *children,
                  gsize n_children)
{
  guint shift = options->mark_shift;
  for (gsize i = 0; i < n_children; i++) {
    g_string_append_printf(text,
                           "  chain slot_%u_dns {\n"
                           "    ct status & confirmed != 0 goto deny\n",
                           children[i].slot);
    if (options->count_flows && !options->dns_apart)
      g_string_append_printf(text, "    ct count over %u goto deny\n", LT_RULESET_FLOWS_OF_ONE);
    g_string_append_printf(text,
                           "    ct mark set ct mark & 0x%08x | 0x%08x\n"
                           "    goto child_dns\n"
                           "  }\n",
                           ~lt_mark_field_mask(shift),
                           lt_mark_slot_bits(shift, children[i].slot));
  }
}

static void
append_age(GString *text, const char *name, const char *family)
{
  g_string_append_printf(text,
                         "  ct timeout %s {\n"
                         "    protocol udp\n"
                         "    l3proto %s\n"
                         "    policy = { unreplied : %u, replied : %u }\n"
                         "  }\n",
                         name,
                         family,
                         LT_DNS_FLOW_S,
                         LT_DNS_FLOW_S);
}

/* A zone for each child: its entries are no other account's, whatever the ports. Only on the way
 * out: answers come from the child's own port of the proxy, and are found among all. */
static void
append_zones(GString *text, const LtRulesetChild *children, gsize n_children)
{
  g_autoptr(GString) zones = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++) {
    guint slot = children[i].slot;
    g_string_append_printf(text,
                           "  chain zone_%u {\n    ct original zone set %u\n  }\n",
                           slot,
                           LT_DNS_ZONE_FIRST + slot);
    for (gsize j = 0; j < children[i].n_uids; j++)
      g_string_append_printf(zones,
                             "%s%u-%u : goto zone_%u",
                             zones->len > 0 ? ", " : "",
                             children[i].uids[j].first,
                             children[i].uids[j].last,
                             slot);
  }
  g_string_append(text, "  map zones {\n    type uid : verdict\n    flags interval\n");
  if (zones->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", zones->str);
  g_string_append(text,
                  "  }\n"
                  "  chain apart {\n"
                  "    type filter hook output priority raw; policy accept;\n"
                  "    meta l4proto 17 th dport 53 meta skuid vmap @zones\n"
                  "  }\n");
}

/* The bound on the flows of one child, in place of a count. */
static void
append_udp(GString *text, const LtRulesetOptions *options)
{
  if (options->dns_apart) {
    append_age(text, "dns4", "ip");
    append_age(text, "dns6", "ip6");
    g_string_append_printf(text,
                           "  set dns_rates {\n"
                           "    type mark\n"
                           "    size %u\n"
                           "    flags dynamic\n"
                           "  }\n",
                           LT_SLOT_MAX + 1u);
  }
  g_string_append(text, "  chain child_dns_udp {\n");
  if (options->dns_apart)
    g_string_append_printf(text,
                           "    add @dns_rates { ct mark & 0x%08x limit rate over %u/second burst "
                           "%u packets } drop\n"
                           "    ct status & confirmed != 0 return\n"
                           "    meta nfproto 2 ct timeout set \"dns4\"\n"
                           "    meta nfproto 10 ct timeout set \"dns6\"\n",
                           lt_mark_slot_mask(options->mark_shift),
                           LT_DNS_DATAGRAMS_PER_S,
                           LT_DNS_DATAGRAMS_BURST);
  g_string_append(text, "  }\n");
}

/* Ports with rules of their own: DNS, DNS over QUIC and TLS (RFC 9250, RFC 7858), our proxy's. */
static void
append_ports(GString *text, guint shift, const LtRulesetChild *children, gsize n_children)
{
  g_autoptr(GString) ports = g_string_new(NULL);
  g_autoptr(GString) doors = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++) {
    if (children[i].dns_port == 0)
      continue;
    g_string_append_printf(ports,
                           "%s0x%08x : %u",
                           ports->len > 0 ? ", " : "",
                           lt_mark_slot_bits(shift, children[i].slot),
                           children[i].dns_port);
    g_string_append_printf(doors, ", %u : jump door", children[i].dns_port);
  }
  g_string_append(text, "  map dns_ports {\n    type mark : inet_service\n");
  if (ports->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", ports->str);
  g_string_append_printf(text,
                         "  }\n"
                         "  map doors {\n"
                         "    type inet_service : verdict\n"
                         "    elements = { 53 : goto child_dns, 784 : goto deny, 853 : goto deny, "
                         "8853 : goto deny%s }\n"
                         "  }\n",
                         doors->str);
}

void
lt_ruleset_append_dns(GString *text,
                      const LtRulesetOptions *options,
                      const LtRulesetChild *children,
                      gsize n_children)
{
  guint32 slot = lt_mark_slot_mask(options->mark_shift);

  append_beginnings(text, options, children, n_children);
  if (options->dns_apart)
    append_zones(text, children, n_children);
  append_udp(text, options);
  append_ports(text, options->mark_shift, children, n_children);
  g_string_append_printf(
      text,
      "  chain child_dns {\n"
      /* A redirect loses what has a scope; refused, a resolver goes on to its next server. */
      "    ip6 daddr fe80::/10 goto deny\n"
      "    meta l4proto 17 jump child_dns_udp\n"
      /* Redirected by the nat chain; a flow older than that chain was not. */
      "    ct status & confirmed == 0 accept\n"
      "    ct status & dnat == dnat accept\n"
      "    goto deny\n"
      "  }\n"
      /* A redirected question still has port 53 here: this is somebody at another's door. */
      "  chain door {\n"
      "    oif \"lo\" goto deny\n"
      "  }\n"
      "  chain to_proxy {\n"
      "    type nat hook output priority -100; policy accept;\n"
      "    ct mark & 0x%08x == 0 accept\n"
      "    meta l4proto { 6, 17 } th dport 53 redirect to :ct mark & 0x%08x map @dns_ports\n"
      "    meta l4proto { 6, 17 } th dport 53 drop\n"
      "  }\n",
      slot,
      slot);
}
