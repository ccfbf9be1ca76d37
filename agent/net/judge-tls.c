/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS behind an allowed hello, until the server has taken that up: nothing of it may change, and a
 * second hello asks for the same site. */

#include "agent/net/judge.h"

#include "policy/wire/tls.h"

#include <string.h>

static LtVerdict
refuse(LtJudge *judge, const LtChildRules *child, LtFlow *flow, LtReason reason)
{
  return lt_judge_refuse(judge, child, flow, LT_PROTOCOL_TLS, &flow->tuple, reason);
}

/* All bytes are kept until the kernel passes the flow on, so that none can be sent again with
 * another content. */
static LtStreamAnswer
keep(LtJudge *judge, LtFlow *flow, gint64 offset, const guint8 *bytes, gsize len)
{
  /* What the agent no longer holds cannot be compared, and what was half read is lost. */
  if (flow->buffer < 0 && (offset < flow->next_offset || flow->seen_offset > flow->next_offset))
    return LT_STREAM_OUTSIDE;
  LtStream *stream = lt_flow_table_stream(judge->flows, flow, flow->next_offset, judge->now_us);
  if (stream == NULL)
    return LT_STREAM_FULL;
  if (offset < flow->base_offset)
    return LT_STREAM_CONFLICT;
  flow->seen_offset = MAX(flow->seen_offset, offset + (gint64) len);
  return lt_stream_add(stream, (guint32) offset, bytes, len);
}

/* RFC 8446 section 4.1.2: what a second hello may change has nothing to do with the name. */
static gboolean
is_same_site(const LtFlow *flow, const LtRequest *request)
{
  if (request->name != (LtName) flow->name)
    return FALSE;
  switch (request->name) {
  case LT_NAME_HOST:
  case LT_NAME_ADDRESS:
    return strcmp(request->host.name, flow->host.name) == 0;
  case LT_NAME_NONE:
    return TRUE;
  case LT_NAME_BAD:
    break;
  }
  return FALSE;
}

/* The limits of a first hello, for one that has begun. Early data has no such end: its bytes are
 * limited by the stream. */
static gboolean
takes_too_long(LtJudge *judge, LtFlow *flow, guint8 first_byte)
{
  if (first_byte != LT_TLS_RECORD_HANDSHAKE)
    return FALSE;
  if (flow->n_packets++ == 0)
    flow->begun_us = judge->now_us;
  return flow->n_packets > LT_JUDGE_MAX_PACKETS ||
         judge->now_us - flow->begun_us > LT_FLOW_UNDECIDED_US;
}

static LtVerdict
read_behind_hello(LtJudge *judge, const LtChildRules *child, LtFlow *flow)
{
  gint64 end = flow->base_offset + lt_stream_contiguous(&flow->stream);
  while (flow->next_offset < end) {
    LtRequest request;
    gsize passed;
    const guint8 *at = flow->stream.buffer + (flow->next_offset - flow->base_offset);
    LtWireAnswer answer =
        lt_tls_read_behind_hello(at, (gsize) (end - flow->next_offset), &request, &passed);
    flow->next_offset += (gint64) passed;
    switch (answer) {
    case LT_WIRE_FOUND:
      if (!is_same_site(flow, &request))
        return refuse(judge, child, flow, LT_REASON_TAMPERING);
      lt_judge_note_request(flow, &request, flow->next_offset);
      break;
    case LT_WIRE_NEED_MORE:
      if (flow->next_offset < end && takes_too_long(judge, flow, at[passed]))
        return refuse(judge, child, flow, LT_REASON_UNDECIDED);
      return LT_VERDICT_WATCH;
    case LT_WIRE_NOT_MINE:
    case LT_WIRE_MALFORMED:
      return refuse(judge, child, flow, LT_REASON_BAD_NAME);
    }
  }
  return LT_VERDICT_WATCH;
}

LtVerdict
lt_judge_tls(LtJudge *judge,
             const LtChildRules *child,
             LtFlow *flow,
             gint64 offset,
             const guint8 *bytes,
             gsize len)
{
  switch (keep(judge, flow, offset, bytes, len)) {
  case LT_STREAM_ADDED:
    return read_behind_hello(judge, child, flow);
  case LT_STREAM_CONFLICT:
    return refuse(judge, child, flow, LT_REASON_TAMPERING);
  case LT_STREAM_FULL:
  case LT_STREAM_OUTSIDE:
    break;
  }
  return refuse(judge, child, flow, LT_REASON_UNDECIDED);
}
