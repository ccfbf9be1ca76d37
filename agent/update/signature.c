/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detached signatures of files, by libsodium. */
#include "agent/update/signature.h"

#include "agent/update/update.h"

#include <sodium.h>
#include <string.h>

#define N_KEY_ID 8
/* "Ed": of the file; "ED": of its BLAKE2b-512, which minisign makes today. */
#define N_ALGORITHM 2
#define N_KEY (N_ALGORITHM + N_KEY_ID + crypto_sign_PUBLICKEYBYTES)
#define N_SIGNATURE (N_ALGORITHM + N_KEY_ID + crypto_sign_BYTES)
#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define TIMESTAMP "timestamp:"

typedef struct {
  guint8 bytes[N_SIGNATURE];
  const char *comment; /* (nullable): what is signed too, after TRUSTED */
  guint8 of_comment[crypto_sign_BYTES];
} Signature;

static gboolean
refuse(GError **error, const char *what)
{
  g_set_error(error, LT_UPDATE_ERROR, LT_UPDATE_ERROR_REFUSED, "its signature: %s", what);
  return FALSE;
}

static gboolean
decode(const char *base64, guint8 *out, gsize n)
{
  gsize len = 0;

  return base64 != NULL &&
         sodium_base642bin(
             out, n, base64, strlen(base64), NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) ==
             0 &&
         len == n;
}

/* Two lines, or minisign's four. @lines: of the file, with an empty one behind the last. */
static gboolean
read_signature(char **lines, Signature *out)
{
  const guint n = g_strv_length(lines);

  if (n < 2 || !g_str_has_prefix(lines[0], UNTRUSTED) ||
      !decode(lines[1], out->bytes, sizeof out->bytes))
    return FALSE;
  out->comment = NULL;
  if (n == 2 || (n == 3 && *lines[2] == '\0'))
    return TRUE;
  if (n < 4 || n > 5 || (n == 5 && *lines[4] != '\0') || !g_str_has_prefix(lines[2], TRUSTED) ||
      !decode(lines[3], out->of_comment, sizeof out->of_comment))
    return FALSE;
  out->comment = lines[2] + strlen(TRUSTED);
  return TRUE;
}

static gboolean
is_signed(const Signature *signature, const guint8 *key, const guint8 *file, gsize len)
{
  guint8 digest[crypto_generichash_blake2b_BYTES_MAX];

  if (memcmp(signature->bytes, "ED", N_ALGORITHM) == 0) {
    crypto_generichash_blake2b(digest, sizeof digest, file, len, NULL, 0);
    file = digest;
    len = sizeof digest;
  } else if (memcmp(signature->bytes, "Ed", N_ALGORITHM) != 0) {
    return FALSE;
  }
  return crypto_sign_verify_detached(
             signature->bytes + N_ALGORITHM + N_KEY_ID, file, len, key + N_ALGORITHM + N_KEY_ID) ==
         0;
}

/* The comment is signed together with the file's signature. */
static gboolean
is_comment_signed(const Signature *signature, const guint8 *key)
{
  const guint8 *of_file = signature->bytes + N_ALGORITHM + N_KEY_ID;
  g_autoptr(GByteArray) both = g_byte_array_new();

  if (signature->comment == NULL)
    return TRUE;
  g_byte_array_append(both, of_file, crypto_sign_BYTES);
  g_byte_array_append(
      both, (const guint8 *) signature->comment, (guint) strlen(signature->comment));
  return crypto_sign_verify_detached(
             signature->of_comment, both->data, both->len, key + N_ALGORITHM + N_KEY_ID) == 0;
}

static gint64
time_of(const Signature *signature)
{
  if (signature->comment == NULL || !g_str_has_prefix(signature->comment, TIMESTAMP))
    return 0;
  return g_ascii_strtoll(signature->comment + strlen(TIMESTAMP), NULL, 10);
}

gboolean
lt_signature_check(const char *key_text,
                   const char *text,
                   gsize len,
                   const char *path,
                   gint64 *out_utc_signed_s,
                   GError **error)
{
  g_autofree char *copy = g_strndup(text, len);
  g_auto(GStrv) lines = g_strsplit(copy, "\n", 6);
  g_autoptr(GMappedFile) file = NULL;
  Signature signature;
  guint8 key[N_KEY];

  if (sodium_init() < 0)
    return refuse(error, "libsodium does not start");
  if (!decode(key_text, key, sizeof key))
    return refuse(error, "the key is none");
  if (len > LT_SIGNATURE_MAX_BYTES || !read_signature(lines, &signature))
    return refuse(error, "what came is none");
  if (memcmp(key + N_ALGORITHM, signature.bytes + N_ALGORITHM, N_KEY_ID) != 0)
    return refuse(error, "it is by another key");
  file = g_mapped_file_new(path, FALSE, error);
  if (file == NULL)
    return FALSE;
  if (!is_signed(&signature,
                 key,
                 (const guint8 *) g_mapped_file_get_contents(file),
                 g_mapped_file_get_length(file)) ||
      !is_comment_signed(&signature, key))
    return refuse(error, "the list is not what was signed");
  *out_utc_signed_s = time_of(&signature);
  return TRUE;
}
