/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a JSON document member by member, and says where it stands when something is wrong. */
#pragma once

#include "policy/json-position.h"

#include <glib.h>

G_BEGIN_DECLS

/* A school's file with every pupil and 20,000 sites is half of this. */
#define LT_JSON_MAX_BYTES (1024 * 1024)

struct json_object;

typedef struct _LtJsonDoc LtJsonDoc; /* a whole text, parsed */

/**
 * LtJsonAt:
 * @doc: the text
 * @parent: (nullable): the object or array around it; must outlive this
 * @step: from @parent to here
 * @value: json-c's value; NULL is JSON's null
 *
 * One place in a document. By value, on the stack, chained to the places above it.
 */
typedef struct LtJsonAt LtJsonAt;
struct LtJsonAt {
  const LtJsonDoc *doc;
  const LtJsonAt *parent;
  LtJsonStep step;
  struct json_object *value;
};

/**
 * lt_json_doc_new:
 * @json: (array length=len): copied
 * @file: its name for messages; copied
 *
 * Fails with %LT_POLICY_ERROR_TOO_LARGE or %LT_POLICY_ERROR_SYNTAX.
 */
LtJsonDoc *lt_json_doc_new(const char *json, gsize len, const char *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void lt_json_doc_free(LtJsonDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtJsonDoc, lt_json_doc_free)

const char *lt_json_doc_file(const LtJsonDoc *doc);
LtJsonAt lt_json_doc_root(const LtJsonDoc *doc);

/**
 * lt_json_where:
 * @steps: (array length=n_steps): the way from the whole text
 *
 * Returns: (transfer full): "FILE:LINE:COLUMN: /pointer". The whole document is written "/".
 */
char *lt_json_where(const LtJsonDoc *doc, const LtJsonStep *steps, gsize n_steps, gboolean at_key);

/* Each of the first two: sets @error to "WHERE: <format>" and returns FALSE. */
gboolean lt_json_refuse(const LtJsonAt *at, int code, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same, pointing at the member's name instead of its value. */
gboolean lt_json_refuse_key(const LtJsonAt *at, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Appends "WHERE: <format>" to @warnings, (element-type utf8), of which there is an end. */
void lt_json_warn(GPtrArray *warnings, const LtJsonAt *at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Reads one place into @target; FALSE with @error set. */
typedef gboolean (*LtJsonVisit)(const LtJsonAt *at, gpointer target, GError **error);

typedef struct {
  const char *key;
  LtJsonVisit visit;
} LtJsonField;

/**
 * lt_json_read_fields:
 * @at: must be an object
 * @fields: (array length=n_fields): every name that it may have (at most 15)
 *
 * Calls each member's visitor in the document's order; a name that is not in @fields is refused
 * with the nearest known one.
 */
gboolean lt_json_read_fields(const LtJsonAt *at,
                             const LtJsonField *fields,
                             gsize n_fields,
                             gpointer target,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Calls @visit for each member of an object, or each element of an array. */
gboolean lt_json_read_members(const LtJsonAt *at,
                              LtJsonVisit visit,
                              gpointer target,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean lt_json_read_elements(const LtJsonAt *at,
                               LtJsonVisit visit,
                               gpointer target,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What stands here, or a refusal that says what should. */
gboolean
lt_json_read_string(const LtJsonAt *at, const char **out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
lt_json_read_bool(const LtJsonAt *at, gboolean *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
lt_json_read_int(const LtJsonAt *at, gint64 *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A visitor for a text that only people read: a string, and that is all. */
gboolean lt_json_visit_text(const LtJsonAt *at, gpointer target, GError **error);

gboolean lt_json_is_string(const LtJsonAt *at);
gboolean lt_json_is_object(const LtJsonAt *at);

/**
 * lt_json_read_word:
 * @words: (array zero-terminated=1): the words that may stand here
 * @out: which of them
 */
gboolean lt_json_read_word(const LtJsonAt *at, const char *const *words, guint *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Refuses an object without a member @key. */
gboolean
lt_json_require(const LtJsonAt *at, const char *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* TRUE if the object has a member @key; @out is then its place. */
gboolean lt_json_find_member(const LtJsonAt *at, const char *key, LtJsonAt *out);

G_END_DECLS
