/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system bus' rules that keep children from having names looked up there. */
#include "agent/doors/bus-rules.h"

#define HEAD                                                                                       \
  "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"           \
  " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"                            \
  "<busconfig>\n"

char *
lt_bus_rules_text(const char *const *names, const GArray *uids)
{
  if (uids->len == 0 || names[0] == NULL)
    return NULL;
  GString *text = g_string_new(HEAD);
  for (guint i = 0; i < uids->len; i++) {
    g_string_append_printf(text, "  <policy user=\"%u\">", g_array_index(uids, guint32, i));
    for (gsize k = 0; names[k] != NULL; k++)
      g_string_append_printf(text, "<deny send_destination=\"%s\"/>", names[k]);
    g_string_append(text, "</policy>\n");
  }
  g_string_append(text, "</busconfig>\n");
  return g_string_free(text, FALSE);
}
