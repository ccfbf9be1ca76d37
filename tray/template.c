/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the named places of a translated sentence. */
#include "tray/template.h"

#include <string.h>

char *
lt_template_capital(const char *text)
{
  g_return_val_if_fail(text, NULL);
  if (!*text)
    return g_strdup("");
  g_autoptr(GString) out = g_string_new(NULL);
  /* Title case, not upper case: they differ for digraphs. */
  g_string_append_unichar(out, g_unichar_totitle(g_utf8_get_char(text)));
  g_string_append(out, g_utf8_next_char(text));
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Appends the value of the place called by the @length bytes at @name; FALSE: there is none. */
static gboolean
append_place(GString *out, const char *name, gsize length, const LtPlace *places, gsize n_places)
{
  for (gsize i = 0; i < n_places; i++) {
    const char *known = places[i].name;
    if (strlen(known) != length || strncmp(known + 1, name + 1, length - 1) != 0)
      continue;
    if (*known == *name) {
      g_string_append(out, places[i].value);
      return TRUE;
    }
    if (g_ascii_toupper(*known) == *name) {
      g_autofree char *capital = lt_template_capital(places[i].value);
      g_string_append(out, capital);
      return TRUE;
    }
  }
  return FALSE;
}

char *
lt_template_fill(const char *sentence, const LtPlace *places, gsize n_places)
{
  g_return_val_if_fail(sentence, NULL);
  g_autoptr(GString) out = g_string_new(NULL);
  const char *rest = sentence;

  while (*rest) {
    const char *open = strchr(rest, '{');
    const char *close = open ? strchr(open, '}') : NULL;
    if (!close) {
      g_string_append(out, rest);
      break;
    }
    g_string_append_len(out, rest, open - rest);
    gsize length = (gsize) (close - open) - 1;
    if (length > 0 && append_place(out, open + 1, length, places, n_places)) {
      rest = close + 1;
    } else {
      g_string_append_c(out, '{');
      rest = open + 1;
    }
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}
