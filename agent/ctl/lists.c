/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl lists: compile, look up, describe and try block lists. */
#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/list-match.h"
#include "agent/store/list-compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One argument of compile, taken apart. */
typedef struct {
  char *text;
  LtListSource source;
} Argument;

static void
argument_free(gpointer data)
{
  Argument *argument = data;

  g_free(argument->text);
  g_free(argument);
}

static gboolean
wrong(const char *command, const char *what, const char *problem)
{
  fprintf(stderr, "luytrectl lists %s: %s: %s\n", command, what, problem);
  return FALSE;
}

static gboolean
read_format(const char *command, const char *name, LtListFormat *out)
{
  *out = lt_list_format_find(name);
  return *out < LT_N_LIST_FORMATS ||
         wrong(command,
               name,
               "no such format; there are hosts, domains, adblock, rpz, dnsmasq, unbound, ut1 and "
               "v2fly");
}

/* CATEGORY[:FORMAT]=PATH */
static Argument *
read_argument(const char *text)
{
  Argument *argument = g_new0(Argument, 1);
  char *equals;
  char *colon;

  argument->text = g_strdup(text);
  argument->source.format = LT_N_LIST_FORMATS;
  equals = strchr(argument->text, '=');
  if (equals == NULL || equals[1] == '\0') {
    wrong("compile", text, "not of the form CATEGORY[:FORMAT]=PATH");
    argument_free(argument);
    return NULL;
  }
  *equals = '\0';
  argument->source.path = equals + 1;
  colon = strchr(argument->text, ':');
  if (colon != NULL) {
    *colon = '\0';
    if (!read_format("compile", colon + 1, &argument->source.format)) {
      argument_free(argument);
      return NULL;
    }
  }
  argument->source.category = lt_category_find(argument->text);
  if (argument->source.category == LT_N_CATEGORIES) {
    g_autofree char *all = g_strjoinv(", ", (char **) lt_category_ids());
    g_autofree char *problem = g_strdup_printf("no such category; there are %s", all);

    wrong("compile", argument->text, problem);
    argument_free(argument);
    return NULL;
  }
  return argument;
}

static void
print_report(const LtListSource *source, const LtListReport *report)
{
  guint64 n_skipped = lt_list_report_n_skipped(report);

  printf("%s: %s, %s%s, %" G_GUINT64_FORMAT " rules\n",
         source->path,
         lt_category_ids()[source->category],
         lt_list_format_name(report->format),
         report->is_guessed ? " (guessed)" : "",
         report->n_rules);
  for (guint i = 0; i < LT_N_LIST_SKIPS; i++) {
    if (report->n_skipped[i] > 0)
      printf("  skipped %" G_GUINT64_FORMAT ": %s\n",
             report->n_skipped[i],
             lt_list_skip_words((LtListSkip) i));
  }
  for (guint i = 0; i < report->samples->len; i++)
    printf("  line %s\n", (const char *) g_ptr_array_index(report->samples, i));
  if (n_skipped > report->samples->len && report->samples->len > 0)
    printf("  and %" G_GUINT64_FORMAT " more\n", n_skipped - report->samples->len);
}

static GBytes *
compile_all(const GPtrArray *arguments, GError **error)
{
  g_autoptr(LtListCompile) compile = lt_list_compile_new(error);

  if (compile == NULL)
    return NULL;
  for (guint i = 0; i < arguments->len; i++) {
    const Argument *argument = g_ptr_array_index(arguments, i);
    g_autoptr(LtListReport) report = lt_list_compile_add(compile, &argument->source, error);

    if (report == NULL)
      return NULL;
    print_report(&argument->source, report);
  }
  return lt_list_compile_finish(compile, time(NULL), error);
}

static gboolean
read_arguments(char **texts, GPtrArray *arguments)
{
  for (; *texts != NULL; texts++) {
    Argument *argument = read_argument(*texts);

    if (argument == NULL)
      return FALSE;
    g_ptr_array_add(arguments, argument);
  }
  return TRUE;
}

static int
fail(const char *command, const GError *error)
{
  fprintf(stderr, "luytrectl lists %s: %s\n", command, error->message);
  return LT_CTL_ERROR;
}

static int
run_compile(int argc, char **argv)
{
  g_autofree char *out = NULL;
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &out, "Where the set is written", "OUT"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(argument_free);
  g_autoptr(GBytes) set = NULL;
  g_autoptr(GError) error = NULL;

  if (!lt_arguments_parse(
          &argc, &argv, entries, "CATEGORY[:FORMAT]=PATH... - makes a set of lists", 1, G_MAXINT))
    return LT_CTL_ERROR;
  if (out == NULL) {
    wrong("compile", "-o", "name the file that is to be written");
    return LT_CTL_ERROR;
  }
  if (!read_arguments(argv + 1, arguments))
    return LT_CTL_ERROR;
  set = compile_all(arguments, &error);
  if (set == NULL || !lt_list_compile_write(set, out, &error))
    return fail("compile", error);
  printf("%s: %" G_GSIZE_FORMAT " bytes\n", out, g_bytes_get_size(set));
  return LT_CTL_OK;
}

static LtHostSet *
open_set(const char *path, GError **error)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
  g_autoptr(GBytes) bytes = NULL;
  LtHostSet *set;

  if (file == NULL)
    return NULL;
  bytes = g_mapped_file_get_bytes(file);
  set = lt_host_set_new(bytes, error);
  if (set == NULL)
    g_prefix_error(error, "%s: ", path);
  return set;
}

static gboolean
read_host(const char *text, LtHost *out)
{
  return lt_host_from_text(text, out) != LT_HOST_BAD;
}

static void
print_categories(const char *name, guint64 categories)
{
  printf("%s\t", name);
  if (categories == 0)
    putchar('-');
  for (gboolean is_first = TRUE; categories != 0; categories &= categories - 1, is_first = FALSE)
    printf("%s%s", is_first ? "" : ",", lt_category_ids()[__builtin_ctzll(categories)]);
  putchar('\n');
}

/* What is no name is in no list, and said to be none. */
static int
look_up(const LtHostSet *set, const char *name)
{
  LtHost host;
  LtHostWalk walk;

  if (!read_host(name, &host) || !lt_host_walk_init(&walk, host.name)) {
    wrong("lookup", name, "no host name");
    print_categories(name, 0);
    return LT_CTL_NO;
  }
  print_categories(name, lt_host_set_find(set, &walk));
  return LT_CTL_OK;
}

static int
look_up_lines(const LtHostSet *set)
{
  char *line = NULL;
  gsize n = 0;
  gssize len;
  int status = LT_CTL_OK;

  while ((len = getline(&line, &n, stdin)) >= 0) {
    g_strchomp(line);
    if (*line != '\0' && look_up(set, line) != LT_CTL_OK)
      status = LT_CTL_NO;
  }
  free(line);
  return status;
}

static int
run_lookup(int argc, char **argv)
{
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  g_autoptr(LtHostSet) set = NULL;
  g_autoptr(GError) error = NULL;
  int status = LT_CTL_OK;

  if (!lt_arguments_parse(&argc,
                          &argv,
                          entries,
                          "SET NAME...|- - tells the categories of names; - reads them from "
                          "standard input",
                          2,
                          G_MAXINT))
    return LT_CTL_ERROR;
  set = open_set(argv[1], &error);
  if (set == NULL)
    return fail("lookup", error);
  for (int i = 2; i < argc; i++) {
    int one = strcmp(argv[i], "-") == 0 ? look_up_lines(set) : look_up(set, argv[i]);

    status = MAX(status, one);
  }
  return status;
}

static void
print_list(const LtHostSetList *list)
{
  printf("%s\t%s\t%s\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\t%s\t%s\t%s\n",
         lt_category_ids()[list->category],
         list->name,
         list->format,
         list->n_rules,
         list->n_skipped,
         *list->date != '\0' ? list->date : "-",
         *list->licence != '\0' ? list->licence : "-",
         *list->source != '\0' ? list->source : "-");
}

static void
print_set(const LtHostSet *set)
{
  const GPtrArray *lists = lt_host_set_lists(set);
  g_autoptr(GDateTime) made = g_date_time_new_from_unix_utc(lt_host_set_utc_made_s(set));
  g_autofree char *when = made != NULL ? g_date_time_format_iso8601(made) : g_strdup("-");
  const guint64 n_names = lt_host_set_n_names(set);
  const guint64 n_bytes = lt_host_set_n_bytes(set);

  printf("made %s\n", when);
  printf("%" G_GUINT64_FORMAT " names, %u patterns, %" G_GUINT64_FORMAT " bytes",
         n_names,
         lt_host_set_n_patterns(set),
         n_bytes);
  if (n_names > 0)
    printf(", %.2f a name", (double) n_bytes / (double) n_names);
  printf("\na name that is in no list is taken for a listed one with a chance of %.1e (4 labels), "
         "%.1e (16 labels)\n",
         lt_host_set_false_match(set, 4),
         lt_host_set_false_match(set, 16));
  puts("\ncategory\tlist\tformat\trules\tskipped\tdate\tlicence\tsource");
  for (guint i = 0; i < lists->len; i++)
    print_list(g_ptr_array_index(lists, i));
}

static int
run_info(int argc, char **argv)
{
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  g_autoptr(LtHostSet) set = NULL;
  g_autoptr(GError) error = NULL;

  if (!lt_arguments_parse(
          &argc, &argv, entries, "SET - tells what is in a set, and checks it", 1, 1))
    return LT_CTL_ERROR;
  set = open_set(argv[1], &error);
  if (set == NULL)
    return fail("info", error);
  print_set(set);
  if (!lt_host_set_verify(set, &error))
    return fail("info", error);
  return LT_CTL_OK;
}

static const char *
verdict_word(LtHostSetVerdict verdict)
{
  switch (verdict) {
  case LT_HOST_SET_NONE:
    return "none";
  case LT_HOST_SET_LISTED:
    return "block";
  case LT_HOST_SET_EXCEPTED:
    return "allow";
  }
  g_return_val_if_reached("none");
}

static void
print_match(const char *name, const LtListMatch *match)
{
  if (match->line == 0)
    printf("%s\t%s\t-\n", name, verdict_word(match->verdict));
  else
    printf("%s\t%s\t%" G_GUINT64_FORMAT ": %s\n",
           name,
           verdict_word(match->verdict),
           match->line,
           g_strstrip(match->text));
}

static int
match_names(const char *path, LtListFormat format, char **names, gsize n)
{
  g_autofree LtHost *hosts = g_new0(LtHost, n);
  g_autofree LtListMatch *matches = g_new0(LtListMatch, n);
  g_autoptr(GError) error = NULL;
  int status = LT_CTL_OK;

  for (gsize i = 0; i < n; i++) {
    if (!read_host(names[i], &hosts[i])) {
      wrong("match", names[i], "no host name");
      return LT_CTL_ERROR;
    }
  }
  if (!lt_list_match(path, format, hosts, n, matches, &error))
    status = fail("match", error);
  for (gsize i = 0; i < n; i++) {
    if (status == LT_CTL_OK)
      print_match(names[i], &matches[i]);
    g_free(matches[i].text);
  }
  return status;
}

static int
run_match(int argc, char **argv)
{
  g_autofree char *name = NULL;
  const GOptionEntry entries[] = {
      {"format", 'f', 0, G_OPTION_ARG_STRING, &name, "Instead of a guess", "FORMAT"},
      G_OPTION_ENTRY_NULL,
  };
  LtListFormat format = LT_N_LIST_FORMATS;

  if (!lt_arguments_parse(&argc,
                          &argv,
                          entries,
                          "FILE NAME... - tells what one list says of names, and in which line",
                          2,
                          G_MAXINT))
    return LT_CTL_ERROR;
  if (name != NULL && !read_format("match", name, &format))
    return LT_CTL_ERROR;
  return match_names(argv[1], format, argv + 2, (gsize) argc - 2);
}

int
lt_ctl_lists(int argc, char **argv)
{
  static const struct {
    const char *name;
    LtCtlFunction run;
  } commands[] = {
      {"compile", run_compile},
      {"lookup", run_lookup},
      {"info", run_info},
      {"match", run_match},
  };

  for (guint i = 0; argc >= 2 && i < G_N_ELEMENTS(commands); i++) {
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  }
  fputs("Usage: luytrectl lists compile -o OUT CATEGORY[:FORMAT]=PATH...\n"
        "       luytrectl lists lookup SET NAME...|-\n"
        "       luytrectl lists info SET\n"
        "       luytrectl lists match [--format FORMAT] FILE NAME...\n",
        argc >= 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
  return argc >= 2 && strcmp(argv[1], "--help") == 0 ? LT_CTL_OK : LT_CTL_ERROR;
}
