/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bad policy file changes nothing, a good one does, one that is gone is forgotten. */
#include "agent/documents.h"

#include <glib/gstdio.h>
#include <string.h>

#define GOOD                                                                                       \
  "{\"luytre\": 1, \"profiles\": {\"p\": {}}, \"children\": [{\"user\": \"na\", "                  \
  "\"profile\": \"p\"}]}"

typedef struct {
  char *folder;
  char *presets;
  char *site;
  LtDocuments *documents;
} Fixture;

static guint n_warnings;

static GLogWriterOutput
count_warnings(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  if ((level & G_LOG_LEVEL_WARNING) == 0)
    return g_log_writer_default(level, fields, n_fields, user_data);
  n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp("luytre-documents-XXXXXX", NULL);
  fixture->presets = g_build_filename(fixture->folder, "presets", NULL);
  fixture->site = g_build_filename(fixture->folder, "site", NULL);
  g_assert_cmpint(g_mkdir(fixture->site, 0755), ==, 0);
  fixture->documents = lt_documents_new(fixture->presets, fixture->site);
  n_warnings = 0;
}

static char *
path_of(Fixture *fixture, const char *name)
{
  return g_build_filename(fixture->site, name, NULL);
}

static void
put(Fixture *fixture, const char *name, const char *text, int mode)
{
  g_autofree char *path = path_of(fixture, name);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  const char *name = NULL;
  lt_documents_free(fixture->documents);
  g_autoptr(GDir) folder = g_dir_open(fixture->site, 0, NULL);
  while ((name = g_dir_read_name(folder)) != NULL) {
    g_autofree char *path = path_of(fixture, name);
    g_unlink(path);
  }
  g_rmdir(fixture->site);
  g_rmdir(fixture->folder);
  g_free(fixture->presets);
  g_free(fixture->site);
  g_free(fixture->folder);
}

static void
assert_state(Fixture *fixture, guint n_in_force, guint n_problems)
{
  lt_documents_read_folders(fixture->documents);
  g_autoptr(GPtrArray) in_force = lt_documents_in_force(fixture->documents);
  g_assert_cmpuint(in_force->len, ==, n_in_force);
  g_assert_cmpuint(lt_documents_problems(fixture->documents)->len, ==, n_problems);
}

static void
test_last_good_stays(Fixture *fixture, gconstpointer data)
{
  assert_state(fixture, 0, 0);
  put(fixture, "a.json", "{\"luytre\": 1, \"oops\": 1}", 0644);
  assert_state(fixture, 0, 1);
  put(fixture, "a.json", GOOD, 0644);
  assert_state(fixture, 1, 0);
  put(fixture, "a.json", "{", 0644);
  assert_state(fixture, 1, 1);
  assert_state(fixture, 1, 1);
  g_assert_nonnull(strstr(lt_documents_problems(fixture->documents)->pdata[0], "a.json:1:"));
  g_autofree char *path = path_of(fixture, "a.json");
  g_unlink(path);
  assert_state(fixture, 0, 0);
  g_assert_cmpuint(n_warnings, ==, 3);
}

static void
test_what_is_no_document(Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill(LT_DOCUMENTS_MAX_BYTES + 1, ' ');
  put(fixture, "notes.txt", "{", 0644);
  put(fixture, ".hidden.json", "{", 0644);
  assert_state(fixture, 0, 0);
  put(fixture, "everybody.json", GOOD, 0666);
  assert_state(fixture, 0, 1);
  put(fixture, "large.json", large, 0644);
  assert_state(fixture, 0, 2);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_log_set_writer_func(count_warnings, NULL, NULL);
  g_test_add("/documents/last-good-stays", Fixture, NULL, set_up, test_last_good_stays, tear_down);
  g_test_add(
      "/documents/what-is-no-document", Fixture, NULL, set_up, test_what_is_no_document, tear_down);
  return g_test_run();
}
