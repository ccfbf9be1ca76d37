/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders that are there, come, go and come again: each change is told. */

#include "agent/house-watch.h"

#include <glib/gstdio.h>

typedef struct {
  GMainLoop *loop;
  char *root;
  char *presets;
  char *site;
  char *lists;
  gboolean is_quiet; /* no change was told for some time */
} Place;

static void
set_up(Place *place, gconstpointer data)
{
  place->loop = g_main_loop_new(NULL, FALSE);
  place->root = g_dir_make_tmp("lt-watch-XXXXXX", NULL);
  place->presets = g_build_filename(place->root, "share", "presets", NULL);
  place->site = g_build_filename(place->root, "policy.d", NULL);
  place->lists = g_build_filename(place->root, "lists", NULL);
  g_assert_cmpint(g_mkdir(place->site, 0700), ==, 0);
  g_assert_cmpint(g_mkdir(place->lists, 0700), ==, 0);
}

static void
remove_file(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_cmpint(g_unlink(path), ==, 0);
}

static void
write_file(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  g_assert_true(g_file_set_contents(path, "{}", -1, NULL));
}

static void
tear_down(Place *place, gconstpointer data)
{
  g_autofree char *share = g_path_get_dirname(place->presets);
  g_rmdir(place->presets);
  g_rmdir(share);
  g_rmdir(place->site);
  g_rmdir(place->lists);
  g_assert_cmpint(g_rmdir(place->root), ==, 0);
  g_free(place->presets);
  g_free(place->lists);
  g_free(place->site);
  g_free(place->root);
  g_main_loop_unref(place->loop);
}

static void
on_change(gpointer user_data)
{
  Place *place = user_data;
  g_main_loop_quit(place->loop);
}

static gboolean
on_quiet(gpointer user_data)
{
  Place *place = user_data;
  place->is_quiet = TRUE;
  g_main_loop_quit(place->loop);
  return G_SOURCE_REMOVE;
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

static void
test_changes(Place *place, gconstpointer data)
{
  g_autoptr(LtHouseWatch) watch =
      lt_house_watch_new(place->presets, place->site, place->lists, on_change, place);
  g_assert_nonnull(watch);
  write_file(place->site, "a.json");
  assert_told(place);
  remove_file(place->site, "a.json");
  assert_told(place);

  /* Two levels that are not there yet. */
  g_assert_cmpint(g_mkdir_with_parents(place->presets, 0700), ==, 0);
  assert_told(place);
  write_file(place->presets, "b.json");
  assert_told(place);

  /* Gone, and another of the same name. */
  remove_file(place->presets, "b.json");
  assert_told(place);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint(g_rmdir(place->presets), ==, 0);
    g_assert_cmpint(g_mkdir(place->presets, 0700), ==, 0);
    assert_told(place);
  }
  write_file(place->presets, "c.json");
  assert_told(place);
  remove_file(place->presets, "c.json");
}

/* A new set is renamed into its place; what is written beside it meanwhile is no change. */
static void
test_lists(Place *place, gconstpointer data)
{
  g_autoptr(LtHouseWatch) watch =
      lt_house_watch_new(place->presets, place->site, place->lists, on_change, place);
  g_autofree char *from = g_build_filename(place->lists, "download", NULL);
  g_autofree char *to = g_build_filename(place->lists, "sites.set", NULL);

  g_assert_nonnull(watch);
  write_file(place->lists, "download");
  g_timeout_add(600, on_quiet, place);
  g_main_loop_run(place->loop);
  g_assert_true(place->is_quiet);
  g_assert_cmpint(g_rename(from, to), ==, 0);
  assert_told(place);
  remove_file(place->lists, "sites.set");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/house-watch/changes", Place, NULL, set_up, test_changes, tear_down);
  g_test_add("/house-watch/lists", Place, NULL, set_up, test_lists, tear_down);
  return g_test_run();
}
