/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for a child's DNS: whose question it is, for how long its flow is remembered,
 * and the way to the proxy. */
#pragma once

#include "agent/net/ruleset.h"

#include <glib.h>

G_BEGIN_DECLS

/* A flow of questions over UDP is forgotten after so long without a packet: as long as programs
 * wait before they ask again (resolv.conf(5), RES_TIMEOUT). The kernel's own 30 s and 120 s would
 * keep thousands for a browser that opens many tabs. */
#define LT_DNS_FLOW_S 5u

/* Datagrams to port 53 of one child a second, and at one moment. With LT_DNS_FLOW_S this bounds
 * the entries of the kernel's table at no cost: 7,000 of one child. To count them (`ct count`)
 * costs 0.28 us for each flow that the child has, at each new one; measured with 4,000: 1.2 ms.
 * What a child may ask within that bound is told in agent/net/dns-allowance.h. */
#define LT_DNS_DATAGRAMS_PER_S 1000u
#define LT_DNS_DATAGRAMS_BURST 2000u

/* Zones of connection tracking: this and the child's slot. Others' begin with 1. */
#define LT_DNS_ZONE_FIRST 0x4c00u

/**
 * lt_ruleset_append_dns:
 *
 * The chains "slot_N_dns", for the first packet of a child's question over UDP, and "child_dns",
 * for any packet of a child to port 53; "door" and the map "doors", by port: what else is refused
 * or passed by its number alone; the hook "to_proxy".
 *
 * The kernel knows a flow by addresses and ports, and a redirect is for the flow's life. So each
 * child's flows over UDP are kept apart (the hook "apart"): another user who asks from the same
 * port a moment later, be it by chance among thousands of a child's, begins a flow of his own.
 * Where the kernel has no zones he is refused: programs ask again from another port. Of TCP a flow
 * that has ended makes room by itself.
 *
 * A nat hook is a hook for everybody: the kernel gives each new connection of the machine a binding
 * that changes nothing, 1.3 to 1.8 us of the 55 that one costs without us (free where containers or
 * a firewall have such a hook already). The other ways were left: rewriting addresses without nat
 * needs a memory of our own for each question and breaks what connection tracking believes;
 * tproxy wants routes and rules of the whole machine; answers that are forged out of the queue
 * leave DNS over TCP open.
 */
void lt_ruleset_append_dns(GString *text,
                           const LtRulesetOptions *options,
                           const LtRulesetChild *children,
                           gsize n_children);

G_END_DECLS
