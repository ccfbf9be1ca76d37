/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes load: begins operations on sockets, one after another or at a fixed rate, and takes their
 * times. One thread, no allocation while it runs. */
#pragma once

#include <glib.h>
#include <netinet/in.h>

G_BEGIN_DECLS

/* What became of an operation when its socket was ready. */
typedef enum {
  LOAD_PENDING, /* waits for its socket */
  LOAD_DONE,
  LOAD_FAILED,
} LoadStep;

/**
 * LoadOp:
 * @fd: -1 once ended
 * @stage: the kind's own; 0 at the beginning
 * @tls: the kind's own
 * @due_us: when it should have begun
 * @begun_us: when it did
 */
typedef struct {
  int fd;
  guint index;
  guint stage;
  gpointer tls;
  gint64 due_us;
  gint64 begun_us;
} LoadOp;

typedef struct _LoadKind LoadKind;

/**
 * LoadPlan:
 * @kind: what an operation is
 * @target: the first server; operation i goes to the i-th address behind it, round @n_targets
 * @name: of the site that is asked for
 * @n: operations
 * @rate: of them a second, 0: as fast as @at_once open ones allow
 */
typedef struct {
  const LoadKind *kind;
  struct sockaddr_in target;
  guint n_targets;
  const char *name;
  guint n;
  guint rate;
  guint at_once;
} LoadPlan;

/**
 * LoadKind:
 * @socket_type: SOCK_STREAM or SOCK_DGRAM
 * @prepare: once, before the first operation; FALSE when it cannot be made
 * @ready: called whenever the socket of @op, which does not block, may have become ready, and once
 * at the beginning; does all that it can
 * @end: (nullable): frees what @ready made
 */
struct _LoadKind {
  const char *name;
  int socket_type;
  gboolean (*prepare)(const LoadPlan *plan);
  LoadStep (*ready)(LoadOp *op);
  void (*end)(LoadOp *op);
};

extern const LoadKind load_kind_tcp;  /* a canned ClientHello, and the server's first bytes */
extern const LoadKind load_kind_tls;  /* a TLS handshake without tickets, a request, its answer */
extern const LoadKind load_kind_quic; /* an Initial with a hello, and what follows it, canned */
extern const LoadKind load_kind_dns;  /* a question, its answer */

/**
 * LoadResult:
 * @n_failed: refused, reset, or without an answer within ten seconds
 * @n_slow: of those that came to an end, how many took longer than a second from when they should
 * have begun
 * @n_late: at a fixed rate, begun more than 100 ms after they should have: the machine is too slow
 * for this rate
 * @error: errno of the last that failed
 * @elapsed_us: from the first beginning to the last end
 */
typedef struct {
  guint n;
  guint n_failed;
  guint n_slow;
  guint n_late;
  int error;
  gint64 elapsed_us;
  double median_us;
  double p99_us;
} LoadResult;

/* FALSE, with a word on standard error, when the load cannot be made at all. */
gboolean load_run(const LoadPlan *plan, LoadResult *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
