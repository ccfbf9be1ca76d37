/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's thread: works through tasks one after the other, in the order they came. */
#include "agent/store/worker.h"

struct _LtWorker {
  GThread *thread;
  GAsyncQueue *jobs;
  gpointer context;
};

typedef struct {
  GTask *task; /* NULL ends the thread */
  LtWorkerFunc func;
} Job;

static gpointer
work(gpointer data)
{
  LtWorker *worker = data;
  for (;;) {
    g_autofree Job *job = g_async_queue_pop(worker->jobs);
    if (job->task == NULL)
      return NULL;
    g_autoptr(GTask) task = job->task;
    job->func(task, worker->context);
  }
}

static void
push(LtWorker *worker, GTask *task, LtWorkerFunc func)
{
  Job *job = g_new0(Job, 1);
  job->task = task;
  job->func = func;
  g_async_queue_push(worker->jobs, job);
}

LtWorker *
lt_worker_new(const char *name, gpointer context)
{
  LtWorker *worker = g_new0(LtWorker, 1);
  worker->jobs = g_async_queue_new();
  worker->context = context;
  worker->thread = g_thread_new(name, work, worker);
  return worker;
}

void
lt_worker_free(LtWorker *worker)
{
  if (worker == NULL)
    return;
  push(worker, NULL, NULL);
  g_thread_join(worker->thread);
  g_async_queue_unref(worker->jobs);
  g_free(worker);
}

gboolean
lt_worker_push(LtWorker *worker, GTask *task, LtWorkerFunc func)
{
  if (g_async_queue_length(worker->jobs) >= LT_WORKER_MAX_WAITING)
    return FALSE;
  push(worker, task, func);
  return TRUE;
}
