/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the lines of /etc/subuid that belong to one account. */

#include "agent/net/subuid.h"

#include <string.h>

static gboolean
is_owner(const char *owner, guint32 uid, const char *user)
{
  guint64 number = 0;
  if (strcmp(owner, user) == 0)
    return TRUE;
  return g_ascii_string_to_unsigned(owner, 10, 0, G_MAXUINT32, &number, NULL) && number == uid;
}

GArray *
lt_subuid_ranges(const char *text, guint32 uid, const char *user)
{
  GArray *ranges = g_array_new(FALSE, FALSE, sizeof(LtUidRange));
  LtUidRange own = {uid, uid};
  g_array_append_val(ranges, own);
  g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto(GStrv) fields = g_strsplit(g_strstrip(lines[i]), ":", -1);
    guint64 first = 0, count = 0;
    if (g_strv_length(fields) != 3 || !is_owner(fields[0], uid, user) ||
        !g_ascii_string_to_unsigned(fields[1], 10, 1, G_MAXUINT32 - 1, &first, NULL) ||
        !g_ascii_string_to_unsigned(fields[2], 10, 1, G_MAXUINT32 - first, &count, NULL))
      continue;
    LtUidRange range = {(guint32) first, (guint32) (first + count - 1)};
    if (uid < range.first || uid > range.last)
      g_array_append_val(ranges, range);
  }
  return ranges;
}
