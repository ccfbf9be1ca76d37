/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's thread: works through tasks one after the other, in the order they came. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Callers are limited before they get here; this bounds memory when the disk hangs. */
#define LT_WORKER_MAX_WAITING 1024

typedef struct _LtWorker LtWorker;

/* Runs on the worker's thread and returns the task. @context is that of lt_worker_new(). */
typedef void (*LtWorkerFunc)(GTask *task, gpointer context);

LtWorker *lt_worker_new(const char *name, gpointer context);
/* Finishes what waits, then ends the thread. */
void lt_worker_free(LtWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtWorker, lt_worker_free)

/* @task: (transfer full). FALSE: too much waits; the task is handed back untouched. */
gboolean lt_worker_push(LtWorker *worker, GTask *task, LtWorkerFunc func) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
