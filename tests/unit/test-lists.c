/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set in force: exchanged, damaged in its head or among its names, gone; what is known of it.
 */
#include "agent/lists.h"

#include "policy/host-set-build.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UTC_MADE_S 1790000000
#define N_NAMES 1000

static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {1, 2, 3};

static guint n_warnings;

typedef struct {
  GMainLoop *loop;
  char *dir;
  char *path;
  char *former_path;
} Place;

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
set_up(Place *place, gconstpointer data)
{
  n_warnings = 0;
  place->loop = g_main_loop_new(NULL, FALSE);
  place->dir = g_dir_make_tmp("lt-lists-XXXXXX", NULL);
  place->path = g_build_filename(place->dir, LT_LISTS_FILE, NULL);
  place->former_path = g_build_filename(place->dir, LT_LISTS_FORMER_FILE, NULL);
}

static void
tear_down(Place *place, gconstpointer data)
{
  g_unlink(place->path);
  g_unlink(place->former_path);
  g_assert_cmpint(g_rmdir(place->dir), ==, 0);
  g_free(place->former_path);
  g_free(place->path);
  g_free(place->dir);
  g_main_loop_unref(place->loop);
}

/* "a.test" and many others are games. */
static GBytes *
make_set_of(const char *name, guint n_names)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  LtHostSetList *list = g_new0(LtHostSetList, 1);
  guint8 number;

  list->category = LT_CATEGORY_GAMES;
  list->name = g_strdup(name);
  list->format = g_strdup("hosts");
  list->source = g_strdup("file");
  list->licence = g_strdup("");
  list->date = g_strdup("");
  number = lt_host_set_build_add_list(build, list);
  lt_host_set_build_add_name(build, number, LT_LISTED_BOTH, name, strlen(name));
  for (guint i = 0; i < n_names; i++) {
    g_autofree char *other = g_strdup_printf("n%u.test", i);

    lt_host_set_build_add_name(build, number, LT_LISTED_BOTH, other, strlen(other));
  }
  return lt_host_set_build_finish(build, UTC_MADE_S);
}

static GBytes *
make_set(const char *name)
{
  return make_set_of(name, N_NAMES);
}

/* Renamed into its place, as the maker of sets does it. */
static void
put(const char *path, GBytes *bytes)
{
  gsize len;
  const char *text = g_bytes_get_data(bytes, &len);

  g_assert_true(g_file_set_contents(path, text, (gssize) len, NULL));
}

static void
put_set(const char *path, const char *name)
{
  g_autoptr(GBytes) bytes = make_set(name);

  put(path, bytes);
}

/* One bit among the names: it opens, and only who reads it all finds out. */
static void
put_set_with_damaged_names(const char *path, const char *name)
{
  g_autoptr(GBytes) good = make_set(name);
  gsize len;
  g_autofree guint8 *copy = g_bytes_unref_to_data(g_bytes_ref(good), &len);

  for (gsize at = len / 2; at < len; at++) {
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(LtHostSet) set = NULL;

    copy[at] ^= 1;
    bytes = g_bytes_new(copy, len);
    set = lt_host_set_new(bytes, NULL);
    if (set != NULL && !lt_host_set_verify(set, NULL)) {
      put(path, bytes);
      return;
    }
    copy[at] ^= 1;
  }
  g_assert_not_reached();
}

static void
on_change(gpointer user_data)
{
  Place *place = user_data;

  g_main_loop_quit(place->loop);
}

static gboolean
on_late(gpointer data)
{
  g_assert_not_reached();
}

static void
assert_told(Place *place)
{
  guint late = g_timeout_add_seconds(60, on_late, NULL);

  g_main_loop_run(place->loop);
  g_source_remove(late);
}

static gboolean
has(const LtLists *lists, const char *name)
{
  LtHostWalk walk;

  g_assert_true(lt_host_walk_init(&walk, name));
  return lt_lists_in_force(lists) != NULL &&
         lt_host_set_find(lt_lists_in_force(lists), &walk) == LT_CATEGORY_BIT(LT_CATEGORY_GAMES);
}

static void
assert_problem(const LtLists *lists, const char *what)
{
  g_assert_nonnull(lt_lists_problem(lists));
  g_assert_nonnull(strstr(lt_lists_problem(lists), what));
}

static void
test_exchange(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = lt_lists_new(place->dir, on_change, place);
  g_autoptr(LtHostSet) former = NULL;

  g_assert_null(lt_lists_in_force(lists));
  g_assert_null(lt_lists_problem(lists));

  put_set(place->path, "a.test");
  lt_lists_read(lists);
  g_assert_true(has(lists, "www.a.test"));
  former = lt_host_set_ref(lt_lists_in_force(lists));

  /* The same file is the same set. */
  lt_lists_read(lists);
  g_assert_true(lt_lists_in_force(lists) == former);

  put_set(place->path, "b.test");
  lt_lists_read(lists);
  g_assert_false(has(lists, "a.test"));
  g_assert_true(has(lists, "b.test"));
  g_assert_null(lt_lists_problem(lists));
  /* Rules that are made of the former one go on. */
  g_assert_cmpuint(lt_host_set_n_names(former), ==, N_NAMES + 1);
}

static void
test_gone(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_true(has(lists, "a.test"));
  g_assert_cmpint(g_unlink(place->path), ==, 0);
  /* Told once: sites that were closed stay so. */
  for (guint i = 0; i < 2; i++) {
    lt_lists_read(lists);
    g_assert_true(has(lists, "a.test"));
    g_assert_nonnull(strstr(lt_lists_problem(lists), "it is gone"));
    g_assert_cmpuint(n_warnings, ==, 1);
  }
  put_set(place->path, "b.test");
  lt_lists_read(lists);
  g_assert_true(has(lists, "b.test"));
  g_assert_null(lt_lists_problem(lists));
}

static void
test_gone_at_start(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) none = lt_lists_new(place->dir, on_change, place);
  g_autoptr(LtLists) lists = NULL;

  g_assert_null(lt_lists_in_force(none));
  g_assert_null(lt_lists_problem(none));
  put_set(place->former_path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_true(has(lists, "a.test"));
  g_assert_nonnull(strstr(lt_lists_problem(lists), "the lists before these"));
}

static void
test_damaged_head(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_true(g_file_set_contents(place->path, "<html>", -1, NULL));
  lt_lists_read(lists);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "the lists before these are in force");

  /* It is over with the next good one. */
  put_set(place->path, "b.test");
  lt_lists_read(lists);
  g_assert_true(has(lists, "b.test"));
  g_assert_null(lt_lists_problem(lists));
}

static void
test_damaged_names(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  put_set_with_damaged_names(place->path, "b.test");
  lt_lists_read(lists);
  assert_told(place);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "the lists before these are in force");
}

/* The second comes while the first is being read: neither is what was in force before. */
static void
test_damaged_twice(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  put_set_with_damaged_names(place->path, "b.test");
  lt_lists_read(lists);
  put_set_with_damaged_names(place->path, "c.test");
  lt_lists_read(lists);
  assert_told(place);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_true(has(lists, "a.test"));
}

/* At the start there is no set before but the one on the disk. */
static void
test_damaged_at_start(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->former_path, "a.test");
  g_assert_true(g_file_set_contents(place->path, "no set", -1, NULL));
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "the lists before these are in force");
}

static void
test_damaged_names_at_start(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->former_path, "a.test");
  put_set_with_damaged_names(place->path, "b.test");
  lists = lt_lists_new(place->dir, on_change, place);
  assert_told(place);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_true(has(lists, "a.test"));
}

static void
test_both_damaged(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set_with_damaged_names(place->former_path, "a.test");
  g_assert_true(g_file_set_contents(place->path, "", -1, NULL));
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_cmpuint(n_warnings, ==, 1);
  g_assert_null(lt_lists_in_force(lists));
  assert_problem(lists, "no lists are in force");
}

/* Into the file itself, as cp does it. */
static void
write_in_place(const char *path, const void *bytes, gsize len)
{
  const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

  g_assert_cmpint(fd, >=, 0);
  g_assert_cmpint(write(fd, bytes, len), ==, (gssize) len);
  g_assert_cmpint(close(fd), ==, 0);
}

static void
wait_for_check(const LtLists *lists)
{
  /* Nothing is told of a good one: its thread has let go of the set when it is done. */
  while (!lt_lists_is_checked(lists))
    g_main_context_iteration(NULL, TRUE);
}

/* The file in force is cut short under its reader. */
static void
test_cut_in_place(Place *place, gconstpointer data)
{
  g_autoptr(GBytes) other = make_set("b.test");
  g_autoptr(LtLists) lists = NULL;
  gsize len;
  const guint8 *bytes = g_bytes_get_data(other, &len);

  put_set(place->former_path, "before.test");
  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  wait_for_check(lists);
  write_in_place(place->path, bytes, 0);
  /* The program lives; whoever waits for the loop has the lists before these. */
  g_assert_false(has(lists, "a.test"));
  assert_told(place);
  g_assert_true(has(lists, "before.test"));
  assert_problem(lists, "the lists before these are in force");
  g_assert_cmpuint(n_warnings, ==, 1);

  write_in_place(place->path, bytes, len - 1);
  lt_lists_read(lists);
  g_assert_true(has(lists, "before.test"));
  write_in_place(place->path, bytes, len);
  lt_lists_read(lists);
  g_assert_true(has(lists, "b.test"));
  g_assert_null(lt_lists_problem(lists));
}

/* No page of it is gone, but it is not what was opened. */
static void
test_damaged_in_place(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->former_path, "before.test");
  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  wait_for_check(lists);
  write_in_place(place->path, "no set", 6);
  lt_lists_read(lists);
  g_assert_true(has(lists, "before.test"));
  assert_problem(lists, "the lists before these are in force");
}

/* The one that is being checked is cut short: the one before is in memory still. */
static void
test_cut_while_checked(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  wait_for_check(lists);
  put_set(place->path, "b.test");
  lt_lists_read(lists);
  write_in_place(place->path, "", 0);
  g_assert_false(has(lists, "b.test"));
  assert_told(place);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "the lists before these are in force");
}

/* What would hold the reader for ever, or is no file, is refused. */
static void
test_no_file(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;
  g_autofree char *target = g_build_filename(place->dir, "target", NULL);

  put_set(place->path, "a.test");
  lists = lt_lists_new(place->dir, on_change, place);
  g_assert_cmpint(g_unlink(place->path), ==, 0);
  g_assert_cmpint(mkfifo(place->path, 0600), ==, 0);
  lt_lists_read(lists);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "not a regular file");

  g_assert_cmpint(g_unlink(place->path), ==, 0);
  g_assert_cmpint(g_mkdir(place->path, 0700), ==, 0);
  lt_lists_read(lists);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "not a regular file");
  g_assert_cmpint(g_rmdir(place->path), ==, 0);

  g_assert_cmpint(symlink("sites.set", place->path), ==, 0);
  lt_lists_read(lists);
  g_assert_true(has(lists, "a.test"));
  assert_problem(lists, "symbolic links");

  /* A school's lists may lie on another disk. */
  g_assert_cmpint(g_unlink(place->path), ==, 0);
  put_set(target, "b.test");
  g_assert_cmpint(symlink(target, place->path), ==, 0);
  lt_lists_read(lists);
  g_assert_true(has(lists, "b.test"));
  g_assert_null(lt_lists_problem(lists));
  g_assert_cmpint(g_unlink(target), ==, 0);
}

/* Kilobytes of the map of @path that are in memory. */
static guint
resident_kib(const char *path)
{
  g_autofree char *text = NULL;
  const char *at;
  guint kib = 0;

  g_assert_true(g_file_get_contents("/proc/self/smaps", &text, NULL, NULL));
  at = strstr(text, path);
  g_assert_nonnull(at);
  at = strstr(at, "\nRss:");
  g_assert_nonnull(at);
  g_assert_cmpint(sscanf(at, " Rss: %u kB", &kib), ==, 1);
  return kib;
}

/* A set that was read to be checked is in memory no more, but for what is looked for. */
static void
test_touched(Place *place, gconstpointer data)
{
  g_autoptr(LtLists) lists = NULL;
  const guint n_names = 200000;
  g_autoptr(GBytes) set = make_set_of("a.test", n_names);
  guint before;

  put(place->path, set);
  lists = lt_lists_new(place->dir, on_change, place);
  wait_for_check(lists);
  before = resident_kib(place->path);
  g_assert_cmpuint(before, <, 6 * n_names / 1024 / 2);
  g_assert_true(has(lists, "a.test"));
  g_assert_cmpuint(resident_kib(place->path), >, before);
}

/* A check that outlives the lists tells nobody. */
static void
test_freed(Place *place, gconstpointer data)
{
  put_set_with_damaged_names(place->path, "a.test");
  lt_lists_free(lt_lists_new(place->dir, on_change, place));
  while (g_main_context_iteration(NULL, FALSE))
    ;
}

int
main(int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test)(Place *place, gconstpointer data);
  } tests[] = {
      {"/lists/exchange", test_exchange},
      {"/lists/gone", test_gone},
      {"/lists/gone-at-start", test_gone_at_start},
      {"/lists/damaged-head", test_damaged_head},
      {"/lists/damaged-names", test_damaged_names},
      {"/lists/damaged-twice", test_damaged_twice},
      {"/lists/damaged-at-start", test_damaged_at_start},
      {"/lists/damaged-names-at-start", test_damaged_names_at_start},
      {"/lists/both-damaged", test_both_damaged},
      {"/lists/cut-in-place", test_cut_in_place},
      {"/lists/damaged-in-place", test_damaged_in_place},
      {"/lists/cut-while-checked", test_cut_while_checked},
      {"/lists/touched", test_touched},
      {"/lists/no-file", test_no_file},
      {"/lists/freed", test_freed},
  };

  g_test_init(&argc, &argv, NULL);
  g_log_set_writer_func(count_warnings, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Place, NULL, set_up, tests[i].test, tear_down);
  return g_test_run();
}
