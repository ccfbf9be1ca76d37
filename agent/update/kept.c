/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of lists, and records beside them. */
#include "agent/update/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json.h>
#include <string.h>
#include <unistd.h>

#define LIST_ENDING ".list"
#define NEW_ENDING ".new"
#define SIGNATURE_ENDING ".sig"
#define RECORD_ENDING ".json"

void
lt_kept_free(LtKept *kept)
{
  if (kept == NULL)
    return;
  g_free(kept->name);
  g_free(kept->last_modified);
  g_free(kept->etag);
  g_free(kept->key);
  g_free(kept->url);
  g_free(kept);
}

static char *
path_of(const char *dir, const char *id, const char *ending)
{
  g_autofree char *file = g_strconcat(id, ending, NULL);

  return g_build_filename(dir, file, NULL);
}

char *
lt_kept_path(const char *dir, const char *id)
{
  return path_of(dir, id, LIST_ENDING);
}

char *
lt_kept_new_path(const char *dir, const char *id)
{
  return path_of(dir, id, NEW_ENDING);
}

char *
lt_kept_signature_path(const char *dir, const char *id)
{
  return path_of(dir, id, SIGNATURE_ENDING);
}

static char *
text_of(struct json_object *record, const char *key)
{
  struct json_object *value;

  if (!json_object_object_get_ex(record, key, &value) ||
      !json_object_is_type(value, json_type_string))
    return NULL;
  return g_strdup(json_object_get_string(value));
}

static gint64
number_of(struct json_object *record, const char *key)
{
  struct json_object *value;

  return json_object_object_get_ex(record, key, &value) ? json_object_get_int64(value) : 0;
}

static LtKept *
kept_from(struct json_object *record)
{
  LtKept *kept = g_new0(LtKept, 1);
  g_autofree char *category = text_of(record, "category");
  g_autofree char *format = text_of(record, "format");

  kept->url = text_of(record, "url");
  kept->key = text_of(record, "key");
  kept->etag = text_of(record, "etag");
  kept->last_modified = text_of(record, "last-modified");
  kept->name = text_of(record, "name");
  kept->utc_date_s = number_of(record, "date");
  kept->utc_came_s = number_of(record, "came");
  kept->category = category != NULL ? lt_category_find(category) : LT_N_CATEGORIES;
  kept->format = format != NULL ? lt_list_format_find(format) : LT_N_LIST_FORMATS;
  return kept;
}

LtKept *
lt_kept_read(const char *dir, const char *id)
{
  g_autofree char *list = lt_kept_path(dir, id);
  g_autofree char *path = path_of(dir, id, RECORD_ENDING);
  g_autofree char *text = NULL;
  struct json_object *record;
  LtKept *kept = NULL;

  if (!g_file_test(list, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents(path, &text, NULL, NULL))
    return NULL;
  record = json_tokener_parse(text);
  if (json_object_is_type(record, json_type_object))
    kept = kept_from(record);
  json_object_put(record);
  return kept;
}

static void
add_text(struct json_object *record, const char *key, const char *text)
{
  if (text != NULL)
    json_object_object_add(record, key, json_object_new_string(text));
}

static gboolean
write_record(const char *dir, const char *id, const LtKept *kept, GError **error)
{
  g_autofree char *path = path_of(dir, id, RECORD_ENDING);
  struct json_object *record = json_object_new_object();
  gboolean is_written;

  add_text(record, "url", kept->url);
  add_text(record, "key", kept->key);
  add_text(record, "etag", kept->etag);
  add_text(record, "last-modified", kept->last_modified);
  add_text(record, "name", kept->name);
  if (kept->category < LT_N_CATEGORIES)
    add_text(record, "category", lt_category_ids()[kept->category]);
  if (kept->format < LT_N_LIST_FORMATS)
    add_text(record, "format", lt_list_format_name(kept->format));
  json_object_object_add(record, "date", json_object_new_int64(kept->utc_date_s));
  json_object_object_add(record, "came", json_object_new_int64(kept->utc_came_s));
  is_written =
      g_file_set_contents_full(path,
                               json_object_to_json_string(record),
                               -1,
                               G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                               0640,
                               error);
  json_object_put(record);
  return is_written;
}

static gboolean
sync_path(const char *path)
{
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const gboolean is_synced = fd >= 0 && fsync(fd) == 0;
  const int problem = errno;

  if (fd >= 0)
    close(fd);
  errno = problem;
  return is_synced;
}

void
lt_kept_sync_folder(const char *folder)
{
  sync_path(folder);
}

gboolean
lt_kept_replace(const char *dir, const char *id, const LtKept *kept, GError **error)
{
  g_autofree char *list = lt_kept_path(dir, id);
  g_autofree char *fresh = lt_kept_new_path(dir, id);

  if (!sync_path(fresh) || rename(fresh, list) != 0) {
    g_set_error(error,
                G_FILE_ERROR,
                (gint) g_file_error_from_errno(errno),
                "%s: %s",
                list,
                g_strerror(errno));
    return FALSE;
  }
  lt_kept_sync_folder(dir);
  return write_record(dir, id, kept, error);
}

void
lt_kept_remove(const char *dir, const char *id)
{
  static const char *const endings[] = {LIST_ENDING, RECORD_ENDING, NEW_ENDING};

  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
    g_autofree char *path = path_of(dir, id, endings[i]);

    g_unlink(path);
  }
}

void
lt_kept_forget_validators(const char *dir, const char *id)
{
  g_autoptr(LtKept) kept = lt_kept_read(dir, id);

  if (kept == NULL || (kept->etag == NULL && kept->last_modified == NULL))
    return;
  g_clear_pointer(&kept->etag, g_free);
  g_clear_pointer(&kept->last_modified, g_free);
  /* Without a record it is fetched whole as well. */
  if (!write_record(dir, id, kept, NULL)) {
    g_autofree char *path = path_of(dir, id, RECORD_ENDING);

    g_unlink(path);
  }
}

static int
compare(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
lt_kept_list(const char *dir)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
    if (g_str_has_suffix(name, LIST_ENDING)) {
      g_ptr_array_add(ids, g_strndup(name, strlen(name) - strlen(LIST_ENDING)));
    } else if (!g_str_has_suffix(name, RECORD_ENDING)) {
      /* Of a run that was cut off, ours or of the library that writes records. */
      g_autofree char *path = g_build_filename(dir, name, NULL);

      g_unlink(path);
    }
  }
  g_ptr_array_sort(ids, compare);
  return ids;
}
