/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of every child at one moment; made by the loop, then only read, by any thread. */
#include "policy/rule-set.h"

#include "policy/encrypted-dns.h"
#include "policy/help-builtin.h"
#include "policy/host.h"
#include "policy/join.h"
#include "policy/policy-parts.h"
#include "policy/site-rules.h"

#include <string.h>

/* No further grant of the same name. */
#define NO_GRANT G_MAXUINT32

typedef struct {
  gint64 utc_from_s;
  gint64 utc_until_s;
  gboolean is_exact; /* a public suffix: not the names below it */
  guint32 next;      /* another grant of the same name, or NO_GRANT */
} Grant;

struct _LtChildRules {
  guint32 uid;
  guint16 slot;
  char *user;
  char *profile;
  const LtRuleSet *set;     /* which holds what children share */
  const LtSiteRules *sites; /* owned by @set */
  LtHostIndex *grant_names;
  GArray *first_grants; /* guint32 into @grants, by the number of the name */
  GArray *grants;       /* Grant */
};

struct _LtRuleSet {
  gatomicrefcount n_refs;
  LtJoin *join; /* keeps the documents, from which texts are borrowed */
  LtHostIndex *help;
  LtHidingSet *hiding;
  LtCategoryTable *categories;
  GHashTable *sites;   /* key of LtJoinedChild to LtSiteRules */
  GPtrArray *children; /* LtChildRules, in slot order */
  const LtChildRules *by_slot[LT_SLOT_MAX + 1];
  char **problems;
};

static void
child_free(gpointer data)
{
  LtChildRules *child = data;

  g_array_unref(child->grants);
  g_array_unref(child->first_grants);
  lt_host_index_free(child->grant_names);
  g_free(child->profile);
  g_free(child->user);
  g_free(child);
}

/* A top-level domain that the public suffix list does not know ("lan") has many owners too: nobody
 * who is asked for one machine means all of them. */
static gboolean
grants_only_itself(const char *host)
{
  return lt_host_is_public_suffix(host) || strchr(host, '.') == NULL;
}

static void
add_grant(LtChildRules *child, const LtGrant *grant)
{
  guint32 number = lt_host_index_add(child->grant_names, grant->host);
  guint32 index = child->grants->len;
  Grant own = {grant->utc_from_s, grant->utc_until_s, grants_only_itself(grant->host), NO_GRANT};

  if (number < child->first_grants->len) {
    own.next = g_array_index(child->first_grants, guint32, number);
    g_array_index(child->first_grants, guint32, number) = index;
  } else {
    g_array_append_val(child->first_grants, index);
  }
  g_array_append_val(child->grants, own);
}

static const LtSiteRules *
share_sites(LtRuleSet *set, const LtJoinedChild *joined)
{
  LtSiteRules *sites = g_hash_table_lookup(set->sites, joined->key);

  if (sites == NULL) {
    sites = lt_site_rules_new(joined->links, joined->is_broken);
    g_hash_table_insert(set->sites, g_strdup(joined->key), sites);
  }
  return sites;
}

static void
add_child(LtRuleSet *set, const LtAccount *account, const LtGrant *grants, gsize n_grants)
{
  g_auto(LtJoinedChild) joined = {0};
  LtChildRules *child;

  g_return_if_fail(account->slot >= 1 && account->slot <= LT_SLOT_MAX);
  g_return_if_fail(set->by_slot[account->slot] == NULL);
  if (!lt_join_find_child(set->join, account, &joined))
    return;

  child = g_new0(LtChildRules, 1);
  child->uid = account->uid;
  child->slot = account->slot;
  child->user = g_strdup(account->user);
  child->profile = g_strdup(joined.profile);
  child->set = set;
  child->sites = share_sites(set, &joined);
  child->grant_names = lt_host_index_new();
  child->first_grants = g_array_new(FALSE, FALSE, sizeof(guint32));
  child->grants = g_array_new(FALSE, FALSE, sizeof(Grant));
  for (gsize i = 0; i < n_grants; i++) {
    if (grants[i].uid == account->uid)
      add_grant(child, &grants[i]);
  }
  g_ptr_array_add(set->children, child);
  set->by_slot[account->slot] = child;
}

static LtHostIndex *
join_help(LtPolicy *const *documents, gsize n_documents)
{
  LtHostIndex *help = lt_host_index_new();

  for (gsize i = 0; i < n_documents; i++) {
    const GPtrArray *channels = lt_policy_help_channels(documents[i]);

    for (guint j = 0; j < channels->len; j++) {
      const LtHelpChannel *channel = g_ptr_array_index(channels, j);

      for (guint k = 0; k < channel->hosts->len; k++) {
        const LtSiteEntry *entry = g_ptr_array_index(channel->hosts, k);

        lt_host_index_add(help, entry->host);
      }
    }
  }
  for (guint i = 0; lt_host_index_size(help) == 0 || i > 0; i++) {
    if (lt_help_builtin_hosts[i] == NULL)
      break;
    lt_host_index_add(help, lt_help_builtin_hosts[i]);
  }
  return help;
}

static gint
compare_slots(gconstpointer a, gconstpointer b)
{
  const LtChildRules *child_a = *(const LtChildRules *const *) a;
  const LtChildRules *child_b = *(const LtChildRules *const *) b;

  return (gint) child_a->slot - (gint) child_b->slot;
}

LtRuleSet *
lt_rule_set_new(LtPolicy *const *documents,
                gsize n_documents,
                const LtAccount *accounts,
                gsize n_accounts,
                const LtGrant *grants,
                gsize n_grants)
{
  return lt_rule_set_new_with_sources(
      documents, n_documents, accounts, n_accounts, grants, n_grants, &(LtSiteSources){NULL, NULL});
}

LtRuleSet *
lt_rule_set_new_with_sources(LtPolicy *const *documents,
                             gsize n_documents,
                             const LtAccount *accounts,
                             gsize n_accounts,
                             const LtGrant *grants,
                             gsize n_grants,
                             const LtSiteSources *known)
{
  LtRuleSet *set = g_new0(LtRuleSet, 1);

  g_atomic_ref_count_init(&set->n_refs);
  set->join = lt_join_new(documents, n_documents);
  set->help = join_help(documents, n_documents);
  set->hiding = lt_hiding_set_new();
  set->categories = lt_category_table_new(documents, n_documents, known);
  set->sites =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) lt_site_rules_free);
  set->children = g_ptr_array_new_with_free_func(child_free);
  for (gsize i = 0; i < n_accounts; i++)
    add_child(set, &accounts[i], grants, n_grants);
  g_ptr_array_sort(set->children, compare_slots);
  set->problems = lt_join_problems(set->join, set->help);
  return set;
}

LtRuleSet *
lt_rule_set_ref(LtRuleSet *rules)
{
  g_atomic_ref_count_inc(&rules->n_refs);
  return rules;
}

void
lt_rule_set_unref(LtRuleSet *rules)
{
  if (rules == NULL || !g_atomic_ref_count_dec(&rules->n_refs))
    return;
  g_strfreev(rules->problems);
  g_ptr_array_unref(rules->children);
  g_hash_table_unref(rules->sites);
  lt_category_table_free(rules->categories);
  lt_hiding_set_free(rules->hiding);
  lt_host_index_free(rules->help);
  lt_join_free(rules->join);
  g_free(rules);
}

const char *const *
lt_rule_set_problems(const LtRuleSet *rules)
{
  return (const char *const *) rules->problems;
}

gboolean
lt_rule_set_has_rules(const LtRuleSet *rules)
{
  return lt_join_has_rules(rules->join);
}

gsize
lt_rule_set_n_children(const LtRuleSet *rules)
{
  return rules->children->len;
}

const LtChildRules *
lt_rule_set_child(const LtRuleSet *rules, gsize index)
{
  g_return_val_if_fail(index < rules->children->len, NULL);

  return g_ptr_array_index(rules->children, index);
}

const LtChildRules *
lt_rule_set_find_slot(const LtRuleSet *rules, guint16 slot)
{
  return slot <= LT_SLOT_MAX ? rules->by_slot[slot] : NULL;
}

const LtChildRules *
lt_rule_set_find_uid(const LtRuleSet *rules, guint32 uid)
{
  for (guint i = 0; i < rules->children->len; i++) {
    const LtChildRules *child = g_ptr_array_index(rules->children, i);

    if (child->uid == uid)
      return child;
  }
  return NULL;
}

guint32
lt_child_rules_uid(const LtChildRules *child)
{
  return child->uid;
}

guint16
lt_child_rules_slot(const LtChildRules *child)
{
  return child->slot;
}

const char *
lt_child_rules_user(const LtChildRules *child)
{
  return child->user;
}

const char *
lt_child_rules_profile(const LtChildRules *child)
{
  return child->profile;
}

static LtDecision
block(LtReason reason)
{
  return (LtDecision){.action = LT_ACTION_BLOCK,
                      .reason = reason,
                      .owner = LT_OWNER_DEFAULT,
                      .rule = lt_reason_to_string(reason)};
}

static LtDecision
allow_help(const char *host)
{
  return (LtDecision){
      .action = LT_ACTION_ALLOW, .reason = LT_REASON_HELP, .owner = LT_OWNER_HELP, .rule = host};
}

static LtDecision
decide_without_rules(const char *host)
{
  for (const char *const *help = lt_help_builtin_hosts; *help != NULL; help++) {
    if (lt_host_is_within(host, *help))
      return allow_help(*help);
  }
  return block(LT_REASON_NO_RULES);
}

static const char *
find_help(const LtHostIndex *help, const LtHostWalk *walk)
{
  for (guint suffix = 0; suffix < walk->n; suffix++) {
    guint32 number = lt_host_index_find(help, walk, suffix);

    if (number != LT_HOST_INDEX_NONE)
      return lt_host_index_name(help, number);
  }
  return NULL;
}

/* Of all grants that are running for one of the walk's first @n_suffixes, the one that ends last.
 */
static gboolean
find_grant(const LtChildRules *child,
           const LtHostWalk *walk,
           guint n_suffixes,
           gint64 utc_now_s,
           LtDecision *out)
{
  gboolean found = FALSE;

  for (guint suffix = 0; suffix < n_suffixes && child->grants->len > 0; suffix++) {
    guint32 number = lt_host_index_find(child->grant_names, walk, suffix);
    guint32 i = number == LT_HOST_INDEX_NONE ? NO_GRANT
                                             : g_array_index(child->first_grants, guint32, number);

    for (; i != NO_GRANT; i = g_array_index(child->grants, Grant, i).next) {
      const Grant *grant = &g_array_index(child->grants, Grant, i);

      if (utc_now_s < grant->utc_from_s || utc_now_s >= grant->utc_until_s ||
          (grant->is_exact && suffix > 0) || (found && grant->utc_until_s <= out->utc_until_s))
        continue;
      *out = (LtDecision){.action = LT_ACTION_ALLOW,
                          .reason = LT_REASON_GRANT,
                          .owner = LT_OWNER_GRANT,
                          .rule = lt_host_index_name(child->grant_names, number),
                          .utc_until_s = grant->utc_until_s};
      found = TRUE;
    }
  }
  return found;
}

LtDecision
lt_child_rules_decide_site(const LtChildRules *child, const char *host, gint64 utc_now_s)
{
  LtHostWalk walk;
  LtDecision floor;
  LtDecision grant;
  LtDecision decision;
  LtHiding hiding;
  const char *help;

  if (host == NULL || !lt_host_walk_init(&walk, host))
    return block(LT_REASON_BAD_NAME);
  if (child == NULL)
    return decide_without_rules(host);
  help = find_help(child->set->help, &walk);
  if (help != NULL)
    return allow_help(help);

  gboolean is_hiding = lt_hiding_set_find(child->set->hiding, &walk, &hiding);
  guint n_suffixes = is_hiding ? hiding.suffix + 1 : walk.n;
  decision = lt_site_rules_decide(
      child->sites, child->set->categories, &walk, is_hiding ? &hiding : NULL, &floor);
  if (floor.action != LT_ACTION_BLOCK && find_grant(child, &walk, n_suffixes, utc_now_s, &grant))
    return grant;
  if (walk.is_address && decision.reason == LT_REASON_DEFAULT)
    return lt_child_rules_decide_nameless(child, LT_REASON_ADDRESS);
  return decision;
}

LtDecision
lt_child_rules_decide_nameless(const LtChildRules *child, LtReason reason)
{
  LtDecision decision = block(reason);

  if (child == NULL)
    return block(LT_REASON_NO_RULES);
  LtSetting setting;
  if (reason == LT_REASON_ADDRESS || reason == LT_REASON_NO_NAME ||
      reason == LT_REASON_UNKNOWN_PROTOCOL) {
    setting = LT_SETTING_UNKNOWN_PROTOCOLS;
    decision.rule = "unknown-protocols";
  } else if (reason == LT_REASON_VPN || reason == LT_REASON_PROXY) {
    setting = LT_SETTING_VPN;
    decision.rule = "vpn";
  } else if (reason == LT_REASON_OTHER_ADDRESS) {
    (void) lt_site_rules_scalar(child->sites, LT_SETTING_NAME_BINDING, &decision.owner);
    decision.rule = "name-binding";
    return decision;
  } else {
    return decision;
  }
  decision.action = (LtAction) lt_site_rules_scalar(child->sites, setting, &decision.owner);
  return decision;
}

gboolean
lt_child_rules_safe_search(const LtChildRules *child)
{
  LtOwner owner;

  return lt_site_rules_scalar(child->sites, LT_SETTING_SAFE_SEARCH, &owner) != 0;
}

LtYoutube
lt_child_rules_youtube(const LtChildRules *child)
{
  LtOwner owner;

  return (LtYoutube) lt_site_rules_scalar(child->sites, LT_SETTING_YOUTUBE, &owner);
}

LtNameBinding
lt_child_rules_name_binding(const LtChildRules *child)
{
  LtOwner owner;

  return (LtNameBinding) lt_site_rules_scalar(child->sites, LT_SETTING_NAME_BINDING, &owner);
}

LtAction
lt_child_rules_vpn(const LtChildRules *child)
{
  LtOwner owner;

  return (LtAction) lt_site_rules_scalar(child->sites, LT_SETTING_VPN, &owner);
}

gint64
lt_rule_set_next_change_s(const LtRuleSet *rules, gint64 utc_now_s)
{
  gint64 next_s = G_MAXINT64;

  for (guint i = 0; i < rules->children->len; i++) {
    const LtChildRules *child = g_ptr_array_index(rules->children, i);

    for (guint j = 0; j < child->grants->len; j++) {
      const Grant *grant = &g_array_index(child->grants, Grant, j);

      if (grant->utc_from_s > utc_now_s)
        next_s = MIN(next_s, grant->utc_from_s);
      if (grant->utc_until_s > utc_now_s)
        next_s = MIN(next_s, grant->utc_until_s);
    }
  }
  return next_s;
}
