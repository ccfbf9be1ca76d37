/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the catalogue of lists and a house's choice of them. */
#include "policy/lists/catalogue.h"

#include "policy/json-reader.h"
#include "policy/policy.h"

#include <string.h>

/* 42 bytes of base64, which need no filling. */
#define KEY_CHARS 56

/* What a document is read into. */
typedef struct {
  GPtrArray *origins;
  LtListOrigin *origin; /* the one that is being read */
  GPtrArray *wanted;    /* ids */
  gboolean is_chosen;
} Reader;

LtListOrigin *
lt_list_origin_new(void)
{
  LtListOrigin *origin = g_new0(LtListOrigin, 1);

  origin->category = LT_N_CATEGORIES;
  origin->format = LT_N_LIST_FORMATS;
  return origin;
}

void
lt_list_origin_free(LtListOrigin *origin)
{
  if (origin == NULL)
    return;
  g_free(origin->licence);
  g_free(origin->home);
  g_free(origin->name);
  g_free(origin->key);
  g_free(origin->signature);
  g_free(origin->url);
  g_free(origin->id);
  g_free(origin);
}

gboolean
lt_catalogue_is_id(const char *text)
{
  const gsize len = strlen(text);

  return len > 0 && len <= LT_CATALOGUE_MAX_ID_BYTES && text[0] != '-' &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

gboolean
lt_catalogue_is_key(const char *text)
{
  return strlen(text) == KEY_CHARS && g_str_has_prefix(text, "RW") &&
         strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") ==
             KEY_CHARS;
}

static LtListOrigin *
find_origin(const GPtrArray *origins, const char *id)
{
  for (guint i = 0; i < origins->len; i++) {
    LtListOrigin *origin = g_ptr_array_index(origins, i);

    if (g_strcmp0(origin->id, id) == 0)
      return origin;
  }
  return NULL;
}

static gboolean
visit_id(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *id;

  if (!lt_json_read_string(at, &id, error))
    return FALSE;
  if (!lt_catalogue_is_id(id) || g_str_has_prefix(id, LT_CATALOGUE_IMPORT_PREFIX))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no id; write small letters, digits and \"-\", at most %d, "
                          "and not \"" LT_CATALOGUE_IMPORT_PREFIX "\" in front",
                          id,
                          LT_CATALOGUE_MAX_ID_BYTES);
  if (find_origin(r->origins, id) != NULL)
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "there is another list \"%s\"; give it another id", id);
  r->origin->id = g_strdup(id);
  return TRUE;
}

static gboolean
visit_category(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  guint category;

  if (!lt_json_read_word(at, lt_category_ids(), &category, error))
    return FALSE;
  r->origin->category = (LtCategory) category;
  return TRUE;
}

static gboolean
visit_format(const LtJsonAt *at, gpointer target, GError **error)
{
  /* Folders and lists that include others are no single file. */
  static const char *const words[] = {
      "hosts", "domains", "adblock", "rpz", "dnsmasq", "unbound", NULL};
  Reader *r = target;
  guint word;

  if (!lt_json_read_word(at, words, &word, error))
    return FALSE;
  r->origin->format = lt_list_format_find(words[word]);
  return TRUE;
}

static gboolean
read_url(const LtJsonAt *at, char **out, GError **error)
{
  const char *url;

  if (!lt_json_read_string(at, &url, error))
    return FALSE;
  if (!g_str_has_prefix(url, "https://") || url[8] == '\0' ||
      url[strcspn(url, " \"\\<>\r\n\t")] != '\0')
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no address that lists are fetched from; write one that begins "
                          "with \"https://\"",
                          url);
  *out = g_strdup(url);
  return TRUE;
}

static gboolean
visit_url(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_url(at, &((Reader *) target)->origin->url, error);
}

static gboolean
visit_signature(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_url(at, &((Reader *) target)->origin->signature, error);
}

static gboolean
visit_key(const LtJsonAt *at, gpointer target, GError **error)
{
  const char *key;

  if (!lt_json_read_string(at, &key, error))
    return FALSE;
  if (!lt_catalogue_is_key(key))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no public key; write the second line of a file that minisign "
                          "or signify made, which begins with \"RW\"",
                          key);
  ((Reader *) target)->origin->key = g_strdup(key);
  return TRUE;
}

static gboolean
read_text(const LtJsonAt *at, char **out, GError **error)
{
  const char *text;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  *out = g_strdup(text);
  return TRUE;
}

static gboolean
visit_name(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_text(at, &((Reader *) target)->origin->name, error);
}

static gboolean
visit_home(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_text(at, &((Reader *) target)->origin->home, error);
}

static gboolean
visit_licence(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_text(at, &((Reader *) target)->origin->licence, error);
}

static gboolean
visit_default(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_bool(at, &((Reader *) target)->origin->is_default, error);
}

static gboolean
visit_verified(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_bool(at, &((Reader *) target)->origin->is_verified, error);
}

/* A list of either document: what a house adds needs no licence and no "default". */
static gboolean
visit_origin(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"id", visit_id},
      {"category", visit_category},
      {"format", visit_format},
      {"url", visit_url},
      {"signature", visit_signature},
      {"key", visit_key},
      {"name", visit_name},
      {"home", visit_home},
      {"licence", visit_licence},
      {"default", visit_default},
      {"verified", visit_verified},
  };
  Reader *r = target;
  g_autoptr(LtListOrigin) origin = lt_list_origin_new();

  r->origin = origin;
  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), r, error) ||
      !lt_json_require(at, "id", error) || !lt_json_require(at, "category", error) ||
      !lt_json_require(at, "url", error) ||
      (origin->key != NULL && !lt_json_require(at, "signature", error)) ||
      (origin->signature != NULL && !lt_json_require(at, "key", error)))
    return FALSE;
  g_ptr_array_add(r->origins, g_steal_pointer(&origin));
  return TRUE;
}

static gboolean
visit_shipped(const LtJsonAt *at, gpointer target, GError **error)
{
  return visit_origin(at, target, error) && lt_json_require(at, "licence", error) &&
         lt_json_require(at, "home", error);
}

static gboolean
visit_lists(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_shipped, target, error);
}

GPtrArray *
lt_catalogue_read(const char *json, gsize len, const char *file, GError **error)
{
  static const LtJsonField fields[] = {{"note", lt_json_visit_text}, {"lists", visit_lists}};
  g_autoptr(GPtrArray) origins =
      g_ptr_array_new_with_free_func((GDestroyNotify) lt_list_origin_free);
  Reader reader = {.origins = origins};
  g_autoptr(LtJsonDoc) doc = lt_json_doc_new(json, len, file, error);
  LtJsonAt root;

  if (doc == NULL)
    return NULL;
  root = lt_json_doc_root(doc);
  if (!lt_json_read_fields(&root, fields, G_N_ELEMENTS(fields), &reader, error) ||
      !lt_json_require(&root, "lists", error))
    return NULL;
  return g_steal_pointer(&origins);
}

static gboolean
visit_wanted(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;
  const char *id;

  if (!lt_json_read_string(at, &id, error))
    return FALSE;
  if (find_origin(r->origins, id) == NULL)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "the catalogue has no list \"%s\"; write an id of it",
                          id);
  g_ptr_array_add(r->wanted, g_strdup(id));
  return TRUE;
}

static gboolean
visit_choice(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  r->is_chosen = TRUE;
  return lt_json_read_elements(at, visit_wanted, target, error);
}

static gboolean
visit_own_list(const LtJsonAt *at, gpointer target, GError **error)
{
  Reader *r = target;

  if (!visit_origin(at, target, error))
    return FALSE;
  r->origin = g_ptr_array_index(r->origins, r->origins->len - 1);
  g_ptr_array_add(r->wanted, g_strdup(r->origin->id));
  return TRUE;
}

static gboolean
visit_own(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_elements(at, visit_own_list, target, error);
}

static gboolean
read_choice(Reader *reader, const char *json, gsize len, const char *file, GError **error)
{
  static const LtJsonField fields[] = {
      {"note", lt_json_visit_text},
      {"lists", visit_choice},
      {"own", visit_own},
  };
  g_autoptr(LtJsonDoc) doc = lt_json_doc_new(json, len, file, error);
  LtJsonAt root;

  if (doc == NULL)
    return FALSE;
  root = lt_json_doc_root(doc);
  return lt_json_read_fields(&root, fields, G_N_ELEMENTS(fields), reader, error);
}

gboolean
lt_catalogue_choose(
    GPtrArray *catalogue, const char *json, gsize len, const char *file, GError **error)
{
  g_autoptr(GPtrArray) wanted = g_ptr_array_new_with_free_func(g_free);
  Reader reader = {.origins = catalogue, .wanted = wanted};

  if (json != NULL && !read_choice(&reader, json, len, file, error))
    return FALSE;
  for (guint i = catalogue->len; i > 0; i--) {
    const LtListOrigin *origin = g_ptr_array_index(catalogue, i - 1);
    const gboolean is_named =
        g_ptr_array_find_with_equal_func(wanted, origin->id, g_str_equal, NULL);

    if (!is_named && (reader.is_chosen || !origin->is_default))
      g_ptr_array_remove_index(catalogue, i - 1);
  }
  return TRUE;
}
