/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules in files say of sites for a user, without an agent. */
#include "agent/ctl/explain-offline.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/explained.h"
#include "agent/ctl/policy-files.h"
#include "agent/lookalike-file.h"

#include "policy/host.h"
#include "policy/rule-set.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

/* The kernel's own limit is 65536; nobody here is in so many. */
#define MAX_GROUPS 1024

/* Who is asked about: the only account of the rule set. */
#define SLOT 1

/* (element-type utf8): names of the groups of an account; none if it does not exist. */
static GPtrArray *
find_groups(const char *user, guint32 *uid)
{
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  const struct passwd *account = getpwnam(user);
  gid_t gids[MAX_GROUPS];
  int n = MAX_GROUPS;

  *uid = G_MAXUINT32;
  if (account != NULL) {
    *uid = account->pw_uid;
    if (getgrouplist(user, account->pw_gid, gids, &n) < 0)
      n = MAX_GROUPS;
    for (int i = 0; i < n; i++) {
      const struct group *group = getgrgid(gids[i]);

      if (group != NULL)
        g_ptr_array_add(names, g_strdup(group->gr_name));
    }
  }
  g_ptr_array_add(names, NULL);
  return names;
}

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
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func((GDestroyNotify) lt_policy_unref);

  if (!lt_policy_files_add_presets(files->presets_dir, documents, error))
    return NULL;
  for (const char *const *file = files->policies; *file != NULL; file++) {
    LtPolicy *policy = lt_policy_files_read(*file, error);

    if (policy == NULL)
      return NULL;
    g_ptr_array_add(documents, policy);
  }
  return lt_rule_set_new_with_lists(
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

  groups = find_groups(user, &account.uid);
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
