/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite file under the store: opened, brought to the current schema, moved aside if damaged.
 */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* The file's name in the store's directory. */
#define LT_DB_FILE "luytre.db"

typedef struct _LtDb LtDb;

typedef sqlite3_stmt LtDbStatement;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDbStatement, sqlite3_finalize)

typedef enum {
  LT_DB_ROW,
  LT_DB_DONE,
  LT_DB_FAILED,
} LtDbStep;

/**
 * lt_db_open:
 * @directory: made with mode 0700 if it is not there
 * @out_moved: (out) (transfer full): where a damaged file was moved to, or NULL
 *
 * Errors are %LT_STORE_ERROR_OPEN. A database of a later version is refused, not touched.
 */
LtDb *lt_db_open(const char *directory, char **out_moved, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One that is gone with the process, for when there is no place on the disk. */
LtDb *lt_db_open_in_memory(GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_db_free(LtDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDb, lt_db_free)

/**
 * lt_db_prepare:
 * @types: one letter an argument: 'i' a gint64, 's' a string, 'h' a hash of %LT_DB_HASH_BYTES
 *
 * A statement with its arguments bound (copied). Errors here and below are %LT_STORE_ERROR_FAILED.
 */
#define LT_DB_HASH_BYTES 32
LtDbStatement *lt_db_prepare(LtDb *db, GError **error, const char *sql, const char *types, ...)
    G_GNUC_WARN_UNUSED_RESULT;

/* One row further. @error is set on %LT_DB_FAILED only. */
LtDbStep lt_db_step(LtDb *db, LtDbStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): the text of a row's column. */
char *lt_db_dup_text(LtDbStatement *row, int column) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): what one row says. */
typedef gpointer (*LtDbRead)(LtDbStatement *row);

/**
 * lt_db_read_one:
 * @statement: (nullable): what lt_db_prepare() gave; on NULL @error is set already
 * @missing: %LT_STORE_ERROR_MISSING with these words when there is no row
 */
gpointer lt_db_read_one(LtDb *db,
                        LtDbStatement *statement,
                        LtDbRead read,
                        const char *missing,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All rows, freed by @free_one; otherwise the same. */
GPtrArray *lt_db_read_all(LtDb *db,
                          LtDbStatement *statement,
                          LtDbRead read,
                          GDestroyNotify free_one,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A statement without rows, prepared and run. */
gboolean lt_db_run(LtDb *db, GError **error, const char *sql, const char *types, ...)
    G_GNUC_WARN_UNUSED_RESULT;

/* Of the first row's first column; FALSE with @error on a failure or when there is no row. */
gboolean
lt_db_get_int(LtDb *db, gint64 *out, GError **error, const char *sql, const char *types, ...)
    G_GNUC_WARN_UNUSED_RESULT;

gint64 lt_db_last_id(LtDb *db);
/* Rows that the last lt_db_run() changed. */
int lt_db_n_changed(LtDb *db);

typedef gboolean (*LtDbWork)(LtDb *db, gpointer data, GError **error);
/* @work whole or not at all. */
gboolean
lt_db_transaction(LtDb *db, LtDbWork work, gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE: somebody removed its file, or put another in its place. */
gboolean lt_db_is_in_place(LtDb *db);

/* SQLite's own word on the file: TRUE when it finds nothing wrong. */
gboolean lt_db_is_sound(LtDb *db);

G_END_DECLS
