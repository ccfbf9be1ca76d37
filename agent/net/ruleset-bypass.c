/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules against ways around it that need no look into packets. */

#include "agent/net/ruleset-bypass.h"

#define IPV4_HEADER_LEN 20u
#define IPV6_HEADER_LEN 40u
#define ECHO_HEADER_LEN 8u
/* A slot's rate is forgotten after this long without an echo. */
#define RATE_KEPT_S 60u

static void
append_rate_set(GString *text, const char *name)
{
  g_string_append_printf(text,
                         "  set %s {\n"
                         "    type mark\n"
                         "    size %u\n"
                         "    flags dynamic,timeout\n"
                         "    timeout %us\n"
                         "  }\n",
                         name,
                         LT_SLOT_MAX + 1u,
                         RATE_KEPT_S);
}

/* Refuses more than the measure, by size and for each child by rate. */
static void
append_measure(GString *text, guint mark_shift, const char *rates, const char *then)
{
  g_string_append_printf(text,
                         "    meta nfproto 2 meta length > %u %s\n"
                         "    meta nfproto 10 meta length > %u %s\n"
                         "    update @%s { ct mark & 0x%08x limit rate over %u/second burst %u "
                         "packets } %s\n",
                         IPV4_HEADER_LEN + ECHO_HEADER_LEN + LT_ECHO_MAX_BYTES,
                         then,
                         IPV6_HEADER_LEN + ECHO_HEADER_LEN + LT_ECHO_MAX_BYTES,
                         then,
                         rates,
                         lt_mark_slot_mask(mark_shift),
                         LT_ECHO_PER_SECOND,
                         LT_ECHO_BURST,
                         then);
}

static void
append_icmp(GString *text, guint mark_shift)
{
  guint32 state = lt_mark_state_mask(mark_shift);

  append_rate_set(text, "echo_rates");
  append_rate_set(text, "answer_rates");
  /* 3, 11, 12: unreachable, time exceeded, parameter problem; with IPv6 1 to 4. */
  g_string_append(text,
                  "  chain child_icmp {\n"
                  "    icmp type { 3, 11, 12 } accept\n"
                  "    icmpv6 type 1-4 accept\n"
                  "    icmp type != 8 goto deny\n"
                  "    icmpv6 type != 128 goto deny\n");
  append_measure(text, mark_shift, "echo_rates", "goto deny");
  g_string_append_printf(text,
                         "    ct mark set ct mark & 0x%08x | 0x%08x\n"
                         "    accept\n"
                         "  }\n"
                         "  chain echoed {\n",
                         ~state,
                         lt_mark_state_bits(mark_shift, LT_MARK_WATCH));
  append_measure(text, mark_shift, "answer_rates", "drop");
  g_string_append(text,
                  "    accept\n"
                  "  }\n");
}

void
lt_ruleset_append_bypass(GString *text, guint mark_shift)
{
  append_icmp(text, mark_shift);
  g_string_append(text,
                  "  chain relays {\n"
                  "    ip daddr 192.88.99.0/24 goto deny\n"
                  "    ip6 daddr { 2001::/32, 2002::/16 } goto deny\n"
                  "  }\n"
                  "  chain bypass {\n"
                  "    oif \"lo\" return\n"
                  "    meta l4proto != { 1, 6, 17, 58 } goto deny\n"
                  "    goto relays\n"
                  "  }\n");
}
