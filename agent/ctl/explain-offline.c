/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules in files say of sites for a user, without an agent. */
#include "agent/ctl/explain-offline.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/explained.h"
#include "agent/ctl/offline-child.h"
#include "agent/lookalike-file.h"

#include "policy/host.h"
#include "policy/rule-set.h"

#include <stdio.h>

/* Who is asked about: the only account of the rule set. */
#define SLOT 1

static void
print_lines(const char *const *lines)
{
  for (; *lines != NULL; lines++)
    fprintf(stderr, "luytrectl: %s\n", *lines);
}

static LtRuleSet *
read_rules(const LtExplainFiles *files, const LtAccount *account, GError **error)
{
  g_autoptr(LtLookalikeFile) lookalikes =
      lt_lookalike_file_new(files->lookalikes != NULL ? files->lookalikes : LT_LOOKALIKES_FILE);
  const LtSiteSources known = {NULL, lt_lookalike_file_in_force(lookalikes)};
  g_autoptr(GPtrArray) documents =
      lt_offline_child_documents(files->policies, files->presets_dir, error);

  if (documents == NULL)
    return NULL;
  return lt_rule_set_new_with_sources(
      (LtPolicy *const *) documents->pdata, documents->len, account, 1, NULL, 0, &known);
}

static void
explain(const LtChildRules *child, const char *name, gint64 utc_at_s, gboolean as_json)
{
  g_autofree char *line = NULL;
  LtExplained explained;
  LtDecision decision;
  LtHost host;

  if (lt_host_from_text(name, &host) == LT_HOST_BAD)
    decision = lt_child_rules_decide_nameless(child, LT_REASON_BAD_NAME);
  else
    decision = lt_child_rules_decide_site(child, host.name, utc_at_s);
  explained = (LtExplained){
      .user = lt_child_rules_user(child),
      .name = name,
      .action = lt_action_to_string(decision.action),
      .reason = lt_reason_to_string(decision.reason),
      .owner = lt_owner_to_string(decision.owner),
      .rule = decision.rule,
      .list = decision.list,
      .utc_until_s = decision.utc_until_s,
  };
  line = as_json ? lt_explained_to_json(&explained) : lt_explained_to_words(&explained);
  puts(line);
}

int
lt_explain_offline(const LtExplainFiles *files,
                   const char *user,
                   const char *const *names,
                   gint64 utc_at_s,
                   gboolean as_json)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) groups = NULL;
  g_autoptr(LtRuleSet) rules = NULL;
  const LtChildRules *child;
  LtAccount account = {.slot = SLOT, .user = user};

  groups = lt_offline_child_groups(user, &account.uid);
  account.groups = (const char *const *) groups->pdata;
  rules = read_rules(files, &account, &error);
  if (rules == NULL) {
    fprintf(stderr, "luytrectl: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  print_lines(lt_rule_set_problems(rules));
  child = lt_rule_set_find_slot(rules, SLOT);
  if (child == NULL) {
    fprintf(stderr, "luytrectl: no rules for %s: not a child in these files\n", user);
    return LT_CTL_NO;
  }
  for (; *names != NULL; names++)
    explain(child, *names, utc_at_s, as_json);
  return LT_CTL_OK;
}
