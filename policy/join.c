/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins documents: layers beat those below them, and in one layer the later file name wins. */
#include "policy/join.h"

#include <string.h>

/* Nobody reads more, and each is looked for in its text. */
#define MAX_PROBLEMS 50

struct _LtJoin {
  GPtrArray *documents; /* LtPolicy; the lowest layer and the earliest file name first */
};

/* A profile and the document that it stands in. */
typedef struct {
  const LtPolicy *policy;
  const LtProfile *profile;
} Found;

static gint
compare_documents(gconstpointer a, gconstpointer b)
{
  const LtPolicy *policy_a = *(const LtPolicy *const *) a;
  const LtPolicy *policy_b = *(const LtPolicy *const *) b;

  if (lt_policy_layer(policy_a) != lt_policy_layer(policy_b))
    return lt_policy_layer(policy_a) < lt_policy_layer(policy_b) ? -1 : 1;
  return strcmp(lt_policy_file(policy_a), lt_policy_file(policy_b));
}

LtJoin *
lt_join_new(LtPolicy *const *documents, gsize n_documents)
{
  LtJoin *join = g_new0(LtJoin, 1);

  join->documents = g_ptr_array_new_with_free_func((GDestroyNotify) lt_policy_unref);
  for (gsize i = 0; i < n_documents; i++)
    g_ptr_array_add(join->documents, lt_policy_ref(documents[i]));
  g_ptr_array_sort(join->documents, compare_documents);
  return join;
}

void
lt_join_free(LtJoin *join)
{
  if (join == NULL)
    return;
  g_ptr_array_unref(join->documents);
  g_free(join);
}

gboolean
lt_join_has_rules(const LtJoin *join)
{
  guint n = join->documents->len;

  /* Sorted: the last is of the highest layer. */
  return n > 0 && lt_policy_layer(g_ptr_array_index(join->documents, n - 1)) > LT_LAYER_PRESET;
}

static gboolean
is_linked(const GArray *links, const LtProfile *profile)
{
  for (guint i = 0; i < links->len; i++) {
    if (g_array_index(links, LtProfileLink, i).profile == profile)
      return TRUE;
  }
  return FALSE;
}

/* The document itself first, then the others of its layer and of those below. */
static gboolean
find_profile(
    const LtJoin *join, const LtPolicy *from, const char *name, const GArray *links, Found *out)
{
  const LtProfile *profile = lt_policy_find_profile(from, name);

  if (profile != NULL && !is_linked(links, profile)) {
    *out = (Found){from, profile};
    return TRUE;
  }
  for (guint i = join->documents->len; i > 0; i--) {
    const LtPolicy *policy = g_ptr_array_index(join->documents, i - 1);

    if (lt_policy_layer(policy) > lt_policy_layer(from))
      continue;
    profile = lt_policy_find_profile(policy, name);
    if (profile != NULL && !is_linked(links, profile)) {
      *out = (Found){policy, profile};
      return TRUE;
    }
  }
  return FALSE;
}

/* Appends the profile and its bases; FALSE if one is missing. */
static gboolean
add_links(const LtJoin *join, const LtPolicy *first, const char *name, GArray *links)
{
  const LtPolicy *from = first;
  Found found;

  for (; name != NULL; name = found.profile->based_on, from = found.policy) {
    LtProfileLink link;

    if (!find_profile(join, from, name, links, &found))
      return FALSE;
    link = (LtProfileLink){found.profile, lt_policy_layer(found.policy), lt_policy_layer(first)};
    g_array_append_val(links, link);
  }
  return TRUE;
}

static gboolean
is_about(const LtChildEntry *entry, const LtAccount *account, gboolean groups)
{
  if (entry->is_group != groups)
    return FALSE;
  if (!groups)
    return strcmp(entry->name, account->user) == 0;
  return account->groups != NULL && g_strv_contains(account->groups, entry->name);
}

static const LtChildEntry *
find_entry(const LtJoin *join, LtLayer layer, const LtAccount *account, const LtPolicy **document)
{
  for (guint groups = 0; groups < 2; groups++) {
    for (guint i = join->documents->len; i > 0; i--) {
      const LtPolicy *policy = g_ptr_array_index(join->documents, i - 1);
      const GPtrArray *children = lt_policy_children(policy);

      for (guint j = 0; lt_policy_layer(policy) == layer && j < children->len; j++) {
        const LtChildEntry *entry = g_ptr_array_index(children, j);

        if (is_about(entry, account, groups == 1)) {
          *document = policy;
          return entry;
        }
      }
    }
  }
  return NULL;
}

gboolean
lt_join_find_child(const LtJoin *join, const LtAccount *account, LtJoinedChild *out)
{
  static const LtLayer layers[] = {LT_LAYER_HOUSEHOLD, LT_LAYER_SITE};
  LtJoinedChild child = {0};
  g_autoptr(GString) key = g_string_new(NULL);

  for (guint i = 0; i < G_N_ELEMENTS(layers); i++) {
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(LtProfileLink));
    const LtPolicy *document;
    const LtChildEntry *entry = find_entry(join, layers[i], account, &document);

    if (entry == NULL)
      continue;
    if (child.links == NULL) {
      child.links = g_array_new(FALSE, FALSE, sizeof(LtProfileLink));
      child.profile = entry->profile;
    }
    if (!add_links(join, document, entry->profile, links))
      child.is_broken = TRUE;
    g_array_append_vals(child.links, links->data, links->len);
  }
  if (child.links == NULL)
    return FALSE;
  for (guint i = 0; i < child.links->len; i++)
    g_string_append_printf(
        key, "%p ", (const void *) g_array_index(child.links, LtProfileLink, i).profile);
  g_string_append(key, child.is_broken ? "broken" : "");
  child.key = g_strdup(key->str);
  *out = child;
  return TRUE;
}

void
lt_joined_child_clear(LtJoinedChild *child)
{
  g_clear_pointer(&child->key, g_free);
  g_clear_pointer(&child->links, g_array_unref);
}

typedef struct {
  const LtJoin *join;
  const LtHostIndex *help;
  GPtrArray *problems;
} Search;

static void
add_problem(
    Search *s, const LtPolicy *policy, const LtJsonStep *steps, gsize n_steps, const char *what)
{
  g_autofree char *where = NULL;

  if (s->problems->len >= MAX_PROBLEMS)
    return;
  where = lt_json_where(lt_policy_doc(policy), steps, n_steps, FALSE);
  g_ptr_array_add(s->problems, g_strdup_printf("%s: %s", where, what));
}

static void
search_children(Search *s, const LtPolicy *policy)
{
  const GPtrArray *children = lt_policy_children(policy);
  g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(LtProfileLink));

  for (guint i = 0; i < children->len; i++) {
    const LtChildEntry *entry = g_ptr_array_index(children, i);
    const LtJsonStep steps[] = {{"children", 0}, {NULL, i}, {"profile", 0}};
    g_autofree char *what = NULL;
    Found found;

    if (find_profile(s->join, policy, entry->profile, none, &found))
      continue;
    what = g_strdup_printf("no profile is called \"%s\", so all sites but help are closed for "
                           "this child; add it, or name another",
                           entry->profile);
    add_problem(s, policy, steps, G_N_ELEMENTS(steps), what);
  }
}

static gboolean
has_budget(const GArray *links, const char *name)
{
  for (guint i = 0; i < links->len; i++) {
    GPtrArray *budgets = g_array_index(links, LtProfileLink, i).profile->budgets;

    if (g_ptr_array_find_with_equal_func(budgets, name, g_str_equal, NULL))
      return TRUE;
  }
  return FALSE;
}

static void
search_budgets(Search *s, const LtPolicy *policy, const LtProfile *profile, const GArray *links)
{
  for (guint i = 0; i < LT_N_CATEGORIES; i++) {
    const char *name = profile->category_budget[i];
    const LtJsonStep steps[] = {{"profiles", 0},
                                {profile->name, 0},
                                {"sites", 0},
                                {"categories", 0},
                                {lt_category_ids()[i], 0}};
    g_autofree char *what = NULL;

    if (name == NULL || has_budget(links, name))
      continue;
    what =
        g_strdup_printf("no budget is called \"%s\"; add it to \"budgets\" of this profile", name);
    add_problem(s, policy, steps, G_N_ELEMENTS(steps), what);
  }
}

static void
search_help(Search *s, const LtPolicy *policy, const LtProfile *profile)
{
  for (guint i = 0; i < profile->block->len; i++) {
    const LtSiteEntry *entry = g_ptr_array_index(profile->block, i);
    const LtJsonStep steps[] = {
        {"profiles", 0}, {profile->name, 0}, {"sites", 0}, {"block", 0}, {NULL, i}};
    LtHostWalk walk;

    if (!lt_host_walk_init(&walk, entry->host))
      continue;
    for (guint suffix = 0; suffix < walk.n; suffix++) {
      g_autofree char *what = NULL;

      if (lt_host_index_find(s->help, &walk, suffix) == LT_HOST_INDEX_NONE)
        continue;
      what = g_strdup_printf(
          "\"%s\" is a help channel, and help is never blocked; remove this entry", entry->text);
      add_problem(s, policy, steps, G_N_ELEMENTS(steps), what);
    }
  }
}

static void
search_profiles(Search *s, const LtPolicy *policy)
{
  const GPtrArray *profiles = lt_policy_profiles(policy);

  for (guint i = 0; i < profiles->len; i++) {
    const LtProfile *profile = g_ptr_array_index(profiles, i);
    const LtJsonStep steps[] = {{"profiles", 0}, {profile->name, 0}, {"based-on", 0}};
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(LtProfileLink));
    LtProfileLink own = {profile, lt_policy_layer(policy), lt_policy_layer(policy)};

    g_array_append_val(links, own);
    if (add_links(s->join, policy, profile->based_on, links)) {
      search_budgets(s, policy, profile, links);
    } else {
      g_autofree char *what = g_strdup_printf(
          "the row of bases from \"%s\" on ends at a profile that is missing or comes twice, so "
          "all sites but help and the allowed ones are closed; add it, or name another",
          profile->based_on);

      add_problem(s, policy, steps, G_N_ELEMENTS(steps), what);
    }
    search_help(s, policy, profile);
  }
}

char **
lt_join_problems(const LtJoin *join, const LtHostIndex *help)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new();
  Search s = {join, help, problems};

  for (guint i = 0; i < join->documents->len; i++) {
    const LtPolicy *policy = g_ptr_array_index(join->documents, i);

    search_children(&s, policy);
    search_profiles(&s, policy);
  }
  g_ptr_array_add(problems, NULL);
  return (char **) g_ptr_array_free(g_steal_pointer(&problems), FALSE);
}
