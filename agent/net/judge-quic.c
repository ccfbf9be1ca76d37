/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC on a flow: its hellos put together and judged. RFC 9000, 9001, 9369. */

#include "agent/net/judge-quic.h"

#include "policy/wire/cursor.h"
#include "policy/wire/tls.h"

#include <string.h>

#define QUIC_PORT 443
#define FIRST_IS_LONG 0x80u
#define FIRST_IS_FIXED 0x40u

/* Beside flows the table holds, under numbers that no protocol of IP has there: the connection
 * IDs of its latest hellos, and further sites of a flow. */
#define KEY_CID 253
#define KEY_NAME 248 /* and the next LT_QUIC_OTHER_NAMES - 1 */

/* Versions that are reserved to exercise negotiation: RFC 9000 section 15. */
#define RESERVED_MASK 0x0f0f0f0fu
#define RESERVED 0x0a0a0a0au

static gboolean
read_version(const guint8 *bytes, gsize len, guint32 *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  guint8 first;

  return lt_cursor_u8(&cursor, &first) && (first & FIRST_IS_LONG) && lt_cursor_u32(&cursor, out);
}

gboolean
lt_judge_quic_reads(const guint8 *bytes, gsize len)
{
  guint32 version;

  return read_version(bytes, len, &version) && lt_quic_version_is_known(version);
}

gboolean
lt_judge_quic_is_other_version(const guint8 *bytes, gsize len, guint16 dport)
{
  static const struct {
    guint32 first, last;
  } once[] = {
      {0xff000000u, 0xff0000ffu}, /* drafts of version 1 */
      {0x51303030u, 0x51303939u}, /* Google's Q000 to Q099 */
      {0x54303030u, 0x54303939u}, /* Google's T000 to T099 */
      {0xfaceb000u, 0xfaceb0ffu}, /* Facebook's */
  };
  guint32 version;

  if (!read_version(bytes, len, &version))
    return FALSE;
  if ((version & RESERVED_MASK) == RESERVED)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(once); i++)
    if (version >= once[i].first && version <= once[i].last)
      return TRUE;
  return dport == QUIC_PORT && (bytes[0] & FIRST_IS_FIXED);
}

gboolean
lt_judge_quic_is_short(const guint8 *bytes, gsize len, guint16 dport)
{
  return dport == QUIC_PORT && len > 0 &&
         (bytes[0] & (FIRST_IS_LONG | FIRST_IS_FIXED)) == FIRST_IS_FIXED;
}

static LtTuple
key_of_cid(const LtQuicClient *client)
{
  LtTuple key = {.family = client->cid_len, .protocol = KEY_CID};
  gsize n = MIN(client->cid_len, sizeof key.saddr);
  memcpy(key.saddr, client->cid, n);
  memcpy(key.daddr, client->cid + n, client->cid_len - n);
  return key;
}

static LtTuple
key_of_name(const LtFlow *flow, guint index)
{
  LtTuple key = flow->tuple;
  key.protocol = (guint8) (KEY_NAME + index);
  return key;
}

/* A note beside @flow, which must not make room for it. */
static LtFlow *
note_beside(LtJudge *judge, LtFlow *flow, const LtTuple *key)
{
  flow->used_us = judge->now_us + 1;
  LtFlow *note = lt_flow_table_insert(judge->flows, key, flow->slot, judge->now_us);
  note->uid = flow->uid;
  return note;
}

/* The note of a connection ID of which a part of a hello went on not long ago. */
static LtFlow *
find_claim(LtJudge *judge, const LtQuicClient *client)
{
  LtTuple key = key_of_cid(client);
  LtFlow *note = lt_flow_table_find(judge->flows, &key);
  return note != NULL && judge->now_us - note->begun_us <= LT_QUIC_ABANDONED_US ? note : NULL;
}

/* A part of the connection's hello goes on, perhaps once more: from here on only this flow may
 * bring more of it. FALSE if another flow has brought a part. */
static gboolean
claim(LtJudge *judge, LtFlow *flow)
{
  LtFlow *note = find_claim(judge, &flow->quic);
  if (note != NULL && !lt_tuple_equal(&note->holder, &flow->tuple))
    return FALSE;
  if (note == NULL) {
    LtTuple key = key_of_cid(&flow->quic);
    note = note_beside(judge, flow, &key);
    note->holder = flow->tuple;
  }
  note->begun_us = note->used_us = judge->now_us;
  flow->used_us = judge->now_us + 1;
  return TRUE;
}

/* Has a part of this connection's hello gone on from another flow, or been given up on this one?
 * Some servers look at the ID alone. */
static gboolean
is_claimed(LtJudge *judge, const LtQuicClient *client)
{
  return find_claim(judge, client) != NULL;
}

static void
forget_connection(LtJudge *judge, LtFlow *flow)
{
  lt_flow_table_drop_stream(judge->flows, flow);
  memset(&flow->quic, 0, sizeof flow->quic);
  flow->begun_us = judge->now_us;
  flow->n_packets = 0;
  flow->judged_offset = 0;
  flow->half_told = FALSE;
}

/* Ends the flow's latest connection; others that it has go on. */
static LtVerdict
end_connection(LtJudge *judge, LtFlow *flow)
{
  gboolean had_part = flow->half_told || flow->judged_offset > 0;
  if (had_part)
    flow->abandoned_us = judge->now_us;
  forget_connection(judge, flow);
  if (flow->judged)
    return LT_VERDICT_REFUSE;
  if (flow->abandoned_us == 0)
    lt_flow_table_remove(judge->flows, flow);
  return LT_VERDICT_DENY;
}

static LtVerdict
refuse(LtJudge *judge, const LtChildRules *child, LtFlow *flow, LtReason reason)
{
  lt_judge_refuse(judge, child, NULL, LT_PROTOCOL_QUIC, &flow->tuple, reason);
  return end_connection(judge, flow);
}

LtVerdict
lt_judge_quic_pass(const LtJudge *judge, const LtFlow *flow)
{
  if (flow->half_told ||
      (flow->abandoned_us != 0 && judge->now_us - flow->abandoned_us <= LT_QUIC_ABANDONED_US))
    return LT_VERDICT_HALF;
  if (flow->protocol != LT_PROTOCOL_QUIC)
    return LT_VERDICT_ALLOW;
  return flow->several_packets ? LT_VERDICT_WATCH : LT_VERDICT_STAY;
}

/* Another datagram of a hello that is not whole. Where a connection may be open that is not known
 * any more, none is let go: its client sends it again, and by then the rest is known. */
static LtVerdict
wait_for_more(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  if (++flow->n_packets > LT_JUDGE_MAX_PACKETS ||
      judge->now_us - flow->begun_us > LT_FLOW_UNDECIDED_US)
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);
  if (flow->after_forgotten)
    return LT_VERDICT_LATER;
  if (!claim(judge, flow))
    return refuse(judge, child, flow, LT_REASON_FORGOTTEN);
  flow->half_told = TRUE;
  return LT_VERDICT_HALF;
}

/* Is there room to remember the latest site beside that of @request? */
static gboolean
note_name(LtJudge *judge, LtFlow *flow, const LtRequest *request)
{
  if (!flow->judged || flow->protocol != LT_PROTOCOL_QUIC ||
      (flow->name == request->name && strcmp(flow->host.name, request->host.name) == 0))
    return TRUE;
  if (flow->n_other_names == LT_QUIC_OTHER_NAMES)
    return FALSE;
  LtTuple key = key_of_name(flow, flow->n_other_names);
  LtFlow *other = note_beside(judge, flow, &key);
  other->name = flow->name;
  other->host = flow->host;
  flow->n_other_names++;
  return TRUE;
}

static LtVerdict
judge_hello(LtJudge *judge, const LtChildRules *child, LtFlow *flow, const LtRequest *request)
{
  LtDecision decision = lt_judge_decide_request(judge, child, request, &flow->tuple);
  gboolean is_named = request->name == LT_NAME_HOST || request->name == LT_NAME_ADDRESS;
  if (!lt_judge_conclude(
          judge, child, LT_PROTOCOL_QUIC, is_named ? &request->host : NULL, &decision))
    return end_connection(judge, flow);
  if (!note_name(judge, flow, request))
    return refuse(judge, child, flow, LT_REASON_QUIC);
  if (!claim(judge, flow))
    return refuse(judge, child, flow, LT_REASON_FORGOTTEN);
  flow->judged = TRUE;
  flow->state = LT_MARK_STAY;
  flow->protocol = LT_PROTOCOL_QUIC;
  flow->name = (guint8) request->name;
  flow->host = request->host;
  flow->judged_offset += (gint64) request->len_bytes;
  return lt_judge_quic_pass(judge, flow);
}

/* Whether a byte has come that no judgement rests on. */
static gboolean
has_unjudged(const LtFlow *flow)
{
  const LtStream *stream = &flow->stream;
  return stream->n_ranges > 0 && stream->ranges[stream->n_ranges - 1].to > flow->judged_offset;
}

/* The connection's handshake messages, as far as they have come: one hello, or the one that a
 * HelloRetryRequest asks for behind it. */
static LtVerdict
read_hellos(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  if (flow->judged_offset > 0 && !has_unjudged(flow))
    return claim(judge, flow) ? lt_judge_quic_pass(judge, flow)
                              : refuse(judge, child, flow, LT_REASON_FORGOTTEN);
  while (has_unjudged(flow)) {
    LtRequest request;
    gint64 end = lt_stream_contiguous(&flow->stream);
    if (end <= flow->judged_offset)
      return wait_for_more(judge, child, flow);
    switch (lt_tls_read_handshake(
        flow->stream.buffer + flow->judged_offset, (gsize) (end - flow->judged_offset), &request)) {
    case LT_WIRE_NEED_MORE:
      return wait_for_more(judge, child, flow);
    case LT_WIRE_NOT_MINE:
    case LT_WIRE_MALFORMED:
      return refuse(judge, child, flow, LT_REASON_BAD_NAME);
    case LT_WIRE_FOUND:
      break;
    }
    LtVerdict verdict = judge_hello(judge, child, flow, &request);
    if (verdict == LT_VERDICT_DENY || verdict == LT_VERDICT_REFUSE)
      return verdict;
  }
  if (flow->judged_offset == 0)
    return wait_for_more(judge, child, flow);
  flow->several_packets = flow->half_told;
  flow->half_told = FALSE;
  return lt_judge_quic_pass(judge, flow);
}

static LtVerdict
begin(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  if (!is_claimed(judge, &flow->quic))
    return read_hellos(judge, child, flow);
  /* What a program sends again of what was refused is no news. */
  return refuse(judge, child, flow, LT_REASON_FORGOTTEN);
}

/* Drops a datagram of which a server could make nothing, or nothing yet. */
static LtVerdict
drop(LtJudge *judge, LtFlow *flow)
{
  if (!flow->judged && !flow->half_told && flow->abandoned_us == 0)
    lt_flow_table_remove(judge->flows, flow);
  return LT_VERDICT_LATER;
}

/* No Initial is in it: of an earlier connection, or of what a server cannot read yet. */
static LtVerdict
judge_rest(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  if (flow->judged)
    return lt_judge_quic_pass(judge, flow);
  return flow->half_told ? wait_for_more(judge, child, flow)
                         : refuse(judge, child, flow, LT_REASON_FORGOTTEN);
}

static LtVerdict
act(LtJudge *judge,
    const LtChildRules *child,
    LtFlow *flow,
    LtQuicAnswer answer,
    const LtQuicDatagram *what,
    const LtStream *stream)
{
  switch (answer) {
  case LT_QUIC_NO_INITIAL:
    return what->packets & LT_QUIC_HAS_OTHER_VERSION ? drop(judge, flow)
                                                     : judge_rest(judge, child, flow);
  case LT_QUIC_BEGAN:
    return begin(judge, child, flow);
  case LT_QUIC_CONTINUED:
    if (stream != NULL)
      return read_hellos(judge, child, flow);
    /* What was judged is not kept any more: there is nothing to compare it with. */
    return what->has_crypto ? drop(judge, flow) : lt_judge_quic_pass(judge, flow);
  case LT_QUIC_OTHER_CONNECTION: /* while a hello is half told: see lt_quic_read_datagram() */
  case LT_QUIC_UNREADABLE:
  case LT_QUIC_TOO_SMALL:
    return drop(judge, flow);
  case LT_QUIC_FULL:
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);
  case LT_QUIC_CONFLICT:
    flow->judged = FALSE; /* nothing on it is believed any more */
    return refuse(judge, child, flow, LT_REASON_TAMPERING);
  case LT_QUIC_MALFORMED:
    return refuse(judge, child, flow, LT_REASON_BAD_NAME);
  }
  return refuse(judge, child, flow, LT_REASON_BAD_NAME);
}

/* The stream of the connection; NULL if a part of it was let go and is not kept. */
static LtStream *
stream_of(LtJudge *judge, LtFlow *flow)
{
  if ((flow->judged_offset > 0 || flow->half_told) && flow->buffer < 0)
    return NULL;
  return lt_flow_table_stream(judge->flows, flow, 0, judge->now_us);
}

static LtFlow *
new_flow(LtJudge *judge, const LtChildRules *child, LtMarkState state, const LtTuple *tuple)
{
  LtFlow *flow =
      lt_flow_table_insert(judge->flows, tuple, lt_child_rules_slot(child), judge->now_us);
  flow->uid = lt_child_rules_uid(child);
  flow->protocol = LT_PROTOCOL_QUIC;
  flow->after_forgotten = state != LT_MARK_NEW;
  return flow;
}

LtVerdict
lt_judge_quic(LtJudge *judge,
              const LtChildRules *child,
              LtFlow *flow,
              LtMarkState state,
              const LtPacket *packet)
{
  if (flow == NULL)
    flow = new_flow(judge, child, state, &packet->tuple);
  else if (flow->quic.version == 0) /* what an agent had of it that was killed over it */
    lt_flow_table_drop_stream(judge->flows, flow);
  LtStream *stream = stream_of(judge, flow);
  if (stream == NULL && flow->judged_offset == 0)
    return refuse(judge, child, flow, LT_REASON_UNDECIDED);

  /* Who asks whether anybody is there has told nothing yet (RFC 9002 section 6.2.4). */
  if (stream != NULL && stream->n_ranges == 0)
    flow->begun_us = judge->now_us;

  LtQuicDatagram what;
  LtQuicAnswer answer =
      lt_quic_read_datagram(&flow->quic, stream, packet->payload, packet->payload_len, &what);
  if (answer == LT_QUIC_OTHER_CONNECTION && !flow->half_told) {
    forget_connection(judge, flow);
    stream = lt_flow_table_stream(judge->flows, flow, 0, judge->now_us);
    if (stream == NULL)
      return refuse(judge, child, flow, LT_REASON_UNDECIDED);
    answer =
        lt_quic_read_datagram(&flow->quic, stream, packet->payload, packet->payload_len, &what);
  }
  return act(judge, child, flow, answer, &what, stream);
}

LtDecision
lt_judge_quic_again(const LtJudge *judge, const LtChildRules *child, const LtFlow *flow)
{
  LtDecision decision =
      lt_judge_decide(judge, child, (LtName) flow->name, &flow->host, &flow->tuple);
  for (guint i = 0; i < flow->n_other_names && lt_decision_lets_through(&decision); i++) {
    LtTuple key = key_of_name(flow, i);
    const LtFlow *other = lt_flow_table_find(judge->flows, &key);
    decision = other != NULL && other->uid == flow->uid
                   ? lt_judge_decide(judge, child, (LtName) other->name, &other->host, &flow->tuple)
                   : lt_child_rules_decide_nameless(child, LT_REASON_FORGOTTEN);
  }
  return decision;
}
