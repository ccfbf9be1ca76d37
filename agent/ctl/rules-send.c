/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and replaces the household's rules over the bus. */
#include "agent/ctl/rules-send.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/variant-json.h"

#include <stdio.h>

char *
lt_rules_fetch(LtAgentClient *client, int *out_status)
{
  char *text = NULL;
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client, G_MAXUINT32, "GetRules", NULL, out_status);
  if (answer != NULL)
    g_variant_get(answer, "(s)", &text);
  return text;
}

int
lt_rules_send(LtAgentClient *client, const char *text, gboolean as_json)
{
  int status = LT_CTL_OK;
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client, G_MAXUINT32, "SetRules", g_variant_new("(s)", text), &status);
  if (answer == NULL)
    return status;
  g_autoptr(GVariant) warnings = g_variant_get_child_value(answer, 0);
  if (as_json) {
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "warnings", lt_variant_json(warnings));
    lt_variant_json_print(object);
    return LT_CTL_OK;
  }
  for (gsize i = 0; i < g_variant_n_children(warnings); i++) {
    g_autoptr(GVariant) warning = g_variant_get_child_value(warnings, i);
    fprintf(stderr, "%s (warning)\n", g_variant_get_string(warning, NULL));
  }
  return LT_CTL_OK;
}
