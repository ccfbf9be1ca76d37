/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit trail: each row carries the hash of the row before it, so that a change shows. */
#include "agent/store/audit.h"

#include "agent/store/store.h"

#include <nettle/sha2.h>
#include <string.h>

typedef struct {
  gint64 seq;
  guint8 hash[LT_DB_HASH_BYTES];
} End;

static void
hash_number(struct sha256_ctx *context, guint64 value)
{
  guint64 big_endian = GUINT64_TO_BE(value);
  sha256_update(context, sizeof big_endian, (const guint8 *) &big_endian);
}

/* Lengths go in too: no two rows have the same bytes. */
static void
hash_text(struct sha256_ctx *context, const char *text)
{
  gsize len = strlen(text);
  hash_number(context, len);
  sha256_update(context, len, (const guint8 *) text);
}

static void
hash_row(const End *before,
         gint64 utc_s,
         gint64 by_uid,
         const char *action,
         const char *detail,
         guint8 *out)
{
  struct sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, LT_DB_HASH_BYTES, before->hash);
  hash_number(&context, (guint64) before->seq + 1);
  hash_number(&context, (guint64) utc_s);
  hash_number(&context, (guint64) by_uid);
  hash_text(&context, action);
  hash_text(&context, detail);
  sha256_digest(&context, LT_DB_HASH_BYTES, out);
}

static gboolean
copy_hash(LtDbStatement *statement, int column, guint8 *out)
{
  if (sqlite3_column_bytes(statement, column) != LT_DB_HASH_BYTES)
    return FALSE;
  memcpy(out, sqlite3_column_blob(statement, column), LT_DB_HASH_BYTES);
  return TRUE;
}

static gboolean
read_end(LtDb *db, const char *side, End *out, GError **error)
{
  g_autoptr(LtDbStatement) statement =
      lt_db_prepare(db, error, "SELECT seq, hash FROM audit_ends WHERE side = ?", "s", side);
  if (statement == NULL)
    return FALSE;
  LtDbStep step = lt_db_step(db, statement, error);
  if (step == LT_DB_ROW && copy_hash(statement, 1, out->hash)) {
    out->seq = sqlite3_column_int64(statement, 0);
    return TRUE;
  }
  if (step != LT_DB_FAILED)
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED, "the audit trail lost its end");
  return FALSE;
}

static gboolean
write_end(LtDb *db, const char *side, const End *end, GError **error)
{
  return lt_db_run(db,
                   error,
                   "UPDATE audit_ends SET seq = ?, hash = ? WHERE side = ?",
                   "ihs",
                   end->seq,
                   end->hash,
                   side);
}

static gboolean
forget_oldest(LtDb *db, const End *first, GError **error)
{
  End kept = {.seq = first->seq + LT_AUDIT_N_FORGOTTEN};
  g_autoptr(LtDbStatement) statement =
      lt_db_prepare(db, error, "SELECT hash FROM audit WHERE seq = ?", "i", kept.seq);
  if (statement == NULL)
    return FALSE;
  LtDbStep step = lt_db_step(db, statement, error);
  if (step == LT_DB_FAILED)
    return FALSE;
  /* A broken trail is not repaired by forgetting: it stays as it is, for whoever looks into it. */
  if (step == LT_DB_DONE || !copy_hash(statement, 0, kept.hash))
    return TRUE;
  return lt_db_run(db, error, "DELETE FROM audit WHERE seq <= ?", "i", kept.seq) &&
         write_end(db, "first", &kept, error);
}

gboolean
lt_audit_append(LtDb *db,
                gint64 utc_now_s,
                guint32 by_uid,
                const char *action,
                const char *detail,
                GError **error)
{
  End first, last, next;
  if (!read_end(db, "first", &first, error) || !read_end(db, "last", &last, error))
    return FALSE;
  if (last.seq - first.seq >= LT_AUDIT_MAX_ROWS && !forget_oldest(db, &first, error))
    return FALSE;
  next.seq = last.seq + 1;
  hash_row(&last, utc_now_s, by_uid, action, detail, next.hash);
  return lt_db_run(db,
                   error,
                   "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
                   "iiissh",
                   next.seq,
                   utc_now_s,
                   (gint64) by_uid,
                   action,
                   detail,
                   next.hash) &&
         write_end(db, "last", &next, error);
}

static gboolean
row_follows(LtDbStatement *statement, const End *before, End *out)
{
  guint8 computed[LT_DB_HASH_BYTES];
  const char *action = (const char *) sqlite3_column_text(statement, 3);
  const char *detail = (const char *) sqlite3_column_text(statement, 4);
  out->seq = sqlite3_column_int64(statement, 0);
  if (out->seq != before->seq + 1 || action == NULL || detail == NULL ||
      !copy_hash(statement, 5, out->hash))
    return FALSE;
  hash_row(before,
           sqlite3_column_int64(statement, 1),
           sqlite3_column_int64(statement, 2),
           action,
           detail,
           computed);
  return memcmp(computed, out->hash, LT_DB_HASH_BYTES) == 0;
}

LtAuditAnswer
lt_audit_verify(LtDb *db, guint64 *out_n_rows)
{
  End at, last;
  LtDbStep step = LT_DB_ROW;
  *out_n_rows = 0;
  g_autoptr(LtDbStatement) statement = lt_db_prepare(
      db, NULL, "SELECT seq, utc, by_uid, action, detail, hash FROM audit ORDER BY seq", "");
  if (statement == NULL || !read_end(db, "first", &at, NULL) || !read_end(db, "last", &last, NULL))
    return LT_AUDIT_UNREAD;
  while ((step = lt_db_step(db, statement, NULL)) == LT_DB_ROW) {
    End next;
    if (!row_follows(statement, &at, &next))
      return LT_AUDIT_BROKEN;
    at = next;
    (*out_n_rows)++;
  }
  if (step == LT_DB_FAILED)
    return LT_AUDIT_UNREAD;
  return at.seq == last.seq && memcmp(at.hash, last.hash, LT_DB_HASH_BYTES) == 0 ? LT_AUDIT_WHOLE
                                                                                 : LT_AUDIT_BROKEN;
}
