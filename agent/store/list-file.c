/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads block lists from files, a line at a time. */
#include "agent/store/list-file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

G_DEFINE_QUARK(lt_list_file_error, lt_list_file_error)

/* To guess by. */
#define HEAD_BYTES (128 * 1024)
/* Where a list tells what it is. */
#define HEAD_LINES 100
/* v2fly's lists include each other some levels deep. */
#define MAX_DEPTH 16
#define MAX_SAMPLE_CHARS 60
/* So that thousands of one kind leave room for the others. */
#define MAX_SAMPLES_OF_A_KIND 3

typedef struct _Reading Reading;

struct _Reading {
  LtListReport *report;
  LtListFileRule rule;
  gpointer data;
  char *folder;          /* of the file, where includes are */
  GPtrArray *open_names; /* lists that include the one that is read */
  const char *line;
  guint64 n_line;
  GError *error; /* of an include */
};

void
lt_list_report_free(LtListReport *report)
{
  if (report == NULL)
    return;
  g_ptr_array_unref(report->samples);
  g_free(report->title);
  g_free(report->licence);
  g_free(report->date);
  g_free(report->home);
  g_free(report);
}

guint64
lt_list_report_n_skipped(const LtListReport *report)
{
  guint64 n = 0;

  for (guint i = 0; i < LT_N_LIST_SKIPS; i++)
    n += report->n_skipped[i];
  return n;
}

static void
take_rule(gpointer data, const LtListRule *rule)
{
  Reading *reading = data;

  reading->report->n_rules++;
  reading->rule(rule, reading->n_line, reading->line, reading->data);
}

static void
take_skip(gpointer data, LtListSkip skip)
{
  Reading *reading = data;
  GPtrArray *samples = reading->report->samples;
  g_autofree char *valid = NULL;

  if (++reading->report->n_skipped[skip] > MAX_SAMPLES_OF_A_KIND ||
      samples->len >= LT_LIST_FILE_SAMPLES)
    return;
  valid = g_utf8_make_valid(reading->line, (gssize) MIN(strlen(reading->line), MAX_SAMPLE_CHARS));
  for (char *at = valid; *at != '\0'; at++)
    *at = g_ascii_iscntrl(*at) ? ' ' : *at;
  g_ptr_array_add(samples,
                  g_strdup_printf("%" G_GUINT64_FORMAT ": %s: %s",
                                  reading->n_line,
                                  lt_list_skip_words(skip),
                                  g_strchomp(valid)));
}

/* The text behind "WORD:" of a comment. */
static const char *
behind(const char *comment, const char *word)
{
  gsize len = strlen(word);

  if (g_ascii_strncasecmp(comment, word, len) != 0)
    return NULL;
  comment += len;
  return *comment == ':' ? comment + 1 + strspn(comment + 1, " \t") : NULL;
}

static void
note(char **field, const char *comment, const char *const *words)
{
  for (; *field == NULL && *words != NULL; words++) {
    const char *found = behind(comment, *words);

    if (found != NULL && *found != '\0' && g_utf8_validate(found, -1, NULL))
      *field = g_strchomp(g_strdup(found));
  }
}

/* "12,345": digits with what people put between them. */
static guint64
read_count(const char *text)
{
  guint64 n = 0;

  for (; g_ascii_isdigit(*text) || *text == ',' || *text == '.'; text++) {
    if (g_ascii_isdigit(*text) && n < G_MAXUINT32)
      n = 10 * n + (guint64) (*text - '0');
  }
  return n;
}

/* What the comments of a list's head say. */
static void
note_comment(LtListReport *report, const char *line)
{
  static const char *const titles[] = {"Title", NULL};
  static const char *const licences[] = {"License", "Licence", NULL};
  static const char *const dates[] = {
      "Last modified", "Last updated", "Last update", "Updated", "Date", "Version", NULL};
  static const char *const homes[] = {"Homepage", "Home page", "Project home page", NULL};
  static const char *const counts[] = {
      "Number of entries", "Number of unique domains", "Entries", NULL};

  if (strchr("#!;", *line) == NULL)
    return;
  line += strspn(line, "#!; \t");
  note(&report->title, line, titles);
  note(&report->licence, line, licences);
  note(&report->date, line, dates);
  note(&report->home, line, homes);
  for (guint i = 0; report->n_stated == 0 && counts[i] != NULL; i++) {
    const char *found = behind(line, counts[i]);

    report->n_stated = found != NULL ? read_count(found) : 0;
  }
}

static gboolean
cannot_read(const char *path, GError **error)
{
  g_set_error(
      error, LT_LIST_FILE_ERROR, LT_LIST_FILE_ERROR_UNREADABLE, "%s: %s", path, g_strerror(errno));
  return FALSE;
}

static gboolean
no_list(const char *path, const char *why, GError **error)
{
  g_set_error(error,
              LT_LIST_FILE_ERROR,
              LT_LIST_FILE_ERROR_NO_LIST,
              "%s: no list of sites: %s; nothing of it is used",
              path,
              why);
  return FALSE;
}

static void include(gpointer data, const char *name, const char *attribute);

static gboolean
read_lines(Reading *reading, const char *path, const char *attribute, GError **error)
{
  const LtListSink sink = {take_rule, take_skip, include, reading};
  g_autoptr(LtListReader) reader = NULL;
  FILE *file = fopen(path, "re");
  char *line = NULL;
  gsize n_line = 0;
  gssize len;
  gboolean is_done;

  if (file == NULL)
    return cannot_read(path, error);
  reader = lt_list_reader_new(reading->report->format, &sink, attribute);
  reading->n_line = 0;
  while (reading->error == NULL && (len = getline(&line, &n_line, file)) >= 0) {
    const guint64 number = ++reading->n_line;

    if (len > 0 && line[len - 1] == '\n')
      line[--len] = '\0';
    reading->line = line;
    if (number <= HEAD_LINES)
      note_comment(reading->report, line);
    lt_list_reader_line(reader, line, (gsize) len);
    reading->n_line = number; /* an include has counted its own */
  }
  is_done = ferror(file) == 0;
  if (!is_done)
    cannot_read(path, error);
  free(line);
  fclose(file);
  if (reading->error != NULL) {
    g_propagate_error(error, g_steal_pointer(&reading->error));
    return FALSE;
  }
  return is_done;
}

/* A name of another list in the same folder, never a path. */
static gboolean
is_list_name(const char *name)
{
  return *name != '\0' && *name != '.' &&
         name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_!.")] ==
             '\0';
}

static void
include(gpointer data, const char *name, const char *attribute)
{
  Reading *reading = data;
  g_autofree char *path = g_build_filename(reading->folder, name, NULL);
  const char *line = reading->line;
  GError *error = NULL;

  if (!is_list_name(name) || reading->open_names->len >= MAX_DEPTH ||
      g_ptr_array_find_with_equal_func(reading->open_names, name, g_str_equal, NULL)) {
    take_skip(reading, LT_LIST_SKIP_OPTION);
    return;
  }
  g_ptr_array_add(reading->open_names, g_strdup(name));
  if (!read_lines(reading, path, attribute, &error))
    reading->error = error;
  g_ptr_array_set_size(reading->open_names, (gint) reading->open_names->len - 1);
  reading->line = line;
}

/* Whether it is a list, and of which format. */
static gboolean
look_at_head(LtListReport *report, const char *path, GError **error)
{
  g_autofree char *head = g_malloc(HEAD_BYTES);
  FILE *file = fopen(path, "re");
  const char *why;
  gsize len;
  gboolean is_read;

  if (file == NULL)
    return cannot_read(path, error);
  len = fread(head, 1, HEAD_BYTES, file);
  is_read = ferror(file) == 0 || cannot_read(path, error);
  fclose(file);
  if (!is_read)
    return FALSE;
  why = lt_list_refuse(head, len);
  if (why == NULL && report->is_guessed) {
    report->format = lt_list_guess(head, len);
    why = report->format == LT_N_LIST_FORMATS ? "most of its lines are of no known format" : NULL;
  }
  return why == NULL || no_list(path, why, error);
}

/* A download that broke off, or a file that is something else after some good lines. */
static gboolean
check_report(const LtListReport *report, const char *path, GError **error)
{
  const guint64 n_bad =
      report->n_skipped[LT_LIST_SKIP_SYNTAX] + report->n_skipped[LT_LIST_SKIP_NAME];
  const guint64 n_all = report->n_rules + lt_list_report_n_skipped(report);
  g_autofree char *why = NULL;

  if (n_bad > report->n_rules) {
    why = g_strdup_printf("%" G_GUINT64_FORMAT " lines of %" G_GUINT64_FORMAT " are none of "
                          "format %s (the first: %s)",
                          n_bad,
                          n_all,
                          lt_list_format_name(report->format),
                          (const char *) g_ptr_array_index(report->samples, 0));
    return no_list(path, why, error);
  }
  if (n_all < report->n_stated / 10 * 9) {
    why = g_strdup_printf("cut short: its head tells of %" G_GUINT64_FORMAT
                          " entries, it has %" G_GUINT64_FORMAT,
                          report->n_stated,
                          n_all);
    return no_list(path, why, error);
  }
  return TRUE;
}

/* The other two files of a category: pages and expressions about pages. */
static void
count_pages(LtListReport *report, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  FILE *file = fopen(path, "re");
  char *line = NULL;
  gsize n = 0;

  if (file == NULL)
    return;
  while (getline(&line, &n, file) >= 0)
    report->n_skipped[LT_LIST_SKIP_URL]++;
  free(line);
  fclose(file);
}

static gboolean
read_file(Reading *reading, const char *path, GError **error)
{
  struct stat status;
  g_autofree char *inside = NULL;
  LtListReport *report = reading->report;
  gboolean is_folder;

  if (stat(path, &status) < 0)
    return cannot_read(path, error);
  is_folder = S_ISDIR(status.st_mode);
  if (is_folder && report->is_guessed)
    report->format = LT_LIST_UT1;
  if (is_folder)
    inside = g_build_filename(path, "domains", NULL);
  else
    inside = g_strdup(path);
  reading->folder = g_path_get_dirname(inside);
  if ((!is_folder && !look_at_head(report, inside, error)) ||
      !read_lines(reading, inside, NULL, error))
    return FALSE;
  if (is_folder) {
    count_pages(report, path, "urls");
    count_pages(report, path, "expressions");
  }
  return check_report(report, path, error);
}

LtListReport *
lt_list_file_read(
    const char *path, LtListFormat format, LtListFileRule rule, gpointer data, GError **error)
{
  g_autoptr(LtListReport) report = g_new0(LtListReport, 1);
  g_autoptr(GPtrArray) open_names = g_ptr_array_new_with_free_func(g_free);
  Reading reading = {.report = report, .rule = rule, .data = data, .open_names = open_names};
  gboolean is_read;

  report->format = format;
  report->is_guessed = format == LT_N_LIST_FORMATS;
  report->samples = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(open_names, g_path_get_basename(path));
  is_read = read_file(&reading, path, error);
  g_free(reading.folder);
  return is_read ? g_steal_pointer(&report) : NULL;
}
