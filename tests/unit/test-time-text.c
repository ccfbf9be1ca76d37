/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Durations, sets of days, windows and dates as rules write them. */
#include "policy/time-text.h"

static void
test_durations(void)
{
  static const struct {
    const char *text;
    gint64 expected_s; /* -1: refused */
  } rows[] = {
      {"0s", 0},     {"20s", 20},    {"60m", 3600},
      {"9h", 32400}, {"7d", 604800}, {"999999d", 86399913600},
      {"", -1},      {"m", -1},      {"60", -1},
      {"060m", -1},  {"00s", -1},    {"1000000s", -1},
      {"-1m", -1},   {"+1m", -1},    {"1.5h", -1},
      {"60 m", -1},  {"60min", -1},  {"1h30m", -1},
      {"60M", -1},   {" 60m", -1},   {"60m ", -1},
      {"٦٠m", -1},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    gint64 value_s = -1;

    g_test_message("%s", rows[i].text);
    g_assert_cmpint(
        lt_time_text_parse_duration(rows[i].text, &value_s), ==, rows[i].expected_s >= 0);
    g_assert_cmpint(value_s, ==, rows[i].expected_s);
  }
}

static void
test_days(void)
{
  static const struct {
    const char *text;
    guint expected; /* 0: refused */
  } rows[] = {
      {"mon", 0x01},     {"sun", 0x40},     {"mon-fri", 0x1f}, {"sat-sun", 0x60},
      {"mon,wed", 0x05}, {"mon-sun", 0x7f}, {"fri-mon", 0x71}, {"mon-tue,sat", 0x23},
      {"wed-wed", 0x04}, {"mon,mon", 0x01}, {"", 0},           {"monday", 0},
      {"mon-", 0},       {"mon,", 0},       {",mon", 0},       {"mon-fri-sun", 0},
      {"Mon", 0},        {"mon fri", 0},    {"mon, fri", 0},   {"week", 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint days = 0;

    g_test_message("%s", rows[i].text);
    g_assert_cmpint(lt_time_text_parse_days(rows[i].text, &days), ==, rows[i].expected != 0);
    g_assert_cmphex(days, ==, rows[i].expected);
  }
}

static void
test_windows(void)
{
  static const struct {
    const char *text;
    guint from_min;
    guint to_min; /* 0: refused */
  } rows[] = {
      {"00:00-24:00", 0, 1440},
      {"16:30-20:30", 990, 1230},
      {"23:59-24:00", 1439, 1440},
      {"22:00-06:00", 1320, 1440 + 360},
      {"00:00-00:01", 0, 1},
      {"23:59-00:00", 1439, 1440},
      {"00:01-00:00", 1, 1440},
      {"16:00-16:00", 0, 0},
      {"24:00-06:00", 0, 0},
      {"16:00-24:01", 0, 0},
      {"16:60-17:00", 0, 0},
      {"25:00-26:00", 0, 0},
      {"8:00-9:00", 0, 0},
      {"08:00 09:00", 0, 0},
      {"08:00-09:0", 0, 0},
      {"08:00-09:000", 0, 0},
      {"", 0, 0},
      {"08.00-09.00", 0, 0},
      {"00:00-24:00\n", 0, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint from_min = 0;
    guint to_min = 0;

    g_test_message("%s", rows[i].text);
    g_assert_cmpint(
        lt_time_text_parse_window(rows[i].text, &from_min, &to_min), ==, rows[i].to_min != 0);
    g_assert_cmpuint(from_min, ==, rows[i].from_min);
    g_assert_cmpuint(to_min, ==, rows[i].to_min);
  }
}

static void
test_dates(void)
{
  static const struct {
    const char *text;
    int n_days; /* from the first to the last, that one too; 0: refused */
  } rows[] = {
      {"2027-02-06", 1},
      {"2028-02-29", 1},
      {"2027-02-06/2027-02-12", 7},
      {"2027-12-31/2028-01-01", 2},
      {"2027-02-29", 0},
      {"2100-02-29", 0},
      {"2027-13-01", 0},
      {"2027-00-01", 0},
      {"2027-01-00", 0},
      {"0000-01-01", 0},
      {"2027-2-6", 0},
      {"2027-02-06/", 0},
      {"2027-02-06/2027-02-05", 0},
      {"2027-02-06-2027-02-12", 0},
      {"", 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    GDate first;
    GDate last;

    g_date_clear(&first, 1);
    g_date_clear(&last, 1);
    g_test_message("%s", rows[i].text);
    g_assert_cmpint(lt_time_text_parse_dates(rows[i].text, &first, &last), ==, rows[i].n_days != 0);
    if (rows[i].n_days != 0)
      g_assert_cmpint(g_date_days_between(&first, &last), ==, rows[i].n_days - 1);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/time-text/durations", test_durations);
  g_test_add_func("/time-text/days", test_days);
  g_test_add_func("/time-text/windows", test_windows);
  g_test_add_func("/time-text/dates", test_dates);
  return g_test_run();
}
