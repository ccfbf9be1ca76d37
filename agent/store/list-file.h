/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads block lists from files, and says what was in them. */
#pragma once

#include "policy/lists/list.h"

#include <glib.h>

G_BEGIN_DECLS

/* Lines that could not be used, and are shown. */
#define LT_LIST_FILE_SAMPLES 10

#define LT_LIST_FILE_ERROR (lt_list_file_error_quark())
GQuark lt_list_file_error_quark(void);
/**
 * LtListFileError:
 * @LT_LIST_FILE_ERROR_UNREADABLE: the file cannot be opened or read
 * @LT_LIST_FILE_ERROR_NO_LIST: a web page, an archive, cut short, or mostly lines of no list
 */
typedef enum {
  LT_LIST_FILE_ERROR_UNREADABLE,
  LT_LIST_FILE_ERROR_NO_LIST,
} LtListFileError;

/**
 * LtListReport:
 * @is_guessed: nobody said which format it is
 * @n_rules: rules that were read
 * @n_skipped: how many lines or parts of lines were not, by #LtListSkip
 * @samples: (element-type utf8): the first of them: "12: no host name: foo bar"
 * @title, @licence, @date, @home: as comments at the list's head say; NULL if they do not
 * @n_stated: how many entries the head says it has; 0 if it does not
 *
 * What was found in one file (with v2fly: and in what it includes).
 */
typedef struct {
  LtListFormat format;
  gboolean is_guessed;
  guint64 n_rules;
  guint64 n_skipped[LT_N_LIST_SKIPS];
  GPtrArray *samples;
  char *title;
  char *licence;
  char *date;
  char *home;
  guint64 n_stated;
} LtListReport;

void lt_list_report_free(LtListReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtListReport, lt_list_report_free)

guint64 lt_list_report_n_skipped(const LtListReport *report);

/* Called for each rule, with the number and the text of its line. */
typedef void (*LtListFileRule)(const LtListRule *rule,
                               guint64 line,
                               const char *text,
                               gpointer data);

/**
 * lt_list_file_read:
 * @path: a file; a folder with a file "domains" for %LT_LIST_UT1
 * @format: %LT_N_LIST_FORMATS: guess
 * @rule: called while the file is read, also when it turns out to be no list in the end
 *
 * Reads a line at a time: the memory that it needs does not grow with the file.
 *
 * Returns: (transfer full): NULL with %LT_LIST_FILE_ERROR.
 */
LtListReport *lt_list_file_read(const char *path,
                                LtListFormat format,
                                LtListFileRule rule,
                                gpointer data,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
