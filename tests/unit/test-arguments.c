/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations, moments and numbers on luytrectl's command line. */
#include "agent/ctl/arguments.h"

static void
test_duration(void)
{
  static const struct {
    const char *text;
    gboolean is_good;
    guint32 seconds;
  } cases[] = {
      {"90s", TRUE, 90},
      {"30m", TRUE, 1800},
      {"1h", TRUE, 3600},
      {"2d", TRUE, 172800},
      {"forever", TRUE, 0},
      {"4294967295s", TRUE, G_MAXUINT32},
      {"4294967296s", FALSE, 0},
      {"49711d", FALSE, 0},
      {"99999999999999999999s", FALSE, 0},
      {"0m", FALSE, 0},
      {"", FALSE, 0},
      {"m", FALSE, 0},
      {"-1m", FALSE, 0},
      {"+1m", FALSE, 0},
      {"1 m", FALSE, 0},
      {"1min", FALSE, 0},
      {"1", FALSE, 0},
      {"1.5h", FALSE, 0},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint32 seconds = 12345;
    g_test_message("%s", cases[i].text);
    g_assert_cmpint(lt_arguments_duration(cases[i].text, &seconds), ==, cases[i].is_good);
    g_assert_cmpuint(seconds, ==, cases[i].is_good ? cases[i].seconds : 12345);
  }
}

static void
test_until(void)
{
  guint32 seconds = 0;
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autoptr(GDateTime) later = g_date_time_add_seconds(now, 600);
  g_autofree char *text = g_date_time_format(later, "%Y-%m-%dT%H:%M:%SZ");
  g_assert_true(lt_arguments_until(text, &seconds));
  g_assert_cmpuint(seconds, >=, 595);
  g_assert_cmpuint(seconds, <=, 600);
  g_assert_false(lt_arguments_until("2001-01-01T00:00:00Z", &seconds));
  g_assert_false(lt_arguments_until("tomorrow", &seconds));
  g_assert_false(lt_arguments_until("9999-01-01T00:00:00Z", &seconds));
}

static void
test_id(void)
{
  gint64 id = 0;
  g_assert_true(lt_arguments_id("1", &id));
  g_assert_cmpint(id, ==, 1);
  g_assert_true(lt_arguments_id("9223372036854775807", &id));
  g_assert_cmpint(id, ==, G_MAXINT64);
  g_assert_false(lt_arguments_id("9223372036854775808", &id));
  g_assert_false(lt_arguments_id("0", &id));
  g_assert_false(lt_arguments_id("-1", &id));
  g_assert_false(lt_arguments_id("na", &id));
  g_assert_false(lt_arguments_id("", &id));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/arguments/duration", test_duration);
  g_test_add_func("/arguments/until", test_until);
  g_test_add_func("/arguments/id", test_id);
  return g_test_run();
}
