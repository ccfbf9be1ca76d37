/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system bus' rules that keep children from asking systemd-resolved there. */
#include "agent/doors/bus-rules.h"

#define HEAD                                                                                       \
  "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"           \
  " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"                            \
  "<busconfig>\n"
#define RULE                                                                                       \
  "  <policy user=\"%u\"><deny send_destination=\"org.freedesktop.resolve1\"/></policy>\n"

char *
lt_bus_rules_text(const GArray *uids)
{
  if (uids->len == 0)
    return NULL;
  GString *text = g_string_new(HEAD);
  for (guint i = 0; i < uids->len; i++)
    g_string_append_printf(text, RULE, g_array_index(uids, guint32, i));
  g_string_append(text, "</busconfig>\n");
  return g_string_free(text, FALSE);
}
