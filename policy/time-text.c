/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as rules write them. */
#include "policy/time-text.h"

#include <string.h>

#define DAYS_PER_WEEK 7u
#define MAX_DURATION_DIGITS 6

/* @n_digits digits at @text, nothing else is looked at. */
static gboolean
read_digits(const char *text, guint n_digits, guint *out)
{
  *out = 0;
  for (guint i = 0; i < n_digits; i++) {
    if (!g_ascii_isdigit(text[i]))
      return FALSE;
    *out = *out * 10 + (guint) g_ascii_digit_value(text[i]);
  }
  return TRUE;
}

gboolean
lt_time_text_parse_duration(const char *text, gint64 *out_s)
{
  static const char units[] = "smhd";
  static const gint64 unit_s[] = {1, 60, 3600, 86400};
  gsize n = strspn(text, "0123456789");
  const char *unit;
  guint number;

  if (n == 0 || n > MAX_DURATION_DIGITS || (text[0] == '0' && n > 1))
    return FALSE;
  unit = text[n] != '\0' ? strchr(units, text[n]) : NULL;
  if (unit == NULL || text[n + 1] != '\0' || !read_digits(text, (guint) n, &number))
    return FALSE;
  *out_s = number * unit_s[unit - units];
  return TRUE;
}

static gboolean
read_day(const char **text, guint *day)
{
  static const char *const names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

  for (guint i = 0; i < DAYS_PER_WEEK; i++) {
    if (g_str_has_prefix(*text, names[i])) {
      *text += strlen(names[i]);
      *day = i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
lt_time_text_parse_days(const char *text, guint *days)
{
  guint set = 0;

  do {
    guint day;
    guint last;

    if (!read_day(&text, &day))
      return FALSE;
    last = day;
    if (*text == '-') {
      text++;
      if (!read_day(&text, &last))
        return FALSE;
    }
    set |= 1u << last;
    for (; day != last; day = (day + 1) % DAYS_PER_WEEK)
      set |= 1u << day;
  } while (*text++ == ',');
  if (text[-1] != '\0')
    return FALSE;
  *days = set;
  return TRUE;
}

static gboolean
read_time_of_day(const char *text, guint *out_min)
{
  guint hours;
  guint minutes;

  if (!read_digits(text, 2, &hours) || text[2] != ':' || !read_digits(text + 3, 2, &minutes))
    return FALSE;
  *out_min = hours * 60 + minutes;
  return minutes < 60 && *out_min <= LT_MINUTES_PER_DAY;
}

gboolean
lt_time_text_parse_window(const char *text, guint *from_min, guint *to_min)
{
  guint from;
  guint to;

  if (strlen(text) != strlen("HH:MM-HH:MM") || text[5] != '-')
    return FALSE;
  if (!read_time_of_day(text, &from) || !read_time_of_day(text + 6, &to))
    return FALSE;
  if (from == LT_MINUTES_PER_DAY || from == to)
    return FALSE;
  *from_min = from;
  *to_min = to > from ? to : to + LT_MINUTES_PER_DAY;
  return TRUE;
}

static gboolean
read_date(const char *text, GDate *date)
{
  guint year;
  guint month;
  guint day;

  if (!read_digits(text, 4, &year) || text[4] != '-' || !read_digits(text + 5, 2, &month) ||
      text[7] != '-' || !read_digits(text + 8, 2, &day))
    return FALSE;
  if (month < 1 || month > 12 ||
      !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year))
    return FALSE;
  g_date_set_dmy(date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return TRUE;
}

gboolean
lt_time_text_parse_dates(const char *text, GDate *first, GDate *last)
{
  const gsize date_len = strlen("YYYY-MM-DD");
  gsize len = strlen(text);
  GDate from;
  GDate to;

  g_date_clear(&from, 1);
  g_date_clear(&to, 1);
  if ((len != date_len && len != 2 * date_len + 1) || !read_date(text, &from))
    return FALSE;
  to = from;
  if (len > date_len && (text[date_len] != '/' || !read_date(text + date_len + 1, &to)))
    return FALSE;
  if (g_date_compare(&from, &to) > 0)
    return FALSE;
  *first = from;
  *last = to;
  return TRUE;
}
