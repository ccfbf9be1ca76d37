/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What outlives the agent: requests, grants, audit trail (SQLite) and the household's rules (a
 * file). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LtStore LtStore;

#define LT_STORE_ERROR (lt_store_error_quark())
GQuark lt_store_error_quark(void);
typedef enum {
  LT_STORE_ERROR_OPEN,
  LT_STORE_ERROR_FULL,    /* a bound of the store: too many open requests of one child */
  LT_STORE_ERROR_MISSING, /* no such request or grant, or it has ended already */
  LT_STORE_ERROR_FAILED,  /* disk full, I/O */
} LtStoreError;

/* Open requests that one child may have; a further one is refused until one is answered or expires.
 */
#define LT_STORE_MAX_OPEN_REQUESTS 20
/* Grants of one child that may run at one time. */
#define LT_STORE_MAX_LIVE_GRANTS 500
/* A request that nobody answers ends after this. */
#define LT_STORE_REQUEST_LIFETIME_S (24 * 60 * 60)
/* Characters (not bytes) of the words that come with a request or an answer. */
#define LT_STORE_MAX_WORDS 500

typedef enum {
  LT_REQUEST_OPEN,
  LT_REQUEST_GRANTED,
  LT_REQUEST_REFUSED,
  LT_REQUEST_EXPIRED,
} LtRequestState;

/* A child's request. Freed with lt_request_record_free(). */
typedef struct {
  gint64 id;
  guint32 uid;
  char *kind; /* "site" */
  char *what; /* normalised host name */
  char *words;
  gint64 utc_asked_s;
  gint64 utc_answered_s; /* 0 while open */
  LtRequestState state;
  char *note; /* the parent's words, or empty */
} LtRequestRecord;
void lt_request_record_free(LtRequestRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtRequestRecord, lt_request_record_free)

/* A grant. Freed with lt_grant_record_free(). */
typedef struct {
  gint64 id;
  guint32 uid;
  char *kind; /* "site" */
  char *what;
  gint64 utc_from_s;
  gint64 utc_until_s; /* G_MAXINT64: until revoked */
  gint64 request;     /* the request that it answers, 0 if none */
  guint32 by_uid;
  char *note;
} LtGrantRecord;
LtGrantRecord *lt_grant_record_copy(const LtGrantRecord *record);
void lt_grant_record_free(LtGrantRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtGrantRecord, lt_grant_record_free)

/**
 * lt_store_open:
 * @directory: normally "/var/lib/luytre"; holds luytre.db and household.json
 *
 * Opens or makes the database (WAL) and starts the writer's thread. A damaged database is moved
 * aside and a new one made; the caller is told by the journal.
 * Without a place on the disk (full, read-only, of a later version) requests and grants are kept in
 * memory: the agent goes on, the doctor says so.
 */
LtStore *lt_store_open(const char *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Waits for writes that are under way. */
void lt_store_free(LtStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtStore, lt_store_free)

/* All calls below come from the main loop; results arrive there. Finish functions follow GTask. */

/* Returns through finish: the new request's id, or that of the open request for the same thing. */
void lt_store_add_request(LtStore *store,
                          guint32 uid,
                          const char *kind,
                          const char *what,
                          const char *words,
                          gint64 utc_now_s,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
gint64 lt_store_add_request_finish(LtStore *store, GAsyncResult *result, GError **error);

/* @uid: whose, or G_MAXUINT32 for all. Newest first; at most @max. (element-type LtRequestRecord)
 */
void lt_store_list_requests(LtStore *store,
                            guint32 uid,
                            gboolean open_only,
                            guint max,
                            gint64 utc_now_s,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
GPtrArray *lt_store_list_requests_finish(LtStore *store, GAsyncResult *result, GError **error);

/* Says no to a request. Returns through finish the request as it is now. */
void lt_store_refuse_request(LtStore *store,
                             gint64 request,
                             guint32 by_uid,
                             const char *note,
                             gint64 utc_now_s,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
LtRequestRecord *
lt_store_refuse_request_finish(LtStore *store, GAsyncResult *result, GError **error);

/**
 * lt_store_add_grant:
 * @grant: @id is ignored; with @request set, that request must be open, becomes granted in the
 * same transaction, and says @uid, @kind and @what (they are ignored then)
 *
 * Returns through finish the grant with its id.
 */
void lt_store_add_grant(LtStore *store,
                        const LtGrantRecord *grant,
                        gint64 utc_now_s,
                        GAsyncReadyCallback callback,
                        gpointer user_data);
LtGrantRecord *lt_store_add_grant_finish(LtStore *store, GAsyncResult *result, GError **error);

/* Ends a live grant now. Returns through finish the grant as it was. */
void lt_store_revoke_grant(LtStore *store,
                           gint64 grant,
                           guint32 by_uid,
                           gint64 utc_now_s,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
LtGrantRecord *lt_store_revoke_grant_finish(LtStore *store, GAsyncResult *result, GError **error);

/* @uid: whose, or G_MAXUINT32 for all: grants that end after @utc_now_s, newest first.
 * (element-type LtGrantRecord) */
void lt_store_list_grants(LtStore *store,
                          guint32 uid,
                          gint64 utc_now_s,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
GPtrArray *lt_store_list_grants_finish(LtStore *store, GAsyncResult *result, GError **error);

/* Blocking, for the start of the agent: grants that end after @utc_now_s. (element-type
 * LtGrantRecord) */
GPtrArray *lt_store_live_grants(LtStore *store, gint64 utc_now_s, GError **error);

/* Appends to the hash-chained audit trail. Fire and forget; failures go to the journal. Requests,
 * answers, grants and revocations are in the trail already, in the same transaction. */
void lt_store_audit(
    LtStore *store, gint64 utc_now_s, guint32 by_uid, const char *action, const char *detail);

/**
 * LtStoreHealth:
 * @is_sound: SQLite finds nothing wrong with the database
 * @is_in_place: its file is still where the next start looks for it
 * @audit_is_whole: the hash chain holds from its first kept row to its last
 * @n_audit: rows of the trail that hold
 * @not_on_disk: (nullable): why the database is in memory only, if it is
 * @moved_aside: (nullable): where a damaged database was put when the agent started
 */
typedef struct {
  gboolean is_sound;
  gboolean is_in_place;
  gboolean audit_is_whole;
  guint64 n_audit;
  char *moved_aside;
  char *not_on_disk;
} LtStoreHealth;
void lt_store_health_free(LtStoreHealth *health);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtStoreHealth, lt_store_health_free)

/* Reads the whole database: for the doctor, not for every minute. */
void lt_store_check(LtStore *store, GAsyncReadyCallback callback, gpointer user_data);
LtStoreHealth *lt_store_check_finish(LtStore *store, GAsyncResult *result, GError **error);

/* The household's rules: written to a temporary file, synced, renamed over; the former copy stays
 * as household.json.old. */
void lt_store_save_household(LtStore *store,
                             GBytes *json,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean lt_store_save_household_finish(LtStore *store, GAsyncResult *result, GError **error);
/* Blocking, for the start of the agent: NULL without an error when there is none yet. */
GBytes *lt_store_load_household(LtStore *store, GError **error);
/* Whom the rules are about, kept apart from them. Fire and forget; failures go to the journal. */
void lt_store_save_children(LtStore *store, GBytes *json);
/* Blocking; NULL without an error when there is none. */
GBytes *lt_store_load_children(LtStore *store, GError **error);
/* Blocking: the copy before the last one, for when that is no good. */
GBytes *lt_store_load_former_household(LtStore *store, GError **error);

G_END_DECLS
