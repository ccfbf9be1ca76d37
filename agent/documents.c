/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy documents on disk, each with its last good form: a bad file changes nothing. */
#include "agent/documents.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

struct _LtDocuments {
  char *presets_dir;
  char *site_dir;
  GHashTable *files; /* path -> LtPolicy, its last good form */
  LtPolicy *household;
  GPtrArray *problems;
};

static void
policy_unref(gpointer policy)
{
  lt_policy_unref(policy);
}

LtDocuments *
lt_documents_new(const char *presets_dir, const char *site_dir)
{
  LtDocuments *documents = g_new0(LtDocuments, 1);
  documents->presets_dir = g_strdup(presets_dir);
  documents->site_dir = g_strdup(site_dir);
  documents->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, policy_unref);
  documents->problems = g_ptr_array_new_with_free_func(g_free);
  return documents;
}

void
lt_documents_free(LtDocuments *documents)
{
  if (documents == NULL)
    return;
  g_ptr_array_unref(documents->problems);
  g_clear_pointer(&documents->household, lt_policy_unref);
  g_hash_table_unref(documents->files);
  g_free(documents->site_dir);
  g_free(documents->presets_dir);
  g_free(documents);
}

/* A file that everybody may write is a child's file. */
static gboolean
check_file(const char *path, GError **error)
{
  struct stat about;
  if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "%s: not a readable file", path);
  else if ((about.st_mode & S_IWOTH) != 0)
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: everybody may write to it", path);
  else if (about.st_size > LT_DOCUMENTS_MAX_BYTES)
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: larger than 1 MiB", path);
  else
    return TRUE;
  return FALSE;
}

static LtPolicy *
read_file(const char *path, LtLayer layer, GError **error)
{
  g_autofree char *text = NULL;
  gsize len = 0;
  if (!check_file(path, error) || !g_file_get_contents(path, &text, &len, error))
    return NULL;
  return lt_policy_parse(text, len, path, layer, error);
}

static void
add_problem(LtDocuments *documents, const char *text)
{
  g_ptr_array_add(documents->problems, g_strdup(text));
}

static void
take_file(LtDocuments *documents, GHashTable *former, const char *path, LtLayer layer)
{
  g_autoptr(GError) error = NULL;
  LtPolicy *policy = read_file(path, layer, &error);
  if (policy == NULL) {
    LtPolicy *last_good = g_hash_table_lookup(former, path);
    g_autofree char *text = g_strconcat(
        error->message, last_good != NULL ? " (its last good form stays)" : " (left out)", NULL);
    g_warning("Policy: %s", text);
    add_problem(documents, text);
    policy = last_good != NULL ? lt_policy_ref(last_good) : NULL;
  }
  if (policy != NULL)
    g_hash_table_insert(documents->files, g_strdup(path), policy);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *) a, *(char *const *) b);
}

/* A folder that is not there holds no files; one that cannot be read is a problem. */
static GPtrArray *
list_folder(LtDocuments *documents, const char *path)
{
  const char *name = NULL;
  g_autoptr(GError) error = NULL;
  GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
  if (folder == NULL && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    add_problem(documents, error->message);
  while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
    if (g_str_has_suffix(name, ".json") && name[0] != '.')
      g_ptr_array_add(files, g_build_filename(path, name, NULL));
  g_ptr_array_sort(files, compare_names);
  return files;
}

static void
read_folder(LtDocuments *documents, GHashTable *former, const char *path, LtLayer layer)
{
  g_autoptr(GPtrArray) files = list_folder(documents, path);
  for (guint i = 0; i < files->len; i++)
    take_file(documents, former, files->pdata[i], layer);
}

void
lt_documents_read_folders(LtDocuments *documents)
{
  g_autoptr(GHashTable) former = documents->files;
  documents->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, policy_unref);
  g_ptr_array_set_size(documents->problems, 0);
  read_folder(documents, former, documents->presets_dir, LT_LAYER_PRESET);
  read_folder(documents, former, documents->site_dir, LT_LAYER_SITE);
}

void
lt_documents_set_household(LtDocuments *documents, LtPolicy *policy)
{
  g_clear_pointer(&documents->household, lt_policy_unref);
  documents->household = policy;
}

GPtrArray *
lt_documents_in_force(LtDocuments *documents)
{
  gpointer policy = NULL;
  GHashTableIter iter;
  GPtrArray *list = g_ptr_array_new();
  g_hash_table_iter_init(&iter, documents->files);
  while (g_hash_table_iter_next(&iter, NULL, &policy))
    g_ptr_array_add(list, policy);
  if (documents->household != NULL)
    g_ptr_array_add(list, documents->household);
  return list;
}

GPtrArray *
lt_documents_problems(LtDocuments *documents)
{
  return documents->problems;
}
