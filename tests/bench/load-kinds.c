/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operations that are cheap for both sides, so that what stands between them shows: canned bytes
 * out, whatever comes back in. */

#include "load.h"

#include "tests/unit/wire-build.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* A ClientHello of today's libraries without a post-quantum key. */
#define HELLO_BYTES 512u
#define RECORD_BYTES 16384u
#define ANSWER_BYTES 16384u

enum {
  STAGE_BEGUN,
  STAGE_SENT
};

static GByteArray *request;

static LoadStep
ask(LoadOp *op)
{
  ssize_t n = send(op->fd, request->data, request->len, MSG_NOSIGNAL);
  if (n == (ssize_t) request->len) {
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
    return ask(op);
  ssize_t n = recv(op->fd, answer, sizeof answer, 0);
  if (n > 0)
    return LOAD_DONE;
  return n < 0 && errno == EAGAIN ? LOAD_PENDING : LOAD_FAILED;
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
const LoadKind load_kind_dns = {"dns", SOCK_DGRAM, prepare_question, exchange, NULL};
