/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl status, children and doctor: what the agent is, whom it looks after, how it does. */
#include "agent/ctl/agent-client.h"
#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/variant-json.h"
#include "agent/kernel-features.h"

#include <stdio.h>
#include <string.h>

static struct json_object *
child_to_json(GVariant *child)
{
  guint32 uid = 0;
  const char *user = NULL, *profile = NULL, *path = NULL;
  struct json_object *object = json_object_new_object();
  g_variant_get(child, "(u&s&s&o)", &uid, &user, &profile, &path);
  json_object_object_add(object, "uid", json_object_new_int64(uid));
  json_object_object_add(object, "user", json_object_new_string(user));
  json_object_object_add(object, "profile", json_object_new_string(profile));
  json_object_object_add(object, "path", json_object_new_string(path));
  return object;
}

static void
print_child(GVariant *child)
{
  guint32 uid = 0;
  const char *user = NULL, *profile = NULL;
  g_variant_get(child, "(u&s&s&o)", &uid, &user, &profile, NULL);
  printf("%-10u  %-16s  %s\n", uid, user, profile);
}

/* (transfer full): the array, or NULL with @out_status set. */
static GVariant *
get_children(LtAgentClient *client, int *out_status)
{
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client, G_MAXUINT32, "ListChildren", NULL, out_status);
  return answer != NULL ? g_variant_get_child_value(answer, 0) : NULL;
}

static void
print_status_json(const char *version, GVariant *children)
{
  struct json_object *object = json_object_new_object();
  struct json_object *list = json_object_new_array();
  for (gsize i = 0; i < g_variant_n_children(children); i++) {
    g_autoptr(GVariant) child = g_variant_get_child_value(children, i);
    json_object_array_add(list, child_to_json(child));
  }
  json_object_object_add(object, "agent", json_object_new_string(version));
  json_object_object_add(object, "children", list);
  lt_variant_json_print(object);
}

int
lt_ctl_status(int argc, char **argv)
{
  gboolean as_json = FALSE;
  int status = LT_CTL_OK;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object", NULL}, G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "- shows whether the agent runs", 0, 0))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  g_autofree char *version = lt_agent_client_version(client, &status);
  g_autoptr(GVariant) children = version != NULL ? get_children(client, &status) : NULL;
  if (children == NULL)
    return status;
  if (as_json) {
    print_status_json(version, children);
    return LT_CTL_OK;
  }
  gsize n_children = g_variant_n_children(children);
  printf("luytred %s runs; you see %" G_GSIZE_FORMAT " %s.\n",
         version,
         n_children,
         n_children == 1 ? "child" : "children");
  return LT_CTL_OK;
}

int
lt_ctl_children(int argc, char **argv)
{
  gboolean as_json = FALSE;
  int status = LT_CTL_OK;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "- lists the children that you may see", 0, 0))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  g_autoptr(GVariant) children = client != NULL ? get_children(client, &status) : NULL;
  if (children == NULL)
    return client != NULL ? status : LT_CTL_ERROR;
  if (!as_json)
    printf("%-10s  %-16s  %s\n", "UID", "USER", "PROFILE");
  for (gsize i = 0; i < g_variant_n_children(children); i++) {
    g_autoptr(GVariant) child = g_variant_get_child_value(children, i);
    if (as_json)
      lt_variant_json_print(child_to_json(child));
    else
      print_child(child);
  }
  return LT_CTL_OK;
}

static void
print_check(const char *name, const char *state, const char *words, gboolean as_json)
{
  if (!as_json) {
    printf("%-6s  %-20s  %s\n", state, name, words);
    return;
  }
  struct json_object *object = json_object_new_object();
  json_object_object_add(object, "check", json_object_new_string(name));
  json_object_object_add(object, "state", json_object_new_string(state));
  json_object_object_add(object, "words", json_object_new_string(words));
  lt_variant_json_print(object);
}

/* LT_CTL_NO when something is broken. */
static int
print_checks(GVariant *checks, gboolean as_json)
{
  int status = LT_CTL_OK;
  for (gsize i = 0; i < g_variant_n_children(checks); i++) {
    const char *name = NULL, *state = NULL, *words = NULL;
    g_autoptr(GVariant) check = g_variant_get_child_value(checks, i);
    g_variant_get(check, "(&s&s&s)", &name, &state, &words);
    print_check(name, state, words, as_json);
    if (strcmp(state, "broken") == 0)
      status = LT_CTL_NO;
  }
  return status;
}

/* What can be seen without the agent. */
static void
print_own_checks(gboolean as_json)
{
  g_autoptr(GPtrArray) checks = lt_checks_new();
  lt_checks_add(checks, "agent", "broken", "it cannot be asked: what follows is seen without it");
  lt_kernel_features_check(checks);
  for (guint i = 0; i < checks->len; i++) {
    const LtCheck *check = checks->pdata[i];
    print_check(check->name, check->state, check->words, as_json);
  }
}

int
lt_ctl_doctor(int argc, char **argv)
{
  gboolean as_json = FALSE;
  int status = LT_CTL_ERROR;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc,
                          &argv,
                          entries,
                          "- says how the agent and this machine do; 1: something is broken",
                          0,
                          0))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  g_autoptr(GVariant) answer =
      client != NULL ? lt_agent_client_call(client, G_MAXUINT32, "Doctor", NULL, &status) : NULL;
  if (answer != NULL) {
    g_autoptr(GVariant) checks = g_variant_get_child_value(answer, 0);
    return print_checks(checks, as_json);
  }
  if (status == LT_CTL_ERROR)
    print_own_checks(as_json);
  return status;
}
