/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Policy documents: where exactly a refusal points, what is warned of, and what stays bounded. */
#include "policy/policy-parts.h"
#include "policy/policy.h"

#include <string.h>

typedef struct {
  const char *label;
  const char *json;
  const char *message; /* after "f.json:" */
  LtPolicyError code;
} Refusal;

static const Refusal refusals[] = {
    {"empty",
     "",
     "1:1: /: the file ends here, but a value is missing; complete it",
     LT_POLICY_ERROR_SYNTAX},
    {"only space",
     " \n ",
     "2:2: /: the file ends here, but a value is missing; complete it",
     LT_POLICY_ERROR_SYNTAX},
    {"byte order mark",
     "\xef\xbb\xbf{}",
     "1:1: /: the file begins with a byte order mark; save it as UTF-8 without one",
     LT_POLICY_ERROR_SYNTAX},
    {"no UTF-8",
     "{\"luytre\":1,\n \"note\":\"\xe9\"}",
     "2:10: /: this byte is no UTF-8; save the file as UTF-8",
     LT_POLICY_ERROR_SYNTAX},
    {"columns count characters",
     "{\"note\":\"Lũy Tre\",x}",
     "1:19: /: a name between '\"' must stand here, like \"user\": \"na\"",
     LT_POLICY_ERROR_SYNTAX},
    {"trailing bytes",
     "{\"luytre\":1}\n}",
     "2:1: /: something follows after the end of the rules; remove it",
     LT_POLICY_ERROR_SYNTAX},
    {"two documents",
     "{\"luytre\":1}{}",
     "1:13: /: something follows after the end of the rules; remove it",
     LT_POLICY_ERROR_SYNTAX},
    {"missing comma",
     "{\"luytre\":1\n \"note\":\"\"}",
     "2:2: /: a comma is missing before this; add ','",
     LT_POLICY_ERROR_SYNTAX},
    {"comma at the end",
     "{\"luytre\":1,\n}",
     "2:1: /: a comma stands before the end; remove the comma",
     LT_POLICY_ERROR_SYNTAX},
    {"comma at a list's end",
     "{\"children\":[{},]}",
     "1:17: /children: a comma stands before the end; remove the comma",
     LT_POLICY_ERROR_SYNTAX},
    {"object not closed",
     "{\"luytre\":1",
     "1:12: /: the file ends inside { ... }; add the closing '}'",
     LT_POLICY_ERROR_SYNTAX},
    {"list not closed",
     "{\"children\":[1",
     "1:15: /children: the file ends inside [ ... ]; add the closing ']'",
     LT_POLICY_ERROR_SYNTAX},
    {"text not closed",
     "{\"note\":\"abc",
     "1:9: /note: this text has no end; add the closing '\"'",
     LT_POLICY_ERROR_SYNTAX},
    {"text over a line",
     "{\"note\":\"a\nb\"}",
     "1:11: /note: a text goes on over the end of the line; end it with '\"'",
     LT_POLICY_ERROR_SYNTAX},
    {"tab in a text",
     "{\"note\":\"a\tb\"}",
     "1:11: /note: a control character stands in a text; remove it",
     LT_POLICY_ERROR_SYNTAX},
    {"colon missing",
     "{\"note\" 1}",
     "1:9: /note: a ':' must stand between a name and its value",
     LT_POLICY_ERROR_SYNTAX},
    {"bare word",
     "{\"note\":yes}",
     "1:9: /note: no value begins like this; texts stand between '\"'",
     LT_POLICY_ERROR_SYNTAX},
    {"not a number",
     "{\"luytre\":NaN}",
     "1:11: /luytre: no value begins like this; texts stand between '\"'",
     LT_POLICY_ERROR_SYNTAX},
    {"apostrophes",
     "{\"note\":'a'}",
     "1:9: /note: a text stands between '\"', not between apostrophes",
     LT_POLICY_ERROR_SYNTAX},
    {"comment",
     "{\"note\":// a\n1}",
     "1:9: /note: JSON has no comments; move the words into \"note\"",
     LT_POLICY_ERROR_SYNTAX},
    {"zero before a number",
     "{\"luytre\":01}",
     "1:11: /luytre: a number cannot begin with 0; remove the 0",
     LT_POLICY_ERROR_SYNTAX},
    {"half a fraction",
     "{\"luytre\":1.}",
     "1:11: /luytre: not a number as JSON writes it; write it like 12 or -1.5",
     LT_POLICY_ERROR_SYNTAX},
    {"half an exponent",
     "{\"luytre\":1e}",
     "1:11: /luytre: not a number as JSON writes it; write it like 12 or -1.5",
     LT_POLICY_ERROR_SYNTAX},
    {"half a number",
     "{\"luytre\":-}",
     "1:11: /luytre: not a number as JSON writes it; write it like 12 or -1.5",
     LT_POLICY_ERROR_SYNTAX},
    {"unknown escape",
     "{\"note\":\"\\x\"}",
     "1:11: /note: a backslash with a letter that means nothing; write \"\\\\\" for one backslash",
     LT_POLICY_ERROR_SYNTAX},
    {"short escape",
     "{\"note\":\"\\u12\"}",
     "1:14: /note: \\u needs four hexadecimal digits; write the letter itself",
     LT_POLICY_ERROR_SYNTAX},
    {"NUL",
     "{\"note\":\"\\u0000\"}",
     "1:16: /note: \\u0000 cannot stand in a text; remove it",
     LT_POLICY_ERROR_SYNTAX},
    {"half a pair",
     "{\"note\":\"\\ud800\"}",
     "1:16: /note: half of a \\u pair is missing; write the letter itself",
     LT_POLICY_ERROR_SYNTAX},
    {"the wrong half of a pair",
     "{\"note\":\"\\udc00\"}",
     "1:16: /note: half of a \\u pair is missing; write the letter itself",
     LT_POLICY_ERROR_SYNTAX},
    {"a name twice",
     "{\"luytre\":1,\n  \"note\":\"\",\n  \"note\":\"\"}",
     "3:3: /note: this name stands here for the second time; keep one",
     LT_POLICY_ERROR_SYNTAX},
    {"a name twice, written in two ways",
     "{\"note\":\"\",\"n\\u006fte\":\"\"}",
     "1:12: /note: this name stands here for the second time; keep one",
     LT_POLICY_ERROR_SYNTAX},
    {"a pointer is escaped",
     "{\"profiles\":{\"a/b~c\":\n {}}}",
     "1:14: /profiles/a~1b~0c: \"a/b~c\" is no name of a profile; use letters without marks, "
     "digits, '.', '-' and '_', at most 64",
     LT_POLICY_ERROR_INVALID},
    {"a huge number",
     "{\"luytre\":99999999999999999999999}",
     "1:11: /luytre: form 9223372036854775807 of the rules is not known; write 1, or use a newer "
     "version of luytre",
     LT_POLICY_ERROR_VERSION},
    {"a number out of range",
     "{\"luytre\":1e999}",
     "1:11: /luytre: a whole number must stand here, not a number; change it",
     LT_POLICY_ERROR_INVALID},
    {"form zero",
     "{\"luytre\":0}",
     "1:11: /luytre: form 0 of the rules is not known; write 1, or use a newer version of luytre",
     LT_POLICY_ERROR_VERSION},
    {"a later form is told first",
     "{\"novelty\":{},\"luytre\":2}",
     "1:24: /luytre: form 2 of the rules is not known; write 1, or use a newer version of luytre",
     LT_POLICY_ERROR_VERSION},
    {"deep in a list",
     "{\"luytre\":1,\"profiles\":{\"p\":{\"sites\":{\"allow\":[\"a.vn\",\n    \"b c\"]}}}}",
     "2:5: /profiles/p/sites/allow/1: \"b c\" is not the name of a site; write one like \"olm.vn\"",
     LT_POLICY_ERROR_INVALID},
    {"a key among many",
     "{\"luytre\":1,\n\"children\":[{\"user\":\"na\",\"profile\":\"p\"},\n{\"user\":\"bi\","
     "\"prfile\":\"p\"}]}",
     "3:14: /children/1/prfile: \"prfile\" is not known here; did you mean \"profile\"?",
     LT_POLICY_ERROR_INVALID},
    {"nothing near",
     "{\"luytre\":1,\"zzzzzz\":0}",
     "1:13: /zzzzzz: \"zzzzzz\" is not known here; use one of: luytre, $schema, note, profiles, "
     "children, categories, help-channels, starter-sites",
     LT_POLICY_ERROR_INVALID},
};

static void
test_refusals(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
    const Refusal *row = &refusals[i];
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = g_strconcat("f.json:", row->message, NULL);
    LtPolicy *policy =
        lt_policy_parse(row->json, strlen(row->json), "f.json", LT_LAYER_HOUSEHOLD, &error);

    g_test_message("%s", row->label);
    g_assert_null(policy);
    g_assert_cmpstr(error->message, ==, expected);
    g_assert_error(error, LT_POLICY_ERROR, (int) row->code);
  }
}

static char *
nested(guint depth)
{
  GString *json = g_string_new("{\"luytre\":1,\"profiles\":");

  for (guint i = 0; i < depth; i++)
    g_string_append_c(json, '[');
  return g_string_free(json, FALSE);
}

static void
test_depth(void)
{
  /* 15 lists in the object are within the bound and miss their ends; 16 are too many. */
  static const struct {
    guint depth;
    const char *what;
  } rows[] = {
      {15, "the file ends here"},
      {16, "too many brackets inside each other"},
      {500000, "too many brackets inside each other"},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *json = nested(rows[i].depth);

    g_assert_null(lt_policy_parse(json, strlen(json), "f", LT_LAYER_HOUSEHOLD, &error));
    g_assert_error(error, LT_POLICY_ERROR, LT_POLICY_ERROR_SYNTAX);
    g_assert_nonnull(strstr(error->message, rows[i].what));
  }
}

static void
test_size(void)
{
  static const char head[] = "{\"luytre\":1,\"note\":\"";
  gsize limit = LT_JSON_MAX_BYTES;

  for (gsize len = limit - 1; len <= limit + 1; len++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(LtPolicy) policy = NULL;
    g_autofree char *json = g_malloc(len);

    memset(json, 'x', len);
    memcpy(json, head, strlen(head));
    memcpy(json + len - 2, "\"}", 2);
    policy = lt_policy_parse(json, len, "f", LT_LAYER_HOUSEHOLD, &error);
    if (len <= limit) {
      g_assert_no_error(error);
      g_assert_nonnull(policy);
    } else {
      g_assert_error(error, LT_POLICY_ERROR, LT_POLICY_ERROR_TOO_LARGE);
      g_assert_cmpstr(
          error->message,
          ==,
          "f:1:1: /: more than 1 MiB; split the rules into several files, or use a list");
    }
  }
}

static void
test_bytes_not_ended(void)
{
  /* Nothing after len is read: a NUL is not needed there, and one inside is refused. */
  static const char json[] = "{\"luytre\":1}garbage";
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = lt_policy_parse(json, 12, "f", LT_LAYER_SITE, &error);

  g_assert_no_error(error);
  g_assert_cmpstr(lt_policy_file(policy), ==, "f");
  g_assert_cmpint(lt_policy_layer(policy), ==, LT_LAYER_SITE);
  g_assert_null(lt_policy_parse("{\"luytre\":1}\0", 13, "f", LT_LAYER_SITE, &error));
  g_assert_cmpstr(error->message, ==, "f:1:13: /: this byte is no UTF-8; save the file as UTF-8");
}

typedef struct {
  const char *label;
  LtLayer layer;
  const char *json;
  const char *warnings[3]; /* after "f.json:"; NULL ends */
} Warning;

static const Warning warnings[] = {
    {"none",
     LT_LAYER_HOUSEHOLD,
     "{'luytre':1,'profiles':{'p':{'based-on':'q'}},'children':[{'user':'na','profile':'p'}]}",
     {NULL}},
    {"public suffixes",
     LT_LAYER_SITE,
     "{'luytre':1,'profiles':{'p':{'based-on':'q','sites':{\n'allow':['com.vn'],'block':['=com.vn',"
     "'*.github.io','vn']}}}}",
     {"2:10: /profiles/p/sites/allow/0: \"com.vn\" is a public suffix: under it stand the sites of "
      "many owners, so this entry matches that name alone; name the sites",
      "2:39: /profiles/p/sites/block/1: \"*.github.io\" is a public suffix: under it stand the "
      "sites of many owners, so this entry matches that name alone; name the sites",
      "2:53: /profiles/p/sites/block/2: \"vn\" is a public suffix: under it stand the sites of "
      "many owners, so this entry matches that name alone; name the sites"}},
    {"nobody's",
     LT_LAYER_HOUSEHOLD,
     "{'luytre':1,'profiles':{\n 'p':{'based-on':'q'}}}",
     {"2:6: /profiles/p: nobody has this profile; name it in \"children\""}},
    {"a site's may be nobody's",
     LT_LAYER_SITE,
     "{'luytre':1,'profiles':{'p':{'based-on':'q'}}}",
     {NULL}},
    {"no default",
     LT_LAYER_SITE,
     "{'luytre':1,'profiles':{'p':{}}}",
     {"1:29: /profiles/p: this profile says nothing of other sites: they are blocked; add "
      "\"based-on\", or \"default\" to \"sites\""}},
    {"a lock of the household",
     LT_LAYER_HOUSEHOLD,
     "{'luytre':1,'profiles':{'p':{'based-on':'q','locked':['time']}},'children':[{'group':'g','"
     "profile':'p'}]}",
     {"1:29: /profiles/p: \"locked\" has no effect here: nothing comes after the household's "
      "rules; remove it"}},
    {"an entry twice",
     LT_LAYER_SITE,
     "{'luytre':1,'profiles':{'p':{'based-on':'q','sites':{'allow':['OLM.vn','olm.vn.']}}}}",
     {"1:72: /profiles/p/sites/allow/1: \"olm.vn\" is listed twice; remove one"}},
};

static void
test_warnings(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(warnings); i++) {
    const Warning *row = &warnings[i];
    g_autoptr(GError) error = NULL;
    g_autofree char *json = g_strdelimit(g_strdup(row->json), "'", '"');
    g_autoptr(LtPolicy) policy = lt_policy_parse(json, strlen(json), "f.json", row->layer, &error);
    const char *const *got;
    guint n = 0;

    g_test_message("%s", row->label);
    g_assert_no_error(error);
    for (got = lt_policy_warnings(policy); *got != NULL; got++, n++) {
      g_autofree char *expected = NULL;

      g_assert_cmpuint(n, <, G_N_ELEMENTS(row->warnings));
      expected = g_strconcat("f.json:", row->warnings[n], NULL);
      g_assert_cmpstr(*got, ==, expected);
    }
    if (n < G_N_ELEMENTS(row->warnings))
      g_assert_null(row->warnings[n]);
  }
}

static void
test_warnings_end(void)
{
  g_autoptr(GString) json = g_string_new(
      "{\"luytre\":1,\"profiles\":{\"p\":{\"based-on\":\"q\",\"sites\":{\"block\":[\"vn\"");
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = NULL;

  for (guint i = 0; i < 10000; i++)
    g_string_append(json, ",\"com.vn\"");
  g_string_append(json, "]}}}}");
  policy = lt_policy_parse(json->str, json->len, "f", LT_LAYER_SITE, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(g_strv_length((char **) lt_policy_warnings(policy)), ==, 50);
}

static void
test_profiles_end(void)
{
  g_autoptr(GString) json = g_string_new("{\"luytre\":1,\"profiles\":{\"p\":{}");
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 500; i++)
    g_string_append_printf(json, ",\"p%u\":{\"based-on\":\"p\"}", i);
  g_string_append(json, "}}");
  g_assert_null(lt_policy_parse(json->str, json->len, "f", LT_LAYER_SITE, &error));
  g_assert_nonnull(
      strstr(error->message, ": /profiles/p499: more than 500 profiles; split them into several"));
}

static void
test_who(void)
{
  static const char json[] =
      "{\"luytre\":1,\"children\":[{\"user\":\"na\",\"profile\":\"p\"},"
      "{\"group\":\"lop-6a\",\"profile\":\"p\"},{\"profile\":\"q\",\"user\":\"bi\"}]}";
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = lt_policy_parse(json, strlen(json), "f", LT_LAYER_HOUSEHOLD, &error);
  const char *const users[] = {"na", "bi", NULL};
  const char *const groups[] = {"lop-6a", NULL};

  g_assert_no_error(error);
  g_assert_true(g_strv_equal(lt_policy_users(policy), users));
  g_assert_true(g_strv_equal(lt_policy_groups(policy), groups));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/policy/refusals", test_refusals);
  g_test_add_func("/policy/depth", test_depth);
  g_test_add_func("/policy/size", test_size);
  g_test_add_func("/policy/bytes-not-ended", test_bytes_not_ended);
  g_test_add_func("/policy/warnings", test_warnings);
  g_test_add_func("/policy/warnings-end", test_warnings_end);
  g_test_add_func("/policy/profiles-end", test_profiles_end);
  g_test_add_func("/policy/who", test_who);
  return g_test_run();
}
