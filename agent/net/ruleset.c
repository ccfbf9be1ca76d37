/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the nftables table: classify once, offload what is judged, queue the rest, refuse. */

#include "agent/net/ruleset.h"

#include "agent/net/ruleset-bypass.h"
#include "agent/net/ruleset-dns.h"
#include "agent/net/ruleset-owners.h"
#include "agent/net/ruleset-udp.h"

#include <netinet/in.h>

/* TCP data offset, in 32-bit words: RFC 9293 section 3.1. */
#define DATA_OFFSET_MIN 5
#define DATA_OFFSET_MAX 15
/* Where it stands in the 16 bits that end with the flags, and one of those. */
#define DATA_OFFSET_SHIFT 12
#define FLAG_URG 0x20
#define FLAG_FIN 0x01
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
    g_string_append(text, "    goto begun\n  }\n");
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
  g_autoptr(GString) slots = g_string_new(NULL);
  g_autoptr(GString) tags = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++) {
    guint32 slot = lt_mark_slot_bits(shift, children[i].slot);
    const char *comma = i > 0 ? ", " : "";
    g_string_append_printf(slots, "%s0x%08x", comma, slot);
    g_string_append_printf(tags, "%s0x%08x : jump tag_%u", comma, slot, children[i].slot);
  }
  g_string_append(text, "  set slots {\n    type mark\n");
  if (slots->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", slots->str);
  g_string_append(text, "  }\n  map tags {\n    type mark : verdict\n");
  if (tags->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", tags->str);
  g_string_append(text, "  }\n");
}

/* Accepts a TCP packet without payload: there is nothing in it to judge, unless it ends the stream
 * (FIN), with which a request may end: that one stays behind what waits for a verdict. nft 1.0.6
 * cannot compare two fields of a packet, so each data offset has its lengths, in a chain of its
 * own: every packet of a new connection comes here, and one look-up is quicker than all offsets one
 * by one. A header with options of IP, or with extension headers, is longer than that and goes on
 * to the queue, and so does an urgent pointer (RFC 9293 section 3.8.5): it may take a byte out of
 * what comes later.
 */
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
    g_string_append_printf(chains,
                           "%s0x%04x : goto bare_%u",
                           words > DATA_OFFSET_MIN ? ", " : "",
                           words << DATA_OFFSET_SHIFT,
                           words);
  }
  g_string_append_printf(text,
                         "  chain bare {\n    @th,96,16 & 0x%04x vmap { %s }\n  }\n",
                         DATA_OFFSET_MAX << DATA_OFFSET_SHIFT | FLAG_URG | FLAG_FIN,
                         chains->str);
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
      {LT_MARK_DENY, "goto deny", "jump refused_flow"},
      {LT_MARK_WATCH, "jump bare", "continue"},
      {LT_MARK_STAY, "jump bare", "jump pass_quic"},
      {LT_MARK_HALF, "jump bare", "continue"},
      {LT_MARK_UPGRADE, "jump bare", "goto deny"},
  };
  /* What nobody has judged yet has no epoch. */
  g_autoptr(GString) tcp = g_string_new("0 : jump bare");
  g_autoptr(GString) udp = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(judged); i++) {
    guint32 key = epoch | lt_mark_state_bits(shift, judged[i].state);
    g_string_append_printf(tcp, ", 0x%08x : %s", key, judged[i].tcp);
    g_string_append_printf(udp, "%s0x%08x : %s", i > 0 ? ", " : "", key, judged[i].udp);
  }
  static const char rule[] = "%s judged_%s ct mark & 0x%08x vmap { %s }\n";
  g_string_append_printf(text, rule, before, "tcp", both, tcp->str);
  g_string_append_printf(text, "%s judged_tcp goto child_tcp\n", before);
  g_string_append_printf(text, rule, before, "udp", both, udp->str);

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

/* Slot and state of the flow go up in the packet's mark: what was never judged must not be taken
 * for an older flow with the same addresses and ports. nft 1.0.6 cannot join two marks: where other
 * software has bits in the packet's, ours come to them one by one. A slot that is nobody's any more
 * was a child's who has been released: what he still has open goes on. */
static void
append_ask(GString *text, guint shift, const char *chain, const char *queue)
{
  guint32 slot = lt_mark_slot_mask(shift), state = lt_mark_state_mask(shift);
  g_string_append_printf(text,
                         "  chain %s {\n"
                         "    meta mark 0 ct mark & 0x%08x @slots meta mark set ct mark & 0x%08x "
                         "goto %s\n"
                         "    ct mark & 0x%08x vmap @tags\n"
                         "    meta mark & 0x%08x == 0 accept\n"
                         "    ct mark & 0x%08x != 0 jump tag_state\n"
                         "    goto %s\n"
                         "  }\n",
                         chain,
                         slot,
                         slot | state,
                         queue,
                         slot,
                         slot,
                         state,
                         queue);
}

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
  append_ask(text, shift, "ask_tcp", LT_CHAIN_QUEUE_TCP);
  append_ask(text, shift, "ask_udp", LT_CHAIN_QUEUE_UDP);
}

/* The agent's verdict comes back in the packet's mark (the packet repeats the hook): it becomes the
 * state of the flow, if that is still the same child's, and the packet's mark is as it was before.
 */
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
      "    meta mark & 0x%08x . ct mark & 0x%08x != @same_slot drop\n"
      "    meta mark & 0x%08x vmap { 0x%08x : jump stamp_watch, 0x%08x : jump "
      "stamp_stay, 0x%08x : jump stamp_allow, 0x%08x : goto refuse, 0x%08x : "
      "jump stamp_half, 0x%08x : goto refuse_once, 0x%08x : jump stamp_upgrade }\n",
      lt_mark_slot_mask(shift),
      lt_mark_slot_mask(shift),
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

/* Time to live and hop limit are the same for all, so that what is judged arrives. */
#define SAME_HOPS                                                                                  \
  "    ip ttl != 64 ip ttl set 64\n"                                                               \
  "    ip6 hoplimit != 64 ip6 hoplimit set 64\n"

/* A SYN begins a connection that nobody has judged, even where the kernel still holds its addresses
 * and ports for an older one (begin_again). What it may not have is looked for in it alone.
 *
 * Bytes are another matter. Servers pass over segments that are signed (TCP options 19 and 29, RFC
 * 2385 and RFC 5925) without an agreement: such a one would be judged in place of another. */
static void
append_child_tcp(GString *text, guint shift)
{
  g_string_append_printf(text,
                         "  chain bytes_tcp {\n" SAME_HOPS "    tcp flags & urg == urg goto deny\n"
                         "    tcp option 19 exists goto deny\n"
                         "    tcp option 29 exists goto deny\n"
                         "    goto ask_tcp\n"
                         "  }\n"
                         "  chain child_tcp {\n"
                         "    th dport vmap @doors\n"
                         "    goto bytes_tcp\n"
                         "  }\n"
                         "  chain begin_tcp {\n"
                         "    th dport vmap @doors\n"
                         "    oif != \"lo\" jump relays\n"
                         "    tcp option 30 exists goto deny\n"
                         "    jump bare\n"
                         "    goto bytes_tcp\n"
                         "  }\n"
                         "  chain begin_again {\n"
                         "    ct mark set ct mark & 0x%08x\n"
                         "    jump owned\n"
                         "    goto begin_tcp\n"
                         "  }\n",
                         ~(lt_mark_state_mask(shift) | lt_mark_epoch_mask(shift)));
}

/* What a child's flow meets, once it carries the child's slot. Answers of a server that the child
 * runs, and our own resets, go the other way and are not judged. Loopback is judged for DNS and TCP
 * alone. */
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
                  "  chain judged_tcp {\n  }\n"
                  "  chain judged_udp {\n  }\n"
                  "  chain stamp_watch {\n  }\n"
                  "  chain stamp_stay {\n  }\n"
                  "  chain stamp_allow {\n  }\n"
                  "  chain stamp_deny {\n  }\n"
                  "  chain stamp_half {\n  }\n"
                  "  chain stamp_upgrade {\n  }\n");
  append_bare(text);
  append_queues(text, options);
  lt_ruleset_append_udp(text, options);
  append_settle(text, shift);
  lt_ruleset_append_bypass(text, shift);
  append_child_tcp(text, shift);
  g_string_append(text,
                  "  chain new_other {\n"
                  "    meta l4proto 17 th dport vmap @doors\n"
                  "    jump bypass\n"
                  "    oif \"lo\" accept\n" SAME_HOPS "    meta l4proto 17 goto child_udp\n"
                  "    goto child_icmp\n"
                  "  }\n"
                  "  chain child_other {\n"
                  "    meta l4proto 17 jump judged_udp\n"
                  "    jump owned\n"
                  "    goto new_other\n"
                  "  }\n"
                  "  chain begun {\n"
                  "    tcp flags & (syn | ack) == syn goto begin_tcp\n"
                  "    meta l4proto 6 goto judged_tcp\n"
                  "    goto new_other\n"
                  "  }\n"
                  "  chain child {\n"
                  "    ct direction reply accept\n");
  g_string_append_printf(text, "    meta mark & 0x%08x != 0 goto settle\n", state);
  g_string_append(text,
                  "    tcp flags & (syn | ack) == syn goto begin_again\n"
                  "    meta l4proto 6 goto judged_tcp\n"
                  "    goto child_other\n"
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
                         "  chain answered_other {\n"
                         "    meta l4proto { 1, 58 } goto echoed\n"
                         "    meta l4proto 17 goto answered_udp\n"
                         "  }\n"
                         "  chain answered {\n"
                         "    meta l4proto != 6 goto answered_other\n"
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
  lt_ruleset_append_owners(text, options, children, n_children);
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
  static const char *const chains[] = {"judged_tcp",
                                       "judged_udp",
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
