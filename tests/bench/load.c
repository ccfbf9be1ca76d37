/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop of the load: a table of operations and one epoll, edge-triggered. */

#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256
#define LOST_US (10 * G_USEC_PER_SEC)
#define SLOW_US G_USEC_PER_SEC
#define LATE_US (G_USEC_PER_SEC / 10)
/* Descriptors that the program itself needs. */
#define OWN_FDS 16u

typedef struct {
  const LoadPlan *plan;
  int epoll_fd;
  LoadOp *ops;
  guint32 *times_us;
  guint n_times;
  guint n_begun;
  guint n_open;
  guint oldest; /* all before it have ended */
  gint64 start_us;
  LoadResult result;
} Load;

static void
end_op(Load *load, LoadOp *op, LoadStep step)
{
  int error = errno;
  gint64 now_us = g_get_monotonic_time();
  if (load->plan->kind->end != NULL)
    load->plan->kind->end(op);
  close(op->fd);
  op->fd = -1;
  load->n_open--;
  load->result.elapsed_us = now_us - load->start_us;
  if (step == LOAD_FAILED) {
    load->result.n_failed++;
    load->result.error = error;
    return;
  }
  load->result.n_slow += now_us - op->due_us > SLOW_US;
  load->times_us[load->n_times++] = (guint32) (now_us - op->begun_us);
}

static void
drive(Load *load, LoadOp *op)
{
  LoadStep step = load->plan->kind->ready(op);
  if (step != LOAD_PENDING)
    end_op(load, op, step);
}

static struct sockaddr_in
target_of(const LoadPlan *plan, guint index)
{
  struct sockaddr_in target = plan->target;
  target.sin_addr.s_addr = htonl(ntohl(target.sin_addr.s_addr) + index % plan->n_targets);
  return target;
}

static void
begin_op(Load *load, gint64 due_us)
{
  const LoadPlan *plan = load->plan;
  LoadOp *op = &load->ops[load->n_begun];
  *op = (LoadOp){.index = load->n_begun, .due_us = due_us};
  load->n_begun++;
  load->n_open++;
  op->fd = socket(AF_INET, plan->kind->socket_type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  op->begun_us = g_get_monotonic_time();
  load->result.n_late += op->begun_us - due_us > LATE_US;
  struct sockaddr_in target = target_of(plan, op->index);
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = op}};
  if (op->fd < 0 ||
      (connect(op->fd, (struct sockaddr *) &target, sizeof target) < 0 && errno != EINPROGRESS) ||
      epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, op->fd, &event) < 0)
    end_op(load, op, LOAD_FAILED);
}

/* Begins what is due; returns how many microseconds until the next. */
static gint64
begin_due(Load *load)
{
  const LoadPlan *plan = load->plan;
  gint64 now_us = g_get_monotonic_time();
  if (plan->rate == 0) {
    while (load->n_begun < plan->n && load->n_open < plan->at_once)
      begin_op(load, g_get_monotonic_time());
    return LOST_US;
  }
  while (load->n_begun < plan->n && load->n_open < plan->at_once) {
    gint64 due_us = load->start_us + (gint64) load->n_begun * G_USEC_PER_SEC / plan->rate;
    if (due_us > now_us)
      return due_us - now_us;
    begin_op(load, due_us);
    now_us = g_get_monotonic_time();
  }
  return LOST_US;
}

static void
give_up_lost(Load *load)
{
  gint64 before_us = g_get_monotonic_time() - LOST_US;
  for (; load->oldest < load->n_begun; load->oldest++) {
    LoadOp *op = &load->ops[load->oldest];
    if (op->fd >= 0 && op->begun_us > before_us)
      return;
    errno = ETIMEDOUT;
    if (op->fd >= 0)
      end_op(load, op, LOAD_FAILED);
  }
}

static void
loop(Load *load)
{
  struct epoll_event events[EVENTS];
  load->start_us = g_get_monotonic_time();
  while (load->n_begun < load->plan->n || load->n_open > 0) {
    gint64 wait_us = begin_due(load);
    struct timespec wait = {wait_us / G_USEC_PER_SEC, wait_us % G_USEC_PER_SEC * 1000};
    int n = epoll_pwait2(load->epoll_fd, events, EVENTS, &wait, NULL);
    for (int i = 0; i < n; i++)
      drive(load, events[i].data.ptr);
    give_up_lost(load);
  }
}

static int
compare_times(const void *a, const void *b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
  return (x > y) - (x < y);
}

static double
quantile(const Load *load, guint percent)
{
  return load->n_times == 0 ? 0
                            : load->times_us[MIN(load->n_times - 1, load->n_times * percent / 100)];
}

static gboolean
raise_limits(const LoadPlan *plan)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
    return FALSE;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > plan->at_once + OWN_FDS &&
         prctl(PR_SET_TIMERSLACK, 1ul, 0, 0, 0) == 0;
}

gboolean
load_run(const LoadPlan *plan, LoadResult *out)
{
  g_autofree LoadOp *ops = g_new0(LoadOp, plan->n);
  g_autofree guint32 *times_us = g_new0(guint32, plan->n);
  Load load = {.plan = plan, .ops = ops, .times_us = times_us};
  load.result.n = plan->n;
  if (!raise_limits(plan) || !plan->kind->prepare(plan)) {
    fprintf(stderr, "bench-load: %s cannot be prepared\n", plan->kind->name);
    return FALSE;
  }
  load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (load.epoll_fd < 0)
    return FALSE;
  loop(&load);
  close(load.epoll_fd);
  qsort(times_us, load.n_times, sizeof *times_us, compare_times);
  load.result.median_us = quantile(&load, 50);
  load.result.p99_us = quantile(&load, 99);
  *out = load.result;
  return TRUE;
}
