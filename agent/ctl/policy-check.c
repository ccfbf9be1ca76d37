/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl policy check: whether files are rules, and where not. */
#include "agent/ctl/commands.h"
#include "agent/ctl/policy-files.h"

#include "policy/rule-set.h"

#include <json_object.h>
#include <stdio.h>
#include <string.h>

/* What was found in one file. */
typedef struct {
  const char *file;
  char *error;         /* NULL: valid */
  gboolean unreadable; /* else invalid */
  GPtrArray *warnings; /* utf8 */
} Result;

typedef struct {
  char *presets;
  gboolean as_json;
} Options;

static void
result_free(gpointer data)
{
  Result *result = data;

  g_ptr_array_unref(result->warnings);
  g_free(result->error);
  g_free(result);
}

static void
add_warnings(Result *result, const char *const *warnings)
{
  for (; *warnings != NULL; warnings++)
    g_ptr_array_add(result->warnings, g_strdup(*warnings));
}

static Result *
check_file(const char *argument, GPtrArray *documents)
{
  g_autoptr(GError) error = NULL;
  Result *result = g_new0(Result, 1);
  LtPolicy *policy = lt_policy_files_read(argument, &error);

  result->file = lt_policy_files_name(argument);
  result->warnings = g_ptr_array_new_with_free_func(g_free);
  if (policy == NULL) {
    result->error = g_strdup(error->message);
    result->unreadable =
        g_error_matches(error, LT_POLICY_FILES_ERROR, LT_POLICY_FILES_ERROR_UNREADABLE);
    return result;
  }
  add_warnings(result, lt_policy_warnings(policy));
  g_ptr_array_add(documents, policy);
  return result;
}

/* What only shows between the files and the presets goes to the file that it begins with. */
static void
add_problems(GPtrArray *results, GPtrArray *documents)
{
  g_autoptr(LtRuleSet) rules =
      lt_rule_set_new((LtPolicy *const *) documents->pdata, documents->len, NULL, 0, NULL, 0);
  const char *const *problems = lt_rule_set_problems(rules);

  for (; *problems != NULL; problems++) {
    for (guint i = 0; i < results->len; i++) {
      Result *result = g_ptr_array_index(results, i);
      const char *const one[] = {*problems, NULL};
      gsize len = strlen(result->file);

      if (strncmp(*problems, result->file, len) == 0 && (*problems)[len] == ':') {
        add_warnings(result, one);
        break;
      }
    }
  }
}

static void
print_json(const Result *result)
{
  struct json_object *object = json_object_new_object();
  struct json_object *warnings = json_object_new_array();

  for (guint i = 0; i < result->warnings->len; i++)
    json_object_array_add(warnings, json_object_new_string(g_ptr_array_index(result->warnings, i)));
  json_object_object_add(object, "file", json_object_new_string(result->file));
  json_object_object_add(object, "valid", json_object_new_boolean(result->error == NULL));
  json_object_object_add(
      object, "error", result->error != NULL ? json_object_new_string(result->error) : NULL);
  json_object_object_add(object, "warnings", warnings);
  puts(json_object_to_json_string_ext(object,
                                      JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(object);
}

static void
print_words(const Result *result)
{
  if (result->error != NULL) {
    fprintf(stderr, "%s\n", result->error);
    return;
  }
  for (guint i = 0; i < result->warnings->len; i++)
    printf("%s (warning)\n", (const char *) g_ptr_array_index(result->warnings, i));
  printf("%s: valid\n", result->file);
}

static int
check_files(char **arguments, const Options *options)
{
  g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func(result_free);
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func((GDestroyNotify) lt_policy_unref);
  g_autoptr(GError) error = NULL;
  int status = LT_CTL_OK;

  if (!lt_policy_files_add_presets(options->presets, documents, &error)) {
    fprintf(stderr, "luytrectl policy check: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add(results, check_file(*arguments, documents));
  add_problems(results, documents);
  for (guint i = 0; i < results->len; i++) {
    const Result *result = g_ptr_array_index(results, i);

    if (options->as_json)
      print_json(result);
    else
      print_words(result);
    if (result->error != NULL)
      status = MAX(status, result->unreadable ? LT_CTL_ERROR : LT_CTL_NO);
  }
  return status;
}

static int
run_check(int argc, char **argv)
{
  Options options = {0};
  const GOptionEntry entries[] = {
      {"presets", 0, 0, G_OPTION_ARG_FILENAME, &options.presets, "Folder of the presets", "DIR"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options.as_json, "One JSON object a file", NULL},
      {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
  };
  g_autoptr(GOptionContext) context =
      g_option_context_new("FILE... - check whether files are rules");
  g_autoptr(GError) error = NULL;
  g_autofree char *presets = NULL;

  g_option_context_add_main_entries(context, entries, NULL);
  g_option_context_set_summary(
      context,
      "preset:FILE, site:FILE and household:FILE say whose rules they are (a household's).\n"
      "Exit status: 0 all are valid; 1 one is not; 2 wrong usage, or one cannot be read.");
  if (!g_option_context_parse(context, &argc, &argv, &error)) {
    fprintf(stderr, "luytrectl policy check: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  presets = options.presets;
  if (argc < 2) {
    fputs("luytrectl policy check: name one or more files; see --help\n", stderr);
    return LT_CTL_ERROR;
  }
  return check_files(argv + 1, &options);
}

int
lt_ctl_policy(int argc, char **argv)
{
  if (argc >= 2 && strcmp(argv[1], "check") == 0)
    return run_check(argc - 1, argv + 1);
  fputs("Usage: luytrectl policy check [--json] [--presets DIR] FILE...\n", stderr);
  return argc >= 2 && strcmp(argv[1], "--help") == 0 ? LT_CTL_OK : LT_CTL_ERROR;
}
