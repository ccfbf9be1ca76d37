/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grants in the database: made, listed while they live, ended, forgotten in time. */
#include "agent/store/grants.h"

#include "agent/store/audit.h"
#include "agent/store/requests.h"

#define COLUMNS "id, uid, kind, what, starts, ends, ifnull(request, 0), by_uid, note"

void
lt_grant_record_free(LtGrantRecord *record)
{
  if (record == NULL)
    return;
  g_free(record->kind);
  g_free(record->what);
  g_free(record->note);
  g_free(record);
}

LtGrantRecord *
lt_grant_record_copy(const LtGrantRecord *record)
{
  LtGrantRecord *copy = g_memdup2(record, sizeof *record);
  copy->kind = g_strdup(record->kind);
  copy->what = g_strdup(record->what);
  copy->note = g_strdup(record->note);
  return copy;
}

static gpointer
record_from_row(LtDbStatement *row)
{
  LtGrantRecord *record = g_new0(LtGrantRecord, 1);
  record->id = sqlite3_column_int64(row, 0);
  record->uid = (guint32) sqlite3_column_int64(row, 1);
  record->kind = lt_db_dup_text(row, 2);
  record->what = lt_db_dup_text(row, 3);
  record->utc_from_s = sqlite3_column_int64(row, 4);
  record->utc_until_s = sqlite3_column_int64(row, 5);
  record->request = sqlite3_column_int64(row, 6);
  record->by_uid = (guint32) sqlite3_column_int64(row, 7);
  record->note = lt_db_dup_text(row, 8);
  return record;
}

static gboolean
forget_old(LtDb *db, gint64 utc_now_s, GError **error)
{
  return lt_db_run(db,
                   error,
                   "DELETE FROM grants WHERE ends <= ? AND id <= (SELECT id FROM grants"
                   " WHERE ends <= ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                   "iii",
                   utc_now_s,
                   utc_now_s,
                   (gint64) LT_GRANTS_MAX_ENDED);
}

static gboolean
has_room(LtDb *db, guint32 uid, gint64 utc_now_s, GError **error)
{
  gint64 n_live = 0;
  if (!lt_db_get_int(db,
                     &n_live,
                     error,
                     "SELECT count(*) FROM grants WHERE uid = ? AND ends > ?",
                     "ii",
                     (gint64) uid,
                     utc_now_s))
    return FALSE;
  if (n_live < LT_STORE_MAX_LIVE_GRANTS)
    return TRUE;
  g_set_error(error,
              LT_STORE_ERROR,
              LT_STORE_ERROR_FULL,
              "%d grants of this child are running already",
              LT_STORE_MAX_LIVE_GRANTS);
  return FALSE;
}

/* The request says for whom and what. */
static gboolean
close_request(LtDb *db, LtGrantRecord *grant, gint64 utc_now_s, GError **error)
{
  if (grant->request == 0)
    return TRUE;
  g_autoptr(LtRequestRecord) request =
      lt_requests_close(db, grant->request, LT_REQUEST_GRANTED, grant->note, utc_now_s, error);
  if (request == NULL)
    return FALSE;
  g_free(grant->kind);
  g_free(grant->what);
  grant->uid = request->uid;
  grant->kind = g_steal_pointer(&request->kind);
  grant->what = g_steal_pointer(&request->what);
  return TRUE;
}

static gboolean
insert(LtDb *db, const LtGrantRecord *grant, GError **error)
{
  return lt_db_run(db,
                   error,
                   "INSERT INTO grants (uid, kind, what, starts, ends, request, by_uid, note)"
                   " VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?)",
                   "issiiiis",
                   (gint64) grant->uid,
                   grant->kind,
                   grant->what,
                   grant->utc_from_s,
                   grant->utc_until_s,
                   grant->request,
                   (gint64) grant->by_uid,
                   grant->note);
}

static char *
describe(const LtGrantRecord *grant)
{
  return g_strdup_printf("grant %" G_GINT64_FORMAT " of request %" G_GINT64_FORMAT
                         ": uid %u, %s %s, %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                         grant->id,
                         grant->request,
                         grant->uid,
                         grant->kind,
                         grant->what,
                         grant->utc_from_s,
                         grant->utc_until_s);
}

LtGrantRecord *
lt_grants_add(LtDb *db, const LtGrantRecord *grant, gint64 utc_now_s, GError **error)
{
  g_autoptr(LtGrantRecord) made = lt_grant_record_copy(grant);
  if (!forget_old(db, utc_now_s, error) || !close_request(db, made, utc_now_s, error) ||
      !has_room(db, made->uid, utc_now_s, error) || !insert(db, made, error))
    return NULL;
  made->id = lt_db_last_id(db);
  g_autofree char *detail = describe(made);
  if (!lt_audit_append(db, utc_now_s, made->by_uid, "grant", detail, error))
    return NULL;
  return g_steal_pointer(&made);
}

static LtGrantRecord *
read_live(LtDb *db, gint64 grant, gint64 utc_now_s, GError **error)
{
  g_autoptr(LtDbStatement) row =
      lt_db_prepare(db,
                    error,
                    "SELECT " COLUMNS " FROM grants WHERE id = ? AND ends > ?",
                    "ii",
                    grant,
                    utc_now_s);
  return lt_db_read_one(db, row, record_from_row, "no such grant is running", error);
}

LtGrantRecord *
lt_grants_revoke(LtDb *db, gint64 grant, guint32 by_uid, gint64 utc_now_s, GError **error)
{
  g_autoptr(LtGrantRecord) record = read_live(db, grant, utc_now_s, error);
  if (record == NULL ||
      !lt_db_run(db, error, "UPDATE grants SET ends = ? WHERE id = ?", "ii", utc_now_s, grant))
    return NULL;
  g_autofree char *detail = describe(record);
  if (!lt_audit_append(db, utc_now_s, by_uid, "revoke", detail, error))
    return NULL;
  return g_steal_pointer(&record);
}

GPtrArray *
lt_grants_list(LtDb *db, guint32 uid, gint64 utc_now_s, GError **error)
{
  g_autoptr(LtDbStatement) row =
      lt_db_prepare(db,
                    error,
                    "SELECT " COLUMNS " FROM grants WHERE ends > ?1"
                    " AND (?2 = 4294967295 OR uid = ?2) ORDER BY id DESC",
                    "ii",
                    utc_now_s,
                    (gint64) uid);
  return lt_db_read_all(db, row, record_from_row, (GDestroyNotify) lt_grant_record_free, error);
}
