/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that are cheap for both sides, so that what stands between them shows: canned bytes
 * out, whatever comes back in. */

#include "load.h"

#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A ClientHello of today's libraries without a post-quantum key. */
#define HELLO_BYTES 512u
#define RECORD_BYTES 16384u
#define ANSWER_BYTES 16384u

#define QUIC_VERSION_1 1u
#define QUIC_HANDSHAKE 2u
#define QUIC_SEALED_BYTES 60u
#define QUIC_SHORT_BYTES 40u
#define QUIC_LONG_HEADER 0x80
#define QUIC_FIXED_BIT 0x40

enum {
  STAGE_BEGUN,
  STAGE_SENT,
  STAGE_TAKEN_UP
};

static GByteArray *request;
/* What a QUIC client says when the server has taken its hello up, and then with keys of its own. */
static GByteArray **quic_hellos; /* one for each operation: connection IDs do not come again */
static GByteArray *quic_handshake;
static const guint8 quic_short[QUIC_SHORT_BYTES] = {QUIC_FIXED_BIT};

static LoadStep
ask(LoadOp *op, const GByteArray *question)
{
  ssize_t n = send(op->fd, question->data, question->len, MSG_NOSIGNAL);
  if (n == (ssize_t) question->len) {
    op->stage = STAGE_SENT;
    return LOAD_PENDING;
  }
  return n < 0 && (errno == EAGAIN || errno == ENOTCONN) ? LOAD_PENDING : LOAD_FAILED;
}

/* One exchange, over TCP or UDP; an error of the connection comes back from send() or recv(). */
static LoadStep
exchange(LoadOp *op)
{
  guint8 answer[ANSWER_BYTES];
  if (op->stage == STAGE_BEGUN)
    return ask(op, request);
  ssize_t n = recv(op->fd, answer, sizeof answer, 0);
  if (n > 0)
    return LOAD_DONE;
  return n < 0 && errno == EAGAIN ? LOAD_PENDING : LOAD_FAILED;
}

/* A hello, the server's answer, the end of the handshake, one exchange in short packets. */
static LoadStep
exchange_quic(LoadOp *op)
{
  guint8 answer[ANSWER_BYTES];
  if (op->stage == STAGE_BEGUN)
    return ask(op, quic_hellos[op->index]);
  ssize_t n;
  while ((n = recv(op->fd, answer, sizeof answer, 0)) > 0) {
    gboolean is_long = (answer[0] & QUIC_LONG_HEADER) != 0;
    if (op->stage == STAGE_TAKEN_UP && !is_long)
      return LOAD_DONE;
    if (op->stage == STAGE_TAKEN_UP || !is_long)
      continue;
    op->stage = STAGE_TAKEN_UP;
    if (send(op->fd, quic_handshake->data, quic_handshake->len, 0) < 0 ||
        send(op->fd, quic_short, sizeof quic_short, 0) < 0)
      return LOAD_FAILED;
  }
  return n < 0 && errno == EAGAIN ? LOAD_PENDING : LOAD_FAILED;
}

static gboolean
prepare_quic(const LoadPlan *plan)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for(plan->name, HELLO_BYTES);
  LtBuildQuic how = {.version = QUIC_VERSION_1};
  quic_hellos = g_new0(GByteArray *, plan->n);
  for (guint i = 0; i < plan->n; i++) {
    g_autofree char *cid = g_strdup_printf("%08x", g_random_int());
    how.cid = cid;
    quic_hellos[i] = lt_build_quic_hello(&how, hello);
  }
  how.cid = "handshak";
  quic_handshake = g_byte_array_new();
  lt_build_quic_sealed(quic_handshake, &how, QUIC_HANDSHAKE, QUIC_SEALED_BYTES);
  return TRUE;
}

static gboolean
prepare_hello(const LoadPlan *plan)
{
  g_autoptr(GByteArray) hello = lt_build_hello_for(plan->name, HELLO_BYTES);
  request = lt_build_records(hello, RECORD_BYTES);
  return TRUE;
}

static gboolean
prepare_question(const LoadPlan *plan)
{
  request = lt_build_dns(1, 0x0100, plan->name, 1, 0, 0);
  return TRUE;
}

const LoadKind load_kind_tcp = {"tcp", SOCK_STREAM, prepare_hello, exchange, NULL};
const LoadKind load_kind_quic = {"quic", SOCK_DGRAM, prepare_quic, exchange_quic, NULL};
const LoadKind load_kind_dns = {"dns", SOCK_DGRAM, prepare_question, exchange, NULL};
