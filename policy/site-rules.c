/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins what the layers say of sites; answers for one name, and what locks demand at least. */
#include "policy/site-rules.h"

#include "policy/host-index.h"

/* The two scopes of an entry as indices. */
enum {
  SELF,
  BELOW,
  N_SCOPES
};

/* An action or another value, and whose it is. */
typedef struct {
  gint8 value; /* LT_UNSET: nobody has said */
  guint8 owner;
} Owned;

/**
 * View:
 * @locks: of this layer itself
 *
 * What holds when only the layers up to this one are looked at.
 */
typedef struct {
  Owned scalar[LT_N_SCALARS];
  Owned category[LT_N_CATEGORIES];
  LtLocks locks;
} View;

/* All that the layers say of one name in allow and block. */
typedef struct {
  gint8 action[LT_N_LAYERS][N_SCOPES];
  const char *text[LT_N_LAYERS][N_SCOPES];
  const LtStarterSite *starter[N_SCOPES];
} Entry;

struct _LtSiteRules {
  View view[LT_N_LAYERS];
  LtHostIndex *names;
  GArray *entries;   /* Entry, by the number of its name */
  LtSiteRules *held; /* NULL: the site alone gives the child rules, or the household alone */
};

/* Categories of one name, by who says so. */
typedef struct {
  guint64 mask[LT_N_LAYERS][N_SCOPES];
} Membership;

struct _LtCategoryTable {
  LtHostIndex *names;
  GArray *memberships; /* Membership, by the number of its name */
  LtHostSet *lists;    /* NULL: none */
  LtLookalikes *lookalikes;
};

/* What is known of one name: each view's nearest entry and its categories. */
typedef struct {
  gint8 action[LT_N_LAYERS];
  guint8 layer[LT_N_LAYERS];
  guint8 suffix[LT_N_LAYERS]; /* of the walk: how near the entry is */
  const char *text[LT_N_LAYERS];
  guint64 mask[LT_N_LAYERS];
  guint64 listed;               /* categories that block lists alone say */
  const LtStarterSite *starter; /* NULL: the starter list does not have it */
  LtLookalike likeness;
  gboolean is_only_like; /* nothing but its likeness makes it a scam */
} Facts;

static LtOwner
owner_of(LtLayer layer)
{
  switch (layer) {
  case LT_LAYER_PRESET:
    return LT_OWNER_PRESET;
  case LT_LAYER_SITE:
    return LT_OWNER_SITE;
  case LT_LAYER_HOUSEHOLD:
    return LT_OWNER_HOUSEHOLD;
  }
  g_return_val_if_reached(LT_OWNER_DEFAULT);
}

static void
table_add(LtCategoryTable *table, LtLayer layer, LtCategory category, const LtSiteEntry *entry)
{
  guint32 number = lt_host_index_add(table->names, entry->host);
  Membership *membership;

  if (number == table->memberships->len)
    g_array_set_size(table->memberships, number + 1);
  membership = &g_array_index(table->memberships, Membership, number);
  if ((entry->scope & LT_SCOPE_SELF) != 0)
    membership->mask[layer][SELF] |= LT_CATEGORY_BIT(category);
  if ((entry->scope & LT_SCOPE_BELOW) != 0)
    membership->mask[layer][BELOW] |= LT_CATEGORY_BIT(category);
}

LtCategoryTable *
lt_category_table_new(LtPolicy *const *documents, gsize n_documents, const LtSiteSources *known)
{
  LtCategoryTable *table = g_new0(LtCategoryTable, 1);

  table->lists = known->lists != NULL ? lt_host_set_ref(known->lists) : NULL;
  table->lookalikes = known->lookalikes != NULL ? lt_lookalikes_ref(known->lookalikes) : NULL;
  table->names = lt_host_index_new();
  table->memberships = g_array_new(FALSE, TRUE, sizeof(Membership));
  for (gsize i = 0; i < n_documents; i++) {
    const GPtrArray *categories = lt_policy_categories(documents[i]);

    for (guint j = 0; j < categories->len; j++) {
      const LtCategoryNames *names = g_ptr_array_index(categories, j);

      for (guint k = 0; k < names->entries->len; k++)
        table_add(table,
                  lt_policy_layer(documents[i]),
                  names->category,
                  g_ptr_array_index(names->entries, k));
    }
  }
  return table;
}

void
lt_category_table_free(LtCategoryTable *table)
{
  if (table == NULL)
    return;
  g_array_unref(table->memberships);
  lt_host_index_free(table->names);
  lt_lookalikes_unref(table->lookalikes);
  lt_host_set_unref(table->lists);
  g_free(table);
}

/* Abuse of children is no matter of taste: nobody after the one who lists a site can open it. */
static const LtLocks builtin_locks = {.categories = LT_CATEGORY_BIT(LT_CATEGORY_CSAM)};

/* Where nobody has said anything. */
static void
view_init(View *view)
{
  static const gint8 scalars[LT_N_SCALARS] = {
      [LT_SETTING_DEFAULT] = LT_ACTION_BLOCK,
      [LT_SETTING_UNKNOWN_PROTOCOLS] = LT_ACTION_BLOCK,
      [LT_SETTING_VPN] = LT_ACTION_BLOCK,
      [LT_SETTING_SAFE_SEARCH] = 0,
      [LT_SETTING_YOUTUBE] = LT_YOUTUBE_OFF,
      [LT_SETTING_NAME_BINDING] = LT_NAME_BINDING_OFF,
  };

  *view = (View){0};
  for (guint i = 0; i < LT_N_SCALARS; i++)
    view->scalar[i] = (Owned){scalars[i], LT_OWNER_DEFAULT};
  for (guint i = 0; i < LT_N_CATEGORIES; i++)
    view->category[i] = (Owned){LT_UNSET, LT_OWNER_DEFAULT};
  view->category[LT_CATEGORY_CSAM].value = LT_ACTION_BLOCK;
  view->locks = builtin_locks;
}

static gboolean
is_locked_below(const LtSiteRules *rules, LtLayer layer, LtSetting setting)
{
  for (guint below = 0; below < layer; below++) {
    if (lt_locks_has(&rules->view[below].locks, setting))
      return TRUE;
  }
  return FALSE;
}

static void
apply_values(LtSiteRules *rules, const LtProfileLink *link)
{
  View *view = &rules->view[link->layer];
  guint8 owner = (guint8) owner_of(link->layer);

  for (guint i = 0; i < LT_N_SCALARS; i++) {
    gint8 value = link->profile->scalar[i];
    gboolean is_locked = is_locked_below(rules, link->layer, (LtSetting) i);

    if (value != LT_UNSET && (!is_locked || value > rules->view[link->layer - 1].scalar[i].value))
      view->scalar[i] = (Owned){value, owner};
  }
  for (guint i = 0; i < LT_N_CATEGORIES; i++) {
    if (link->profile->category[i] != LT_UNSET)
      view->category[i] = (Owned){link->profile->category[i], owner};
  }
  view->locks.settings |= link->profile->locks.settings;
  view->locks.categories |= link->profile->locks.categories;
}

static Entry *
entry_of(LtSiteRules *rules, const char *host)
{
  static const Entry none = {{{LT_UNSET, LT_UNSET}, {LT_UNSET, LT_UNSET}, {LT_UNSET, LT_UNSET}},
                             {{NULL, NULL}, {NULL, NULL}, {NULL, NULL}},
                             {NULL, NULL}};
  guint32 number = lt_host_index_add(rules->names, host);

  if (number == rules->entries->len)
    g_array_append_val(rules->entries, none);
  return &g_array_index(rules->entries, Entry, number);
}

/* Plain entries first: "=olm.vn" and "*.olm.vn" are more exact than "olm.vn". */
static void
apply_entries(
    LtSiteRules *rules, LtLayer layer, const GPtrArray *list, LtAction action, gboolean is_plain)
{
  for (guint i = 0; i < list->len; i++) {
    const LtSiteEntry *site = g_ptr_array_index(list, i);
    Entry *entry;

    if ((site->text == site->host) != is_plain)
      continue;
    entry = entry_of(rules, site->host);
    for (guint scope = SELF; scope < N_SCOPES; scope++) {
      if ((site->scope >> scope & 1) == 0)
        continue;
      entry->action[layer][scope] = (gint8) action;
      entry->text[layer][scope] = site->text;
    }
  }
}

/* The more particular profile comes last and has the last word, as for entries. */
static void
apply_starter(LtSiteRules *rules, const GPtrArray *starter)
{
  for (guint i = 0; i < starter->len; i++) {
    const LtStarterSite *site = g_ptr_array_index(starter, i);
    Entry *entry = entry_of(rules, site->entry->host);

    for (guint scope = SELF; scope < N_SCOPES; scope++) {
      if ((site->entry->scope >> scope & 1) != 0)
        entry->starter[scope] = site;
    }
  }
}

static void
apply(LtSiteRules *rules, const LtProfileLink *link)
{
  const LtProfile *profile = link->profile;
  gboolean may_allow = !is_locked_below(rules, link->layer, LT_SETTING_ALLOW);

  apply_values(rules, link);
  for (guint is_plain = 2; is_plain-- > 0;) {
    const gboolean plain = is_plain == 1;

    if (may_allow)
      apply_entries(rules, link->layer, profile->allow, LT_ACTION_ALLOW, plain);
    apply_entries(rules, link->layer, profile->block, LT_ACTION_BLOCK, plain);
  }
  apply_starter(rules, profile->starter);
}

/* What the site alone would say, presets that it chose included: its locks hold that, whatever
 * presets the household chose. NULL if only one of them has chosen. */
static LtSiteRules *
make_held(const GArray *links)
{
  g_autoptr(GArray) own = g_array_new(FALSE, FALSE, sizeof(LtProfileLink));

  for (guint i = 0; i < links->len; i++) {
    if (g_array_index(links, LtProfileLink, i).by == LT_LAYER_SITE)
      g_array_append_val(own, g_array_index(links, LtProfileLink, i));
  }
  return own->len > 0 && own->len < links->len ? lt_site_rules_new(own, FALSE) : NULL;
}

LtSiteRules *
lt_site_rules_new(const GArray *links, gboolean is_broken)
{
  LtSiteRules *rules = g_new0(LtSiteRules, 1);

  rules->held = make_held(links);
  rules->names = lt_host_index_new();
  rules->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  view_init(&rules->view[LT_LAYER_PRESET]);
  for (guint layer = LT_LAYER_PRESET; layer < LT_N_LAYERS; layer++) {
    if (layer > LT_LAYER_PRESET) {
      rules->view[layer] = rules->view[layer - 1];
      rules->view[layer].locks = builtin_locks;
    }
    for (guint i = links->len; i > 0; i--) {
      const LtProfileLink *link = &g_array_index(links, LtProfileLink, i - 1);

      if (link->layer == (LtLayer) layer)
        apply(rules, link);
    }
  }
  if (is_broken)
    rules->view[LT_LAYER_HOUSEHOLD].scalar[LT_SETTING_DEFAULT] =
        (Owned){LT_ACTION_BLOCK, LT_OWNER_DEFAULT};
  return rules;
}

void
lt_site_rules_free(LtSiteRules *rules)
{
  if (rules == NULL)
    return;
  g_array_unref(rules->entries);
  lt_host_index_free(rules->names);
  lt_site_rules_free(rules->held);
  g_free(rules);
}

/* Nearer layers overrule at one name; a longer name overrules a shorter one. */
static void
find_entries(const LtSiteRules *rules, const LtHostWalk *walk, Facts *facts)
{
  guint n_open = LT_N_LAYERS;

  for (guint suffix = 0; suffix < walk->n && n_open > 0; suffix++) {
    guint32 number = lt_host_index_find(rules->names, walk, suffix);
    guint scope = suffix == 0 ? SELF : BELOW;
    const Entry *entry;

    if (number == LT_HOST_INDEX_NONE)
      continue;
    entry = &g_array_index(rules->entries, Entry, number);
    if (facts->starter == NULL)
      facts->starter = entry->starter[scope];
    for (guint view = 0; view < LT_N_LAYERS; view++) {
      for (guint layer = view + 1; layer-- > 0 && facts->action[view] == LT_UNSET;) {
        if (entry->action[layer][scope] == LT_UNSET)
          continue;
        facts->action[view] = entry->action[layer][scope];
        facts->text[view] = entry->text[layer][scope];
        facts->layer[view] = (guint8) layer;
        facts->suffix[view] = (guint8) suffix;
        n_open--;
      }
    }
  }
}

/* A likeness is looked for only where it can matter: it costs more than the rest of a decision. */
static gboolean
wants_likeness(const LtSiteRules *rules, const Facts *facts)
{
  const guint64 wanted = LT_CATEGORY_BIT(LT_CATEGORY_SCAM) | LT_CATEGORY_BIT(LT_CATEGORY_GAMBLING);
  const View *view = &rules->view[LT_LAYER_HOUSEHOLD];
  guint64 locked = 0;

  for (guint layer = LT_LAYER_PRESET; layer < LT_LAYER_HOUSEHOLD; layer++)
    locked |= rules->view[layer].locks.categories;
  if (facts->action[LT_LAYER_HOUSEHOLD] != LT_UNSET && (locked & wanted) == 0)
    return FALSE;
  return view->category[LT_CATEGORY_SCAM].value != LT_UNSET ||
         view->category[LT_CATEGORY_GAMBLING].value != LT_UNSET;
}

static void
find_likeness(const LtCategoryTable *table, const LtHostWalk *walk, Facts *facts)
{
  guint64 scam = LT_CATEGORY_BIT(LT_CATEGORY_SCAM);

  if (!lt_lookalikes_find(table->lookalikes, walk, &facts->likeness))
    return;
  if (facts->likeness.kind == LT_LOOKALIKE_GAMBLING) {
    facts->mask[LT_LAYER_PRESET] |= LT_CATEGORY_BIT(LT_CATEGORY_GAMBLING);
    return;
  }
  facts->is_only_like = TRUE;
  for (guint layer = 0; layer < LT_N_LAYERS; layer++)
    facts->is_only_like &= (facts->mask[layer] & scam) == 0;
  facts->mask[LT_LAYER_PRESET] |= scam;
}

static void
find_categories(const LtSiteRules *rules,
                const LtCategoryTable *table,
                const LtHostWalk *walk,
                Facts *facts)
{
  for (guint suffix = 0; suffix < walk->n; suffix++) {
    guint32 number = lt_host_index_find(table->names, walk, suffix);
    const Membership *membership;

    if (number == LT_HOST_INDEX_NONE)
      continue;
    membership = &g_array_index(table->memberships, Membership, number);
    for (guint layer = 0; layer < LT_N_LAYERS; layer++)
      facts->mask[layer] |= membership->mask[layer][suffix == 0 ? SELF : BELOW];
  }
  if (table->lists != NULL)
    facts->listed = lt_host_set_find(table->lists, walk);
  facts->mask[LT_LAYER_PRESET] |= facts->listed;
  if (table->lookalikes != NULL && wants_likeness(rules, facts))
    find_likeness(table, walk, facts);
  for (guint layer = 1; layer < LT_N_LAYERS; layer++)
    facts->mask[layer] |= facts->mask[layer - 1];
  /* Sex education is never pornography, whatever else a list says of it. */
  for (guint layer = 0; layer < LT_N_LAYERS; layer++) {
    if ((facts->mask[layer] & LT_CATEGORY_BIT(LT_CATEGORY_SEXED)) != 0)
      facts->mask[layer] &= ~LT_CATEGORY_BIT(LT_CATEGORY_ADULT);
  }
}

/* The strictest of the categories in @mask; FALSE if none of them is set. */
static gboolean
strictest_category(const View *view, guint64 mask, LtDecision *out)
{
  gboolean found = FALSE;

  for (; mask != 0; mask &= mask - 1) {
    guint i = (guint) __builtin_ctzll(mask);
    const Owned *category = &view->category[i];

    if (category->value == LT_UNSET || (found && category->value <= (gint8) out->action))
      continue;
    *out = (LtDecision){.action = (LtAction) category->value,
                        .reason = LT_REASON_CATEGORY,
                        .owner = (LtOwner) category->owner,
                        .rule = lt_category_ids()[i]};
    found = TRUE;
  }
  return found;
}

static LtDecision
decide_default(const View *view)
{
  const Owned *value = &view->scalar[LT_SETTING_DEFAULT];

  return (LtDecision){.action = (LtAction) value->value,
                      .reason = LT_REASON_DEFAULT,
                      .owner = (LtOwner) value->owner,
                      .rule = "default"};
}

static LtDecision
decide_listed(const Facts *facts, guint view)
{
  return (LtDecision){.action = (LtAction) facts->action[view],
                      .reason = LT_REASON_LISTED,
                      .owner = owner_of((LtLayer) facts->layer[view]),
                      .rule = facts->text[view]};
}

static gboolean
entry_answers(const Facts *facts, guint view, const LtHiding *hiding)
{
  return facts->action[view] == LT_ACTION_BLOCK ||
         (facts->action[view] != LT_UNSET &&
          (hiding == NULL || facts->suffix[view] <= hiding->suffix));
}

/* The kind that the starter list gives the site counts only with that list. */
static guint64
mask_with_starter(const Facts *facts, guint view)
{
  const gboolean has_kind = facts->starter != NULL && facts->starter->category != LT_N_CATEGORIES;

  return facts->mask[view] | (has_kind ? LT_CATEGORY_BIT(facts->starter->category) : 0);
}

/* A list of sites that children begin with spares a question: what a kind closes, counts or warns
 * of stays as it is, since a name that has lapsed may be anybody's. */
static LtDecision
decide_starter(const LtSiteRules *rules, const Facts *facts, guint view)
{
  LtDecision decision;

  if (strictest_category(&rules->view[view], mask_with_starter(facts, view), &decision) &&
      decision.action != LT_ACTION_ALLOW && decision.action != LT_ACTION_ASK)
    return decision;
  return (LtDecision){.action = LT_ACTION_ALLOW,
                      .reason = LT_REASON_STARTER,
                      .owner = LT_OWNER_PRESET,
                      .rule = facts->starter->entry->text};
}

static LtDecision
decide_view(const LtSiteRules *rules, const Facts *facts, guint view, const LtHiding *hiding)
{
  LtDecision decision;

  if (entry_answers(facts, view, hiding))
    return decide_listed(facts, view);
  if (hiding != NULL)
    return (LtDecision){.action = LT_ACTION_BLOCK,
                        .reason = hiding->reason,
                        .owner = LT_OWNER_DEFAULT,
                        .rule = hiding->host};
  if (facts->starter != NULL)
    return decide_starter(rules, facts, view);
  if (strictest_category(&rules->view[view], facts->mask[view], &decision))
    return decision;
  return decide_default(&rules->view[view]);
}

/* What a layer's locks demand: where a locked setting answers in its own view, that answer. */
static LtDecision
decide_floor(const LtSiteRules *rules, const Facts *facts, guint layer)
{
  const View *view = &rules->view[layer];
  LtDecision floor = {.action = LT_ACTION_ALLOW, .rule = "default"};

  if (facts->action[layer] == LT_ACTION_ALLOW)
    return floor;
  if (facts->action[layer] == LT_ACTION_BLOCK && lt_locks_has(&view->locks, LT_SETTING_BLOCK))
    return decide_listed(facts, layer);
  if (strictest_category(view, mask_with_starter(facts, layer) & view->locks.categories, &floor))
    return floor;
  if (lt_locks_has(&view->locks, LT_SETTING_DEFAULT) &&
      !strictest_category(view, facts->mask[layer], &(LtDecision){0}))
    return decide_default(view);
  return floor;
}

/* Which list it was that put the site into the category, if one did. */
static void
name_list(const LtHostSet *lists, const LtHostWalk *walk, LtDecision *decision)
{
  const LtHostSetList *list = lt_host_set_find_list(lists, walk, lt_category_find(decision->rule));

  if (list != NULL)
    decision->list = list->name;
}

static void
find_facts(const LtSiteRules *rules,
           const LtCategoryTable *categories,
           const LtHostWalk *walk,
           Facts *facts)
{
  *facts = (Facts){.action = {LT_UNSET, LT_UNSET, LT_UNSET}};
  find_entries(rules, walk, facts);
  find_categories(rules, categories, walk, facts);
}

static void
raise_floor(const LtSiteRules *rules, const Facts *facts, LtLayer layer, LtDecision *floor)
{
  LtDecision own = decide_floor(rules, facts, layer);

  if (own.action > floor->action)
    *floor = own;
}

LtDecision
lt_site_rules_decide(const LtSiteRules *rules,
                     const LtCategoryTable *categories,
                     const LtHostWalk *walk,
                     const LtHiding *hiding,
                     LtDecision *floor)
{
  Facts facts;
  Facts held;
  LtDecision own;

  find_facts(rules, categories, walk, &facts);
  *floor = decide_floor(rules, &facts, LT_LAYER_PRESET);
  raise_floor(rules, &facts, LT_LAYER_SITE, floor);
  if (rules->held != NULL) {
    find_facts(rules->held, categories, walk, &held);
    raise_floor(rules->held, &held, LT_LAYER_SITE, floor);
  }
  own = decide_view(rules, &facts, LT_LAYER_HOUSEHOLD, hiding);
  if (own.action < floor->action)
    own = *floor;
  if (own.reason == LT_REASON_CATEGORY && facts.listed != 0)
    name_list(categories->lists, walk, &own);
  if (own.reason == LT_REASON_CATEGORY && facts.is_only_like &&
      lt_category_find(own.rule) == LT_CATEGORY_SCAM) {
    own.reason = LT_REASON_LOOKALIKE;
    own.rule = facts.likeness.of;
  }
  return own;
}

gint
lt_site_rules_scalar(const LtSiteRules *rules, LtSetting setting, LtOwner *owner)
{
  const Owned *value = &rules->view[LT_LAYER_HOUSEHOLD].scalar[setting];

  g_return_val_if_fail(setting < LT_N_SCALARS, 0);
  if (rules->held != NULL) {
    const View *site = &rules->held->view[LT_LAYER_SITE];

    if (lt_locks_has(&site->locks, setting) && site->scalar[setting].value > value->value)
      value = &site->scalar[setting];
  }
  *owner = (LtOwner) value->owner;
  return value->value;
}
