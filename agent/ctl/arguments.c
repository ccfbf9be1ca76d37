/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command-line arguments of luytrectl's commands: options, durations, moments, numbers. */
#include "agent/ctl/arguments.h"

#include "agent/clock.h"

#include <stdio.h>

gboolean
lt_arguments_parse(int *argc,
                   char ***argv,
                   const GOptionEntry *entries,
                   const char *parameters,
                   int n_min,
                   int n_max)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GOptionContext) context = g_option_context_new(parameters);
  const char *command = (*argv)[0];
  g_option_context_add_main_entries(context, entries, NULL);
  g_option_context_set_summary(context,
                               "Exit status: 0 done; 1 the agent says no; 2 wrong usage, or the "
                               "agent cannot be reached.");
  if (!g_option_context_parse(context, argc, argv, &error)) {
    fprintf(stderr, "luytrectl %s: %s\n", command, error->message);
    return FALSE;
  }
  if (*argc - 1 >= n_min && *argc - 1 <= n_max)
    return TRUE;
  fprintf(stderr, "luytrectl %s: wants %s; see --help\n", command, parameters);
  return FALSE;
}

gboolean
lt_arguments_duration(const char *text, guint32 *out_s)
{
  char *unit = NULL;
  if (g_str_equal(text, "forever")) {
    *out_s = 0;
    return TRUE;
  }
  if (!g_ascii_isdigit(text[0]))
    return FALSE;
  guint64 number = g_ascii_strtoull(text, &unit, 10);
  guint64 factor = g_str_equal(unit, "s")   ? 1
                   : g_str_equal(unit, "m") ? 60
                   : g_str_equal(unit, "h") ? 60 * 60
                   : g_str_equal(unit, "d") ? 24 * 60 * 60
                                            : 0;
  if (factor == 0 || number == 0 || number > G_MAXUINT32 / factor)
    return FALSE;
  *out_s = (guint32) (number * factor);
  return TRUE;
}

gboolean
lt_arguments_until(const char *text, guint32 *out_s)
{
  g_autoptr(GTimeZone) here = g_time_zone_new_local();
  g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(text, here);
  if (moment == NULL)
    return FALSE;
  gint64 left_s = g_date_time_to_unix(moment) - lt_clock_utc_now_s();
  if (left_s <= 0 || left_s > G_MAXUINT32)
    return FALSE;
  *out_s = (guint32) left_s;
  return TRUE;
}

gboolean
lt_arguments_id(const char *text, gint64 *out_id)
{
  guint64 id = 0;
  if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &id, NULL))
    return FALSE;
  *out_id = (gint64) id;
  return TRUE;
}
