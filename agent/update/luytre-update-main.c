/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytre-update: fetches the lists that a house wants and makes the set of them that the agent
 * reads.
 */
#include "agent/update/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exit statuses, as the manual page tells them. */
#define EXIT_SOME_FAILED 1
#define EXIT_NOTHING_DONE 2

typedef struct {
  char *dir;
  char *catalogue;
  char *choice;
  char *import;
  char *as;
  gboolean is_json;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->as);
  g_free(options->import);
  g_free(options->choice);
  g_free(options->catalogue);
  g_free(options->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean
parse(Options *options, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"dir", 0, 0, G_OPTION_ARG_FILENAME, &options->dir, "Where lists and set are kept", "DIR"},
      {"catalogue", 0, 0, G_OPTION_ARG_FILENAME, &options->catalogue, "The sources", "FILE"},
      {"choice", 0, 0, G_OPTION_ARG_FILENAME, &options->choice, "Which of them", "FILE"},
      {"import", 0, 0, G_OPTION_ARG_FILENAME, &options->import, "Take a list of a disk", "FILE"},
      {"as", 0, 0, G_OPTION_ARG_STRING, &options->as, "What it is", "CATEGORY[:FORMAT]"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options->is_json, "Tell each step as JSON", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- fetches block lists");

  g_option_context_add_main_entries(context, entries, NULL);
  return g_option_context_parse(context, &argc, &argv, error);
}

static gboolean
import(LtUpdate *update, const Options *options, GError **error)
{
  g_auto(GStrv) words = g_strsplit(options->as != NULL ? options->as : "", ":", 2);
  g_autofree char *name = g_path_get_basename(options->import);
  const LtCategory category = words[0] != NULL ? lt_category_find(words[0]) : LT_N_CATEGORIES;
  const gboolean has_format = words[0] != NULL && words[1] != NULL;
  const LtListFormat format = has_format ? lt_list_format_find(words[1]) : LT_N_LIST_FORMATS;
  gboolean is_taken;
  int file;

  if (category == LT_N_CATEGORIES || (has_format && format == LT_N_LIST_FORMATS)) {
    g_set_error_literal(
        error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_REFUSED, "--as: no such category or format");
    return FALSE;
  }
  file = open(options->import, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    g_set_error(
        error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_DISK, "%s: %s", options->import, g_strerror(errno));
    return FALSE;
  }
  is_taken = lt_update_import(update, file, name, category, format, error);
  close(file);
  return is_taken;
}

static int
run(const Options *options, const LtUpdatePlaces *places, LtUpdateStatus *status, GError **error)
{
  g_autoptr(LtUpdate) update = lt_update_new(places, lt_update_status_progress, status, error);
  gboolean is_new = FALSE;
  gboolean is_whole;

  if (update == NULL)
    return EXIT_NOTHING_DONE;
  lt_update_status_state(status, update, "fetching", NULL);
  if (options->import != NULL && !import(update, options, error)) {
    lt_update_status_state(status, update, "idle", (*error)->message);
    return EXIT_NOTHING_DONE;
  }
  is_whole = options->import != NULL || lt_update_fetch(update);
  lt_update_status_state(status, update, "compiling", NULL);
  if (!lt_update_compile(update, &is_new, error)) {
    lt_update_status_state(status, update, "idle", (*error)->message);
    return EXIT_NOTHING_DONE;
  }
  lt_update_status_state(status, update, "idle", NULL);
  return is_whole ? EXIT_SUCCESS : EXIT_SOME_FAILED;
}

int
main(int argc, char **argv)
{
  g_auto(Options) options = {0};
  g_autoptr(LtUpdateStatus) status = NULL;
  g_autoptr(GError) error = NULL;
  LtUpdatePlaces places;
  int code;

  if (!parse(&options, argc, argv, &error)) {
    fprintf(stderr, "luytre-update: %s\n", error->message);
    return EXIT_NOTHING_DONE;
  }
  /* The agent, which is of our group, reads the set. */
  umask(0027);
  places = (LtUpdatePlaces){
      .dir = options.dir != NULL ? options.dir : LUYTRE_LISTS_DIR,
      .catalogue = options.catalogue != NULL ? options.catalogue : LUYTRE_CATALOGUE,
      .choice = options.choice != NULL ? options.choice : LUYTRE_LISTS_CHOICE,
  };
  status = lt_update_status_new(places.dir, options.is_json);
  code = run(&options, &places, status, &error);
  if (error != NULL)
    fprintf(stderr, "luytre-update: %s\n", error->message);
  return code;
}
