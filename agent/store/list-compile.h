/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many list files in, the bytes of one host set out. */
#pragma once

#include "agent/store/list-file.h"
#include "policy/category.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtListSource:
 * @category: what its names are
 * @format: %LT_N_LIST_FORMATS: guess
 * @path: see lt_list_file_read()
 * @name, @home, @licence, @date: (nullable): what is known of it; else what its head says, else its
 *   file's name and nothing
 *
 * A list to be compiled.
 */
typedef struct {
  LtCategory category;
  LtListFormat format;
  const char *path;
  const char *name;
  const char *home;
  const char *licence;
  const char *date;
} LtListSource;

typedef struct _LtListCompile LtListCompile;

/* Fails with %LT_LIST_FILE_ERROR where the system has no random numbers. */
LtListCompile *lt_list_compile_new(GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_list_compile_free(LtListCompile *compile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtListCompile, lt_list_compile_free)

/**
 * lt_list_compile_add:
 *
 * Reads one list. After a failure nothing good can come of @compile.
 *
 * Returns: (transfer full): what was in it; NULL with %LT_LIST_FILE_ERROR.
 */
LtListReport *lt_list_compile_add(LtListCompile *compile,
                                  const LtListSource *source,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full) */
GBytes *lt_list_compile_finish(LtListCompile *compile,
                               gint64 utc_now_s,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_list_compile_write:
 * @path: the former file of that name stays until the new one is whole and on the disk
 */
gboolean
lt_list_compile_write(GBytes *set, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
