/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl rules preset: which presets there are, and gives a child one of them. */
#include "agent/ctl/rules-preset.h"

#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/policy-files.h"
#include "agent/ctl/rules-edit.h"
#include "agent/ctl/rules-send.h"

#include "policy/policy-parts.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* A preset as its document has it. */
typedef struct {
  const char *name; /* these are borrowed from the document */
  const char *note;
} Preset;

static gint
compare_presets(gconstpointer a, gconstpointer b)
{
  const Preset *preset_a = a;
  const Preset *preset_b = b;
  /* The youngest first: b3_5 comes before b12_14. */
  const gboolean is_short = strlen(preset_a->name) < strlen(preset_b->name);

  if (preset_a->name[0] == preset_b->name[0] && strlen(preset_a->name) != strlen(preset_b->name))
    return is_short ? -1 : 1;
  return strcmp(preset_a->name, preset_b->name);
}

/* What a person could choose: profiles that stand in the text of a document. */
static GArray *
find_presets(const GPtrArray *documents)
{
  GArray *presets = g_array_new(FALSE, FALSE, sizeof(Preset));

  for (guint i = 0; i < documents->len; i++) {
    const LtPolicy *policy = g_ptr_array_index(documents, i);
    const GPtrArray *profiles = lt_policy_profiles(policy);
    LtJsonAt at[4] = {lt_json_doc_root(lt_policy_doc(policy))};

    for (guint j = 0; j < profiles->len; j++) {
      const LtProfile *profile = g_ptr_array_index(profiles, j);
      Preset preset = {profile->name, ""};
      g_autoptr(GError) error = NULL;

      if (!lt_json_find_member(&at[0], "profiles", &at[1]) ||
          !lt_json_find_member(&at[1], profile->name, &at[2]))
        continue;
      if (lt_json_find_member(&at[2], "note", &at[3]) &&
          !lt_json_read_string(&at[3], &preset.note, &error))
        preset.note = "";
      g_array_append_val(presets, preset);
    }
  }
  g_array_sort(presets, compare_presets);
  return presets;
}

static int
list(const GArray *presets)
{
  for (guint i = 0; i < presets->len; i++) {
    const Preset *preset = &g_array_index(presets, Preset, i);

    printf("%-8s %s\n", preset->name, preset->note);
  }
  return LT_CTL_OK;
}

static gboolean
has_preset(const GArray *presets, const char *name)
{
  for (guint i = 0; i < presets->len; i++) {
    if (strcmp(g_array_index(presets, Preset, i).name, name) == 0)
      return TRUE;
  }
  fprintf(stderr,
          "luytrectl: \"%s\" is no preset; see \"luytrectl rules preset\" for what there is\n",
          name);
  return FALSE;
}

/* Changes the rules by what they say now; who changes them at the same moment is overwritten. */
static int
give(const char *user, const char *preset)
{
  int status = LT_CTL_OK;
  g_autoptr(GError) error = NULL;
  g_autofree char *own_profile = NULL;
  g_autofree char *former = NULL;
  g_autofree char *text = NULL;
  g_autoptr(LtAgentClient) client = NULL;

  client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  former = lt_rules_fetch(client, &status);
  if (former == NULL)
    return status;
  text = lt_rules_edit_set_preset(former, user, preset, &own_profile, &error);
  if (text == NULL) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_NO;
  }
  status = lt_rules_send(client, text, FALSE);
  if (status == LT_CTL_OK && own_profile != NULL)
    printf(
        "%s: %s; what profile \"%s\" says itself still comes first\n", user, preset, own_profile);
  else if (status == LT_CTL_OK)
    printf("%s: %s\n", user, preset);
  return status;
}

int
lt_rules_preset(int argc, char **argv)
{
  char *dir = NULL;
  const GOptionEntry entries[] = {
      {"presets", 0, 0, G_OPTION_ARG_FILENAME, &dir, "Folder of the presets", "DIR"},
      G_OPTION_ENTRY_NULL};
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func((GDestroyNotify) lt_policy_unref);
  g_autoptr(GArray) presets = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *own_dir = NULL;

  if (!lt_arguments_parse(
          &argc, &argv, entries, "[USER PRESET] - gives a child a preset; alone: lists them", 0, 2))
    return LT_CTL_ERROR;
  own_dir = dir;
  if (argc == 2) {
    fputs("luytrectl rules preset: name a user and a preset, or neither\n", stderr);
    return LT_CTL_ERROR;
  }
  if (!lt_policy_files_add_presets(own_dir, documents, &error)) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  presets = find_presets(documents);
  if (argc == 1)
    return list(presets);
  if (getpwnam(argv[1]) == NULL) {
    fprintf(stderr, "luytrectl: there is no user \"%s\"\n", argv[1]);
    return LT_CTL_ERROR;
  }
  return has_preset(presets, argv[2]) ? give(argv[1], argv[2]) : LT_CTL_ERROR;
}
