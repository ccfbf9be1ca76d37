/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the profiles of a child, the nearest first, for every setting there is. */
#include "policy/origins.h"

#include "policy/join.h"
#include "policy/policy-parts.h"

#include <json_object.h>
#include <string.h>

/* "/profiles/NAME/sites/categories/games" is the longest way. */
#define MAX_STEPS 6

typedef struct {
  LtPolicy *const *documents;
  gsize n_documents;
  const GArray *links;
  GPtrArray *origins;
} Search;

/* A setting in one profile. */
typedef struct {
  const LtProfileLink *link;
  const LtPolicy *document;
  struct json_object *value;
} Place;

void
lt_origin_free(LtOrigin *origin)
{
  g_free(origin->locked_by);
  g_free(origin->profile);
  g_free(origin->file);
  g_free(origin->value);
  g_free(origin->setting);
  g_free(origin);
}

const char *
lt_origin_layer_name(LtLayer layer)
{
  switch (layer) {
  case LT_LAYER_PRESET:
    return "preset";
  case LT_LAYER_SITE:
    return "site";
  case LT_LAYER_HOUSEHOLD:
    return "household";
  }
  g_return_val_if_reached("");
}

static const LtPolicy *
find_document(const Search *s, const LtProfile *profile)
{
  for (gsize i = 0; i < s->n_documents; i++) {
    if (lt_policy_find_profile(s->documents[i], profile->name) == profile)
      return s->documents[i];
  }
  return NULL;
}

static const LtProfileLink *
link_at(const Search *s, guint i)
{
  return &g_array_index(s->links, LtProfileLink, i);
}

/* What the profile's text has at the setting's path. */
static gboolean
find_place(const Search *s, const LtProfileLink *link, const char *setting, Place *out)
{
  const LtPolicy *document = find_document(s, link->profile);
  g_autofree char *path = g_strdup_printf("profiles/%s/%s", link->profile->name, setting);
  g_auto(GStrv) steps = NULL;
  LtJsonAt at[MAX_STEPS];
  guint n = 0;

  g_return_val_if_fail(document != NULL, FALSE);
  /* A profile's name may have dots in it. */
  g_strdelimit(path + strlen("profiles/") + strlen(link->profile->name), ".", '/');
  steps = g_strsplit(path, "/", MAX_STEPS - 1);
  at[0] = lt_json_doc_root(lt_policy_doc(document));
  for (; steps[n] != NULL; n++) {
    if (!lt_json_find_member(&at[n], steps[n], &at[n + 1]))
      return FALSE;
  }
  *out = (Place){link, document, at[n].value};
  return TRUE;
}

static gboolean
has_lock(const LtProfile *profile, LtSetting setting, LtCategory category)
{
  return category < LT_N_CATEGORIES ? (profile->locks.categories & LT_CATEGORY_BIT(category)) != 0
                                    : lt_locks_has(&profile->locks, setting);
}

/* (nullable): the lowest document that locks the setting for @layer, or for all if it is NULL. */
static const LtPolicy *
find_lock(const Search *s, LtSetting setting, LtCategory category, const LtLayer *layer)
{
  for (guint i = s->links->len; i > 0; i--) {
    const LtProfileLink *link = link_at(s, i - 1);

    if (has_lock(link->profile, setting, category) && (layer == NULL || link->layer < *layer))
      return find_document(s, link->profile);
  }
  return NULL;
}

static void
add(Search *s, const char *setting, const Place *place, const LtPolicy *lock)
{
  LtOrigin *origin = g_new0(LtOrigin, 1);

  origin->setting = g_strdup(setting);
  origin->value = g_strdup(json_object_to_json_string_ext(
      place->value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
  origin->layer = place->link->layer;
  origin->file = g_strdup(lt_policy_file(place->document));
  origin->profile = g_strdup(place->link->profile->name);
  origin->locked_by = lock != NULL ? g_strdup(lt_policy_file(lock)) : NULL;
  g_ptr_array_add(s->origins, origin);
}

static gint
strictness(const Place *place, LtSetting setting, LtCategory category)
{
  const LtProfile *profile = place->link->profile;

  return category < LT_N_CATEGORIES ? profile->category[category] : profile->scalar[setting];
}

/* What a nearer layer must exceed above a lock: the value so far, else the built-in one. */
static gint
least(const Place *best, LtSetting setting, LtCategory category)
{
  if (best->link != NULL)
    return strictness(best, setting, category);
  if (category < LT_N_CATEGORIES)
    return LT_UNSET;
  return setting < LT_SETTING_SAFE_SEARCH ? LT_ACTION_BLOCK : 0;
}

/* The layer's own value: its most particular profile's. */
static gboolean
find_in_layer(const Search *s, LtLayer layer, const char *path, Place *out)
{
  for (guint i = 0; i < s->links->len; i++) {
    if (link_at(s, i)->layer == layer && find_place(s, link_at(s, i), path, out))
      return TRUE;
  }
  return FALSE;
}

/* A site's lock holds what the site and its presets say, whatever preset the household chose. */
static void
hold(const Search *s, const char *path, LtSetting setting, LtCategory category, Place *best)
{
  const LtLayer above = LT_LAYER_HOUSEHOLD;

  if (find_lock(s, setting, category, &above) == NULL)
    return;
  for (guint i = LT_LAYER_HOUSEHOLD; i-- > LT_LAYER_PRESET;) {
    for (guint j = 0; j < s->links->len; j++) {
      const LtProfileLink *link = link_at(s, j);
      Place place;

      if (link->by != LT_LAYER_SITE || link->layer != (LtLayer) i ||
          !find_place(s, link, path, &place))
        continue;
      if (best->link == NULL ||
          strictness(&place, setting, category) > strictness(best, setting, category))
        *best = place;
      return;
    }
  }
}

/* The nearest one; a nearer layer above a lock only if it is stricter. */
static void
explain_one(Search *s, const char *path, LtSetting setting, LtCategory category)
{
  Place best = {NULL, NULL, NULL};

  for (guint i = LT_LAYER_PRESET; i <= LT_LAYER_HOUSEHOLD; i++) {
    const LtLayer layer = (LtLayer) i;
    Place place;

    if (find_in_layer(s, layer, path, &place) &&
        (find_lock(s, setting, category, &layer) == NULL ||
         strictness(&place, setting, category) > least(&best, setting, category)))
      best = place;
  }
  hold(s, path, setting, category, &best);
  if (best.link != NULL)
    add(s, path, &best, find_lock(s, setting, category, NULL));
}

/* Two profiles may be based on one. */
static gboolean
was_before(const Search *s, guint i)
{
  for (guint j = 0; j < i; j++) {
    if (link_at(s, j)->profile == link_at(s, i)->profile)
      return TRUE;
  }
  return FALSE;
}

/* Every profile's adds up. */
static void
explain_list(Search *s, const char *path, LtSetting setting)
{
  const LtPolicy *lock = find_lock(s, setting, LT_N_CATEGORIES, NULL);

  for (guint i = 0; i < s->links->len; i++) {
    const LtLayer layer = link_at(s, i)->layer;
    Place place;

    if (!was_before(s, i) && find_place(s, link_at(s, i), path, &place) &&
        (setting != LT_SETTING_ALLOW || !find_lock(s, setting, LT_N_CATEGORIES, &layer)))
      add(s, path, &place, lock);
  }
}

/* The nearest one, and what nearer layers can only make stricter: the layers with a lock. */
static void
explain_nearest(Search *s, const char *path, LtSetting setting)
{
  const LtPolicy *lock = find_lock(s, setting, LT_N_CATEGORIES, NULL);
  gboolean is_first = TRUE;

  for (guint i = LT_LAYER_HOUSEHOLD + 1; i-- > LT_LAYER_PRESET;) {
    const LtLayer layer = (LtLayer) i;
    const LtLayer nearer = layer + 1;
    Place place;

    if (!find_in_layer(s, layer, path, &place) ||
        (!is_first && find_lock(s, setting, LT_N_CATEGORIES, &nearer) == NULL))
      continue;
    add(s, path, &place, lock);
    is_first = FALSE;
  }
}

static void
explain_all(Search *s)
{
  for (guint i = 0; i < LT_N_SETTINGS; i++) {
    const LtSetting setting = (LtSetting) i;
    const char *path = lt_locks_paths()[i];

    if (setting < LT_N_SCALARS)
      explain_one(s, path, setting, LT_N_CATEGORIES);
    else if (setting == LT_SETTING_ALLOW || setting == LT_SETTING_BLOCK)
      explain_list(s, path, setting);
    else
      explain_nearest(s, path, setting);
  }
  for (guint i = 0; i < LT_N_CATEGORIES; i++) {
    g_autofree char *path = g_strdup_printf("sites.categories.%s", lt_category_ids()[i]);

    explain_one(s, path, LT_N_SETTINGS, (LtCategory) i);
  }
}

GPtrArray *
lt_origins_find(LtPolicy *const *documents, gsize n_documents, const LtAccount *account)
{
  g_autoptr(LtJoin) join = lt_join_new(documents, n_documents);
  g_auto(LtJoinedChild) child = {0};
  Search s = {documents, n_documents, NULL, NULL};

  if (!lt_join_find_child(join, account, &child))
    return NULL;
  s.links = child.links;
  s.origins = g_ptr_array_new_with_free_func((GDestroyNotify) lt_origin_free);
  explain_all(&s);
  return s.origins;
}
