/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SQLite file under the store: opened, brought to the current schema, moved aside if damaged.
 */
#include "agent/store/db.h"

#include "agent/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _LtDb {
  sqlite3 *handle;
  char *path; /* NULL: in memory */
  struct stat file;
};

#define SCHEMA_VERSION 1
/* Another program (a backup) may read for a moment; nobody else writes. */
#define BUSY_TIMEOUT_MS 2000

/* A small cache (256 KiB): what is read often is read at the start.
 * FULL: a grant that was acknowledged is there after a power cut. Writes are rare: people make
 * them.
 */
static const char connection_sql[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA foreign_keys = ON;"
                                     "PRAGMA secure_delete = ON;"
                                     "PRAGMA trusted_schema = OFF;"
                                     "PRAGMA cell_size_check = ON;"
                                     "PRAGMA cache_size = -256;"
                                     "PRAGMA journal_size_limit = 1048576;";

static const char schema_sql[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE requests (id INTEGER PRIMARY KEY AUTOINCREMENT, uid INTEGER NOT NULL,"
    " kind TEXT NOT NULL, what TEXT NOT NULL, words TEXT NOT NULL, asked INTEGER NOT NULL,"
    " answered INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0,"
    " note TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE UNIQUE INDEX requests_open ON requests (uid, kind, what) WHERE state = 0;"
    "CREATE INDEX requests_of_child ON requests (uid, state, id);"
    "CREATE TABLE grants (id INTEGER PRIMARY KEY AUTOINCREMENT, uid INTEGER NOT NULL,"
    " kind TEXT NOT NULL, what TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,"
    " request INTEGER REFERENCES requests (id) ON DELETE SET NULL, by_uid INTEGER NOT NULL,"
    " note TEXT NOT NULL) STRICT;"
    "CREATE INDEX grants_by_end ON grants (ends);"
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, utc INTEGER NOT NULL, by_uid INTEGER NOT NULL,"
    " action TEXT NOT NULL, detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE audit_ends (side TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL)"
    " STRICT;"
    "INSERT INTO audit_ends VALUES ('first', 0, zeroblob(32)), ('last', 0, zeroblob(32));"
    "PRAGMA user_version = 1;"
    "COMMIT;";

G_DEFINE_QUARK(lt_store_error_quark, lt_store_error)

typedef enum {
  OPENED,
  DAMAGED,
  UNUSABLE,
} Opened;

static Opened
opened_from_sqlite(sqlite3 *handle, GError **error)
{
  int code = sqlite3_errcode(handle) & 0xff;
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    return DAMAGED;
  g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "%s", sqlite3_errmsg(handle));
  return UNUSABLE;
}

static gboolean
answer_is(sqlite3 *handle, const char *sql, const char *expected)
{
  g_autoptr(LtDbStatement) statement = NULL;
  if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
    return FALSE;
  return sqlite3_step(statement) == SQLITE_ROW &&
         g_strcmp0((const char *) sqlite3_column_text(statement, 0), expected) == 0;
}

static Opened
bring_to_schema(sqlite3 *handle, GError **error)
{
  if (answer_is(handle, "PRAGMA user_version", G_STRINGIFY(SCHEMA_VERSION)))
    return answer_is(handle, "PRAGMA quick_check(1)", "ok") ? OPENED : DAMAGED;
  if (!answer_is(handle, "PRAGMA user_version", "0")) {
    if (sqlite3_errcode(handle) != SQLITE_ROW && sqlite3_errcode(handle) != SQLITE_OK)
      return opened_from_sqlite(handle, error);
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "made by a later version of luytre");
    return UNUSABLE;
  }
  if (sqlite3_exec(handle, schema_sql, NULL, NULL, NULL) != SQLITE_OK)
    return opened_from_sqlite(handle, error);
  return OPENED;
}

/* SQLite gives its journals the mode of the file, so the file is made first. */
static gboolean
make_file(const char *path, GError **error)
{
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
    return FALSE;
  }
  gboolean is_private = fchmod(fd, 0600) == 0;
  if (!is_private)
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "%s: %s", path, g_strerror(errno));
  close(fd);
  return is_private;
}

static Opened
open_file(const char *path, sqlite3 **out, GError **error)
{
  sqlite3 *handle = NULL;
  Opened result = UNUSABLE;
  if (!make_file(path, error))
    return UNUSABLE;
  if (sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
      SQLITE_OK) {
    result = opened_from_sqlite(handle, error);
  } else {
    sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    if (sqlite3_exec(handle, connection_sql, NULL, NULL, NULL) != SQLITE_OK)
      result = opened_from_sqlite(handle, error);
    else
      result = bring_to_schema(handle, error);
  }
  if (result == OPENED)
    *out = handle;
  else
    sqlite3_close(handle);
  return result;
}

/* Kept for whoever wants to save something from it. */
static gboolean
move_aside(const char *path, char **out_moved, GError **error)
{
  static const char *const suffixes[] = {"", "-wal", "-shm"};
  g_autoptr(GDateTime) now = g_date_time_new_now_local();
  g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
  for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
    g_autofree char *from = g_strconcat(path, suffixes[i], NULL);
    g_autofree char *to = g_strconcat(path, ".damaged-", stamp, suffixes[i], NULL);
    if (g_rename(from, to) != 0 && (i == 0 || errno != ENOENT)) {
      g_set_error(error,
                  LT_STORE_ERROR,
                  LT_STORE_ERROR_OPEN,
                  "moving %s aside: %s",
                  from,
                  g_strerror(errno));
      return FALSE;
    }
  }
  *out_moved = g_strconcat(path, ".damaged-", stamp, NULL);
  return TRUE;
}

static gboolean
make_directory(const char *directory, GError **error)
{
  struct stat about;
  if (g_mkdir_with_parents(directory, 0700) == 0 && stat(directory, &about) == 0) {
    if ((about.st_mode & 0077) == 0 || chmod(directory, 0700) == 0)
      return TRUE;
  }
  g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "%s: %s", directory, g_strerror(errno));
  return FALSE;
}

LtDb *
lt_db_open(const char *directory, char **out_moved, GError **error)
{
  sqlite3 *handle = NULL;
  g_autofree char *moved = NULL;
  if (!make_directory(directory, error))
    return NULL;
  g_autofree char *path = g_build_filename(directory, LT_DB_FILE, NULL);
  Opened opened = open_file(path, &handle, error);
  if (opened == DAMAGED) {
    if (!move_aside(path, &moved, error))
      return NULL;
    opened = open_file(path, &handle, error);
  }
  if (opened != OPENED) {
    if (opened == DAMAGED)
      g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_OPEN, "a new database is damaged too");
    g_prefix_error(error, "%s: ", path);
    return NULL;
  }
  LtDb *db = g_new0(LtDb, 1);
  db->handle = handle;
  if (stat(path, &db->file) == 0)
    db->path = g_steal_pointer(&path);
  *out_moved = g_steal_pointer(&moved);
  return db;
}

LtDb *
lt_db_open_in_memory(GError **error)
{
  sqlite3 *handle = NULL;
  if (sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
          SQLITE_OK ||
      sqlite3_exec(handle, schema_sql, NULL, NULL, NULL) != SQLITE_OK) {
    g_set_error(error,
                LT_STORE_ERROR,
                LT_STORE_ERROR_OPEN,
                "a database in memory: %s",
                handle != NULL ? sqlite3_errmsg(handle) : "no memory");
    sqlite3_close(handle);
    return NULL;
  }
  LtDb *db = g_new0(LtDb, 1);
  db->handle = handle;
  return db;
}

void
lt_db_free(LtDb *db)
{
  if (db == NULL)
    return;
  sqlite3_close(db->handle);
  g_free(db->path);
  g_free(db);
}

static void
set_failed(LtDb *db, GError **error)
{
  g_set_error(
      error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED, "database: %s", sqlite3_errmsg(db->handle));
}

static gboolean
bind_all(LtDbStatement *statement, const char *types, va_list *args)
{
  for (int i = 0; types[i] != '\0'; i++) {
    int code = SQLITE_MISUSE;
    if (types[i] == 'i')
      code = sqlite3_bind_int64(statement, i + 1, va_arg(*args, gint64));
    else if (types[i] == 's')
      code = sqlite3_bind_text(statement, i + 1, va_arg(*args, char *), -1, SQLITE_TRANSIENT);
    else if (types[i] == 'h')
      code = sqlite3_bind_blob(
          statement, i + 1, va_arg(*args, void *), LT_DB_HASH_BYTES, SQLITE_TRANSIENT);
    if (code != SQLITE_OK)
      return FALSE;
  }
  return TRUE;
}

static LtDbStatement *
prepare_with(LtDb *db, GError **error, const char *sql, const char *types, va_list *args)
{
  g_autoptr(LtDbStatement) statement = NULL;
  if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) != SQLITE_OK ||
      !bind_all(statement, types, args)) {
    set_failed(db, error);
    return NULL;
  }
  return g_steal_pointer(&statement);
}

LtDbStatement *
lt_db_prepare(LtDb *db, GError **error, const char *sql, const char *types, ...)
{
  va_list args;
  va_start(args, types);
  LtDbStatement *statement = prepare_with(db, error, sql, types, &args);
  va_end(args);
  return statement;
}

LtDbStep
lt_db_step(LtDb *db, LtDbStatement *statement, GError **error)
{
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    return LT_DB_ROW;
  if (code == SQLITE_DONE)
    return LT_DB_DONE;
  set_failed(db, error);
  return LT_DB_FAILED;
}

char *
lt_db_dup_text(LtDbStatement *row, int column)
{
  return g_strdup((const char *) sqlite3_column_text(row, column));
}

gpointer
lt_db_read_one(
    LtDb *db, LtDbStatement *statement, LtDbRead read, const char *missing, GError **error)
{
  if (statement == NULL)
    return NULL;
  LtDbStep step = lt_db_step(db, statement, error);
  if (step == LT_DB_ROW)
    return read(statement);
  if (step == LT_DB_DONE)
    g_set_error_literal(error, LT_STORE_ERROR, LT_STORE_ERROR_MISSING, missing);
  return NULL;
}

GPtrArray *
lt_db_read_all(
    LtDb *db, LtDbStatement *statement, LtDbRead read, GDestroyNotify free_one, GError **error)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(free_one);
  LtDbStep step = LT_DB_FAILED;
  while (statement != NULL && (step = lt_db_step(db, statement, error)) == LT_DB_ROW)
    g_ptr_array_add(list, read(statement));
  return step == LT_DB_DONE ? g_steal_pointer(&list) : NULL;
}

gboolean
lt_db_run(LtDb *db, GError **error, const char *sql, const char *types, ...)
{
  va_list args;
  va_start(args, types);
  g_autoptr(LtDbStatement) statement = prepare_with(db, error, sql, types, &args);
  va_end(args);
  return statement != NULL && lt_db_step(db, statement, error) != LT_DB_FAILED;
}

gboolean
lt_db_get_int(LtDb *db, gint64 *out, GError **error, const char *sql, const char *types, ...)
{
  va_list args;
  va_start(args, types);
  g_autoptr(LtDbStatement) statement = prepare_with(db, error, sql, types, &args);
  va_end(args);
  if (statement == NULL)
    return FALSE;
  LtDbStep step = lt_db_step(db, statement, error);
  if (step == LT_DB_DONE)
    g_set_error(error, LT_STORE_ERROR, LT_STORE_ERROR_MISSING, "database: no such row");
  if (step != LT_DB_ROW)
    return FALSE;
  *out = sqlite3_column_int64(statement, 0);
  return TRUE;
}

gint64
lt_db_last_id(LtDb *db)
{
  return sqlite3_last_insert_rowid(db->handle);
}

int
lt_db_n_changed(LtDb *db)
{
  return sqlite3_changes(db->handle);
}

gboolean
lt_db_transaction(LtDb *db, LtDbWork work, gpointer data, GError **error)
{
  if (!lt_db_run(db, error, "BEGIN IMMEDIATE", ""))
    return FALSE;
  if (work(db, data, error) && lt_db_run(db, error, "COMMIT", ""))
    return TRUE;
  /* A full disk may have rolled back already; then this says so and there is nothing to do. */
  (void) !lt_db_run(db, NULL, "ROLLBACK", "");
  return FALSE;
}

gboolean
lt_db_is_sound(LtDb *db)
{
  gboolean is_sound = answer_is(db->handle, "PRAGMA quick_check(1)", "ok");
  sqlite3_db_release_memory(db->handle); /* it has read the whole file */
  return is_sound;
}

gboolean
lt_db_is_in_place(LtDb *db)
{
  struct stat now;
  return db->path == NULL || (stat(db->path, &now) == 0 && now.st_dev == db->file.st_dev &&
                              now.st_ino == db->file.st_ino);
}
