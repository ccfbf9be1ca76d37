/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests in the database: asked once, answered once, expired and forgotten in time. */
#include "agent/store/requests.h"

#include "agent/store/audit.h"

#define COLUMNS "id, uid, kind, what, words, asked, answered, state, note"

void
lt_request_record_free(LtRequestRecord *record)
{
  if (record == NULL)
    return;
  g_free(record->kind);
  g_free(record->what);
  g_free(record->words);
  g_free(record->note);
  g_free(record);
}

static gpointer
record_from_row(LtDbStatement *row)
{
  LtRequestRecord *record = g_new0(LtRequestRecord, 1);
  record->id = sqlite3_column_int64(row, 0);
  record->uid = (guint32) sqlite3_column_int64(row, 1);
  record->kind = lt_db_dup_text(row, 2);
  record->what = lt_db_dup_text(row, 3);
  record->words = lt_db_dup_text(row, 4);
  record->utc_asked_s = sqlite3_column_int64(row, 5);
  record->utc_answered_s = sqlite3_column_int64(row, 6);
  record->state = (LtRequestState) sqlite3_column_int64(row, 7);
  record->note = lt_db_dup_text(row, 8);
  return record;
}

static gboolean
expire(LtDb *db, gint64 utc_now_s, GError **error)
{
  return lt_db_run(db,
                   error,
                   "UPDATE requests SET state = ?, answered = asked + ?"
                   " WHERE state = ? AND asked + ? <= ?",
                   "iiiii",
                   (gint64) LT_REQUEST_EXPIRED,
                   (gint64) LT_STORE_REQUEST_LIFETIME_S,
                   (gint64) LT_REQUEST_OPEN,
                   (gint64) LT_STORE_REQUEST_LIFETIME_S,
                   utc_now_s);
}

static gboolean
forget_old(LtDb *db, guint32 uid, GError **error)
{
  return lt_db_run(db,
                   error,
                   "DELETE FROM requests WHERE uid = ? AND state <> 0 AND id <= (SELECT id FROM"
                   " requests WHERE uid = ? AND state <> 0 ORDER BY id DESC LIMIT 1 OFFSET ?)",
                   "iii",
                   (gint64) uid,
                   (gint64) uid,
                   (gint64) LT_REQUESTS_MAX_CLOSED);
}

/* 0: none is open, or @error is set. */
static gint64
find_open(LtDb *db, guint32 uid, const char *kind, const char *what, GError **error)
{
  g_autoptr(LtDbStatement) row =
      lt_db_prepare(db,
                    error,
                    "SELECT id FROM requests WHERE uid = ? AND kind = ? AND what = ? AND state = 0",
                    "iss",
                    (gint64) uid,
                    kind,
                    what);
  if (row == NULL || lt_db_step(db, row, error) != LT_DB_ROW)
    return 0;
  return sqlite3_column_int64(row, 0);
}

static gboolean
has_room(LtDb *db, guint32 uid, GError **error)
{
  gint64 n_open = 0;
  if (!lt_db_get_int(db,
                     &n_open,
                     error,
                     "SELECT count(*) FROM requests WHERE uid = ? AND state = 0",
                     "i",
                     (gint64) uid))
    return FALSE;
  if (n_open < LT_STORE_MAX_OPEN_REQUESTS)
    return TRUE;
  g_set_error(error,
              LT_STORE_ERROR,
              LT_STORE_ERROR_FULL,
              "%d requests wait for an answer already",
              LT_STORE_MAX_OPEN_REQUESTS);
  return FALSE;
}

gint64
lt_requests_add(LtDb *db,
                guint32 uid,
                const char *kind,
                const char *what,
                const char *words,
                gint64 utc_now_s,
                GError **error)
{
  GError *failure = NULL;
  if (!expire(db, utc_now_s, error) || !forget_old(db, uid, error))
    return 0;
  gint64 open = find_open(db, uid, kind, what, &failure);
  if (open != 0 || failure != NULL) {
    if (failure != NULL)
      g_propagate_error(error, failure);
    return open;
  }
  if (!has_room(db, uid, error) ||
      !lt_db_run(db,
                 error,
                 "INSERT INTO requests (uid, kind, what, words, asked) VALUES (?, ?, ?, ?, ?)",
                 "isssi",
                 (gint64) uid,
                 kind,
                 what,
                 words,
                 utc_now_s))
    return 0;
  gint64 id = lt_db_last_id(db);
  g_autofree char *detail = g_strdup_printf("request %" G_GINT64_FORMAT ": %s %s", id, kind, what);
  return lt_audit_append(db, utc_now_s, uid, "ask", detail, error) ? id : 0;
}

static LtRequestRecord *
read_one(LtDb *db, gint64 request, GError **error)
{
  g_autoptr(LtDbStatement) row =
      lt_db_prepare(db, error, "SELECT " COLUMNS " FROM requests WHERE id = ?", "i", request);
  return lt_db_read_one(db, row, record_from_row, "no such request", error);
}

LtRequestRecord *
lt_requests_close(LtDb *db,
                  gint64 request,
                  LtRequestState state,
                  const char *note,
                  gint64 utc_now_s,
                  GError **error)
{
  if (!expire(db, utc_now_s, error) ||
      !lt_db_run(db,
                 error,
                 "UPDATE requests SET state = ?, answered = ?, note = ? WHERE id = ? AND state = 0",
                 "iisi",
                 (gint64) state,
                 utc_now_s,
                 note,
                 request))
    return NULL;
  gboolean was_open = lt_db_n_changed(db) == 1;
  g_autoptr(LtRequestRecord) record = read_one(db, request, error);
  if (record == NULL || was_open)
    return g_steal_pointer(&record);
  g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_MISSING, "the request is not open any more");
  return NULL;
}

LtRequestRecord *
lt_requests_refuse(
    LtDb *db, gint64 request, guint32 by_uid, const char *note, gint64 utc_now_s, GError **error)
{
  g_autoptr(LtRequestRecord) record =
      lt_requests_close(db, request, LT_REQUEST_REFUSED, note, utc_now_s, error);
  if (record == NULL)
    return NULL;
  g_autofree char *detail = g_strdup_printf("request %" G_GINT64_FORMAT ": uid %u, %s %s",
                                            record->id,
                                            record->uid,
                                            record->kind,
                                            record->what);
  if (!lt_audit_append(db, utc_now_s, by_uid, "refuse", detail, error))
    return NULL;
  return g_steal_pointer(&record);
}

GPtrArray *
lt_requests_list(
    LtDb *db, guint32 uid, gboolean open_only, guint max, gint64 utc_now_s, GError **error)
{
  if (!expire(db, utc_now_s, error))
    return NULL;
  g_autoptr(LtDbStatement) row =
      lt_db_prepare(db,
                    error,
                    "SELECT " COLUMNS " FROM requests WHERE (?1 = 4294967295 OR uid = ?1)"
                    " AND (?2 = 0 OR state = 0) ORDER BY id DESC LIMIT ?3",
                    "iii",
                    (gint64) uid,
                    (gint64) open_only,
                    (gint64) max);
  return lt_db_read_all(db, row, record_from_row, (GDestroyNotify) lt_request_record_free, error);
}
