/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Detached signatures of files, as minisign and OpenBSD's signify make them (Ed25519). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Two comments of at most 1,024 and 8,192 characters, two lines of base64; minisign's own limits.
 */
#define LT_SIGNATURE_MAX_BYTES 10240

/**
 * lt_signature_check:
 * @key: a public key: the second line of its file, see lt_catalogue_is_key()
 * @text: (array length=len): the signature's file, of whoever sent it; need not end in NUL
 * @path: the file that was signed
 * @out_utc_signed_s: (out): when, as minisign's trusted comment says; 0: it does not. Written on
 *   success only
 *
 * Fails with %LT_UPDATE_ERROR_REFUSED: another key's, damaged, or of another file; falls closed.
 */
gboolean lt_signature_check(const char *key,
                            const char *text,
                            gsize len,
                            const char *path,
                            gint64 *out_utc_signed_s,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
