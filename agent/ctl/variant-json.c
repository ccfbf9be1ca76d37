/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of the bus as JSON, one object a line. */
#include "agent/ctl/variant-json.h"

#include <stdio.h>
#include <string.h>

static struct json_object *
from_array(GVariant *value)
{
  struct json_object *array = json_object_new_array();
  for (gsize i = 0; i < g_variant_n_children(value); i++) {
    g_autoptr(GVariant) item = g_variant_get_child_value(value, i);
    json_object_array_add(array, lt_variant_json(item));
  }
  return array;
}

static gboolean
is_no_moment(const char *key, GVariant *value)
{
  if (!g_variant_is_of_type(value, G_VARIANT_TYPE_INT64) ||
      (strcmp(key, "until") != 0 && strcmp(key, "answered") != 0))
    return FALSE;
  gint64 moment = g_variant_get_int64(value);
  return moment == 0 || moment == G_MAXINT64;
}

static gint
compare_keys(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Members in the order of the alphabet: the bus gives them in none. */
static struct json_object *
from_dictionary(GVariant *value)
{
  struct json_object *object = json_object_new_object();
  g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
  g_auto(GVariantDict) dict;
  GVariantIter iter;
  const char *key = NULL;
  g_variant_dict_init(&dict, value);
  g_variant_iter_init(&iter, value);
  while (g_variant_iter_next(&iter, "{&sv}", &key, NULL))
    g_ptr_array_add(keys, g_strdup(key));
  g_ptr_array_sort(keys, compare_keys);
  for (guint i = 0; i < keys->len; i++) {
    g_autoptr(GVariant) member = g_variant_dict_lookup_value(&dict, keys->pdata[i], NULL);
    json_object_object_add(object,
                           keys->pdata[i],
                           is_no_moment(keys->pdata[i], member) ? NULL : lt_variant_json(member));
  }
  return object;
}

struct json_object *
lt_variant_json(GVariant *value)
{
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT))
    return from_dictionary(value);
  if (g_variant_is_container(value))
    return from_array(value);
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
    return json_object_new_boolean(g_variant_get_boolean(value));
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
    return json_object_new_int64(g_variant_get_uint32(value));
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
    return json_object_new_int64(g_variant_get_int64(value));
  if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING) ||
      g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH))
    return json_object_new_string(g_variant_get_string(value, NULL));
  return NULL;
}

void
lt_variant_json_print(struct json_object *object)
{
  puts(json_object_to_json_string_ext(object,
                                      JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(object);
}
