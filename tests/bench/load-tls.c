/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New TLS connections as a browser without a memory makes them: each with a full handshake. */

#include "load.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
  STAGE_BEGUN,
  STAGE_HANDSHAKE,
  STAGE_ASKED
};

static SSL_CTX *context;
static const char *site;
static char request[512];
static int request_len;

static gboolean
prepare(const LoadPlan *plan)
{
  context = SSL_CTX_new(TLS_client_method());
  if (context == NULL)
    return FALSE;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  site = plan->name;
  request_len = g_snprintf(
      request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", site);
  return request_len < (int) sizeof request;
}

static gboolean
begin(LoadOp *op)
{
  SSL *tls = SSL_new(context);
  op->tls = tls;
  if (tls == NULL || SSL_set_fd(tls, op->fd) != 1 || SSL_set_tlsext_host_name(tls, site) != 1)
    return FALSE;
  SSL_set_connect_state(tls);
  op->stage = STAGE_HANDSHAKE;
  return TRUE;
}

static LoadStep
failed_or_pending(LoadOp *op, int answer)
{
  int error = SSL_get_error(op->tls, answer);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? LOAD_PENDING : LOAD_FAILED;
}

static LoadStep
ready(LoadOp *op)
{
  if (op->stage == STAGE_BEGUN && !begin(op))
    return LOAD_FAILED;
  if (op->stage == STAGE_HANDSHAKE) {
    int answer = SSL_do_handshake(op->tls);
    if (answer != 1)
      return failed_or_pending(op, answer);
    op->stage = STAGE_ASKED;
    answer = SSL_write(op->tls, request, request_len);
    if (answer != request_len)
      return LOAD_FAILED;
  }
  char head[4096];
  int n = SSL_read(op->tls, head, sizeof head);
  return n > 0 ? LOAD_DONE : failed_or_pending(op, n);
}

static void
end(LoadOp *op)
{
  SSL_free(op->tls);
}

const LoadKind load_kind_tls = {"tls", SOCK_STREAM, prepare, ready, end};
