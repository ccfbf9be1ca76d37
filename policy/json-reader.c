/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a JSON document with json-c; every refusal names file, line, column and pointer. */
#include "policy/json-reader.h"

#include "policy/nearest.h"
#include "policy/policy.h"

#include <json_object.h>
#include <json_object_iterator.h>
#include <json_tokener.h>
#include <string.h>

#define MAX_FIELDS 15

/* Each is looked for in the text again, and nobody reads more. */
#define MAX_WARNINGS 50

struct _LtJsonDoc {
  char *file;
  char *text;
  gsize len;
  struct json_object *root;
};

static gboolean
refuse_offset(const LtJsonDoc *doc,
              gsize offset,
              const char *pointer,
              LtPolicyError code,
              const char *what,
              GError **error)
{
  guint line;
  guint column;

  lt_json_line_column(doc->text, doc->len, offset, &line, &column);
  g_set_error(error,
              LT_POLICY_ERROR,
              (int) code,
              "%s:%u:%u: %s: %s",
              doc->file,
              line,
              column,
              *pointer != '\0' ? pointer : "/",
              what);
  return FALSE;
}

static gboolean
check_bytes(const LtJsonDoc *doc, GError **error)
{
  g_auto(LtJsonFault) fault = {0};
  const char *end;

  if (doc->len > LT_JSON_MAX_BYTES)
    return refuse_offset(doc,
                         0,
                         "",
                         LT_POLICY_ERROR_TOO_LARGE,
                         "more than 1 MiB; split the rules into several files, or use a list",
                         error);
  if (doc->len >= 3 && memcmp(doc->text, "\xef\xbb\xbf", 3) == 0)
    return refuse_offset(doc,
                         0,
                         "",
                         LT_POLICY_ERROR_SYNTAX,
                         "the file begins with a byte order mark; save it as UTF-8 without one",
                         error);
  if (!g_utf8_validate_len(doc->text, doc->len, &end))
    return refuse_offset(doc,
                         (gsize) (end - doc->text),
                         "",
                         LT_POLICY_ERROR_SYNTAX,
                         "this byte is no UTF-8; save the file as UTF-8",
                         error);
  if (!lt_json_check(doc->text, doc->len, &fault))
    return refuse_offset(
        doc, fault.offset, fault.pointer, LT_POLICY_ERROR_SYNTAX, fault.what, error);
  return TRUE;
}

static gboolean
parse_bytes(LtJsonDoc *doc, GError **error)
{
  struct json_tokener *tokener = json_tokener_new_ex(LT_JSON_MAX_DEPTH + 1);
  enum json_tokener_error answer;
  gsize at;

  g_return_val_if_fail(tokener != NULL, FALSE);
  json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  /* With the NUL behind the text: a number at its very end is then complete. */
  doc->root = json_tokener_parse_ex(tokener, doc->text, (int) doc->len + 1);
  answer = json_tokener_get_error(tokener);
  at = json_tokener_get_parse_end(tokener);
  json_tokener_free(tokener);
  if (answer == json_tokener_success)
    return TRUE;
  return refuse_offset(doc, at, "", LT_POLICY_ERROR_SYNTAX, json_tokener_error_desc(answer), error);
}

LtJsonDoc *
lt_json_doc_new(const char *json, gsize len, const char *file, GError **error)
{
  g_autoptr(LtJsonDoc) doc = g_new0(LtJsonDoc, 1);

  doc->file = g_strdup(file);
  doc->len = len;
  doc->text = g_strndup("", 0);
  if (len <= LT_JSON_MAX_BYTES) {
    g_free(doc->text);
    doc->text = g_malloc(len + 1);
    if (len > 0)
      memcpy(doc->text, json, len);
    doc->text[len] = '\0';
  }
  if (!check_bytes(doc, error) || !parse_bytes(doc, error))
    return NULL;
  return g_steal_pointer(&doc);
}

void
lt_json_doc_free(LtJsonDoc *doc)
{
  if (doc == NULL)
    return;
  json_object_put(doc->root);
  g_free(doc->text);
  g_free(doc->file);
  g_free(doc);
}

const char *
lt_json_doc_file(const LtJsonDoc *doc)
{
  return doc->file;
}

LtJsonAt
lt_json_doc_root(const LtJsonDoc *doc)
{
  return (LtJsonAt){.doc = doc, .value = doc->root};
}

char *
lt_json_where(const LtJsonDoc *doc, const LtJsonStep *steps, gsize n_steps, gboolean at_key)
{
  g_autoptr(GString) pointer = g_string_new(NULL);
  guint line;
  guint column;

  lt_json_line_column(doc->text,
                      doc->len,
                      lt_json_find(doc->text, doc->len, steps, n_steps, at_key),
                      &line,
                      &column);
  for (gsize i = 0; i < n_steps; i++)
    lt_json_pointer_append(pointer, &steps[i]);
  return g_strdup_printf(
      "%s:%u:%u: %s", doc->file, line, column, pointer->len > 0 ? pointer->str : "/");
}

static char *
where(const LtJsonAt *at, gboolean at_key)
{
  LtJsonStep steps[LT_JSON_MAX_DEPTH];
  gsize n = 0;
  const LtJsonAt *level;

  for (level = at; level->parent != NULL; level = level->parent)
    n++;
  g_return_val_if_fail(n <= LT_JSON_MAX_DEPTH, g_strdup(at->doc->file));
  for (gsize i = n; at->parent != NULL; at = at->parent)
    steps[--i] = at->step;
  return lt_json_where(at->doc, steps, n, at_key);
}

static gboolean refuse_va(
    const LtJsonAt *at, gboolean at_key, int code, GError **error, const char *format, va_list args)
    G_GNUC_PRINTF(5, 0);

static gboolean
refuse_va(
    const LtJsonAt *at, gboolean at_key, int code, GError **error, const char *format, va_list args)
{
  g_autofree char *place = where(at, at_key);
  g_autofree char *what = g_strdup_vprintf(format, args);

  g_set_error(error, LT_POLICY_ERROR, code, "%s: %s", place, what);
  return FALSE;
}

gboolean
lt_json_refuse(const LtJsonAt *at, int code, GError **error, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  refuse_va(at, FALSE, code, error, format, args);
  va_end(args);
  return FALSE;
}

gboolean
lt_json_refuse_key(const LtJsonAt *at, GError **error, const char *format, ...)
{
  va_list args;

  va_start(args, format);
  refuse_va(at, TRUE, LT_POLICY_ERROR_INVALID, error, format, args);
  va_end(args);
  return FALSE;
}

void
lt_json_warn(GPtrArray *warnings, const LtJsonAt *at, const char *format, ...)
{
  g_autofree char *place = NULL;
  g_autofree char *what = NULL;
  va_list args;

  if (warnings->len >= MAX_WARNINGS)
    return;
  va_start(args, format);
  what = g_strdup_vprintf(format, args);
  va_end(args);
  place = where(at, FALSE);
  g_ptr_array_add(warnings, g_strdup_printf("%s: %s", place, what));
}

static const char *
words_for_type(const LtJsonAt *at)
{
  switch (json_object_get_type(at->value)) {
  case json_type_null:
    return "null";
  case json_type_boolean:
    return "true or false";
  case json_type_double:
  case json_type_int:
    return "a number";
  case json_type_object:
    return "an object";
  case json_type_array:
    return "a list";
  case json_type_string:
    return "a text";
  }
  g_return_val_if_reached("something else");
}

static gboolean
refuse_type(const LtJsonAt *at, const char *wanted, GError **error)
{
  return lt_json_refuse(at,
                        LT_POLICY_ERROR_INVALID,
                        error,
                        "%s must stand here, not %s; change it",
                        wanted,
                        words_for_type(at));
}

gboolean
lt_json_is_string(const LtJsonAt *at)
{
  return json_object_is_type(at->value, json_type_string);
}

gboolean
lt_json_is_object(const LtJsonAt *at)
{
  return json_object_is_type(at->value, json_type_object);
}

gboolean
lt_json_read_string(const LtJsonAt *at, const char **out, GError **error)
{
  if (!lt_json_is_string(at))
    return refuse_type(at, "a text between '\"'", error);
  *out = json_object_get_string(at->value);
  return TRUE;
}

gboolean
lt_json_visit_text(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *text;

  return lt_json_read_string(at, &text, error);
}

gboolean
lt_json_read_bool(const LtJsonAt *at, gboolean *out, GError **error)
{
  if (!json_object_is_type(at->value, json_type_boolean))
    return refuse_type(at, "true or false", error);
  *out = json_object_get_boolean(at->value) != 0;
  return TRUE;
}

gboolean
lt_json_read_int(const LtJsonAt *at, gint64 *out, GError **error)
{
  if (!json_object_is_type(at->value, json_type_int))
    return refuse_type(at, "a whole number", error);
  *out = json_object_get_int64(at->value);
  return TRUE;
}

gboolean
lt_json_read_word(const LtJsonAt *at, const char *const *words, guint *out, GError **error)
{
  g_autofree char *known = NULL;
  const char *word;
  const char *near;

  if (!lt_json_read_string(at, &word, error))
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], word) == 0) {
      *out = i;
      return TRUE;
    }
  }
  near = lt_nearest_word(word, words);
  if (near != NULL)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is not known here; did you mean \"%s\"?",
                          word,
                          near);
  known = g_strjoinv(", ", (char **) words);
  return lt_json_refuse(
      at, LT_POLICY_ERROR_INVALID, error, "\"%s\" is not known here; use one of: %s", word, known);
}

gboolean
lt_json_find_member(const LtJsonAt *at, const char *key, LtJsonAt *out)
{
  struct json_object *value;

  if (!lt_json_is_object(at) || !json_object_object_get_ex(at->value, key, &value))
    return FALSE;
  *out = (LtJsonAt){at->doc, at, {key, 0}, value};
  return TRUE;
}

gboolean
lt_json_require(const LtJsonAt *at, const char *key, GError **error)
{
  LtJsonAt member;

  if (lt_json_find_member(at, key, &member))
    return TRUE;
  return lt_json_refuse(at, LT_POLICY_ERROR_INVALID, error, "\"%s\" is missing; add it", key);
}

gboolean
lt_json_read_members(const LtJsonAt *at, LtJsonVisit visit, gpointer target, GError **error)
{
  struct json_object_iterator i;
  struct json_object_iterator end;

  if (!lt_json_is_object(at))
    return refuse_type(at, "an object { ... }", error);
  end = json_object_iter_end(at->value);
  for (i = json_object_iter_begin(at->value); !json_object_iter_equal(&i, &end);
       json_object_iter_next(&i)) {
    LtJsonAt member = {
        at->doc, at, {json_object_iter_peek_name(&i), 0}, json_object_iter_peek_value(&i)};

    if (!visit(&member, target, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
lt_json_read_elements(const LtJsonAt *at, LtJsonVisit visit, gpointer target, GError **error)
{
  gsize n;

  if (!json_object_is_type(at->value, json_type_array))
    return refuse_type(at, "a list [ ... ]", error);
  n = json_object_array_length(at->value);
  for (gsize i = 0; i < n; i++) {
    LtJsonAt element = {at->doc, at, {NULL, i}, json_object_array_get_idx(at->value, i)};

    if (!visit(&element, target, error))
      return FALSE;
  }
  return TRUE;
}

typedef struct {
  const LtJsonField *fields;
  gsize n_fields;
  gpointer target;
} Fields;

static gboolean
refuse_unknown(const LtJsonAt *at, const Fields *fields, GError **error)
{
  g_autofree char *known = NULL;
  const char *keys[MAX_FIELDS + 1] = {NULL};
  const char *near;

  for (gsize i = 0; i < fields->n_fields && i < MAX_FIELDS; i++)
    keys[i] = fields->fields[i].key;
  near = lt_nearest_word(at->step.key, keys);
  if (near != NULL)
    return lt_json_refuse_key(
        at, error, "\"%s\" is not known here; did you mean \"%s\"?", at->step.key, near);
  known = g_strjoinv(", ", (char **) keys);
  return lt_json_refuse_key(
      at, error, "\"%s\" is not known here; use one of: %s", at->step.key, known);
}

static gboolean
visit_field(const LtJsonAt *at, gpointer target, GError **error)
{
  const Fields *fields = target;

  for (gsize i = 0; i < fields->n_fields; i++) {
    if (strcmp(fields->fields[i].key, at->step.key) == 0)
      return fields->fields[i].visit(at, fields->target, error);
  }
  return refuse_unknown(at, fields, error);
}

gboolean
lt_json_read_fields(
    const LtJsonAt *at, const LtJsonField *fields, gsize n_fields, gpointer target, GError **error)
{
  Fields all = {fields, n_fields, target};

  g_return_val_if_fail(n_fields <= MAX_FIELDS, FALSE);
  return lt_json_read_members(at, visit_field, &all, error);
}
