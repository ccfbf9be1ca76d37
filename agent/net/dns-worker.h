/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS thread: questions of children in, judged, forwarded, answers judged, out. */
#pragma once

#include "agent/net/answers.h"
#include "agent/net/dns-counters.h"
#include "agent/net/dns-ports.h"
#include "agent/net/event.h"
#include "agent/net/rules-cell.h"

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  LT_DNS_COMMAND_OPEN,   /* @ports is handed over */
  LT_DNS_COMMAND_CLOSE,  /* the child's ports, connections and questions end */
  LT_DNS_COMMAND_ANSWER, /* with @n_asked, as a sign of life */
  LT_DNS_COMMAND_STOP,
} LtDnsCommandKind;

/* What the loop writes into the worker's pipe: less than PIPE_BUF, so it arrives whole. */
typedef struct {
  LtDnsCommandKind kind;
  guint16 slot;
  guint32 n_asked;
  LtDnsPorts ports;
} LtDnsCommand;

typedef struct _LtDnsWorker LtDnsWorker;

/**
 * lt_dns_worker_new:
 * @command_fd: (transfer none): reading end of the pipe, non-blocking
 * @reader: the thread's number in @rules
 *
 * All is borrowed and must outlive it. NULL with errno.
 */
LtDnsWorker *lt_dns_worker_new(int command_fd,
                               LtRulesCell *rules,
                               int reader,
                               LtEventRing *events,
                               const char *resolv_conf,
                               LtDnsCounters *counters);
/* Closes every socket that it was given or made. */
void lt_dns_worker_free(LtDnsWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDnsWorker, lt_dns_worker_free)

/* Any thread: from now on the worker is the one writer of @answers, which must outlive it. */
void lt_dns_worker_remember(LtDnsWorker *worker, LtAnswers *answers);

/* The thread's function: works until the command to stop. @data: an LtDnsWorker. */
gpointer lt_dns_worker_run(gpointer data);

G_END_DECLS
