/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl rules explain: which layer and file set each setting of a child. */
#include "agent/ctl/rules-explain.h"

#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/offline-child.h"
#include "agent/ctl/variant-json.h"

#include "policy/origins.h"

#include <json_tokener.h>
#include <stdio.h>

typedef struct {
  char **policies;
  char *presets;
  gboolean as_json;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->presets);
  g_strfreev(options->policies);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void
add_text(struct json_object *object, const char *key, const char *text)
{
  json_object_object_add(object, key, text != NULL ? json_object_new_string(text) : NULL);
}

static void
print_json(const LtOrigin *origin)
{
  struct json_object *object = json_object_new_object();

  add_text(object, "setting", origin->setting);
  json_object_object_add(object, "value", json_tokener_parse(origin->value));
  add_text(object, "layer", lt_origin_layer_name(origin->layer));
  add_text(object, "file", origin->file);
  add_text(object, "profile", origin->profile);
  add_text(object, "locked-by", origin->locked_by);
  lt_variant_json_print(object);
}

static void
print_words(const LtOrigin *origin)
{
  printf("%s = %s (%s, %s, profile %s",
         origin->setting,
         origin->value,
         lt_origin_layer_name(origin->layer),
         origin->file,
         origin->profile);
  if (origin->locked_by != NULL)
    printf("; locked by %s", origin->locked_by);
  puts(")");
}

static int
explain(const Options *options, const char *user)
{
  g_autoptr(GError) error = NULL;
  LtAccount account = {.slot = 1, .user = user};
  g_autoptr(GPtrArray) groups = lt_offline_child_groups(user, &account.uid);
  g_autoptr(GPtrArray) origins = NULL;
  g_autoptr(GPtrArray) documents =
      lt_offline_child_documents((const char *const *) options->policies, options->presets, &error);

  if (documents == NULL) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  account.groups = (const char *const *) groups->pdata;
  origins = lt_origins_find((LtPolicy *const *) documents->pdata, documents->len, &account);
  if (origins == NULL) {
    fprintf(stderr, "luytrectl: no rules for %s: not a child in these files\n", user);
    return LT_CTL_NO;
  }
  for (guint i = 0; i < origins->len; i++) {
    if (options->as_json)
      print_json(g_ptr_array_index(origins, i));
    else
      print_words(g_ptr_array_index(origins, i));
  }
  return LT_CTL_OK;
}

int
lt_rules_explain(int argc, char **argv)
{
  g_auto(Options) options = {0};
  const GOptionEntry entries[] = {
      {"policy",
       0,
       0,
       G_OPTION_ARG_FILENAME_ARRAY,
       &options.policies,
       "Rules in this file",
       "FILE"},
      {"presets", 0, 0, G_OPTION_ARG_FILENAME, &options.presets, "Folder of the presets", "DIR"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options.as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};

  if (!lt_arguments_parse(&argc, &argv, entries, "USER - says who set each setting", 1, 1))
    return LT_CTL_ERROR;
  if (options.policies == NULL) {
    fputs("luytrectl rules explain: name the files of rules by --policy\n", stderr);
    return LT_CTL_ERROR;
  }
  return explain(&options, argv[1]);
}
