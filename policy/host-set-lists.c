/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of lists inside a host set's file: to JSON and back. */
#include "policy/host-set-lists.h"

#include <json_object.h>
#include <json_tokener.h>
#include <string.h>

void
lt_host_set_list_free(LtHostSetList *list)
{
  if (list == NULL)
    return;
  g_free(list->name);
  g_free(list->format);
  g_free(list->source);
  g_free(list->licence);
  g_free(list->date);
  g_free(list);
}

static char *
member_text(struct json_object *object, const char *key)
{
  struct json_object *member = json_object_object_get(object, key);

  return g_strdup(json_object_is_type(member, json_type_string) ? json_object_get_string(member)
                                                                : "");
}

static guint64
member_number(struct json_object *object, const char *key)
{
  return (guint64) json_object_get_int64(json_object_object_get(object, key));
}

static LtHostSetList *
read_list(struct json_object *object)
{
  g_autoptr(LtHostSetList) list = g_new0(LtHostSetList, 1);
  g_autofree char *category = NULL;

  if (!json_object_is_type(object, json_type_object))
    return NULL;
  category = member_text(object, "category");
  list->name = member_text(object, "name");
  list->category = lt_category_find(category);
  list->format = member_text(object, "format");
  list->source = member_text(object, "source");
  list->licence = member_text(object, "licence");
  list->date = member_text(object, "date");
  list->n_rules = member_number(object, "rules");
  list->n_skipped = member_number(object, "skipped");
  list->nearest_wins = json_object_get_boolean(json_object_object_get(object, "nearest-wins"));
  return list->category < LT_N_CATEGORIES ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
lt_host_set_lists_read(const char *json, gsize len)
{
  g_autoptr(GPtrArray) lists =
      g_ptr_array_new_with_free_func((GDestroyNotify) lt_host_set_list_free);
  struct json_tokener *tokener = json_tokener_new();
  struct json_object *array = json_tokener_parse_ex(tokener, json, (int) MIN(len, G_MAXINT));
  gboolean is_good = json_object_is_type(array, json_type_array) &&
                     json_object_array_length(array) <= LT_HOST_SET_MAX_LISTS;

  for (gsize i = 0; is_good && i < json_object_array_length(array); i++) {
    LtHostSetList *list = read_list(json_object_array_get_idx(array, i));

    is_good = list != NULL;
    if (list != NULL)
      g_ptr_array_add(lists, list);
  }
  json_object_put(array);
  json_tokener_free(tokener);
  return is_good ? g_steal_pointer(&lists) : NULL;
}

static void
add_text(struct json_object *object, const char *key, const char *text)
{
  json_object_object_add(object, key, json_object_new_string(text));
}

static struct json_object *
write_list(const LtHostSetList *list)
{
  struct json_object *object = json_object_new_object();

  add_text(object, "name", list->name);
  add_text(object, "category", lt_category_ids()[list->category]);
  add_text(object, "format", list->format);
  add_text(object, "source", list->source);
  add_text(object, "licence", list->licence);
  add_text(object, "date", list->date);
  json_object_object_add(object, "rules", json_object_new_int64((gint64) list->n_rules));
  json_object_object_add(object, "skipped", json_object_new_int64((gint64) list->n_skipped));
  json_object_object_add(object, "nearest-wins", json_object_new_boolean(list->nearest_wins));
  return object;
}

char *
lt_host_set_lists_write(const GPtrArray *lists)
{
  struct json_object *array = json_object_new_array();
  char *text;

  for (guint i = 0; i < lists->len; i++)
    json_object_array_add(array, write_list(g_ptr_array_index(lists, i)));
  text = g_strdup(json_object_to_json_string_ext(
      array, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(array);
  return text;
}
