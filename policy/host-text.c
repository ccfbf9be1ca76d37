/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names as people type them, and where the sites of one owner begin. */
#include "policy/host.h"

#include <idn2.h>
#include <libpsl.h>
#include <string.h>

/* A typed name is at most this long; a U-label needs at most four bytes for each character. */
#define MAX_TEXT_BYTES (4 * LT_HOST_MAX_LEN + 1)

static gboolean
is_ascii(const char *text)
{
  for (; *text != '\0'; text++) {
    if ((guchar) *text >= 0x80)
      return FALSE;
  }
  return TRUE;
}

LtHostAnswer
lt_host_from_text(const char *text, LtHost *out)
{
  char *ascii = NULL;
  LtHostAnswer answer = LT_HOST_BAD;

  if (text == NULL || strlen(text) > MAX_TEXT_BYTES)
    return LT_HOST_BAD;
  if (is_ascii(text))
    return lt_host_from_wire((const guint8 *) text, strlen(text), out);

  /* UTS 46 folds case and full-width dots; non-transitional keeps sharp s as browsers do. */
  if (idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) == IDN2_OK)
    answer = lt_host_from_wire((const guint8 *) ascii, strlen(ascii), out);
  idn2_free(ascii);
  return answer;
}

gboolean
lt_host_is_public_suffix(const char *host)
{
  /* Without the star rule: a name that the list does not know ("lan", "home") is nobody's registry.
   */
  return psl_is_public_suffix2(psl_builtin(), host, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

const char *
lt_host_registrable(const char *host)
{
  return psl_registrable_domain(psl_builtin(), host);
}
