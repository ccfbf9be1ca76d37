/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: QUIC clients. An even first byte: datagrams as they are. An odd one: packets made of
 * the input's frames, read by the filter and by a server that loses what the input wants lost. */
#include "policy/wire/quic.h"
#include "tests/fuzz/target.h"
#include "tests/unit/quic-build.h"

#include <string.h>

#define MAX_DATAGRAMS 24u
#define MAX_PACKETS 3u
#define MAX_CONNECTIONS 8u
/* What a server keeps of CRYPTO bytes here; messages are one byte of length and that many. */
#define ROOM 64u

static const char *const cids[] = {"client 0", "client 1", "client 2", "a server"};
#define SERVER_CID 3u

/* The bytes of a connection as a server has them that keeps what came first, or last. */
typedef struct {
  guint8 bytes[2][ROOM];
  gboolean there[ROOM];
} Crypto;

typedef struct {
  const char *cid;
  guint64 next_pn;
  gboolean is_dead;
  Crypto crypto;
} Connection;

typedef struct {
  LtQuicClient client;
  LtStream stream;
  guint8 buffer[256];
  gboolean has_refused;
  GPtrArray *judged; /* owned GBytes */
  GPtrArray *closed; /* IDs of earlier connections */
  guint n_connections;
  Connection connections[MAX_CONNECTIONS];
} Run;

/* One packet as it was built: what is sealed in it. */
typedef struct {
  LtBuildQuic how;
  guint8 frames[LT_QUIC_INITIAL_MIN_BYTES];
  gsize len;
} Sent;

static gboolean
take_varint(LtCursor *cursor, guint64 *out)
{
  guint n;

  if (cursor->left == 0)
    return FALSE;
  n = 1u << (cursor->at[0] >> 6);
  if (cursor->left < n)
    return FALSE;
  *out = cursor->at[0] & 0x3fu;
  for (guint i = 1; i < n; i++)
    *out = *out * 256 + cursor->at[i];
  cursor->at += n;
  cursor->left -= n;
  return TRUE;
}

static gboolean
take_varints(LtCursor *cursor, guint64 n)
{
  guint64 ignored;

  while (n-- > 0)
    if (!take_varint(cursor, &ignored))
      return FALSE;
  return TRUE;
}

static gboolean
take_crypto(LtCursor *cursor, Crypto *crypto)
{
  guint64 offset, len;

  if (!take_varint(cursor, &offset) || !take_varint(cursor, &len) || len > cursor->left)
    return FALSE;
  for (guint64 i = 0; i < len; i++) {
    if (offset >= ROOM || i >= ROOM - offset)
      continue;
    if (!crypto->there[offset + i])
      crypto->bytes[0][offset + i] = cursor->at[i];
    crypto->bytes[1][offset + i] = cursor->at[i];
    crypto->there[offset + i] = TRUE;
  }
  cursor->at += len;
  cursor->left -= len;
  return TRUE;
}

static gboolean
take_frame(LtCursor *cursor, Crypto *crypto)
{
  guint64 n;
  guint8 type = cursor->at[0];

  cursor->at++;
  cursor->left--;
  switch (type) {
  case 0:
  case 1:
    return TRUE;
  case 2:
  case 3:
    return take_varints(cursor, 2) && take_varint(cursor, &n) && n < 1000 &&
           take_varints(cursor, 1 + 2 * n + (type == 3 ? 3 : 0));
  case 6:
    return take_crypto(cursor, crypto);
  case 0x1c:
    if (!take_varints(cursor, 2) || !take_varint(cursor, &n) || n > cursor->left)
      return FALSE;
    cursor->at += n;
    cursor->left -= n;
    return TRUE;
  default:
    return FALSE;
  }
}

/* RFC 9000 appendix A.3, by trying: the number with the same low bytes that is nearest. */
static guint64
nearest_pn(guint64 next, guint64 pn, guint pn_len)
{
  guint64 window = G_GUINT64_CONSTANT(1) << 8 * pn_len, best = pn % window;

  for (guint64 at = best; at <= next + window; at += window) {
    guint64 distance = at > next ? at - next : next - at;
    guint64 best_distance = best > next ? best - next : next - best;

    if (distance < best_distance || (distance == best_distance && at > best))
      best = at;
  }
  return best;
}

/* The server's connection for an ID: an old one, or one that begins. */
static Connection *
find_connection(Run *run, const char *cid)
{
  if (cid == cids[SERVER_CID] && run->n_connections > 0)
    return &run->connections[0];
  for (guint i = 0; i < run->n_connections; i++)
    if (run->connections[i].cid == cid)
      return &run->connections[i];
  if (run->n_connections == MAX_CONNECTIONS)
    return NULL;
  run->connections[run->n_connections].cid = cid;
  return &run->connections[run->n_connections];
}

static void
server_reads(Run *run, const Sent *sent)
{
  Connection *connection = find_connection(run, sent->how.cid);
  LtCursor frames = lt_cursor(sent->frames, sent->len);
  gboolean is_fine = TRUE;

  if (connection == NULL || connection->is_dead || sent->how.key_cid != connection->cid ||
      nearest_pn(connection->next_pn, sent->how.pn, sent->how.pn_len) != sent->how.pn)
    return;
  if (connection == &run->connections[run->n_connections])
    run->n_connections++;
  connection->next_pn = MAX(connection->next_pn, sent->how.pn + 1);
  while (is_fine && frames.left > 0)
    is_fine = take_frame(&frames, &connection->crypto);
  connection->is_dead = !is_fine;
}

static gboolean
is_judged(const Run *run, const guint8 *message)
{
  for (guint i = 0; i < run->judged->len; i++) {
    gsize len;
    const guint8 *bytes = g_bytes_get_data(g_ptr_array_index(run->judged, i), &len);

    if (len == (gsize) message[0] + 1 && memcmp(bytes, message, len) == 0)
      return TRUE;
  }
  return FALSE;
}

/* No server ever has a whole message that the filter has not had. */
static void
check_servers(const Run *run)
{
  for (guint i = 0; i < run->n_connections; i++) {
    const Crypto *crypto = &run->connections[i].crypto;

    for (guint policy = 0; policy < 2; policy++) {
      guint n_there = 0, len = crypto->bytes[policy][0] + 1u;

      while (n_there < ROOM && crypto->there[n_there])
        n_there++;
      if (n_there > 0 && len <= ROOM && n_there >= len)
        LT_FUZZ_CHECK(is_judged(run, crypto->bytes[policy]));
    }
  }
}

/* Is a message whole? It is judged then, whatever the judgement. */
static gboolean
judge(Run *run)
{
  guint32 there = lt_stream_contiguous(&run->stream);

  if (there == 0 || there < run->buffer[0] + 1u)
    return FALSE;
  g_ptr_array_add(run->judged, g_bytes_new(run->buffer, run->buffer[0] + 1u));
  return TRUE;
}

static void
clear(Run *run)
{
  run->client = (LtQuicClient){0};
  lt_stream_init(&run->stream, run->buffer, sizeof run->buffer, 0);
}

static gboolean
was_closed(const Run *run)
{
  for (guint i = 0; i < run->closed->len; i++) {
    const char *cid = g_ptr_array_index(run->closed, i);

    if (strlen(cid) == run->client.cid_len && memcmp(cid, run->client.cid, strlen(cid)) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Reads on a copy of exactly that length; holds it to what it says that it leaves alone. */
static LtQuicAnswer
read_checked(LtQuicClient *client, LtStream *stream, const guint8 *bytes, gsize len)
{
  g_autofree guint8 *copy = g_memdup2(bytes, MAX(len, 1));
  const LtQuicClient client_before = *client;
  const LtStream stream_before = *stream;
  LtQuicDatagram out;
  LtQuicAnswer answer = lt_quic_read_datagram(client, stream, copy, len, &out);
  gboolean has_initial = (out.packets & LT_QUIC_HAS_INITIAL) != 0;

  switch (answer) {
  case LT_QUIC_BEGAN:
  case LT_QUIC_CONTINUED:
    LT_FUZZ_CHECK(has_initial && len >= LT_QUIC_INITIAL_MIN_BYTES);
    LT_FUZZ_CHECK((answer == LT_QUIC_BEGAN) == (client_before.version == 0));
    LT_FUZZ_CHECK(client->version == out.version);
    break;
  case LT_QUIC_NO_INITIAL:
    LT_FUZZ_CHECK(!has_initial);
    G_GNUC_FALLTHROUGH;
  case LT_QUIC_OTHER_CONNECTION:
  case LT_QUIC_UNREADABLE:
  case LT_QUIC_TOO_SMALL:
    LT_FUZZ_CHECK(memcmp(stream, &stream_before, sizeof *stream) == 0);
    G_GNUC_FALLTHROUGH;
  case LT_QUIC_FULL:
  case LT_QUIC_CONFLICT:
  case LT_QUIC_MALFORMED:
    LT_FUZZ_CHECK(memcmp(client, &client_before, sizeof *client) == 0);
    break;
  }
  return answer;
}

/* The caller that the header asks for. Returns whether the datagram is let go. */
static gboolean
filter_lets_go(Run *run, const GByteArray *datagram)
{
  gboolean was_whole = judge(run);
  LtQuicAnswer answer = read_checked(&run->client, &run->stream, datagram->data, datagram->len);

  if (answer == LT_QUIC_OTHER_CONNECTION && was_whole) {
    g_ptr_array_add(run->closed, g_strndup((const char *) run->client.cid, run->client.cid_len));
    clear(run);
    answer = read_checked(&run->client, &run->stream, datagram->data, datagram->len);
    run->has_refused = was_closed(run);
  }
  if (answer == LT_QUIC_BEGAN || answer == LT_QUIC_CONTINUED)
    judge(run);
  else if (answer != LT_QUIC_UNREADABLE && answer != LT_QUIC_TOO_SMALL)
    run->has_refused = TRUE;
  return !run->has_refused && (answer == LT_QUIC_BEGAN || answer == LT_QUIC_CONTINUED);
}

/* One packet out of the input, appended; the last one of a datagram fills it with padding. FALSE at
 * the input's end. */
static gboolean
build_packet(LtCursor *input, GByteArray *datagram, Sent *sent, guint8 *control)
{
  g_autoptr(GByteArray) frames = NULL;
  guint8 pn, len;
  LtCursor bytes;

  if (!lt_cursor_u8(input, control) || !lt_cursor_u8(input, &pn) || !lt_cursor_u8(input, &len) ||
      !lt_cursor_take(input, len, &bytes))
    return FALSE;
  sent->how = (LtBuildQuic){.version = *control & 1 ? LT_QUIC_VERSION_2 : LT_QUIC_VERSION_1,
                            .cid = cids[*control >> 1 & 3],
                            .key_cid = cids[*control >> 3 & 3],
                            .pn = *control & 0x80 ? pn * 3u : pn,
                            .pn_len = *control & 0x80 ? 1 : 4};
  memset(sent->frames, 0, sizeof sent->frames);
  memcpy(sent->frames, bytes.at, len);
  sent->len = *control & 0x40 ? MAX(len, 4u) : sizeof sent->frames;
  frames = g_byte_array_new();
  g_byte_array_append(frames, sent->frames, (guint) sent->len);
  lt_build_quic_initial(datagram, &sent->how, frames, 0);
  return TRUE;
}

/* One datagram out of the input; FALSE at its end. */
static gboolean
build_datagram(LtCursor *input, GByteArray *datagram, Sent *sent, guint *n_sent, gboolean *is_lost)
{
  guint8 control = 0x40;

  for (*n_sent = 0; (control & 0x40) && *n_sent < MAX_PACKETS; (*n_sent)++)
    if (!build_packet(input, datagram, &sent[*n_sent], &control))
      return FALSE;
  *is_lost = (control & 0x20) != 0;
  return TRUE;
}

static void
run_packets(LtCursor input)
{
  g_autofree Run *run = g_new0(Run, 1);
  gboolean is_lost = FALSE;
  Sent sent[MAX_PACKETS];
  guint n_sent;

  run->judged = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
  run->closed = g_ptr_array_new_with_free_func(g_free);
  clear(run);
  for (guint i = 0; i < MAX_DATAGRAMS && !run->has_refused; i++) {
    g_autoptr(GByteArray) datagram = g_byte_array_new();

    if (!build_datagram(&input, datagram, sent, &n_sent, &is_lost))
      break;
    if (filter_lets_go(run, datagram) && !is_lost)
      for (guint packet = 0; packet < n_sent; packet++)
        server_reads(run, &sent[packet]);
    check_servers(run);
  }
  g_ptr_array_unref(run->judged);
  g_ptr_array_unref(run->closed);
}

/* Datagrams with their length in two bytes; the top bit fills one up with zeros. */
static void
run_datagrams(LtCursor input)
{
  LtQuicClient client = {0};
  guint8 buffer[256];
  LtStream stream;
  guint16 len;
  LtCursor bytes;

  lt_stream_init(&stream, buffer, sizeof buffer, 0);
  while (lt_cursor_u16(&input, &len) && lt_cursor_take(&input, len & 0x7fffu, &bytes)) {
    gsize full_len = len & 0x8000u ? MAX(bytes.left, LT_QUIC_INITIAL_MIN_BYTES) : bytes.left;
    g_autofree guint8 *datagram = g_malloc0(MAX(full_len, 1));

    memcpy(datagram, bytes.at, bytes.left);
    read_checked(&client, &stream, datagram, full_len);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LtCursor input = lt_cursor(data, size);
  guint8 mode;

  if (!lt_cursor_u8(&input, &mode))
    return 0;
  if (mode & 1)
    run_packets(input);
  else
    run_datagrams(input);
  return 0;
}
