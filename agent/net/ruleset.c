/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the nftables table: classify once, offload what is judged, queue the rest, refuse. */

#include "agent/net/ruleset.h"

#include "agent/net/ruleset-bypass.h"
#include "agent/net/ruleset-dns.h"
#include "agent/net/ruleset-udp.h"

#include <netinet/in.h>

/* TCP data offset, in 32-bit words: RFC 9293 section 3.1. */
#define DATA_OFFSET_MIN 5
#define DATA_OFFSET_MAX 15
#define IPV4_HEADER_LEN 20

/* Protocols are written as numbers (6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6): their names are looked up in
 * /etc/protocols, which a small system does not have. */

/* A statement that changes only our bits of a mark: "KEY set KEY and ~clear or set". */
static void
append_set(GString *text, const char *key, guint32 clear, guint32 set)
{
  g_string_append_printf(text, "    %s set %s & 0x%08x | 0x%08x\n", key, key, ~clear, set);
}

static void
append_children(GString *text,
                const LtRulesetOptions *options,
                const LtRulesetChild *children,
                gsize n_children)
{
  guint shift = options->mark_shift;
  for (gsize i = 0; i < n_children; i++) {
    guint32 slot = lt_mark_slot_bits(shift, children[i].slot);
    g_string_append_printf(text, "  chain slot_%u {\n", children[i].slot);
    g_string_append_printf(
        text, "    meta l4proto 17 th dport 53 goto slot_%u_dns\n", children[i].slot);
    if (options->count_flows)
      g_string_append_printf(text, "    ct count over %u goto deny\n", LT_RULESET_FLOWS_OF_ONE);
    append_set(text, "ct mark", lt_mark_field_mask(shift), slot);
    g_string_append(text, "    goto child\n  }\n");
    g_string_append_printf(text, "  chain tag_%u {\n", children[i].slot);
    append_set(text, "meta mark", lt_mark_field_mask(shift), slot);
    g_string_append(text, "  }\n");
  }
}

/* Who is a child: uid to the chain that stamps the flow, and the same as a set. */
static void
append_uids(GString *text, const LtRulesetChild *children, gsize n_children)
{
  g_autoptr(GString) stamps = g_string_new(NULL);
  g_autoptr(GString) uids = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++) {
    for (gsize j = 0; j < children[i].n_uids; j++) {
      const LtUidRange *range = &children[i].uids[j];
      const char *comma = uids->len > 0 ? ", " : "";
      g_autofree char *key = range->first == range->last
                                 ? g_strdup_printf("%u", range->first)
                                 : g_strdup_printf("%u-%u", range->first, range->last);
      g_string_append_printf(uids, "%s%s", comma, key);
      g_string_append_printf(stamps, "%s%s : goto slot_%u", comma, key, children[i].slot);
    }
  }
  g_string_append(text, "  map stamps {\n    type uid : verdict\n    flags interval\n");
  if (stamps->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", stamps->str);
  g_string_append(text, "  }\n  set kids {\n    type uid\n    flags interval\n");
  if (uids->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", uids->str);
  g_string_append(text, "  }\n");
}

static void
append_tags(GString *text, guint shift, const LtRulesetChild *children, gsize n_children)
{
  g_autoptr(GString) tags = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++)
    g_string_append_printf(tags,
                           "%s0x%08x : jump tag_%u",
                           i > 0 ? ", " : "",
                           lt_mark_slot_bits(shift, children[i].slot),
                           children[i].slot);
  g_string_append(text, "  map tags {\n    type mark : verdict\n");
  if (tags->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", tags->str);
  g_string_append(text, "  }\n");
}

/* Accepts a TCP packet without payload: there is nothing in it to judge. nft 1.0.6 cannot compare
 * two fields of a packet, so each data offset has its lengths, in a chain of its own: every packet
 * of a new connection comes here, and one look-up is quicker than all offsets one by one. A header
 * with options of IP, or with extension headers, is longer than that and goes on to the queue. */
static void
append_bare(GString *text)
{
  g_autoptr(GString) chains = g_string_new(NULL);
  for (guint words = DATA_OFFSET_MIN; words <= DATA_OFFSET_MAX; words++) {
    g_string_append_printf(text,
                           "  chain bare_%u {\n"
                           "    ip length %u accept\n"
                           "    ip6 length %u accept\n"
                           "  }\n",
                           words,
                           IPV4_HEADER_LEN + 4 * words,
                           4 * words);
    g_string_append_printf(
        chains, "%s%u : goto bare_%u", words > DATA_OFFSET_MIN ? ", " : "", words, words);
  }
  g_string_append_printf(text, "  chain bare {\n    tcp doff vmap { %s }\n  }\n", chains->str);
  /* The end of a stream may end a request. */
  g_string_append(text, "  chain bare_half {\n    tcp flags & fin != fin jump bare\n  }\n");
}

/* Bodies of the chains that name the epoch: @chain gets one rule a line. */
static void
append_epoch_rules(GString *text, const LtRulesetOptions *options, const char *before)
{
  guint shift = options->mark_shift;
  guint32 both = lt_mark_epoch_mask(shift) | lt_mark_state_mask(shift);
  guint32 epoch = lt_mark_epoch_bits(shift, options->epoch);
  const struct {
    LtMarkState state;
    const char *tcp, *udp;
  } judged[] = {
      {LT_MARK_ALLOW, "accept", "jump pass_udp"},
      {LT_MARK_DENY, "goto deny", "jump refused_udp"},
      {LT_MARK_WATCH, "jump bare", "continue"},
      {LT_MARK_STAY, "jump bare", "jump pass_quic"},
      {LT_MARK_HALF, "jump bare_half", "continue"},
      {LT_MARK_UPGRADE, "jump bare", "goto deny"},
  };
  g_autoptr(GString) tcp = g_string_new(NULL);
  g_autoptr(GString) udp = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(judged); i++) {
    const char *comma = i > 0 ? ", " : "";
    guint32 key = epoch | lt_mark_state_bits(shift, judged[i].state);
    g_string_append_printf(tcp, "%s0x%08x : %s", comma, key, judged[i].tcp);
    g_string_append_printf(udp, "%s0x%08x : %s", comma, key, judged[i].udp);
  }
  static const char rule[] = "%s judged meta l4proto %u ct mark & 0x%08x vmap { %s }\n";
  g_string_append_printf(text, rule, before, IPPROTO_TCP, both, tcp->str);
  g_string_append_printf(text, rule, before, IPPROTO_UDP, both, udp->str);

  const struct {
    LtMarkState state;
    const char *chain;
  } stamps[] = {
      {LT_MARK_WATCH, "stamp_watch"},
      {LT_MARK_STAY, "stamp_stay"},
      {LT_MARK_ALLOW, "stamp_allow"},
      {LT_MARK_DENY, "stamp_deny"},
      {LT_MARK_HALF, "stamp_half"},
      {LT_MARK_UPGRADE, "stamp_upgrade"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(stamps); i++)
    g_string_append_printf(text,
                           "%s %s ct mark set ct mark & 0x%08x | 0x%08x\n",
                           before,
                           stamps[i].chain,
                           ~both,
                           epoch | lt_mark_state_bits(shift, stamps[i].state));
}

/* The state goes up in the packet's mark beside the slot: a flow that was never judged must not be
 * taken for an older one with the same addresses and ports. A slot that is nobody's any more was a
 * child's who has been released: what he still has open goes on. */
static void
append_queues(GString *text, const LtRulesetOptions *options)
{
  guint shift = options->mark_shift;
  g_string_append(text, "  chain tag_state {\n");
  for (guint state = LT_MARK_WATCH; state <= LT_MARK_HALF; state++)
    g_string_append_printf(text,
                           "    ct mark & 0x%08x == 0x%08x meta mark set meta mark | 0x%08x\n",
                           lt_mark_state_mask(shift),
                           lt_mark_state_bits(shift, state),
                           lt_mark_state_bits(shift, state));
  g_string_append(text, "  }\n");

  const struct {
    const char *chain;
    guint16 number;
  } queues[] = {
      {LT_CHAIN_QUEUE_TCP, options->queue_tcp},
      {LT_CHAIN_QUEUE_UDP, options->queue_udp},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(queues); i++) {
    g_autofree char *native = g_strdup_printf("queue num %u", queues[i].number);
    g_string_append_printf(text,
                           "  chain %s {\n    %s\n  }\n",
                           queues[i].chain,
                           options->native_queue ? native : "drop");
  }
  g_string_append_printf(text,
                         "  chain ask_tcp {\n"
                         "    ct mark & 0x%08x vmap @tags\n"
                         "    meta mark & 0x%08x == 0 accept\n"
                         "    ct mark & 0x%08x != 0 jump tag_state\n"
                         "    goto " LT_CHAIN_QUEUE_TCP "\n"
                         "  }\n"
                         "  chain ask_udp {\n"
                         "    ct mark & 0x%08x vmap @tags\n"
                         "    meta mark & 0x%08x == 0 accept\n"
                         "    ct mark & 0x%08x != 0 jump tag_state\n"
                         "    goto " LT_CHAIN_QUEUE_UDP "\n"
                         "  }\n",
                         lt_mark_slot_mask(shift),
                         lt_mark_slot_mask(shift),
                         lt_mark_state_mask(shift),
                         lt_mark_slot_mask(shift),
                         lt_mark_slot_mask(shift),
                         lt_mark_state_mask(shift));
}

/* The agent's verdict comes back in the packet's mark (the packet repeats the hook): it becomes the
 * state of the flow, and the packet's mark is as it was before. */
static void
append_settle(GString *text, guint shift)
{
  g_string_append(text, "  chain refuse {\n    jump stamp_deny\n");
  append_set(text, "meta mark", lt_mark_field_mask(shift), 0);
  g_string_append(text,
                  "    meta l4proto 17 jump note_refused\n"
                  "    goto deny\n"
                  "  }\n"
                  "  chain refuse_once {\n");
  append_set(text, "meta mark", lt_mark_field_mask(shift), 0);
  g_string_append_printf(
      text,
      "    goto deny\n"
      "  }\n"
      "  chain settle {\n"
      "    meta mark & 0x%08x vmap { 0x%08x : jump stamp_watch, 0x%08x : jump "
      "stamp_stay, 0x%08x : jump stamp_allow, 0x%08x : goto refuse, 0x%08x : "
      "jump stamp_half, 0x%08x : goto refuse_once, 0x%08x : jump stamp_upgrade }\n",
      lt_mark_state_mask(shift),
      lt_mark_state_bits(shift, LT_MARK_WATCH),
      lt_mark_state_bits(shift, LT_MARK_STAY),
      lt_mark_state_bits(shift, LT_MARK_ALLOW),
      lt_mark_state_bits(shift, LT_MARK_DENY),
      lt_mark_state_bits(shift, LT_MARK_HALF),
      lt_mark_state_bits(shift, LT_MARK_REFUSE),
      lt_mark_state_bits(shift, LT_MARK_UPGRADE));
  append_set(text, "meta mark", lt_mark_field_mask(shift), 0);
  g_string_append(text, "    accept\n  }\n");
}

/* What a child's flow meets, once it carries the child's slot. Answers of a server that the child
 * runs, and our own resets, go the other way and are not judged. Loopback is judged for DNS alone.
 *
 * A SYN begins a connection that nobody has judged, even where the kernel still holds its addresses
 * and ports for an older one. Servers pass over segments that are signed (TCP options 19 and 29,
 * RFC 2385 and RFC 5925) without an agreement: such a one would be judged in place of another. */
static void
append_child(GString *text, const LtRulesetOptions *options)
{
  guint shift = options->mark_shift;
  guint32 state = lt_mark_state_mask(shift);
  g_string_append(text,
                  "  chain deny {\n"
                  "    meta l4proto 6 reject with tcp reset\n"
                  "    reject with icmpx type port-unreachable\n"
                  "  }\n"
                  "  chain judged {\n  }\n"
                  "  chain stamp_watch {\n  }\n"
                  "  chain stamp_stay {\n  }\n"
                  "  chain stamp_allow {\n  }\n"
                  "  chain stamp_deny {\n  }\n"
                  "  chain stamp_half {\n  }\n"
                  "  chain stamp_upgrade {\n  }\n");
  append_bare(text);
  append_queues(text, options);
  lt_ruleset_append_udp(text, options);
  g_string_append_printf(text,
                         "  chain child_tcp {\n"
                         "    tcp flags & urg == urg goto deny\n"
                         "    tcp option 19 exists goto deny\n"
                         "    tcp option 29 exists goto deny\n"
                         "    tcp flags & syn == syn tcp option 30 exists goto deny\n"

                         "    ct mark & 0x%08x == 0 jump bare\n"
                         "    goto ask_tcp\n"
                         "  }\n",
                         state);
  append_settle(text, shift);
  lt_ruleset_append_bypass(text, shift);
  g_string_append(text,
                  "  chain child {\n"
                  "    ct direction reply accept\n");
  g_string_append_printf(text, "    meta mark & 0x%08x != 0 goto settle\n", state);
  g_string_append_printf(text,
                         "    tcp flags & (syn | ack) == syn ct mark set ct mark & 0x%08x\n",
                         ~(state | lt_mark_epoch_mask(shift)));
  g_string_append(text,
                  "    jump judged\n"
                  "    meta l4proto { 6, 17 } th dport vmap @doors\n"
                  "    jump bypass\n"
                  "    oif \"lo\" meta l4proto != 6 accept\n"
                  "    ip ttl != 64 ip ttl set 64\n"
                  "    ip6 hoplimit != 64 ip6 hoplimit set 64\n"
                  "    meta l4proto 6 goto child_tcp\n"
                  "    meta l4proto 17 goto child_udp\n"
                  "    goto child_icmp\n"
                  "  }\n");
}

/* The first bytes of an answer to a request for another protocol, from the TCP payload on:
 * "HTTP/1.1 101" agrees (RFC 9110 section 15.2.2), another "HTTP/1.1 1" comes before the answer,
 * and with anything else the server goes on with HTTP, where each request is judged. */
static void
append_switched(GString *text, guint shift)
{
  g_string_append(text, "  chain not_switched {\n");
  append_set(text, "ct mark", lt_mark_state_mask(shift), lt_mark_state_bits(shift, LT_MARK_STAY));
  g_string_append(text,
                  "  }\n"
                  "  chain switched {\n"
                  "    @ih,0,72 0x485454502f312e3120 @ih,72,24 0x313031 goto taken_up\n"
                  "    @ih,0,72 0x485454502f312e3120 @ih,72,8 0x31 return\n"
                  "    @ih,0,8 & 0x80 == 0 goto not_switched\n"
                  "    @ih,0,8 & 0x80 == 0x80 goto not_switched\n"
                  "  }\n");
}

/* A ServerHello that is no HelloRetryRequest (RFC 8446 section 4.1.3) proves that the server has
 * taken up the hello that was judged, and will take no other: from here the kernel passes the flow
 * on. Nothing else proves that. Some servers say first, in the same segment, that they would have
 * liked another name (RFC 6066 section 3). Offsets are in bits, from the TCP payload on: the
 * record's type and version, the message's type, the first quarter of its random. */
static void
append_answers(GString *text, guint shift)
{
  static const char retry_random[] = "0xcf21ad74e59a6111";
  guint32 state = lt_mark_state_mask(shift);
  g_string_append(text, "  chain taken_up {\n");
  append_set(text, "ct mark", state, lt_mark_state_bits(shift, LT_MARK_ALLOW));
  g_string_append(text, "  }\n");
  append_switched(text, shift);
  g_string_append_printf(text,
                         "  chain answered {\n"
                         "    meta l4proto { 1, 58 } goto echoed\n"
                         "    meta l4proto 17 goto answered_udp\n"
                         "    meta l4proto != 6 return\n"
                         "    ct mark & 0x%08x == 0x%08x goto switched\n"
                         "    @ih,0,16 0x1603 @ih,40,8 2 @ih,88,64 != %s goto taken_up\n"
                         "    @ih,0,16 0x1503 @ih,24,16 2 @ih,56,16 0x1603 @ih,96,8 2 "
                         "@ih,144,64 != %s goto taken_up\n"
                         "  }\n"
                         "  chain in {\n"
                         "    type filter hook input priority mangle - 10; policy accept;\n"
                         "    ct mark & 0x%08x == 0x%08x ct direction reply jump answered\n"
                         "  }\n",
                         state,
                         lt_mark_state_bits(shift, LT_MARK_UPGRADE),
                         retry_random,
                         retry_random,
                         lt_mark_state_bits(shift, (LtMarkState) LT_MARK_LISTENS),
                         lt_mark_state_bits(shift, LT_MARK_WATCH));
}

static void
append_hooks(GString *text, const LtRulesetOptions *options)
{
  guint shift = options->mark_shift;
  guint32 slot = lt_mark_slot_mask(shift);
  /* A user without rules passes three short rules and nothing else. */
  g_string_append_printf(text,
                         "  chain out {\n"
                         "    type filter hook output priority mangle - 10; policy accept;\n"
                         "    ct mark & 0x%08x != 0 goto child\n"
                         "    ct direction original meta skuid vmap @stamps\n"
                         "    ct state invalid,untracked meta skuid @kids drop\n"
                         "  }\n",
                         slot);
}

char *
lt_ruleset_text(const LtRulesetOptions *options, const LtRulesetChild *children, gsize n_children)
{
  GString *text = g_string_new("table inet " LT_TABLE_NAME " {\n}\n"
                               "delete table inet " LT_TABLE_NAME "\n"
                               "table inet " LT_TABLE_NAME " {\n");
  append_child(text, options);
  append_children(text, options, children, n_children);
  append_uids(text, children, n_children);
  append_tags(text, options->mark_shift, children, n_children);
  lt_ruleset_append_dns(text, options, children, n_children);
  append_answers(text, options->mark_shift);
  append_hooks(text, options);
  g_string_append(text, "}\n");
  append_epoch_rules(text, options, "add rule inet " LT_TABLE_NAME);
  return g_string_free(text, FALSE);
}

char *
lt_ruleset_epoch_text(const LtRulesetOptions *options)
{
  static const char *const chains[] = {"judged",
                                       "stamp_watch",
                                       "stamp_stay",
                                       "stamp_allow",
                                       "stamp_deny",
                                       "stamp_half",
                                       "stamp_upgrade"};
  GString *text = g_string_new(LT_RULESET_FORGET_REFUSED_UDP);
  for (gsize i = 0; i < G_N_ELEMENTS(chains); i++)
    g_string_append_printf(text, "flush chain inet " LT_TABLE_NAME " %s\n", chains[i]);
  append_epoch_rules(text, options, "add rule inet " LT_TABLE_NAME);
  return g_string_free(text, FALSE);
}
