/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads policy files for commands that need no agent. */
#include "agent/ctl/policy-files.h"

#include "policy/json-reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

G_DEFINE_QUARK(lt_policy_files_error, lt_policy_files_error)

static gboolean
refuse(const char *file, int code, GError **error)
{
  g_set_error(error,
              LT_POLICY_FILES_ERROR,
              LT_POLICY_FILES_ERROR_UNREADABLE,
              "%s: %s",
              file,
              g_strerror(code));
  return FALSE;
}

/* One byte more than a policy may have is enough to refuse it. */
static gboolean
read_bytes(const char *file, char **out, gsize *out_len, GError **error)
{
  FILE *stream = fopen(file, "re");
  gsize size = LT_JSON_MAX_BYTES + 1;
  int code;

  if (stream == NULL)
    return refuse(file, errno, error);
  *out = g_malloc(size);
  errno = 0;
  *out_len = fread(*out, 1, size, stream);
  code = ferror(stream) ? errno : 0;
  fclose(stream);
  if (code == 0)
    return TRUE;
  g_clear_pointer(out, g_free);
  return refuse(file, code, error);
}

static LtPolicy *
read_policy(const char *file, LtLayer layer, GError **error)
{
  g_autofree char *json = NULL;
  gsize len;

  if (!read_bytes(file, &json, &len, error))
    return NULL;
  return lt_policy_parse(json, len, file, layer, error);
}

static const char *
split_argument(const char *argument, LtLayer *layer)
{
  static const struct {
    const char *prefix;
    LtLayer layer;
  } layers[] = {
      {"preset:", LT_LAYER_PRESET},
      {"site:", LT_LAYER_SITE},
      {"household:", LT_LAYER_HOUSEHOLD},
  };

  *layer = LT_LAYER_HOUSEHOLD;
  for (guint i = 0; i < G_N_ELEMENTS(layers); i++) {
    if (g_str_has_prefix(argument, layers[i].prefix)) {
      *layer = layers[i].layer;
      return argument + strlen(layers[i].prefix);
    }
  }
  return argument;
}

LtPolicy *
lt_policy_files_read(const char *argument, GError **error)
{
  LtLayer layer;
  const char *file = split_argument(argument, &layer);

  return read_policy(file, layer, error);
}

const char *
lt_policy_files_name(const char *argument)
{
  LtLayer layer;

  return split_argument(argument, &layer);
}

gboolean
lt_policy_files_add_presets(const char *dir, GPtrArray *documents, GError **error)
{
  const char *from_environment = g_getenv("LUYTRE_PRESETS");
  const char *path = dir != NULL                ? dir
                     : from_environment != NULL ? from_environment
                                                : LT_PRESETS_DIR;
  g_autoptr(GError) local_error = NULL;
  g_autoptr(GDir) folder = g_dir_open(path, 0, &local_error);
  const char *name;

  if (folder == NULL) {
    if (dir == NULL && g_error_matches(local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return TRUE;
    g_set_error_literal(
        error, LT_POLICY_FILES_ERROR, LT_POLICY_FILES_ERROR_UNREADABLE, local_error->message);
    return FALSE;
  }
  while ((name = g_dir_read_name(folder)) != NULL) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    LtPolicy *policy;

    if (!g_str_has_suffix(name, ".json"))
      continue;
    policy = read_policy(file, LT_LAYER_PRESET, error);
    if (policy == NULL)
      return FALSE;
    g_ptr_array_add(documents, policy);
  }
  return TRUE;
}
