/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One direction of a TCP connection in a capture, read for the sites that it asks for. */
#include "agent/ctl/inspect-stream.h"

#include "agent/ctl/inspect-dns.h"

#include "policy/wire/cursor.h"
#include "policy/wire/http-body.h"
#include "policy/wire/http.h"
#include "policy/wire/stream.h"
#include "policy/wire/tls.h"

#include <string.h>

/* A buffer grows as bytes come: a file of tiny flows must not take more memory than it is long. */
#define FIRST_CAPACITY_BYTES 2048u
/* A request's head, or a hello over records of one byte, that somebody would really send. */
#define MAX_CAPACITY_BYTES (512u * 1024u)

/* How far into a foreign protocol a request may start (STARTTLS, SOCKS, a lost beginning). */
#define MAX_SEARCH_BYTES (256u * 1024u)

/* lt_stream_drop()'s limit; a longer body has more than one capture of this kind holds. */
#define MAX_DROP_BYTES (1u << 30)

/**
 * State:
 * @STATE_REQUEST: a request or hello starts here
 * @STATE_BODY: inside a request's body in chunks (RFC 9112 section 7.1)
 * @STATE_SEARCH: something foreign; a segment may start a request
 * @STATE_DONE: nothing more to find
 */
typedef enum {
  STATE_REQUEST,
  STATE_BODY,
  STATE_SEARCH,
  STATE_DONE,
} State;

struct _LtInspectStream {
  LtTuple tuple;
  gboolean is_dns;
  State state;
  gboolean has_started;
  guint32 initial_seq;
  guint64 n_searched_bytes;
  guint64 last_frame;
  LtChunked body;
  LtStream stream;
};

LtInspectStream *
lt_inspect_stream_new(const LtTuple *tuple)
{
  LtInspectStream *stream = g_new0(LtInspectStream, 1);

  stream->tuple = *tuple;
  stream->is_dns = tuple->sport == LT_INSPECT_DNS_PORT || tuple->dport == LT_INSPECT_DNS_PORT;
  return stream;
}

void
lt_inspect_stream_free(LtInspectStream *stream)
{
  g_free(stream->stream.buffer);
  g_free(stream);
}

/* Does a segment in the middle of something begin like a hello or a request? */
static gboolean
looks_like_start(LtCursor bytes)
{
  static const char *const methods[] = {
      "GET ", "POST ", "HEAD ", "PUT ", "CONNECT ", "OPTIONS ", "DELETE ", "PATCH ", "PROPFIND "};
  guint8 type, major;
  LtCursor hello = bytes;

  if (lt_cursor_u8(&hello, &type) && lt_cursor_u8(&hello, &major) && type == 22 && major == 3 &&
      lt_cursor_skip(&hello, 3) && lt_cursor_u8(&hello, &type) && type == 1)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
    if (bytes.left >= strlen(methods[i]) && memcmp(bytes.at, methods[i], strlen(methods[i])) == 0)
      return TRUE;
  return FALSE;
}

static void
drop(LtInspectStream *stream, guint64 n_bytes)
{
  if (n_bytes > MAX_DROP_BYTES)
    stream->state = STATE_DONE;
  else
    lt_stream_drop(&stream->stream, (guint32) n_bytes);
}

/* What is here is foreign: gone; the next segment may be better. */
static void
search_on(LtInspectStream *stream)
{
  guint32 there = lt_stream_contiguous(&stream->stream);

  stream->n_searched_bytes += there;
  stream->state = stream->n_searched_bytes > MAX_SEARCH_BYTES ? STATE_DONE : STATE_SEARCH;
  drop(stream, there);
}

/* RFC 1035 section 4.2.2. FALSE: more must come first. */
static gboolean
read_dns(LtInspectStream *stream, LtCursor bytes, LtInspectReport *report)
{
  LtCursor message;

  if (!lt_cursor_block16(&bytes, &message))
    return FALSE;
  lt_inspect_dns_read(message, stream->last_frame, &stream->tuple, report);
  drop(stream, message.left + 2);
  return TRUE;
}

static void
start_body(LtInspectStream *stream)
{
  stream->state = STATE_BODY;
  stream->body = (LtChunked){0};
}

static void
skip_body(LtInspectStream *stream, const LtRequest *request, gboolean is_ambiguous)
{
  drop(stream, request->len_bytes);
  if (request->is_tunnel)
    return;
  if (is_ambiguous)
    search_on(stream);
  else if (request->body_is_chunked)
    start_body(stream);
  else
    drop(stream, request->body_len_bytes);
}

static gboolean
read_request(LtInspectStream *stream, LtCursor bytes, LtInspectReport *report)
{
  LtRequest request;
  gboolean is_ambiguous = FALSE;
  LtWireAnswer answer = lt_tls_read_stream(bytes.at, bytes.left, &request);

  if (answer == LT_WIRE_NOT_MINE)
    answer = lt_http_read_head(bytes.at, bytes.left, &request, &is_ambiguous);
  switch (answer) {
  case LT_WIRE_FOUND:
    lt_inspect_report_add_request(report, stream->last_frame, &stream->tuple, &request);
    if (request.protocol == LT_PROTOCOL_TLS)
      stream->state = STATE_DONE;
    else
      skip_body(stream, &request, is_ambiguous);
    return TRUE;
  case LT_WIRE_NEED_MORE:
    return FALSE;
  case LT_WIRE_NOT_MINE:
  case LT_WIRE_MALFORMED:
    if (bytes.left >= 5 && memcmp(bytes.at, "HTTP/", 5) == 0)
      stream->state = STATE_DONE; /* a server's answers */
    else
      search_on(stream);
    return TRUE;
  }
  return FALSE;
}

static gboolean
read_body(LtInspectStream *stream, LtCursor bytes)
{
  gsize used = bytes.left;

  switch (lt_chunked_feed(&stream->body, bytes.at, bytes.left, &used)) {
  case LT_WIRE_FOUND:
    stream->state = STATE_REQUEST;
    drop(stream, used);
    break;
  case LT_WIRE_NEED_MORE:
    drop(stream, bytes.left);
    break;
  case LT_WIRE_NOT_MINE:
  case LT_WIRE_MALFORMED:
    search_on(stream);
    break;
  }
  return TRUE;
}

static gboolean
read_segment(LtInspectStream *stream, LtCursor bytes)
{
  if (looks_like_start(bytes))
    stream->state = STATE_REQUEST;
  else
    search_on(stream);
  return TRUE;
}

/* One step; FALSE when more bytes must come first. */
static gboolean
step(LtInspectStream *stream, LtInspectReport *report)
{
  LtCursor bytes = lt_cursor(stream->stream.buffer, lt_stream_contiguous(&stream->stream));

  if (bytes.left == 0)
    return FALSE;
  if (stream->is_dns)
    return read_dns(stream, bytes, report);
  switch (stream->state) {
  case STATE_REQUEST:
    return read_request(stream, bytes, report);
  case STATE_BODY:
    return read_body(stream, bytes);
  case STATE_SEARCH:
    return read_segment(stream, bytes);
  case STATE_DONE:
    break;
  }
  return FALSE;
}

/* Every step uses up bytes or changes into a state that does. */
static void
run(LtInspectStream *stream, LtInspectReport *report)
{
  while (stream->state != STATE_DONE && step(stream, report))
    ;
}

/* What was not captured is given up, up to the next bytes that were. FALSE: there are none. */
static gboolean
skip_hole(LtInspectStream *stream)
{
  guint32 there = lt_stream_contiguous(&stream->stream);
  guint next = there > 0 ? 1 : 0;

  if (stream->stream.n_ranges <= next)
    return FALSE;
  lt_stream_drop(&stream->stream, stream->stream.ranges[next].from);
  /* Whatever was lost, a segment starts here. */
  if (!stream->is_dns)
    stream->state = STATE_SEARCH;
  return TRUE;
}

void
lt_inspect_stream_finish(LtInspectStream *stream, LtInspectReport *report)
{
  if (!stream->has_started || stream->state == STATE_DONE)
    return;
  do
    run(stream, report);
  while (stream->state != STATE_DONE && skip_hole(stream));
}

static void
grow(LtStream *stream, gsize wish_bytes)
{
  gsize capacity = MAX(stream->capacity_bytes, FIRST_CAPACITY_BYTES);

  while (capacity < wish_bytes && capacity < MAX_CAPACITY_BYTES)
    capacity *= 2;
  if (capacity <= stream->capacity_bytes)
    return;
  stream->buffer = g_realloc(stream->buffer, capacity);
  stream->capacity_bytes = (guint32) capacity;
}

static LtStreamAnswer
add_bytes(LtInspectStream *stream, guint32 seq, const guint8 *bytes, gsize len)
{
  guint32 end = seq + (guint32) len - stream->stream.first_seq;
  guint32 there;
  LtStreamAnswer answer;

  if (end <= MAX_CAPACITY_BYTES)
    grow(&stream->stream, end);
  answer = lt_stream_add(&stream->stream, seq, bytes, len);
  if (answer != LT_STREAM_CONFLICT)
    return answer;
  /* The first content stays, as most receivers have it; only what is new is added. */
  there = stream->stream.first_seq + lt_stream_contiguous(&stream->stream) - seq;
  if (there >= len)
    return LT_STREAM_ADDED;
  return lt_stream_add(&stream->stream, seq + there, bytes + there, len - there);
}

/* The buffer is full: gives up what was not captured, or the stream. */
static void
make_room(LtInspectStream *stream, guint32 seq)
{
  guint32 ahead = seq - stream->stream.first_seq;

  if (skip_hole(stream))
    return;
  if (ahead <= lt_stream_contiguous(&stream->stream) || ahead > MAX_DROP_BYTES) {
    stream->state = STATE_DONE;
    return;
  }
  lt_stream_drop(&stream->stream, ahead);
  stream->state = STATE_SEARCH;
}

static void
start(LtInspectStream *stream, guint32 first_seq)
{
  LtStream *bytes = &stream->stream;

  lt_stream_init(bytes, bytes->buffer, bytes->capacity_bytes, first_seq);
  stream->has_started = TRUE;
  stream->initial_seq = first_seq;
  stream->n_searched_bytes = 0;
  stream->state = STATE_REQUEST;
}

void
lt_inspect_stream_add(LtInspectStream *stream,
                      guint64 frame,
                      const LtPacket *packet,
                      LtInspectReport *report)
{
  gboolean is_syn = (packet->tcp_flags & LT_TCP_SYN) != 0;
  guint32 seq = packet->tcp_seq + (is_syn ? 1 : 0);
  LtStreamAnswer answer;

  /* The ports are used again for another connection. */
  if (is_syn && stream->has_started && seq != stream->initial_seq)
    lt_inspect_stream_finish(stream, report);
  if (!stream->has_started || (is_syn && seq != stream->initial_seq))
    start(stream, seq);
  stream->last_frame = frame;
  if (packet->payload_len == 0 || stream->state == STATE_DONE)
    return;
  answer = add_bytes(stream, seq, packet->payload, packet->payload_len);
  run(stream, report);
  while (answer == LT_STREAM_FULL && stream->state != STATE_DONE) {
    make_room(stream, seq);
    run(stream, report);
    answer = add_bytes(stream, seq, packet->payload, packet->payload_len);
    run(stream, report);
  }
}
