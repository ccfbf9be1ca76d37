/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent's rules say of sites for a user, now. */
#include "agent/ctl/explain-agent.h"

#include "agent/ctl/agent-client.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/explained.h"

#include <stdio.h>

static void
print_decision(const char *user, GVariant *decision, gboolean as_json)
{
  LtExplained explained = {
      .user = user, .name = "", .action = "", .reason = "", .owner = "", .rule = ""};
  g_variant_lookup(decision, "name", "&s", &explained.name);
  g_variant_lookup(decision, "action", "&s", &explained.action);
  g_variant_lookup(decision, "reason", "&s", &explained.reason);
  g_variant_lookup(decision, "owner", "&s", &explained.owner);
  g_variant_lookup(decision, "rule", "&s", &explained.rule);
  g_variant_lookup(decision, "list", "&s", &explained.list);
  g_variant_lookup(decision, "until", "x", &explained.utc_until_s);
  g_autofree char *line =
      as_json ? lt_explained_to_json(&explained) : lt_explained_to_words(&explained);
  puts(line);
}

int
lt_explain_agent(const char *user, const char *const *names, gboolean as_json)
{
  guint32 uid = 0;
  int status = LT_CTL_ERROR;
  if (!lt_agent_client_find_uid(user, &uid))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  g_autoptr(GVariant) answer =
      client != NULL ? lt_agent_client_call(
                           client, uid, "Explain", g_variant_new("(^as)", (char **) names), &status)
                     : NULL;
  if (answer == NULL)
    return status;
  g_autoptr(GVariant) decisions = g_variant_get_child_value(answer, 0);
  for (gsize i = 0; i < g_variant_n_children(decisions); i++) {
    g_autoptr(GVariant) decision = g_variant_get_child_value(decisions, i);
    print_decision(user, decision, as_json);
  }
  return LT_CTL_OK;
}
