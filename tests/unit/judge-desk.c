/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a judge of packets sits at, without a kernel: one child with rules, flows, events. */
#include "tests/unit/judge-desk.h"

#include "policy/policy.h"

#include <string.h>

#define ISN 0xfffffff0u

LtRuleSet *
lt_desk_rules_of(const char *sites)
{
  g_autofree char *json = g_strdup_printf("{\"luytre\":1,\"profiles\":{\"p\":{\"sites\":%s}},"
                                          "\"children\":[{\"user\":\"na\",\"profile\":\"p\"}]}",
                                          sites);
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy =
      lt_policy_parse(json, strlen(json), "test.json", LT_LAYER_HOUSEHOLD, &error);
  const LtAccount account = {LT_DESK_UID, LT_DESK_SLOT, "na", NULL};

  g_assert_no_error(error);
  return lt_rule_set_new(&policy, 1, &account, 1, NULL, 0);
}

void
lt_desk_use_rules(LtDesk *desk, const char *sites)
{
  g_clear_pointer(&desk->rules, lt_rule_set_unref);
  desk->rules = lt_desk_rules_of(sites);
  desk->judge.rules = desk->rules;
}

void
lt_desk_set_up(LtDesk *desk, gconstpointer data)
{
  desk->flows = lt_flow_table_open(NULL, NULL);
  desk->events = lt_event_ring_new(64, NULL);
  desk->judge = (LtJudge){.flows = desk->flows, .events = desk->events};
  desk->judge.now_us = G_USEC_PER_SEC;
  desk->judge.utc_now_s = 1700000000;
  desk->sport = 40000;
  lt_desk_use_rules(desk, LT_DESK_BAD_IS_CLOSED);
}

void
lt_desk_tear_down(LtDesk *desk, gconstpointer data)
{
  lt_rule_set_unref(desk->rules);
  lt_event_ring_free(desk->events);
  lt_flow_table_free(desk->flows);
}

LtPacket
lt_desk_packet(guint32 offset, const void *bytes, gsize len)
{
  LtPacket packet = {.tcp_seq = ISN + offset, .tcp_ack = 7, .tcp_flags = LT_TCP_ACK};

  packet.tuple = (LtTuple){.family = 4, .protocol = 6, .sport = 40000, .dport = 443};
  packet.tuple.saddr[0] = packet.tuple.daddr[0] = 10;
  packet.tuple.saddr[3] = 1;
  packet.payload = bytes;
  packet.payload_len = len;
  return packet;
}

LtVerdict
lt_desk_send(
    LtDesk *desk, LtMarkState state, guint32 offset, const void *bytes, gsize len, guint32 ack)
{
  LtPacket packet = lt_desk_packet(offset, bytes, len);

  packet.tcp_ack = ack;
  packet.tuple.sport = desk->sport;
  return lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

LtVerdict
lt_desk_send_text(LtDesk *desk, LtMarkState state, guint32 offset, const char *text, guint32 ack)
{
  return lt_desk_send(desk, state, offset, text, strlen(text), ack);
}

void
lt_desk_assert_event(LtDesk *desk, LtReason reason, const char *name)
{
  LtNetEvent event;

  g_assert_true(lt_event_ring_pop(desk->events, &event));
  g_assert_cmpstr(lt_reason_to_string(event.reason), ==, lt_reason_to_string(reason));
  g_assert_cmpuint(event.uid, ==, LT_DESK_UID);
  if (name != NULL)
    g_assert_cmpstr(event.host.name, ==, name);
}

void
lt_desk_assert_silence(LtDesk *desk)
{
  LtNetEvent event;

  g_assert_false(lt_event_ring_pop(desk->events, &event));
}
