/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the child and the grown-ups are called. */
#include "tray/address.h"

#include "tray/site-name.h"

#include <glib/gi18n.h>

#define GROUP "Address"

/* (nullable) (transfer full): a usable value of @key in the file at @path. */
static char *
read_value(const char *path, const char *key)
{
  g_autoptr(GKeyFile) file = g_key_file_new();
  if (!g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
    return NULL;
  g_autofree char *raw = g_key_file_get_locale_string(file, GROUP, key, NULL, NULL);
  if (!raw)
    return NULL;
  g_autofree char *value = lt_site_name_tame(raw, LT_ADDRESS_MAX_CHARS + 1);
  if (!*value || g_utf8_strlen(value, -1) > LT_ADDRESS_MAX_CHARS)
    return NULL;
  return g_steal_pointer(&value);
}

static char *
read_first(const char *const *paths, const char *key, const char *otherwise)
{
  for (; *paths; paths++) {
    char *value = read_value(*paths, key);
    if (value)
      return value;
  }
  return g_strdup(otherwise);
}

LtAddress *
lt_address_load(const char *const *paths)
{
  g_return_val_if_fail(paths, NULL);
  LtAddress *address = g_new0(LtAddress, 1);
  /* Translators: how a child is addressed, in the middle of a sentence; put in for {you}. */
  address->you = read_first(paths, "Child", C_("address", "you"));
  /* Translators: who makes the rules at home, in the middle of a sentence; put in for {adult}. */
  address->adult = read_first(paths, "Adult", C_("address", "your parents"));
  return address;
}

void
lt_address_free(LtAddress *address)
{
  if (!address)
    return;
  g_clear_pointer(&address->you, g_free);
  g_clear_pointer(&address->adult, g_free);
  g_free(address);
}
