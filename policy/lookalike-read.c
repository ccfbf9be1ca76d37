/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads names that are imitated, and what their imitators do, into tables. */
#include "policy/host.h"
#include "policy/json-reader.h"
#include "policy/lookalike-parts.h"
#include "policy/policy.h"

#include <string.h>

static const char *
keep(LtLookalikes *set, const char *text)
{
  char *copy = g_strdup(text);

  g_ptr_array_add(set->texts, copy);
  return copy;
}

static void
add_text(LtLookalikes *set, LtLabelTable *table, const char *text)
{
  const char *own = keep(set, text);

  lt_label_table_add(table, lt_label_hash(own, strlen(own)), own, own);
}

static void
add_variants(LtLookalikes *set, const LtLookalikeLabel *label, const char *domain)
{
  const gsize len = label->hashes.len;

  if (len < LT_LOOKALIKE_MIN_TYPO_LEN)
    return;
  lt_label_table_add(set->variants, label->hashes.prefix[len], label->text, domain);
  for (gsize without = 1; without < len; without++)
    lt_label_table_add(
        set->variants, lt_label_hashes_without(&label->hashes, without), label->text, domain);
}

static void
add_label(LtLookalikes *set, const char *text, const char *domain)
{
  const gsize len = strlen(text);
  char skeleton[LT_LABEL_MAX_LEN + 1];
  gsize n_skeleton;
  LtLookalikeLabel label;

  lt_lookalike_label_init(&label, text, len);
  set->lengths[(guchar) text[0] % LT_LOOKALIKE_N_LETTERS] |= G_GUINT64_CONSTANT(1) << len;
  lt_label_table_add(set->labels, label.hashes.prefix[len], text, domain);
  if (len >= LT_LOOKALIKE_MIN_INNER_LEN) {
    n_skeleton = lt_label_skeleton(text, len, skeleton);
    lt_label_table_add(
        set->skeletons, lt_label_hash(skeleton, n_skeleton), keep(set, skeleton), domain);
  }
  add_variants(set, &label, domain);
}

static void
add_domain(LtLookalikes *set, const char *name)
{
  const char *domain = keep(set, name);
  g_autofree char *first = g_strndup(domain, strcspn(domain, "."));

  lt_host_index_add(set->domains, domain);
  if (lt_label_table_get_text(set->labels, first, strlen(first)) == NULL)
    add_label(set, keep(set, first), domain);
}

/* A name or a word in lower case, as the tables want it. */
static gboolean
read_name(const LtJsonAt *at, const char **out, GError **error)
{
  const char *text;
  LtHost host;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  if (lt_host_from_wire((const guint8 *) text, strlen(text), &host) != LT_HOST_OK ||
      strcmp(host.name, text) != 0 || host.len > LT_LABEL_MAX_LEN)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no name; write small letters, digits, \"-\" and dots, at "
                          "most %d",
                          text,
                          LT_LABEL_MAX_LEN);
  *out = text;
  return TRUE;
}

static gboolean
visit_domain(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *name;

  if (!read_name(at, &name, error))
    return FALSE;
  add_domain(target, name);
  return TRUE;
}

static gboolean
visit_domains(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_domain, target, error);
}

static gboolean
visit_one_protected(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"kind", lt_json_visit_text},
      {"domains", visit_domains},
  };

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), target, error) &&
         lt_json_require(at, "domains", error);
}

static gboolean
visit_protected(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_one_protected, target, error);
}

static gboolean
visit_word(const LtJsonAt *at, gpointer target, GError **error)
{
  LtLookalikes *set = target;
  const char *word;

  if (!read_name(at, &word, error))
    return FALSE;
  add_text(set, set->words, word);
  return TRUE;
}

static gboolean
visit_words(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_word, target, error);
}

static gboolean
visit_suffix(const LtJsonAt *at, gpointer target, GError **error)
{
  LtLookalikes *set = target;
  const char *suffix;

  if (!read_name(at, &suffix, error))
    return FALSE;
  add_text(set, set->suffixes, suffix);
  return TRUE;
}

static gboolean
visit_suffixes(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_suffix, target, error);
}

static gboolean
visit_trusted_one(const LtJsonAt *at, gpointer target, GError **error)
{
  LtLookalikes *set = target;
  const char *suffix;

  if (!read_name(at, &suffix, error))
    return FALSE;
  lt_host_index_add(set->trusted, suffix);
  return TRUE;
}

static gboolean
visit_trusted(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_trusted_one, target, error);
}

static gboolean
visit_token(const LtJsonAt *at, gpointer target, GError **error)
{
  LtLookalikes *set = target;
  const char *token;
  GPtrArray **tokens;

  if (!read_name(at, &token, error))
    return FALSE;
  tokens = &set->tokens[(guchar) token[0] % LT_LOOKALIKE_N_LETTERS];
  if (*tokens == NULL)
    *tokens = g_ptr_array_new();
  g_ptr_array_add(*tokens, (gpointer) keep(set, token));
  return TRUE;
}

static gboolean
visit_tokens(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_token, target, error);
}

/* Letters that look alike are built in: data/embed-folding.py reads them here too. */
static gboolean
visit_letters(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_members(at, lt_json_visit_text, target, error);
}

gboolean
lt_lookalike_read(LtLookalikes *set, const char *json, gsize len, const char *file, GError **error)
{
  static const LtJsonField fields[] = {
      {"note", lt_json_visit_text},
      {"compiled-on", lt_json_visit_text},
      {"protected", visit_protected},
      {"added-words", visit_words},
      {"cheap-suffixes", visit_suffixes},
      {"trusted-suffixes", visit_trusted},
      {"gambling-tokens", visit_tokens},
      {"letters", visit_letters},
  };
  g_autoptr(LtJsonDoc) doc = lt_json_doc_new(json, len, file, error);
  LtJsonAt root;

  if (doc == NULL)
    return FALSE;
  root = lt_json_doc_root(doc);
  if (!lt_json_read_fields(&root, fields, G_N_ELEMENTS(fields), set, error))
    return FALSE;
  /* From "protected" to "gambling-tokens": half of it would find half of the imitations. */
  for (guint i = 2; i < 7; i++) {
    if (!lt_json_require(&root, fields[i].key, error))
      return FALSE;
  }
  return TRUE;
}
