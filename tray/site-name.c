/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a site's name, which a stranger chose, is shown to a person. */
#include "tray/site-name.h"

#include <idn2.h>
#include <string.h>

#define REPLACEMENT 0xFFFD

/* The letters of Vietnamese outside a-z: base vowels and đ, and those with a tone mark. */
static gboolean
is_vietnamese(gunichar c)
{
  static const gunichar latin[] = {
      0xE0, 0xE1, 0xE2, 0xE3, 0xE8, 0xE9,  0xEA,  0xEC,  0xED,  0xF2,  0xF3,
      0xF4, 0xF5, 0xF9, 0xFA, 0xFD, 0x103, 0x111, 0x129, 0x169, 0x1A1, 0x1B0,
  };
  for (gsize i = 0; i < G_N_ELEMENTS(latin); i++) {
    if (latin[i] == c)
      return TRUE;
  }
  /* U+1EA0..U+1EF9 holds capital and small letters in turn. */
  return c >= 0x1EA1 && c <= 0x1EF9 && (c & 1) == 1;
}

static gboolean
is_host_ascii(gunichar c)
{
  /* The underscore lives in real names, the colon and brackets in IPv6 addresses. */
  return c < 0x80 && (g_ascii_isalnum((char) c) || strchr("-._:[]", (int) c));
}

static gboolean
is_safe_unicode(const char *text)
{
  for (const char *p = text; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (!is_host_ascii(c) && !is_vietnamese(c))
      return FALSE;
  }
  return TRUE;
}

/* (nullable) (transfer full): the name with its letters if that is safe. */
static char *
decode_safely(const char *name)
{
  if (!strstr(name, "xn--"))
    return NULL;
  char *decoded = NULL;
  if (idn2_to_unicode_8z8z(name, &decoded, 0) != IDN2_OK)
    return NULL;
  g_autofree char *unicode = g_strdup(decoded);
  idn2_free(decoded);
  if (!g_utf8_validate(unicode, -1, NULL) || !is_safe_unicode(unicode))
    return NULL;

  char *encoded = NULL;
  if (idn2_to_ascii_8z(unicode, &encoded, IDN2_NONTRANSITIONAL) != IDN2_OK)
    return NULL;
  gboolean same = g_ascii_strcasecmp(encoded, name) == 0;
  idn2_free(encoded);
  return same ? g_steal_pointer(&unicode) : NULL;
}

static char *
replace_strange(const char *name)
{
  g_autofree char *valid = g_utf8_make_valid(name, -1);
  g_autoptr(GString) out = g_string_new(NULL);
  for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    g_string_append_unichar(out, is_host_ascii(c) ? c : REPLACEMENT);
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
shorten(const char *text)
{
  glong n = g_utf8_strlen(text, -1);
  if (n <= LT_SITE_NAME_MAX_CHARS)
    return g_strdup(text);
  const char *end = g_utf8_offset_to_pointer(text, n - (LT_SITE_NAME_MAX_CHARS - 1));
  return g_strconcat("…", end, NULL);
}

char *
lt_site_name_show(const char *name)
{
  g_return_val_if_fail(name, NULL);
  g_autofree char *shown = decode_safely(name);
  if (!shown)
    shown = replace_strange(name);
  return shorten(shown);
}

char *
lt_site_name_exact(const char *name)
{
  g_return_val_if_fail(name, NULL);
  g_autofree char *unicode = decode_safely(name);
  return unicode ? shorten(name) : NULL;
}

gboolean
lt_site_name_is_typeable(const char *name)
{
  g_return_val_if_fail(name, FALSE);
  gboolean is_plain = *name != '\0';
  for (const char *p = name; *p; p++)
    is_plain = is_plain && is_host_ascii((guchar) *p);
  return is_plain;
}

/* Formatting characters are left out: among them are those that turn the direction of a line. */
static gboolean
is_invisible(gunichar c)
{
  GUnicodeType type = g_unichar_type(c);
  return type == G_UNICODE_FORMAT || type == G_UNICODE_CONTROL || type == G_UNICODE_PRIVATE_USE ||
         type == G_UNICODE_UNASSIGNED || type == G_UNICODE_SURROGATE;
}

char *
lt_site_name_tame(const char *text, gsize max_chars)
{
  g_return_val_if_fail(text, NULL);
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  g_autofree char *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
  g_autoptr(GString) out = g_string_new(NULL);
  gsize n = 0;
  gboolean blank = FALSE;

  for (const char *p = composed; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    if (g_unichar_isspace(c)) {
      blank = out->len > 0;
      continue;
    }
    if (is_invisible(c))
      continue;
    if (n + (blank ? 1 : 0) >= max_chars) {
      g_string_append(out, "…");
      break;
    }
    if (blank)
      g_string_append_c(out, ' ');
    n += blank ? 2 : 1;
    blank = FALSE;
    g_string_append_unichar(out, c);
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}
