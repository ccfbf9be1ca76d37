/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for a child's UDP: what the kernel passes or refuses alone, what is asked. */

#include "agent/net/ruleset-udp.h"

/* Of a QUIC packet with a long header: the version stands behind the first byte (RFC 8999). Known
 * are 1 and 2; drafts, Google's and Facebook's own once were, and some servers still take them. */
#define QUIC_VERSIONS                                                                              \
  "{ 0x00000001, 0x6b3343cf, 0xff000000-0xff0000ff, 0x51303030-0x51303939, "                       \
  "0x54303030-0x54303939, 0xfaceb000-0xfaceb0ff }"

/* Raw offsets, in bits, from the UDP header on: the payload's first byte, the four behind it. */
#define IS_LONG "@th,64,8 & 0x80 == 0x80"
#define IS_SHORT "@th,64,8 & 0x80 == 0"
#define IS_QUIC_HELLO IS_LONG " @th,72,32 " QUIC_VERSIONS

static void
append_refused_set(GString *text, const char *name, const char *type)
{
  g_string_append_printf(text,
                         "  set %s {\n"
                         "    type uid . %s . inet_service . %s . inet_service\n"
                         "    size %u\n"
                         "    flags dynamic,timeout\n"
                         "    timeout %us\n"
                         "  }\n",
                         name,
                         type,
                         type,
                         LT_UDP_REFUSED_MAX,
                         LT_UDP_REFUSED_S);
}

static void
append_refused(GString *text)
{
  append_refused_set(text, "refused4", "ipv4_addr");
  append_refused_set(text, "refused6", "ipv6_addr");
  g_string_append(
      text,
      "  chain refused_udp {\n"
      "    " IS_QUIC_HELLO " return\n"
      "    goto deny\n"
      "  }\n"
      "  chain refused_flow {\n"
      "    " IS_QUIC_HELLO " return\n"
      "    jump owned\n"
      "    goto deny\n"
      "  }\n"
      "  chain note_refused {\n"
      "    add @refused4 { meta skuid . ip saddr . udp sport . ip daddr . udp dport }\n"
      "    add @refused6 { meta skuid . ip6 saddr . udp sport . ip6 daddr . udp dport }\n"
      "  }\n");
}

/* WireGuard's first packet is of type 1 and of one length (148 bytes and the UDP header); OpenVPN's
 * begins with an opcode of 7 or 10 and key 0. See policy/wire/tunnel.h. */
static void
append_pass(GString *text)
{
  g_string_append_printf(text,
                         "  chain pass_quic {\n"
                         "    udp length > %u return\n"
                         "    " IS_SHORT " accept\n"
                         "  }\n"
                         "  chain pass_udp {\n"
                         "    udp length > %u return\n"
                         "    " IS_QUIC_HELLO " return\n"
                         "    udp length 156 @th,64,32 0x01000000 return\n"
                         "    @th,64,8 { 0x38, 0x50 } return\n"
                         "    jump owned\n"
                         "    accept\n"
                         "  }\n",
                         LT_UDP_QUIC_ALONE_MAX_LEN,
                         LT_UDP_OTHER_ALONE_MAX_LEN);
}

/* As much may come at one moment as in a second. */
static void
append_rate(GString *text, guint shift, const char *states, const char *set, guint per_second)
{
  g_string_append_printf(text,
                         "    ct mark & 0x%08x %s 0 add @%s { ct mark & 0x%08x limit rate over "
                         "%u/second burst %u packets } drop\n",
                         lt_mark_state_mask(shift),
                         states,
                         set,
                         lt_mark_slot_mask(shift),
                         per_second,
                         per_second);
}

static void
append_rate_set(GString *text, const char *name)
{
  g_string_append_printf(text,
                         "  set %s {\n"
                         "    type mark\n"
                         "    size %u\n"
                         "    flags dynamic\n"
                         "  }\n",
                         name,
                         LT_SLOT_MAX + 1u);
}

static void
append_child(GString *text, guint shift)
{
  guint32 state = lt_mark_state_mask(shift);
  append_rate_set(text, "asked_udp");
  append_rate_set(text, "asked_judged_udp");
  g_string_append_printf(
      text,
      "  chain child_udp {\n"
      "    ip daddr 224.0.0.0/24 udp dport { 5353, 5355 } accept\n"
      "    ip6 daddr ff02::/16 udp dport { 5353, 5355 } accept\n"
      "    ct mark & 0x%08x == 0 meta skuid . ip saddr . udp sport . ip daddr . "
      "udp dport @refused4 jump refused_udp\n"
      "    ct mark & 0x%08x == 0 meta skuid . ip6 saddr . udp sport . ip6 daddr . "
      "udp dport @refused6 jump refused_udp\n",
      state,
      state);
  append_rate(text, shift, "==", "asked_udp", LT_UDP_ASKED_PER_SECOND);
  append_rate(text, shift, "!=", "asked_judged_udp", LT_UDP_JUDGED_PER_SECOND);
  g_string_append(text,
                  "    goto ask_udp\n"
                  "  }\n");
}

void
lt_ruleset_append_udp(GString *text, const LtRulesetOptions *options)
{
  guint shift = options->mark_shift;
  append_refused(text);
  append_pass(text);
  append_child(text, shift);
  g_string_append_printf(text,
                         "  chain answered_udp {\n"
                         "    " IS_SHORT " ct mark set ct mark & 0x%08x | 0x%08x\n"
                         "  }\n",
                         ~lt_mark_state_mask(shift),
                         lt_mark_state_bits(shift, LT_MARK_STAY));
}
