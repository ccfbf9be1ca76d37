/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of a change in the text of a household's rules. */
#include "agent/ctl/rules-edit.h"

#include <json_object.h>
#include <json_tokener.h>

#define ENTRY(user, profile) "{\"user\":\"" user "\",\"profile\":\"" profile "\"}"
#define RULES(profiles, children)                                                                  \
  "{\"luytre\":1,\"profiles\":{" profiles "},\"children\":[" children "]}"

/* Each gives na the preset b6_8. */
static const struct {
  const char *label;
  const char *text;
  const char *after; /* without spaces; NULL: refused */
  const char *own;
} rows[] = {
    {"no rules", "", "{\"luytre\":1,\"children\":[" ENTRY("na", "b6_8") "]}", NULL},
    {"no children",
     "{\"luytre\":1}",
     "{\"luytre\":1,\"children\":[" ENTRY("na", "b6_8") "]}",
     NULL},
    {"a second child",
     RULES("", ENTRY("minh", "b9_11")),
     RULES("", ENTRY("minh", "b9_11") "," ENTRY("na", "b6_8")),
     NULL},
    {"another preset before",
     RULES("", ENTRY("na", "b3_5") "," ENTRY("minh", "b3_5")),
     RULES("", ENTRY("na", "b6_8") "," ENTRY("minh", "b3_5")),
     NULL},
    {"the same again", RULES("", ENTRY("na", "b6_8")), RULES("", ENTRY("na", "b6_8")), NULL},
    {"a group of that name is somebody else",
     RULES("", "{\"group\":\"na\",\"profile\":\"b3_5\"}"),
     RULES("", "{\"group\":\"na\",\"profile\":\"b3_5\"}," ENTRY("na", "b6_8")),
     NULL},
    {"a profile of its own",
     RULES("\"be-na\":{\"based-on\":\"b3_5\",\"sites\":{\"allow\":[\"a/b.vn\"]}}",
           ENTRY("na", "be-na")),
     RULES("\"be-na\":{\"based-on\":\"b6_8\",\"sites\":{\"allow\":[\"a/b.vn\"]}}",
           ENTRY("na", "be-na")),
     "be-na"},
    {"a profile on its own feet",
     RULES("\"be-na\":{}", ENTRY("na", "be-na")),
     RULES("\"be-na\":{\"based-on\":\"b6_8\"}", ENTRY("na", "be-na")),
     "be-na"},
    {"a profile with the name of a preset",
     RULES("\"b6_8\":{\"based-on\":\"b6_8\"}", ENTRY("na", "b6_8")),
     RULES("\"b6_8\":{\"based-on\":\"b6_8\"}", ENTRY("na", "b6_8")),
     "b6_8"},
    {"a profile that another child has too",
     RULES("\"ours\":{}", ENTRY("na", "ours") "," ENTRY("minh", "ours")),
     NULL,
     NULL},
    {"a profile that another one is based on",
     RULES("\"ours\":{},\"more\":{\"based-on\":\"ours\"}",
           ENTRY("na", "ours") "," ENTRY("minh", "more")),
     NULL,
     NULL},
    {"a profile based on another of the household's",
     RULES("\"ours\":{},\"be-na\":{\"based-on\":\"ours\"}", ENTRY("na", "be-na")),
     NULL,
     NULL},
    {"no JSON", "{", NULL, NULL},
    {"no object", "[]", NULL, NULL},
};

static void
test_set_preset(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *own = NULL;
    g_autofree char *text = lt_rules_edit_set_preset(rows[i].text, "na", "b6_8", &own, &error);

    g_test_message("%s", rows[i].label);
    g_assert_cmpstr(own, ==, rows[i].own);
    if (rows[i].after == NULL) {
      g_assert_null(text);
      g_assert_nonnull(error);
      continue;
    }
    g_assert_no_error(error);
    struct json_object *read = json_tokener_parse(text);
    g_assert_cmpstr(json_object_to_json_string_ext(
                        read, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                    ==,
                    rows[i].after);
    json_object_put(read);
  }
}

/* Words with marks stay readable. */
static void
test_words(void)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *own = NULL;
  g_autofree char *text =
      lt_rules_edit_set_preset("{\"luytre\": 1, \"note\": \"bé Na\"}", "na", "b6_8", &own, &error);

  g_assert_no_error(error);
  g_assert_nonnull(strstr(text, "\"bé Na\""));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rules-edit/set-preset", test_set_preset);
  g_test_add_func("/rules-edit/words", test_words);
  return g_test_run();
}
