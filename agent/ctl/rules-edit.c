/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One change in the text of a household's rules; all the rest stays as it was written. */
#include "agent/ctl/rules-edit.h"

#include <json_object.h>
#include <json_object_iterator.h>
#include <json_tokener.h>
#include <string.h>

G_DEFINE_QUARK(lt_rules_edit_error, lt_rules_edit_error)

typedef struct json_object Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_object_put)

/* (nullable): what @object, if it is one, has at @key. Borrowed. */
static Json *
member(Json *object, const char *key)
{
  Json *value = NULL;

  return key != NULL && json_object_is_type(object, json_type_object) &&
                 json_object_object_get_ex(object, key, &value)
             ? value
             : NULL;
}

static gboolean
is_text(Json *value, const char *text)
{
  return json_object_is_type(value, json_type_string) &&
         g_strcmp0(json_object_get_string(value), text) == 0;
}

static gsize
n_elements(Json *array)
{
  return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static Json *
read_rules(const char *text, GError **error)
{
  Json *rules = text[0] != '\0' ? json_tokener_parse(text) : json_object_new_object();

  if (!json_object_is_type(rules, json_type_object)) {
    json_object_put(rules);
    g_set_error_literal(error,
                        LT_RULES_EDIT_ERROR,
                        LT_RULES_EDIT_ERROR_NOT_RULES,
                        "the rules that are in force cannot be read");
    return NULL;
  }
  if (member(rules, "luytre") == NULL)
    json_object_object_add(rules, "luytre", json_object_new_int(1));
  if (member(rules, "children") == NULL)
    json_object_object_add(rules, "children", json_object_new_array());
  return rules;
}

/* (nullable): the child's own entry; one of a group is also others'. Borrowed. */
static Json *
find_child(Json *rules, const char *user)
{
  Json *children = member(rules, "children");

  for (gsize i = 0; i < n_elements(children); i++) {
    Json *child = json_object_array_get_idx(children, i);

    if (is_text(member(child, "user"), user))
      return child;
  }
  return NULL;
}

/* How many children and other profiles name the profile. */
static guint
count_uses(Json *rules, const char *profile)
{
  Json *children = member(rules, "children");
  Json *profiles = member(rules, "profiles");
  struct json_object_iterator at;
  struct json_object_iterator end;
  guint n = 0;

  for (gsize i = 0; i < n_elements(children); i++)
    n += is_text(member(json_object_array_get_idx(children, i), "profile"), profile);
  if (!json_object_is_type(profiles, json_type_object))
    return n;
  at = json_object_iter_begin(profiles);
  end = json_object_iter_end(profiles);
  for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
    if (strcmp(json_object_iter_peek_name(&at), profile) != 0)
      n += is_text(member(json_object_iter_peek_value(&at), "based-on"), profile);
  }
  return n;
}

/* A base with the profile's own name is one of a lower layer. */
static gboolean
is_based_on_own(Json *rules, const char *profile)
{
  Json *base = member(member(member(rules, "profiles"), profile), "based-on");

  return base != NULL && !is_text(base, profile) &&
         member(member(rules, "profiles"), json_object_get_string(base)) != NULL;
}

static gboolean
change_base(Json *rules, const char *profile, const char *preset, GError **error)
{
  if (count_uses(rules, profile) > 1 || is_based_on_own(rules, profile)) {
    g_set_error(error,
                LT_RULES_EDIT_ERROR,
                LT_RULES_EDIT_ERROR_SHARED,
                "profile \"%s\" of the household's rules is shared or based on another of them; "
                "write what you mean with \"rules show\" and \"rules set\"",
                profile);
    return FALSE;
  }
  json_object_object_add(
      member(member(rules, "profiles"), profile), "based-on", json_object_new_string(preset));
  return TRUE;
}

static void
add_child(Json *rules, const char *user, const char *preset)
{
  Json *child = json_object_new_object();

  json_object_object_add(child, "user", json_object_new_string(user));
  json_object_object_add(child, "profile", json_object_new_string(preset));
  json_object_array_add(member(rules, "children"), child);
}

char *
lt_rules_edit_set_preset(
    const char *text, const char *user, const char *preset, char **own_profile, GError **error)
{
  g_autoptr(Json) rules = read_rules(text, error);
  g_autofree char *own = NULL;
  Json *child;

  if (rules == NULL)
    return NULL;
  child = find_child(rules, user);
  if (child == NULL) {
    add_child(rules, user, preset);
  } else if (member(member(rules, "profiles"), json_object_get_string(member(child, "profile"))) ==
             NULL) {
    json_object_object_add(child, "profile", json_object_new_string(preset));
  } else {
    own = g_strdup(json_object_get_string(member(child, "profile")));
    if (!change_base(rules, own, preset, error))
      return NULL;
  }
  *own_profile = g_steal_pointer(&own);
  return g_strconcat(json_object_to_json_string_ext(rules,
                                                    JSON_C_TO_STRING_PRETTY |
                                                        JSON_C_TO_STRING_SPACED |
                                                        JSON_C_TO_STRING_NOSLASHESCAPE),
                     "\n",
                     NULL);
}
