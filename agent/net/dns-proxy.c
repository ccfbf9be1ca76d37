/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS proxy as the loop sees it: opens ports, hands them to the thread through a pipe. */
#include "agent/net/dns-proxy.h"

#include "agent/net/dns-worker.h"

#include "policy/rule-set.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

G_DEFINE_QUARK(lt_dns_proxy_error, lt_dns_proxy_error)

struct _LtDnsProxy {
  char *resolv_conf;
  int command_fd; /* writing end */
  int worker_fd;  /* reading end */
  LtDnsWorker *worker;
  GThread *thread;
  LtDnsCounters counters;
  guint16 ports[LT_SLOT_MAX + 1]; /* 0: closed */
  guint32 n_asked;                /* signs of life */
};

static gboolean
fail_with_errno(GError **error, const char *what)
{
  g_set_error(error,
              LT_DNS_PROXY_ERROR,
              LT_DNS_PROXY_ERROR_THREAD,
              "starting the DNS proxy: %s: %s",
              what,
              g_strerror(errno));
  return FALSE;
}

/* The loop may wait for room in the pipe, the thread must never wait for commands. */
static gboolean
open_pipe(LtDnsProxy *proxy, GError **error)
{
  int fds[2];

  if (pipe2(fds, O_CLOEXEC) < 0)
    return fail_with_errno(error, "pipe");
  proxy->worker_fd = fds[0];
  proxy->command_fd = fds[1];
  if (fcntl(proxy->worker_fd, F_SETFL, O_NONBLOCK) < 0)
    return fail_with_errno(error, "pipe");
  return TRUE;
}

/* Signals belong to the loop: the thread is born with all of them blocked. */
static gboolean
start_thread(LtDnsProxy *proxy, GError **error)
{
  g_autoptr(GError) local_error = NULL;
  sigset_t all, former;

  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &former);
  proxy->thread = g_thread_try_new("luytre-dns", lt_dns_worker_run, proxy->worker, &local_error);
  pthread_sigmask(SIG_SETMASK, &former, NULL);
  if (proxy->thread != NULL)
    return TRUE;
  g_set_error(error,
              LT_DNS_PROXY_ERROR,
              LT_DNS_PROXY_ERROR_THREAD,
              "starting the DNS proxy: %s",
              local_error->message);
  return FALSE;
}

static void
send_command(LtDnsProxy *proxy, const LtDnsCommand *command)
{
  G_STATIC_ASSERT(sizeof *command <= PIPE_BUF);
  while (write(proxy->command_fd, command, sizeof *command) < 0 && errno == EINTR)
    continue;
}

LtDnsProxy *
lt_dns_proxy_new(LtRulesCell *rules, LtEventRing *events, const char *resolv_conf, GError **error)
{
  g_autoptr(LtDnsProxy) proxy = NULL;
  int reader;

  g_return_val_if_fail(rules != NULL && events != NULL && resolv_conf != NULL, NULL);

  proxy = g_new0(LtDnsProxy, 1);
  proxy->resolv_conf = g_strdup(resolv_conf);
  proxy->command_fd = proxy->worker_fd = -1;
  if (!open_pipe(proxy, error))
    return NULL;
  reader = lt_rules_cell_add_reader(rules);
  if (reader < 0) {
    g_set_error_literal(error,
                        LT_DNS_PROXY_ERROR,
                        LT_DNS_PROXY_ERROR_THREAD,
                        "starting the DNS proxy: too many readers of the rules");
    return NULL;
  }
  proxy->worker = lt_dns_worker_new(
      proxy->worker_fd, rules, reader, events, proxy->resolv_conf, &proxy->counters);
  if (proxy->worker == NULL) {
    (void) fail_with_errno(error, "epoll");
    return NULL;
  }
  if (!start_thread(proxy, error))
    return NULL;
  return g_steal_pointer(&proxy);
}

void
lt_dns_proxy_free(LtDnsProxy *proxy)
{
  if (proxy == NULL)
    return;
  if (proxy->thread != NULL) {
    send_command(proxy, &(LtDnsCommand){.kind = LT_DNS_COMMAND_STOP});
    g_thread_join(proxy->thread);
  }
  g_clear_pointer(&proxy->worker, lt_dns_worker_free);
  if (proxy->worker_fd >= 0)
    close(proxy->worker_fd);
  if (proxy->command_fd >= 0)
    close(proxy->command_fd);
  g_free(proxy->resolv_conf);
  g_free(proxy);
}

void
lt_dns_proxy_remember(LtDnsProxy *proxy, LtAnswers *answers)
{
  g_return_if_fail(proxy != NULL);

  lt_dns_worker_remember(proxy->worker, answers);
}

gboolean
lt_dns_proxy_open_child(
    LtDnsProxy *proxy, guint16 slot, guint16 wished_port, guint16 *out_port, GError **error)
{
  LtDnsCommand command = {.kind = LT_DNS_COMMAND_OPEN, .slot = slot};

  g_return_val_if_fail(proxy != NULL && slot >= 1 && slot <= LT_SLOT_MAX, FALSE);

  if (proxy->ports[slot] == 0) {
    if (!lt_dns_ports_open(wished_port, &command.ports, error))
      return FALSE;
    send_command(proxy, &command);
    proxy->ports[slot] = command.ports.port;
  }
  *out_port = proxy->ports[slot];
  return TRUE;
}

void
lt_dns_proxy_adopt_child(LtDnsProxy *proxy, guint16 slot, const LtDnsPorts *ports)
{
  LtDnsCommand command = {.kind = LT_DNS_COMMAND_OPEN, .slot = slot, .ports = *ports};

  g_return_if_fail(proxy != NULL && slot >= 1 && slot <= LT_SLOT_MAX);
  g_return_if_fail(proxy->ports[slot] == 0);

  send_command(proxy, &command);
  proxy->ports[slot] = ports->port;
}

guint16
lt_dns_proxy_child_port(LtDnsProxy *proxy, guint16 slot)
{
  g_return_val_if_fail(proxy != NULL && slot >= 1 && slot <= LT_SLOT_MAX, 0);

  return proxy->ports[slot];
}

void
lt_dns_proxy_ask_alive(LtDnsProxy *proxy)
{
  if (!lt_dns_proxy_is_alive(proxy))
    return;
  proxy->n_asked++;
  send_command(proxy, &(LtDnsCommand){.kind = LT_DNS_COMMAND_ANSWER, .n_asked = proxy->n_asked});
}

gboolean
lt_dns_proxy_is_alive(LtDnsProxy *proxy)
{
  return atomic_load(&proxy->counters.n_answered) == proxy->n_asked;
}

void
lt_dns_proxy_close_child(LtDnsProxy *proxy, guint16 slot)
{
  g_return_if_fail(proxy != NULL && slot >= 1 && slot <= LT_SLOT_MAX);

  if (proxy->ports[slot] == 0)
    return;
  send_command(proxy, &(LtDnsCommand){.kind = LT_DNS_COMMAND_CLOSE, .slot = slot});
  proxy->ports[slot] = 0;
}

void
lt_dns_proxy_get_stats(LtDnsProxy *proxy, LtDnsProxyStats *out)
{
  const LtDnsCounters *counters;

  g_return_if_fail(proxy != NULL && out != NULL);

  counters = &proxy->counters;
  *out = (LtDnsProxyStats){
      .n_questions = atomic_load(&counters->n_questions),
      .n_refused = atomic_load(&counters->n_refused),
      .n_forwarded = atomic_load(&counters->n_forwarded),
      .n_cached = atomic_load(&counters->n_cached),
      .n_timeouts = atomic_load(&counters->n_timeouts),
      .n_bad_answers = atomic_load(&counters->n_bad_answers),
      .n_dropped = atomic_load(&counters->n_dropped),
      .n_upstreams = atomic_load(&counters->n_upstreams),
  };
}
