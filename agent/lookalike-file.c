/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads names that are imitated. A new package starts the agent anew, so nothing is watched. */
#include "agent/lookalike-file.h"

struct _LtLookalikeFile {
  char *path;
  LtLookalikes *lookalikes;
  char *problem;
};

LtLookalikeFile *
lt_lookalike_file_new(const char *path)
{
  LtLookalikeFile *file = g_new0(LtLookalikeFile, 1);

  file->path = g_strdup(path);
  lt_lookalike_file_read(file);
  return file;
}

void
lt_lookalike_file_free(LtLookalikeFile *file)
{
  if (file == NULL)
    return;
  g_free(file->problem);
  lt_lookalikes_unref(file->lookalikes);
  g_free(file->path);
  g_free(file);
}

static void
set_problem(LtLookalikeFile *file, const char *what)
{
  file->problem = g_strdup_printf("%s (%s)",
                                  what,
                                  file->lookalikes != NULL ? "what was known before stays"
                                                           : "imitations are not found");
  g_warning("Imitated names: %s", file->problem);
}

void
lt_lookalike_file_read(LtLookalikeFile *file)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *text = NULL;
  LtLookalikes *lookalikes = NULL;
  gsize len = 0;

  g_clear_pointer(&file->problem, g_free);
  if (!g_file_get_contents(file->path, &text, &len, &error)) {
    if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      g_clear_pointer(&file->lookalikes, lt_lookalikes_unref);
    else
      set_problem(file, error->message);
    return;
  }
  lookalikes = lt_lookalikes_new(text, len, file->path, &error);
  if (lookalikes == NULL) {
    set_problem(file, error->message);
    return;
  }
  lt_lookalikes_unref(file->lookalikes);
  file->lookalikes = lookalikes;
}

LtLookalikes *
lt_lookalike_file_in_force(const LtLookalikeFile *file)
{
  return file->lookalikes;
}

const char *
lt_lookalike_file_problem(const LtLookalikeFile *file)
{
  return file->problem;
}
