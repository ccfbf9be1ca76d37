/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the set of all kept lists, and puts it in the former one's place. */
#include "agent/update/update-set.h"

#include "agent/lists.h"
#include "agent/store/list-compile.h"
#include "agent/update/kept.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  const char *dir;
  const char *lists_dir;
  const GPtrArray *items;
} Making;

static gboolean
fail_at(const char *path, GError **error)
{
  g_set_error(error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_DISK, "%s: %s", path, g_strerror(errno));
  return FALSE;
}

/* All that a set would be made of, in words; an item whose file is not there is not in it. */
static char *
describe_kept(const Making *making, guint *n_lists)
{
  GString *text = g_string_new(NULL);

  *n_lists = 0;
  for (guint i = 0; i < making->items->len; i++) {
    const LtUpdateItem *item = g_ptr_array_index(making->items, i);
    const LtListOrigin *origin = item->origin;
    g_autofree char *path = lt_kept_path(making->lists_dir, origin->id);
    struct stat status;

    if (stat(path, &status) != 0)
      continue;
    (*n_lists)++;
    g_string_append_printf(text,
                           "%s %s %d %s %s %s %ju %ju %jd.%09ld\n",
                           origin->id,
                           lt_category_ids()[origin->category],
                           (int) origin->format,
                           origin->name != NULL ? origin->name : "-",
                           origin->home != NULL ? origin->home : "-",
                           origin->licence != NULL ? origin->licence : "-",
                           (uintmax_t) status.st_ino,
                           (uintmax_t) status.st_size,
                           (intmax_t) status.st_mtim.tv_sec,
                           status.st_mtim.tv_nsec);
  }
  return g_string_free(text, FALSE);
}

static gboolean
is_good_set(const char *path)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
  g_autoptr(GBytes) bytes = file != NULL ? g_mapped_file_get_bytes(file) : NULL;
  g_autoptr(LtHostSet) set = bytes != NULL ? lt_host_set_new(bytes, NULL) : NULL;

  return set != NULL && lt_host_set_verify(set, NULL);
}

static gboolean
add_to_set(const Making *making, LtListCompile *compile, LtUpdateItem *item, GError **error)
{
  const LtListOrigin *origin = item->origin;
  g_autofree char *path = lt_kept_path(making->lists_dir, origin->id);
  const LtListSource source = {
      .category = origin->category,
      .format = origin->format,
      .path = path,
      .name = origin->name,
      .home = origin->home != NULL ? origin->home : origin->url,
      .licence = origin->licence,
  };
  g_autoptr(LtListReport) report = NULL;

  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    return TRUE;
  report = lt_list_compile_add(compile, &source, error);
  if (report != NULL)
    return TRUE;
  /* It was good when it was kept: the disk, or another format by choice. It comes whole next time.
   */
  lt_kept_forget_validators(making->lists_dir, origin->id);
  g_prefix_error(error, "%s: ", origin->id);
  return FALSE;
}

static GBytes *
make_set(const Making *making, GError **error)
{
  g_autoptr(LtListCompile) compile = lt_list_compile_new(error);

  for (guint i = 0; compile != NULL && i < making->items->len; i++) {
    if (!add_to_set(making, compile, g_ptr_array_index(making->items, i), error))
      return NULL;
  }
  return compile != NULL
             ? lt_list_compile_finish(compile, g_get_real_time() / G_USEC_PER_SEC, error)
             : NULL;
}

/* The set in force gets a second name first: no moment is without a set. */
static gboolean
keep_former(const Making *making, const char *path, GError **error)
{
  g_autofree char *former = g_build_filename(making->dir, LT_LISTS_FORMER_FILE, NULL);
  g_autofree char *link_path = g_strconcat(former, ".new", NULL);

  if (!is_good_set(path))
    return TRUE;
  g_unlink(link_path);
  if (link(path, link_path) != 0 || rename(link_path, former) != 0)
    return fail_at(former, error);
  /* Where both are one file already, rename() leaves the link. */
  g_unlink(link_path);
  return TRUE;
}

static gboolean
put_in_force(const Making *making, const char *path, const char *made_of, GError **error)
{
  g_autofree char *made_of_path = g_build_filename(making->dir, LT_UPDATE_SET_MADE_OF_FILE, NULL);
  g_autoptr(GBytes) set = make_set(making, error);

  if (set == NULL || !keep_former(making, path, error) || !lt_list_compile_write(set, path, error))
    return FALSE;
  lt_kept_sync_folder(making->dir);
  return g_file_set_contents_full(
      made_of_path, made_of, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0640, error);
}

gboolean
lt_update_set_make(const char *dir,
                   const char *lists_dir,
                   const GPtrArray *items,
                   gboolean *is_new,
                   GError **error)
{
  const Making making = {dir, lists_dir, items};
  g_autofree char *path = g_build_filename(dir, LT_LISTS_FILE, NULL);
  g_autofree char *made_of_path = g_build_filename(dir, LT_UPDATE_SET_MADE_OF_FILE, NULL);
  g_autofree char *before = NULL;
  guint n_lists;
  g_autofree char *made_of = describe_kept(&making, &n_lists);

  *is_new = FALSE;
  g_file_get_contents(made_of_path, &before, NULL, NULL);
  /* Nothing came yet; a set that somebody else made stays. */
  if (n_lists == 0 && (before == NULL || items->len > 0))
    return TRUE;
  if (g_strcmp0(before, made_of) == 0 && is_good_set(path))
    return TRUE;
  if (!put_in_force(&making, path, made_of, error))
    return FALSE;
  *is_new = TRUE;
  return TRUE;
}
