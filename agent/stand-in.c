/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document that stands in for a household's rules that are lost: the same children, closed. */
#include "agent/stand-in.h"

#include <json-c/json.h>
#include <string.h>

/* Shown as a profile that is missing, which it is. */
#define PROFILE "the-rules-that-were-lost"

static void
add_children(struct json_object *children, const char *kind, const char *const *names)
{
  for (gsize i = 0; names[i] != NULL; i++) {
    struct json_object *child = json_object_new_object();
    json_object_object_add(child, kind, json_object_new_string(names[i]));
    json_object_object_add(child, "profile", json_object_new_string(PROFILE));
    json_object_array_add(children, child);
  }
}

GBytes *
lt_stand_in_make(const LtPolicy *household)
{
  struct json_object *document = json_object_new_object();
  struct json_object *children = json_object_new_array();
  json_object_object_add(document, "luytre", json_object_new_int(1));
  json_object_object_add(document, "children", children);
  add_children(children, "user", lt_policy_users(household));
  add_children(children, "group", lt_policy_groups(household));
  const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PRETTY);
  GBytes *bytes = g_bytes_new(text, strlen(text));
  json_object_put(document);
  return bytes;
}
