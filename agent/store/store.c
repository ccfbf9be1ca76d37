/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's face to the main loop: each call becomes one transaction on the store's own thread.
 */
#include "agent/store/store.h"

#include "agent/store/audit.h"
#include "agent/store/grants.h"
#include "agent/store/household-file.h"
#include "agent/store/requests.h"
#include "agent/store/worker.h"

struct _LtStore {
  char *directory;
  char *moved_aside;
  char *not_on_disk; /* why, when the database is in memory only */
  LtDb *db;          /* the worker's alone, once it runs */
  LtWorker *worker;
};

/* Which call a result belongs to: a finish function refuses another's. */
typedef enum {
  ADD_REQUEST,
  LIST_REQUESTS,
  REFUSE_REQUEST,
  ADD_GRANT,
  REVOKE_GRANT,
  LIST_GRANTS,
  N_TRANSACTIONS,
  AUDIT = N_TRANSACTIONS,
  CHECK,
  SAVE_HOUSEHOLD,
  SAVE_CHILDREN,
} Operation;

/* What an operation is given; only the fields of its kind are used. */
typedef struct {
  guint32 uid;
  guint32 by_uid;
  gint64 id;
  gint64 utc_now_s;
  gboolean open_only;
  guint max;
  char *kind;
  char *what;
  char *words;
  LtGrantRecord *grant;
  GBytes *json;
} Call;

/* A transaction's result, NULL with @error set on a failure, and how it is freed. */
typedef struct {
  gpointer (*work)(LtDb *db, const Call *call, GError **error);
  GDestroyNotify free_result;
} Transaction;

/* One that is being made. */
typedef struct {
  const Transaction *transaction;
  const Call *call;
  gpointer result;
} Attempt;

static void
call_free(gpointer data)
{
  Call *call = data;
  g_free(call->kind);
  g_free(call->what);
  g_free(call->words);
  lt_grant_record_free(call->grant);
  g_clear_pointer(&call->json, g_bytes_unref);
  g_free(call);
}

static gpointer
add_request(LtDb *db, const Call *call, GError **error)
{
  gint64 id =
      lt_requests_add(db, call->uid, call->kind, call->what, call->words, call->utc_now_s, error);
  return id != 0 ? g_memdup2(&id, sizeof id) : NULL;
}

static gpointer
list_requests(LtDb *db, const Call *call, GError **error)
{
  return lt_requests_list(db, call->uid, call->open_only, call->max, call->utc_now_s, error);
}

static gpointer
refuse_request(LtDb *db, const Call *call, GError **error)
{
  return lt_requests_refuse(db, call->id, call->by_uid, call->words, call->utc_now_s, error);
}

static gpointer
add_grant(LtDb *db, const Call *call, GError **error)
{
  return lt_grants_add(db, call->grant, call->utc_now_s, error);
}

static gpointer
revoke_grant(LtDb *db, const Call *call, GError **error)
{
  return lt_grants_revoke(db, call->id, call->by_uid, call->utc_now_s, error);
}

static gpointer
list_grants(LtDb *db, const Call *call, GError **error)
{
  return lt_grants_list(db, call->uid, call->utc_now_s, error);
}

static const Transaction transactions[N_TRANSACTIONS] = {
    [ADD_REQUEST] = {add_request, g_free},
    [LIST_REQUESTS] = {list_requests, (GDestroyNotify) g_ptr_array_unref},
    [REFUSE_REQUEST] = {refuse_request, (GDestroyNotify) lt_request_record_free},
    [ADD_GRANT] = {add_grant, (GDestroyNotify) lt_grant_record_free},
    [REVOKE_GRANT] = {revoke_grant, (GDestroyNotify) lt_grant_record_free},
    [LIST_GRANTS] = {list_grants, (GDestroyNotify) g_ptr_array_unref},
};

static gboolean
attempt(LtDb *db, gpointer data, GError **error)
{
  Attempt *made = data;
  made->result = made->transaction->work(db, made->call, error);
  return made->result != NULL;
}

static void
run_transaction(GTask *task, gpointer context)
{
  LtStore *store = context;
  Operation operation = (Operation) GPOINTER_TO_INT(g_task_get_source_tag(task));
  Attempt made = {.transaction = &transactions[operation], .call = g_task_get_task_data(task)};
  GError *error = NULL;
  if (lt_db_transaction(store->db, attempt, &made, &error)) {
    g_task_return_pointer(task, made.result, made.transaction->free_result);
    return;
  }
  g_clear_pointer(&made.result, made.transaction->free_result); /* made, but not on the disk */
  g_task_return_error(task, error);
}

static void
push(LtStore *store,
     Call *call,
     LtWorkerFunc func,
     Operation operation,
     GAsyncReadyCallback callback,
     gpointer user_data)
{
  GTask *task = g_task_new(NULL, NULL, callback, user_data);
  g_task_set_source_tag(task, GINT_TO_POINTER(operation));
  g_task_set_task_data(task, call, call_free);
  if (lt_worker_push(store->worker, task, func))
    return;
  g_task_return_new_error(
      task, LT_STORE_ERROR, LT_STORE_ERROR_FAILED, "too much waits for the disk");
  g_object_unref(task);
}

static gpointer
finish(GAsyncResult *result, Operation operation, GError **error)
{
  g_return_val_if_fail(g_task_is_valid(result, NULL), NULL);
  g_return_val_if_fail(GPOINTER_TO_INT(g_task_get_source_tag(G_TASK(result))) == (int) operation,
                       NULL);
  return g_task_propagate_pointer(G_TASK(result), error);
}

LtStore *
lt_store_open(const char *directory, GError **error)
{
  g_return_val_if_fail(directory != NULL, NULL);
  g_autofree char *moved = NULL;
  g_autoptr(GError) failure = NULL;
  LtDb *db = lt_db_open(directory, &moved, &failure);
  if (db == NULL) {
    g_warning("Requests and grants are kept in memory until the next start: %s", failure->message);
    db = lt_db_open_in_memory(error);
  }
  if (db == NULL)
    return NULL;
  if (moved != NULL)
    g_warning("The database was damaged: moved to %s, a new one is made", moved);
  LtStore *store = g_new0(LtStore, 1);
  store->directory = g_strdup(directory);
  store->moved_aside = g_steal_pointer(&moved);
  store->not_on_disk = failure != NULL ? g_strdup(failure->message) : NULL;
  store->db = db;
  store->worker = lt_worker_new("store", store);
  return store;
}

void
lt_store_free(LtStore *store)
{
  if (store == NULL)
    return;
  lt_worker_free(store->worker);
  lt_db_free(store->db);
  g_free(store->not_on_disk);
  g_free(store->moved_aside);
  g_free(store->directory);
  g_free(store);
}

void
lt_store_add_request(LtStore *store,
                     guint32 uid,
                     const char *kind,
                     const char *what,
                     const char *words,
                     gint64 utc_now_s,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->uid = uid;
  call->kind = g_strdup(kind);
  call->what = g_strdup(what);
  call->words = g_strdup(words);
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, ADD_REQUEST, callback, user_data);
}

gint64
lt_store_add_request_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  g_autofree gint64 *id = finish(result, ADD_REQUEST, error);
  return id != NULL ? *id : 0;
}

void
lt_store_list_requests(LtStore *store,
                       guint32 uid,
                       gboolean open_only,
                       guint max,
                       gint64 utc_now_s,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->uid = uid;
  call->open_only = open_only;
  call->max = max;
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, LIST_REQUESTS, callback, user_data);
}

GPtrArray *
lt_store_list_requests_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, LIST_REQUESTS, error);
}

void
lt_store_refuse_request(LtStore *store,
                        gint64 request,
                        guint32 by_uid,
                        const char *note,
                        gint64 utc_now_s,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->id = request;
  call->by_uid = by_uid;
  call->words = g_strdup(note);
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, REFUSE_REQUEST, callback, user_data);
}

LtRequestRecord *
lt_store_refuse_request_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, REFUSE_REQUEST, error);
}

void
lt_store_add_grant(LtStore *store,
                   const LtGrantRecord *grant,
                   gint64 utc_now_s,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->grant = lt_grant_record_copy(grant);
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, ADD_GRANT, callback, user_data);
}

LtGrantRecord *
lt_store_add_grant_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, ADD_GRANT, error);
}

void
lt_store_revoke_grant(LtStore *store,
                      gint64 grant,
                      guint32 by_uid,
                      gint64 utc_now_s,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->id = grant;
  call->by_uid = by_uid;
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, REVOKE_GRANT, callback, user_data);
}

LtGrantRecord *
lt_store_revoke_grant_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, REVOKE_GRANT, error);
}

void
lt_store_list_grants(
    LtStore *store, guint32 uid, gint64 utc_now_s, GAsyncReadyCallback callback, gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->uid = uid;
  call->utc_now_s = utc_now_s;
  push(store, call, run_transaction, LIST_GRANTS, callback, user_data);
}

GPtrArray *
lt_store_list_grants_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, LIST_GRANTS, error);
}

static void
keep_result(GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;
  *out = g_object_ref(result);
}

GPtrArray *
lt_store_live_grants(LtStore *store, gint64 utc_now_s, GError **error)
{
  g_autoptr(GMainContext) context = g_main_context_new();
  g_autoptr(GAsyncResult) result = NULL;
  g_main_context_push_thread_default(context);
  lt_store_list_grants(store, G_MAXUINT32, utc_now_s, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration(context, TRUE);
  g_main_context_pop_thread_default(context);
  return lt_store_list_grants_finish(store, result, error);
}

static gboolean
append_audit(LtDb *db, gpointer data, GError **error)
{
  Call *call = data;
  return lt_audit_append(db, call->utc_now_s, call->by_uid, call->kind, call->words, error);
}

static void
run_audit(GTask *task, gpointer context)
{
  LtStore *store = context;
  Call *call = g_task_get_task_data(task);
  g_autoptr(GError) error = NULL;
  if (!lt_db_transaction(store->db, append_audit, call, &error))
    g_warning("The audit trail lacks \"%s\": %s", call->kind, error->message);
  g_task_return_boolean(task, error == NULL);
}

void
lt_store_audit(
    LtStore *store, gint64 utc_now_s, guint32 by_uid, const char *action, const char *detail)
{
  Call *call = g_new0(Call, 1);
  call->utc_now_s = utc_now_s;
  call->by_uid = by_uid;
  call->kind = g_strdup(action);
  call->words = g_strdup(detail);
  push(store, call, run_audit, AUDIT, NULL, NULL);
}

void
lt_store_health_free(LtStoreHealth *health)
{
  if (health == NULL)
    return;
  g_free(health->moved_aside);
  g_free(health->not_on_disk);
  g_free(health);
}

static void
run_check(GTask *task, gpointer context)
{
  LtStore *store = context;
  LtStoreHealth *health = g_new0(LtStoreHealth, 1);
  health->is_sound = lt_db_is_sound(store->db);
  health->is_in_place = lt_db_is_in_place(store->db);
  health->audit_is_whole = lt_audit_verify(store->db, &health->n_audit) == LT_AUDIT_WHOLE;
  health->moved_aside = g_strdup(store->moved_aside);
  health->not_on_disk = g_strdup(store->not_on_disk);
  g_task_return_pointer(task, health, (GDestroyNotify) lt_store_health_free);
}

void
lt_store_check(LtStore *store, GAsyncReadyCallback callback, gpointer user_data)
{
  push(store, g_new0(Call, 1), run_check, CHECK, callback, user_data);
}

LtStoreHealth *
lt_store_check_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  return finish(result, CHECK, error);
}

static void
run_save_household(GTask *task, gpointer context)
{
  LtStore *store = context;
  Call *call = g_task_get_task_data(task);
  GError *error = NULL;
  if (lt_household_file_save(store->directory, call->json, &error))
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

void
lt_store_save_household(LtStore *store,
                        GBytes *json,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  Call *call = g_new0(Call, 1);
  call->json = g_bytes_ref(json);
  push(store, call, run_save_household, SAVE_HOUSEHOLD, callback, user_data);
}

gboolean
lt_store_save_household_finish(LtStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail(g_task_is_valid(result, NULL), FALSE);
  return g_task_propagate_boolean(G_TASK(result), error);
}

static void
run_save_children(GTask *task, gpointer context)
{
  LtStore *store = context;
  Call *call = g_task_get_task_data(task);
  g_autoptr(GError) error = NULL;
  if (!lt_household_file_save_children(store->directory, call->json, &error))
    g_warning("Who is a child is not kept apart from the rules: %s", error->message);
  g_task_return_boolean(task, TRUE);
}

void
lt_store_save_children(LtStore *store, GBytes *json)
{
  Call *call = g_new0(Call, 1);
  call->json = g_bytes_ref(json);
  push(store, call, run_save_children, SAVE_CHILDREN, NULL, NULL);
}

GBytes *
lt_store_load_children(LtStore *store, GError **error)
{
  return lt_household_file_load(store->directory, LT_HOUSEHOLD_CHILDREN_FILE, error);
}

GBytes *
lt_store_load_household(LtStore *store, GError **error)
{
  return lt_household_file_load(store->directory, LT_HOUSEHOLD_FILE, error);
}

GBytes *
lt_store_load_former_household(LtStore *store, GError **error)
{
  return lt_household_file_load(store->directory, LT_HOUSEHOLD_FORMER_FILE, error);
}
