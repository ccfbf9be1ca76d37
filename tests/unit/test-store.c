/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store: what was acknowledged stays, what does not fit is refused, damage is survived. */
#include "agent/store/household-file.h"
#include "agent/store/requests.h"
#include "agent/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW 1700000000
#define CHILD 5001

typedef struct {
  char *directory;
  LtStore *store;
} Fixture;

static guint n_warnings;

/* Structured messages pass by g_test_expect_message(). */
static GLogWriterOutput
count_warnings(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default(level, fields, n_fields, user_data);
  n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

static void
open_store(Fixture *fixture)
{
  g_autoptr(GError) error = NULL;
  fixture->store = lt_store_open(fixture->directory, &error);
  g_assert_no_error(error);
}

static void
reopen(Fixture *fixture)
{
  g_clear_pointer(&fixture->store, lt_store_free);
  open_store(fixture);
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  fixture->directory = g_dir_make_tmp("luytre-store-XXXXXX", &error);
  g_assert_no_error(error);
  open_store(fixture);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  const char *name = NULL;
  g_clear_pointer(&fixture->store, lt_store_free);
  g_autoptr(GDir) folder = g_dir_open(fixture->directory, 0, NULL);
  while ((name = g_dir_read_name(folder)) != NULL) {
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
  }
  g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
  g_free(fixture->directory);
}

static void
keep_result(GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;
  *out = g_object_ref(result);
}

static void
wait_for(GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration(NULL, TRUE);
}

static gint64
ask(LtStore *store, guint32 uid, const char *what, gint64 utc_now_s, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  lt_store_add_request(store, uid, "site", what, "xin", utc_now_s, keep_result, &result);
  wait_for(&result);
  return lt_store_add_request_finish(store, result, error);
}

static GPtrArray *
requests(LtStore *store, guint32 uid, gboolean open_only, gint64 utc_now_s)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  lt_store_list_requests(store, uid, open_only, 1000, utc_now_s, keep_result, &result);
  wait_for(&result);
  GPtrArray *list = lt_store_list_requests_finish(store, result, &error);
  g_assert_no_error(error);
  return list;
}

static LtGrantRecord *
add_grant(LtStore *store, gint64 request, const char *what, gint64 utc_until_s, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  LtGrantRecord wanted = {.uid = CHILD,
                          .kind = (char *) "site",
                          .what = (char *) what,
                          .utc_from_s = NOW,
                          .utc_until_s = utc_until_s,
                          .request = request,
                          .by_uid = 1000,
                          .note = (char *) "được"};
  lt_store_add_grant(store, &wanted, NOW, keep_result, &result);
  wait_for(&result);
  return lt_store_add_grant_finish(store, result, error);
}

static LtGrantRecord *
revoke_grant(LtStore *store, gint64 id, gint64 utc_now_s, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  lt_store_revoke_grant(store, id, 1000, utc_now_s, keep_result, &result);
  wait_for(&result);
  return lt_store_revoke_grant_finish(store, result, error);
}

static LtRequestRecord *
refuse(LtStore *store, gint64 id, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  lt_store_refuse_request(store, id, 1000, "mai nhé", NOW + 5, keep_result, &result);
  wait_for(&result);
  return lt_store_refuse_request_finish(store, result, error);
}

static LtStoreHealth *
check(LtStore *store)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  lt_store_check(store, keep_result, &result);
  wait_for(&result);
  LtStoreHealth *health = lt_store_check_finish(store, result, &error);
  g_assert_no_error(error);
  return health;
}

static void
assert_missing(GError *error)
{
  g_assert_error(error, LT_STORE_ERROR, LT_STORE_ERROR_MISSING);
}

static guint
n_live(LtStore *store, gint64 utc_now_s)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) live = lt_store_live_grants(store, utc_now_s, &error);
  g_assert_no_error(error);
  return live->len;
}

/* Over the file itself, as somebody with a hex editor would. */
static void
meddle(Fixture *fixture, const char *sql)
{
  sqlite3 *handle = NULL;
  g_autofree char *path = g_build_filename(fixture->directory, "luytre.db", NULL);
  g_clear_pointer(&fixture->store, lt_store_free);
  g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
  g_assert_cmpint(sqlite3_exec(handle, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint(sqlite3_close(handle), ==, SQLITE_OK);
  open_store(fixture);
}

static void
test_request(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  gint64 first = ask(fixture->store, CHILD, "a.example", NOW, &error);
  g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW + 9, &error), ==, first);
  g_assert_cmpint(ask(fixture->store, CHILD + 1, "a.example", NOW, &error), !=, first);
  g_assert_no_error(error);

  g_autoptr(LtRequestRecord) refused = refuse(fixture->store, first, &error);
  g_assert_no_error(error);
  g_assert_cmpint(refused->state, ==, LT_REQUEST_REFUSED);
  g_assert_cmpstr(refused->note, ==, "mai nhé");
  g_assert_cmpint(refused->utc_answered_s, ==, NOW + 5);
  g_assert_null(refuse(fixture->store, first, &error));
  assert_missing(error);
  g_clear_error(&error);
  g_assert_null(refuse(fixture->store, 9999, &error));
  assert_missing(error);
  g_clear_error(&error);

  reopen(fixture);
  g_autoptr(GPtrArray) own = requests(fixture->store, CHILD, FALSE, NOW);
  g_autoptr(GPtrArray) open = requests(fixture->store, G_MAXUINT32, TRUE, NOW);
  g_assert_cmpuint(own->len, ==, 1);
  g_assert_cmpuint(open->len, ==, 1);
  g_assert_cmpint(((LtRequestRecord *) open->pdata[0])->uid, ==, CHILD + 1);
}

static void
test_request_bounds(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < LT_STORE_MAX_OPEN_REQUESTS; i++) {
    g_autofree char *what = g_strdup_printf("%d.example", i);
    g_assert_cmpint(ask(fixture->store, CHILD, what, NOW, &error), !=, 0);
  }
  g_assert_cmpint(ask(fixture->store, CHILD, "more.example", NOW, &error), ==, 0);
  g_assert_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FULL);
  g_clear_error(&error);
  g_assert_cmpint(ask(fixture->store, CHILD + 1, "more.example", NOW, &error), !=, 0);

  gint64 last_second = NOW + LT_STORE_REQUEST_LIFETIME_S - 1;
  g_autoptr(GPtrArray) before = requests(fixture->store, CHILD, TRUE, last_second);
  g_autoptr(GPtrArray) after = requests(fixture->store, CHILD, TRUE, last_second + 1);
  g_assert_cmpuint(before->len, ==, LT_STORE_MAX_OPEN_REQUESTS);
  g_assert_cmpuint(after->len, ==, 0);
}

static void
test_closed_requests_are_forgotten(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < LT_REQUESTS_MAX_CLOSED + 10; i++) {
    gint64 id = ask(fixture->store, CHILD, "a.example", NOW, &error);
    g_autoptr(LtRequestRecord) record = refuse(fixture->store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(record->id, ==, id);
  }
  g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
  g_autoptr(GPtrArray) all = requests(fixture->store, CHILD, FALSE, NOW);
  g_assert_cmpuint(all->len, ==, LT_REQUESTS_MAX_CLOSED + 1);
}

static void
test_grant(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  gint64 request = ask(fixture->store, CHILD, "a.example", NOW, &error);
  g_autoptr(LtGrantRecord) made = add_grant(fixture->store, request, NULL, NOW + 60, &error);
  g_assert_no_error(error);
  g_assert_cmpint(made->id, >, 0);
  g_assert_cmpuint(made->uid, ==, CHILD);
  g_assert_cmpstr(made->what, ==, "a.example");
  g_assert_null(add_grant(fixture->store, request, "a.example", NOW + 60, &error));
  assert_missing(error);
  g_clear_error(&error);

  g_autoptr(LtGrantRecord) free_one = add_grant(fixture->store, 0, "b.example", G_MAXINT64, &error);
  g_assert_no_error(error);
  reopen(fixture);
  g_assert_cmpuint(n_live(fixture->store, NOW + 59), ==, 2);
  g_assert_cmpuint(n_live(fixture->store, NOW + 60), ==, 1);

  g_autoptr(LtGrantRecord) revoked = revoke_grant(fixture->store, free_one->id, NOW + 70, &error);
  g_assert_no_error(error);
  g_assert_cmpint(revoked->utc_until_s, ==, G_MAXINT64);
  g_assert_cmpuint(n_live(fixture->store, NOW + 70), ==, 0);
  g_assert_null(revoke_grant(fixture->store, free_one->id, NOW + 71, &error));
  assert_missing(error);

  g_autoptr(GPtrArray) answered = requests(fixture->store, CHILD, FALSE, NOW);
  g_assert_cmpint(((LtRequestRecord *) answered->pdata[0])->state, ==, LT_REQUEST_GRANTED);
}

/* A grant that finds no room must leave its request open. */
static void
test_grant_is_whole(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  for (int i = 0; i < LT_STORE_MAX_LIVE_GRANTS; i++) {
    g_autoptr(LtGrantRecord) made = add_grant(fixture->store, 0, "b.example", NOW + 60, &error);
    g_assert_no_error(error);
    g_assert_cmpint(made->utc_until_s, ==, NOW + 60);
  }
  gint64 request = ask(fixture->store, CHILD, "a.example", NOW, &error);
  g_assert_null(add_grant(fixture->store, request, NULL, NOW + 60, &error));
  g_assert_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FULL);
  g_autoptr(GPtrArray) open = requests(fixture->store, CHILD, TRUE, NOW);
  g_assert_cmpuint(open->len, ==, 1);
  g_assert_cmpuint(n_live(fixture->store, NOW), ==, LT_STORE_MAX_LIVE_GRANTS);
}

static void
test_audit(Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *label;
    const char *sql;
  } cases[] = {
      {"a changed detail", "UPDATE audit SET detail = 'nothing' WHERE seq = 2"},
      {"a changed moment", "UPDATE audit SET utc = utc + 1 WHERE seq = 2"},
      {"another author", "UPDATE audit SET by_uid = 7 WHERE seq = 2"},
      {"a row less", "DELETE FROM audit WHERE seq = 2"},
      {"the last row less", "DELETE FROM audit WHERE seq = 3"},
      {"the first row less", "DELETE FROM audit WHERE seq = 1"},
      {"a row more", "INSERT INTO audit VALUES (4, 1, 1, 'x', 'y', zeroblob(32))"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].label);
    lt_store_audit(fixture->store, NOW, 1000, "one", "first");
    lt_store_audit(fixture->store, NOW + 1, 1000, "two", "second");
    lt_store_audit(fixture->store, NOW + 2, 0, "three", "");
    reopen(fixture);
    g_autoptr(LtStoreHealth) whole = check(fixture->store);
    g_assert_true(whole->is_sound && whole->audit_is_whole);
    g_assert_cmpuint(whole->n_audit, ==, 3);

    meddle(fixture, cases[i].sql);
    g_autoptr(LtStoreHealth) broken = check(fixture->store);
    g_assert_false(broken->audit_is_whole);
    meddle(fixture, "DELETE FROM audit; UPDATE audit_ends SET seq = 0, hash = zeroblob(32)");
  }
}

static void
flip_bytes(const char *path, off_t from, gsize n_bytes)
{
  g_autofree guint8 *garbage = g_malloc(n_bytes);
  memset(garbage, 0xa5, n_bytes);
  int fd = open(path, O_WRONLY);
  g_assert_cmpint(pwrite(fd, garbage, n_bytes, from), ==, (gssize) n_bytes);
  close(fd);
}

static void
test_damaged(Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *label;
    off_t from;
    gsize n_bytes;
  } cases[] = {
      {"the head", 0, 100},
      {"the schema", 100, 2000},
      {"a table", 4096, 4096},
  };
  g_autofree char *path = g_build_filename(fixture->directory, "luytre.db", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_test_message("%s", cases[i].label);
    g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
    g_clear_pointer(&fixture->store, lt_store_free);
    flip_bytes(path, cases[i].from, cases[i].n_bytes);

    n_warnings = 0;
    open_store(fixture);
    g_assert_cmpuint(n_warnings, ==, 1);
    g_autoptr(LtStoreHealth) health = check(fixture->store);
    g_assert_true(health->is_sound);
    g_assert_true(g_file_test(health->moved_aside, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_unlink(health->moved_aside), ==, 0);
    g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
  }
}

static void
test_later_version(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  sqlite3 *handle = NULL;
  g_autofree char *path = g_build_filename(fixture->directory, "luytre.db", NULL);
  g_clear_pointer(&fixture->store, lt_store_free);
  g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
  sqlite3_exec(handle, "PRAGMA user_version = 99", NULL, NULL, NULL);
  sqlite3_close(handle);
  n_warnings = 0;
  open_store(fixture);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
  g_assert_no_error(error);
  g_autoptr(LtStoreHealth) health = check(fixture->store);
  g_assert_nonnull(health->not_on_disk);
  g_clear_pointer(&fixture->store, lt_store_free);
  g_assert_cmpint(sqlite3_open(path, &handle), ==, SQLITE_OK);
  g_assert_cmpint(
      sqlite3_exec(handle, "INSERT INTO requests VALUES (9,9,'','','',9,9,9,'')", NULL, NULL, NULL),
      ==,
      SQLITE_OK);
  sqlite3_close(handle);
}

static void
test_modes(Fixture *fixture, gconstpointer data)
{
  static const char *const files[] = {"", "luytre.db", "luytre.db-wal", "luytre.db-shm"};
  g_autoptr(GError) error = NULL;
  g_chmod(fixture->directory, 0755);
  reopen(fixture);
  g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    struct stat about;
    g_autofree char *path = g_build_filename(fixture->directory, files[i], NULL);
    g_assert_cmpint(stat(path, &about), ==, 0);
    g_assert_cmpint(about.st_mode & 0077, ==, 0);
  }
}

static gboolean
save(LtStore *store, const char *text, GError **error)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GBytes) json = g_bytes_new(text, strlen(text));
  lt_store_save_household(store, json, keep_result, &result);
  wait_for(&result);
  return lt_store_save_household_finish(store, result, error);
}

static void
assert_bytes(GBytes *bytes, const char *expected)
{
  g_assert_nonnull(bytes);
  g_assert_cmpmem(
      g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected, strlen(expected));
  g_bytes_unref(bytes);
}

static void
test_household(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_assert_null(lt_store_load_household(fixture->store, &error));
  g_assert_no_error(error);
  g_assert_true(save(fixture->store, "{\"a\":1}", &error));
  assert_bytes(lt_store_load_household(fixture->store, &error), "{\"a\":1}");
  g_assert_null(lt_store_load_former_household(fixture->store, &error));
  g_assert_true(save(fixture->store, "{\"a\":2}", &error));
  assert_bytes(lt_store_load_household(fixture->store, &error), "{\"a\":2}");
  assert_bytes(lt_store_load_former_household(fixture->store, &error), "{\"a\":1}");
  g_assert_no_error(error);
}

/* A limit on file sizes is the full disk that needs no rights to make. */
static void
test_full_disk(Fixture *fixture, gconstpointer data)
{
  struct rlimit former, none;
  g_autoptr(GError) error = NULL;
  g_assert_true(save(fixture->store, "{\"a\":1}", &error));
  g_assert_cmpint(ask(fixture->store, CHILD, "a.example", NOW, &error), !=, 0);
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &former), ==, 0);
  none = former;
  none.rlim_cur = 1;
  signal(SIGXFSZ, SIG_IGN);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
  gint64 asked = ask(fixture->store, CHILD, "b.example", NOW, &error);
  g_autoptr(GError) save_error = NULL;
  gboolean saved = save(fixture->store, "{\"a\":2}", &save_error);
  g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &former), ==, 0);

  g_assert_cmpint(asked, ==, 0);
  g_assert_error(error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED);
  g_assert_false(saved);
  g_assert_error(save_error, LT_STORE_ERROR, LT_STORE_ERROR_FAILED);
  g_clear_error(&error);
  assert_bytes(lt_store_load_household(fixture->store, &error), "{\"a\":1}");
  g_assert_cmpint(ask(fixture->store, CHILD, "b.example", NOW, &error), !=, 0);
  g_assert_no_error(error);
  g_autoptr(LtStoreHealth) health = check(fixture->store);
  g_assert_true(health->is_sound && health->audit_is_whole);
}

/* The child of the kill test: asks, tells the number through the pipe, until it is killed. */
static void
ask_for_ever(const char *directory, int out)
{
  g_autoptr(GError) error = NULL;
  LtStore *store = lt_store_open(directory, &error);
  for (guint i = 0; store != NULL; i++) {
    g_autofree char *what = g_strdup_printf("%u.%d.example", i, (int) getpid());
    gint64 id = ask(store, 10000 + i, what, NOW, &error);
    if (id == 0 || write(out, &id, sizeof id) != sizeof id)
      break;
  }
  _exit(1);
}

static gint64
last_acknowledged(int in, guint n_before_kill, pid_t pid)
{
  gint64 id = 0, last = 0;
  for (guint i = 0; read(in, &id, sizeof id) == sizeof id; i++) {
    last = id;
    if (i == n_before_kill)
      kill(pid, SIGKILL);
  }
  return last;
}

static void
test_killed_writer(Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 10; round++) {
    int ends[2];
    int status = 0;
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&fixture->store, lt_store_free);
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t pid = fork();
    if (pid == 0) {
      close(ends[0]);
      ask_for_ever(fixture->directory, ends[1]);
    }
    close(ends[1]);
    gint64 last = last_acknowledged(ends[0], round * 3, pid);
    close(ends[0]);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFSIGNALED(status));

    open_store(fixture);
    g_autoptr(LtStoreHealth) health = check(fixture->store);
    g_assert_null(health->moved_aside);
    g_assert_true(health->is_sound && health->audit_is_whole);
    g_autoptr(LtRequestRecord) record = refuse(fixture->store, last, &error);
    g_assert_no_error(error);
    g_assert_cmpint(record->id, ==, last);
  }
}

#define ADD(name, func) g_test_add("/store/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_writer_func(count_warnings, NULL, NULL);
  ADD("request", test_request);
  ADD("request-bounds", test_request_bounds);
  ADD("closed-requests-are-forgotten", test_closed_requests_are_forgotten);
  ADD("grant", test_grant);
  ADD("grant-is-whole", test_grant_is_whole);
  ADD("audit", test_audit);
  ADD("damaged", test_damaged);
  ADD("later-version", test_later_version);
  ADD("modes", test_modes);
  ADD("household", test_household);
  ADD("full-disk", test_full_disk);
  ADD("killed-writer", test_killed_writer);
  return g_test_run();
}
