/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom the doors are closed for, as the agent tells its helper: a number a line. */
#include "agent/doors/uid-list.h"

char *
lt_uid_list_write(const GArray *uids)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < uids->len; i++)
    g_string_append_printf(text, "%u\n", g_array_index(uids, guint32, i));
  return g_string_free(text, FALSE);
}

GArray *
lt_uid_list_read(const char *text)
{
  g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    guint64 number = 0;
    if (lines[i][0] == '\0' && lines[i + 1] == NULL)
      break;
    if (!g_ascii_string_to_unsigned(lines[i], 10, 1, G_MAXUINT32 - 1, &number, NULL))
      return NULL;
    guint32 uid = (guint32) number;
    g_array_append_val(uids, uid);
  }
  return g_steal_pointer(&uids);
}
