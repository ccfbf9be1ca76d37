/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where block lists come from: the package's catalogue of sources, and which of them a house wants.
 */
#pragma once

#include "policy/category.h"
#include "policy/lists/list.h"

#include <glib.h>

G_BEGIN_DECLS

/* An id is also the name of a file. */
#define LT_CATALOGUE_MAX_ID_BYTES 64

/* What begins like this is a list that somebody brought: luytrectl lists import. */
#define LT_CATALOGUE_IMPORT_PREFIX "import-"

/**
 * LtListOrigin:
 * @id: "hostsvn-gambling": small letters, digits and "-"
 * @format: %LT_N_LIST_FORMATS: guess
 * @url: "https://..."; NULL for a list that somebody brought
 * @signature: (nullable): where its signature is, "https://..."
 * @key: (nullable): whose signature it must have, see lt_catalogue_is_key(); both or none
 * @name, @home, @licence: (nullable): for people
 * @is_default: fetched where nobody chose
 * @is_verified: a person has opened the source and read its licence
 *
 * One source of a list.
 */
typedef struct {
  char *id;
  LtCategory category;
  LtListFormat format;
  char *url;
  char *signature;
  char *key;
  char *name;
  char *home;
  char *licence;
  gboolean is_default;
  gboolean is_verified;
} LtListOrigin;

LtListOrigin *lt_list_origin_new(void);
void lt_list_origin_free(LtListOrigin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtListOrigin, lt_list_origin_free)

/* Whether a text can be an id. */
gboolean lt_catalogue_is_id(const char *text);

/* Whether a text can be a public key of minisign or signify: base64 of "Ed" and 40 bytes. */
gboolean lt_catalogue_is_key(const char *text);

/**
 * lt_catalogue_read:
 * @json: (array length=len): {"lists": [{"id", "category", "url", "licence", ...}]}
 * @file: its name for messages
 *
 * Returns: (transfer full) (element-type LtListOrigin): NULL with %LT_POLICY_ERROR, which says
 * where.
 */
GPtrArray *lt_catalogue_read(const char *json, gsize len, const char *file, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_catalogue_choose:
 * @catalogue: (element-type LtListOrigin): takes the origins that are not wanted out of it
 * @json: (array length=len) (nullable): {"lists": [ID...], "own": [{"id", "category", "url",
 * ...}]}; without "lists", and for NULL: those that are fetched where nobody chose
 *
 * Leaves in @catalogue what is to be fetched. An id that the catalogue does not have is refused.
 */
gboolean lt_catalogue_choose(GPtrArray *catalogue,
                             const char *json,
                             gsize len,
                             const char *file,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
