/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may call what: one table, and whatever is not in it is refused. */
#include "agent/bus/access.h"

#include <string.h>

#define AGENT LT_BUS_AGENT_INTERFACE
#define CHILD LT_BUS_CHILD_INTERFACE
#define READ_RULES "org.luytre.agent.read-rules"
#define CHANGE_RULES "org.luytre.agent.change-rules"
#define ANSWER "org.luytre.agent.answer"

static const LtAccessRule table[] = {
    {AGENT, "Version", LT_WHO_ANYONE, NULL},
    {AGENT, "Subscribe", LT_WHO_ANYONE, NULL},
    {AGENT, "ListChildren", LT_WHO_ANYONE, NULL},
    {AGENT, "GetRules", LT_WHO_PARENT, READ_RULES},
    {AGENT, "SetRules", LT_WHO_PARENT, CHANGE_RULES},
    {AGENT, "ListRequests", LT_WHO_CHILD_OR_PARENT, ANSWER},
    {AGENT, "ListGrants", LT_WHO_CHILD_OR_PARENT, ANSWER},
    {AGENT, "Grant", LT_WHO_PARENT, ANSWER},
    {AGENT, "Answer", LT_WHO_PARENT, ANSWER},
    {AGENT, "Revoke", LT_WHO_PARENT, ANSWER},
    {AGENT, "Review", LT_WHO_PARENT, ANSWER},
    {AGENT, "EndReview", LT_WHO_PARENT, ANSWER},
    {AGENT, "AcceptSuggestion", LT_WHO_PARENT, ANSWER},
    {AGENT, "Doctor", LT_WHO_PARENT, READ_RULES},
    {CHILD, "Uid", LT_WHO_CHILD_OR_ADMIN, NULL},
    {CHILD, "User", LT_WHO_CHILD_OR_ADMIN, NULL},
    {CHILD, "Profile", LT_WHO_CHILD_OR_ADMIN, NULL},
    {CHILD, "ReviewedUntil", LT_WHO_CHILD_OR_ADMIN, NULL},
    {CHILD, "Explain", LT_WHO_CHILD_OR_PARENT, READ_RULES},
    {CHILD, "Ask", LT_WHO_CHILD, NULL},
};

const LtAccessRule *
lt_access_table(gsize *out_n_rules)
{
  *out_n_rules = G_N_ELEMENTS(table);
  return table;
}

const LtAccessRule *
lt_access_find(const char *interface, const char *member)
{
  for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
    if (strcmp(table[i].interface, interface) == 0 && strcmp(table[i].member, member) == 0)
      return &table[i];
  return NULL;
}

/* Root can change the files themselves: a question would protect nothing, and would leave the
 * machine's administrator without a way when polkit is away. */
static LtAccess
decide_parent(const LtCaller *caller)
{
  if (caller->is_child)
    return LT_ACCESS_DENY;
  return caller->uid == 0 ? LT_ACCESS_ALLOW : LT_ACCESS_ASK_POLKIT;
}

LtAccess
lt_access_decide(const LtAccessRule *rule, const LtCaller *caller, guint32 object_uid)
{
  gboolean is_own =
      caller->is_child && (object_uid == LT_ACCESS_NO_CHILD || object_uid == caller->uid);
  switch (rule->who) {
  case LT_WHO_ANYONE:
    return LT_ACCESS_ALLOW;
  case LT_WHO_CHILD:
    return is_own ? LT_ACCESS_ALLOW : LT_ACCESS_DENY;
  case LT_WHO_CHILD_OR_ADMIN:
    return is_own || (caller->is_admin && !caller->is_child) ? LT_ACCESS_ALLOW : LT_ACCESS_DENY;
  case LT_WHO_CHILD_OR_PARENT:
    return is_own ? LT_ACCESS_ALLOW : decide_parent(caller);
  case LT_WHO_PARENT:
    return decide_parent(caller);
  }
  return LT_ACCESS_DENY;
}
