/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fetches, checks, keeps and compiles lists. */
#include "agent/update/update.h"

#include "agent/lists.h"
#include "agent/store/list-file.h"
#include "agent/update/fetch.h"
#include "agent/update/kept.h"
#include "agent/update/signature.h"
#include "agent/update/update-set.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A list that is older than the kept one by more than this was sent by somebody who keeps news
 * back; less is two servers of one source. */
#define ROLLBACK_S (24 * 3600)
/* The largest list in use that is not fetched as one file (UT1 adult) has 100 MB. */
#define MAX_IMPORT_BYTES (512 * 1024 * 1024)

struct _LtUpdate {
  char *dir;
  char *lists_dir;
  int lock;
  GPtrArray *items;
  LtUpdateProgress progress;
  gpointer user_data;
  LtUpdateItem *item; /* the one at work */
};

G_DEFINE_QUARK(lt_update_error, lt_update_error)

const char *
lt_update_outcome_name(LtUpdateOutcome outcome)
{
  switch (outcome) {
  case LT_UPDATE_WAITING:
    return "waiting";
  case LT_UPDATE_FETCHING:
    return "fetching";
  case LT_UPDATE_NEW:
    return "new";
  case LT_UPDATE_SAME:
    return "same";
  case LT_UPDATE_BROUGHT:
    return "brought";
  case LT_UPDATE_FAILED:
    return "failed";
  }
  g_return_val_if_reached("failed");
}

static void
item_free(gpointer data)
{
  LtUpdateItem *item = data;

  lt_list_origin_free(item->origin);
  g_free(item->problem);
  g_free(item);
}

static gint64
now_s(void)
{
  return g_get_real_time() / G_USEC_PER_SEC;
}

static void
tell(const LtUpdate *update)
{
  update->progress(update, update->item, update->user_data);
}

static gboolean
fail_at(const char *path, GError **error)
{
  g_set_error(error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_DISK, "%s: %s", path, g_strerror(errno));
  return FALSE;
}

/* Half files of a run that was cut off: "status.json.A1B2C3". */
static void
sweep(const char *dir)
{
  static const char *const whole[] = {
      LT_LISTS_FILE ".", LT_UPDATE_SET_MADE_OF_FILE ".", "status.json."};
  g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
    for (gsize i = 0; i < G_N_ELEMENTS(whole); i++) {
      g_autofree char *path = g_build_filename(dir, name, NULL);

      if (g_str_has_prefix(name, whole[i]) && strcmp(name, LT_LISTS_FORMER_FILE) != 0)
        g_unlink(path);
    }
  }
}

/* Nobody else may read the lock: who can open it can hold it. */
static gboolean
take_folder(LtUpdate *update, GError **error)
{
  g_autofree char *path = g_build_filename(update->dir, "lock", NULL);

  update->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (update->lock < 0)
    return fail_at(path, error);
  if (flock(update->lock, LOCK_EX | LOCK_NB) != 0) {
    g_set_error_literal(
        error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_BUSY, "another update of the lists runs");
    return FALSE;
  }
  if (g_mkdir(update->lists_dir, 0750) != 0 && errno != EEXIST)
    return fail_at(update->lists_dir, error);
  sweep(update->dir);
  return TRUE;
}

static LtUpdateItem *
add_item(LtUpdate *update, LtListOrigin *origin)
{
  LtUpdateItem *item = g_new0(LtUpdateItem, 1);
  g_autoptr(LtKept) kept = lt_kept_read(update->lists_dir, origin->id);

  item->origin = origin;
  if (kept != NULL) {
    item->utc_date_s = kept->utc_date_s;
    item->utc_came_s = kept->utc_came_s;
  }
  g_ptr_array_add(update->items, item);
  return item;
}

static gboolean
read_origins(LtUpdate *update, const LtUpdatePlaces *places, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *choice = NULL;
  g_autoptr(GPtrArray) origins = NULL;
  g_autoptr(GError) missing = NULL;
  gsize len;
  gsize n_choice = 0;

  if (!g_file_get_contents(places->catalogue, &text, &len, error))
    return FALSE;
  if (!g_file_get_contents(places->choice, &choice, &n_choice, &missing) &&
      !g_error_matches(missing, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_propagate_error(error, g_steal_pointer(&missing));
    return FALSE;
  }
  origins = lt_catalogue_read(text, len, places->catalogue, error);
  if (origins == NULL || !lt_catalogue_choose(origins, choice, n_choice, places->choice, error))
    return FALSE;
  while (origins->len > 0)
    add_item(update, g_ptr_array_steal_index(origins, 0));
  return TRUE;
}

static LtUpdateItem *
find_item(const LtUpdate *update, const char *id)
{
  for (guint i = 0; i < update->items->len; i++) {
    LtUpdateItem *item = g_ptr_array_index(update->items, i);

    if (strcmp(item->origin->id, id) == 0)
      return item;
  }
  return NULL;
}

static void
add_brought(LtUpdate *update, const char *id)
{
  g_autoptr(LtKept) kept = lt_kept_read(update->lists_dir, id);
  LtListOrigin *origin;

  if (kept == NULL || kept->category == LT_N_CATEGORIES)
    return;
  origin = lt_list_origin_new();
  origin->id = g_strdup(id);
  origin->category = kept->category;
  origin->format = kept->format;
  origin->name = g_strdup(kept->name);
  add_item(update, origin)->outcome = LT_UPDATE_BROUGHT;
}

/* Lists that nobody wants any more go. */
static void
look_at_kept(LtUpdate *update)
{
  g_autoptr(GPtrArray) ids = lt_kept_list(update->lists_dir);

  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index(ids, i);

    if (g_str_has_prefix(id, LT_CATALOGUE_IMPORT_PREFIX))
      add_brought(update, id);
    else if (find_item(update, id) == NULL)
      lt_kept_remove(update->lists_dir, id);
  }
}

LtUpdate *
lt_update_new(const LtUpdatePlaces *places,
              LtUpdateProgress progress,
              gpointer user_data,
              GError **error)
{
  g_autoptr(LtUpdate) update = g_new0(LtUpdate, 1);

  update->dir = g_strdup(places->dir);
  update->lists_dir = g_build_filename(places->dir, "lists", NULL);
  update->lock = -1;
  update->items = g_ptr_array_new_with_free_func(item_free);
  update->progress = progress;
  update->user_data = user_data;
  if (!take_folder(update, error) || !read_origins(update, places, error))
    return NULL;
  look_at_kept(update);
  return g_steal_pointer(&update);
}

void
lt_update_free(LtUpdate *update)
{
  if (update == NULL)
    return;
  if (update->lock >= 0)
    close(update->lock);
  g_ptr_array_unref(update->items);
  g_free(update->lists_dir);
  g_free(update->dir);
  g_free(update);
}

const GPtrArray *
lt_update_items(const LtUpdate *update)
{
  return update->items;
}

static void
ignore_rule(const LtListRule *rule, guint64 line, const char *text, gpointer data)
{
}

/* What was signed counts first. A moment that has not come yet would hold every later list back. */
static gint64
date_of(const LtListReport *report, const char *last_modified, gint64 utc_signed_s)
{
  gint64 date_s = utc_signed_s;

  if (date_s == 0)
    date_s = lt_fetch_date_s(report->date);
  if (date_s == 0)
    date_s = lt_fetch_date_s(last_modified);
  return date_s <= now_s() + ROLLBACK_S ? date_s : 0;
}

/* What came is a list, and no older one: @out_date_s is when it was made. */
static gboolean
check_new(const LtUpdate *update,
          const LtListOrigin *origin,
          const char *last_modified,
          gint64 utc_signed_s,
          gint64 kept_date_s,
          gint64 *out_date_s,
          GError **error)
{
  g_autofree char *path = lt_kept_new_path(update->lists_dir, origin->id);
  g_autoptr(LtListReport) report =
      lt_list_file_read(path, origin->format, ignore_rule, NULL, error);
  gint64 date_s;

  if (report == NULL)
    return FALSE;
  if (report->n_rules == 0) {
    g_set_error_literal(
        error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_REFUSED, "there is no name in it that can be used");
    return FALSE;
  }
  date_s = date_of(report, last_modified, utc_signed_s);
  if (date_s != 0 && date_s < kept_date_s - ROLLBACK_S) {
    g_autoptr(GDateTime) came = g_date_time_new_from_unix_utc(date_s);
    g_autoptr(GDateTime) kept = g_date_time_new_from_unix_utc(kept_date_s);
    g_autofree char *came_text = g_date_time_format(came, "%F");
    g_autofree char *kept_text = g_date_time_format(kept, "%F");

    g_set_error(error,
                LT_UPDATE_ERROR,
                LT_UPDATE_ERROR_REFUSED,
                "it is of %s, older than the kept one of %s",
                came_text,
                kept_text);
    return FALSE;
  }
  *out_date_s = date_s;
  return TRUE;
}

static int
open_new(const LtUpdate *update, const char *id, GError **error)
{
  g_autofree char *path = lt_kept_new_path(update->lists_dir, id);
  const int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0640);

  if (fd < 0)
    fail_at(path, error);
  return fd;
}

/* The signature of what came, if its source has one. */
static gboolean
check_signature(const LtUpdate *update, LtFetcher *fetcher, gint64 *utc_signed_s, GError **error)
{
  const LtListOrigin *origin = update->item->origin;
  g_autofree char *list = lt_kept_new_path(update->lists_dir, origin->id);
  g_autofree char *path = lt_kept_signature_path(update->lists_dir, origin->id);
  g_autofree char *text = NULL;
  g_auto(LtFetched) fetched = {0};
  gsize len = 0;
  gboolean is_good;
  int fd;

  *utc_signed_s = 0;
  if (origin->signature == NULL)
    return TRUE;
  fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0640);
  if (fd < 0)
    return fail_at(path, error);
  is_good = lt_fetcher_get(fetcher, origin->signature, NULL, NULL, fd, &fetched, error);
  close(fd);
  if (!is_good)
    g_prefix_error(error, "its signature: ");
  is_good = is_good && g_file_get_contents(path, &text, &len, error) &&
            lt_signature_check(origin->key, text, len, list, utc_signed_s, error);
  g_unlink(path);
  return is_good;
}

static gboolean
keep_fetched(LtUpdateItem *item,
             const LtUpdate *update,
             LtFetcher *fetcher,
             const LtFetched *fetched,
             GError **error)
{
  gint64 utc_signed_s;
  LtKept kept = {
      .url = item->origin->url,
      .key = item->origin->key,
      .etag = fetched->etag,
      .last_modified = fetched->last_modified,
      .utc_came_s = now_s(),
      .category = LT_N_CATEGORIES,
      .format = LT_N_LIST_FORMATS,
  };

  if (!check_signature(update, fetcher, &utc_signed_s, error) ||
      !check_new(update,
                 item->origin,
                 fetched->last_modified,
                 utc_signed_s,
                 item->utc_date_s,
                 &kept.utc_date_s,
                 error) ||
      !lt_kept_replace(update->lists_dir, item->origin->id, &kept, error))
    return FALSE;
  item->utc_date_s = kept.utc_date_s;
  item->utc_came_s = kept.utc_came_s;
  item->outcome = LT_UPDATE_NEW;
  return TRUE;
}

/* Validators are asked with only for the very same address, and a copy that had to be signed alike.
 */
static gboolean
fetch_to(LtUpdate *update, LtFetcher *fetcher, int fd, GError **error)
{
  LtUpdateItem *item = update->item;
  g_autoptr(LtKept) kept = lt_kept_read(update->lists_dir, item->origin->id);
  g_auto(LtFetched) fetched = {0};

  if (kept != NULL && (g_strcmp0(kept->url, item->origin->url) != 0 ||
                       g_strcmp0(kept->key, item->origin->key) != 0)) {
    g_clear_pointer(&kept, lt_kept_free);
    item->utc_date_s = 0;
  }
  if (!lt_fetcher_get(fetcher,
                      item->origin->url,
                      kept != NULL ? kept->etag : NULL,
                      kept != NULL ? kept->last_modified : NULL,
                      fd,
                      &fetched,
                      error))
    return FALSE;
  if (!fetched.is_new)
    item->outcome = LT_UPDATE_SAME;
  else if (!keep_fetched(item, update, fetcher, &fetched, error))
    return FALSE;
  item->n_bytes = fetched.n_bytes; /* not its signature's */
  return TRUE;
}

static gboolean
fetch_item(LtUpdate *update, LtFetcher *fetcher, GError **error)
{
  g_autofree char *path = lt_kept_new_path(update->lists_dir, update->item->origin->id);
  const int fd = open_new(update, update->item->origin->id, error);
  gboolean is_fetched;

  if (fd < 0)
    return FALSE;
  is_fetched = fetch_to(update, fetcher, fd, error);
  close(fd);
  g_unlink(path);
  return is_fetched;
}

static void
on_bytes(guint64 n_bytes, guint64 n_total, gpointer user_data)
{
  LtUpdate *update = user_data;

  update->item->n_bytes = n_bytes;
  update->item->n_total = n_total;
  tell(update);
}

/* The path of the file that was looked at says nothing to people. */
static char *
problem_of(const GError *error, const char *dir)
{
  const char *behind = g_str_has_prefix(error->message, dir) ? strstr(error->message, ": ") : NULL;

  return g_strdup(behind != NULL ? behind + 2 : error->message);
}

static void
fail_item(LtUpdate *update, const GError *error)
{
  update->item->outcome = LT_UPDATE_FAILED;
  update->item->problem = problem_of(error, update->lists_dir);
}

gboolean
lt_update_fetch(LtUpdate *update)
{
  g_autoptr(GError) no_fetcher = NULL;
  g_autoptr(LtFetcher) fetcher = lt_fetcher_new(on_bytes, update, &no_fetcher);
  gboolean is_fetched = TRUE;

  for (guint i = 0; i < update->items->len; i++) {
    g_autoptr(GError) error = NULL;

    update->item = g_ptr_array_index(update->items, i);
    if (update->item->outcome == LT_UPDATE_BROUGHT)
      continue;
    update->item->outcome = LT_UPDATE_FETCHING;
    tell(update);
    if (fetcher == NULL || !fetch_item(update, fetcher, &error)) {
      fail_item(update, fetcher == NULL ? no_fetcher : error);
      is_fetched = FALSE;
    }
    tell(update);
  }
  update->item = NULL;
  return is_fetched;
}

static gboolean
copy(int from, int to, const char *name, GError **error)
{
  g_autofree char *buffer = g_malloc(65536);
  guint64 n_bytes = 0;
  gssize n;

  while ((n = read(from, buffer, 65536)) > 0) {
    n_bytes += (guint64) n;
    if (n_bytes > MAX_IMPORT_BYTES) {
      g_set_error(
          error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_REFUSED, "%s: too large for a list", name);
      return FALSE;
    }
    if (write(to, buffer, (gsize) n) != n)
      return fail_at(name, error);
  }
  return n == 0 || fail_at(name, error);
}

static char *
import_id(const char *name)
{
  g_autofree char *id = g_ascii_strdown(name, -1);

  g_strcanon(id, "abcdefghijklmnopqrstuvwxyz0123456789", '-');
  if (strlen(id) > LT_CATALOGUE_MAX_ID_BYTES - strlen(LT_CATALOGUE_IMPORT_PREFIX))
    id[LT_CATALOGUE_MAX_ID_BYTES - strlen(LT_CATALOGUE_IMPORT_PREFIX)] = '\0';
  return g_strconcat(LT_CATALOGUE_IMPORT_PREFIX, id, NULL);
}

static gboolean
keep_import(LtUpdate *update, const LtListOrigin *origin, int fd, int file, GError **error)
{
  LtKept kept = {
      .utc_came_s = now_s(),
      .category = origin->category,
      .format = origin->format,
      .name = origin->name,
  };

  /* Somebody who brings an older list means it. */
  return copy(file, fd, origin->name, error) &&
         check_new(update, origin, NULL, 0, 0, &kept.utc_date_s, error) &&
         lt_kept_replace(update->lists_dir, origin->id, &kept, error);
}

gboolean
lt_update_import(LtUpdate *update,
                 int file,
                 const char *name,
                 LtCategory category,
                 LtListFormat format,
                 GError **error)
{
  g_autoptr(LtListOrigin) origin = lt_list_origin_new();
  g_autofree char *path = NULL;
  LtUpdateItem *former;
  gboolean is_kept;
  int fd;

  origin->id = import_id(name);
  origin->name = g_strdup(name);
  origin->category = category;
  origin->format = format;
  path = lt_kept_new_path(update->lists_dir, origin->id);
  fd = open_new(update, origin->id, error);
  if (fd < 0)
    return FALSE;
  is_kept = keep_import(update, origin, fd, file, error);
  close(fd);
  g_unlink(path);
  if (!is_kept)
    return FALSE;
  former = find_item(update, origin->id);
  if (former != NULL)
    g_ptr_array_remove(update->items, former);
  add_brought(update, origin->id);
  return TRUE;
}

gboolean
lt_update_compile(LtUpdate *update, gboolean *is_new, GError **error)
{
  return lt_update_set_make(update->dir, update->lists_dir, update->items, is_new, error);
}
