/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a judge of packets sits at, without a kernel: one child with rules, flows, events. */
#pragma once

#include "agent/net/judge.h"

#include <glib.h>

G_BEGIN_DECLS

#define LT_DESK_SLOT 3
#define LT_DESK_UID 1001
/* The rules that a desk begins with. */
#define LT_DESK_BAD_IS_CLOSED "{\"default\":\"allow\",\"block\":[\"bad.test\"]}"

/**
 * LtDesk:
 * @judge: of @rules, @flows and @events; one second and the year 2023 after their beginnings
 * @sport: for the test to count, 40000 in the beginning
 */
typedef struct {
  LtFlowTable *flows;
  LtEventRing *events;
  LtRuleSet *rules;
  LtJudge judge;
  guint16 sport;
} LtDesk;

/* (transfer full): of the one child, whose profile says this of "sites". */
LtRuleSet *lt_desk_rules_of(const char *sites);

/* Fixture functions: @data is not used. */
void lt_desk_set_up(LtDesk *desk, gconstpointer data);
void lt_desk_tear_down(LtDesk *desk, gconstpointer data);

/* The judge goes on with these rules. */
void lt_desk_use_rules(LtDesk *desk, const char *sites);

/* A segment of the one TCP connection to port 443, @offset bytes behind its first. Sequence numbers
 * go round in every test: they begin sixteen before the end. @bytes is borrowed. */
LtPacket lt_desk_packet(guint32 offset, const void *bytes, gsize len);
/* The same from the desk's port, judged; @ack: what the client has had of the server. */
LtVerdict lt_desk_send(
    LtDesk *desk, LtMarkState state, guint32 offset, const void *bytes, gsize len, guint32 ack);
LtVerdict
lt_desk_send_text(LtDesk *desk, LtMarkState state, guint32 offset, const char *text, guint32 ack);

/* The oldest event: why, and of which site; @name may be NULL: of any. */
void lt_desk_assert_event(LtDesk *desk, LtReason reason, const char *name);
void lt_desk_assert_silence(LtDesk *desk);

G_END_DECLS
