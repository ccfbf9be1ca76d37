/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks what a profile says of time, budgets and privacy, down to the last minute. */
#include "policy/time-rules.h"

#include "policy/policy.h"
#include "policy/time-text.h"

#include <string.h>

#define MAX_BUDGET_NAME_LEN 32

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)
#define WEEK_S (7 * DAY_S)

/* A year: longer is no retention any more. */
#define MAX_KEEP_S (366 * DAY_S)

static gboolean
read_duration(const LtJsonAt *at, gint64 min_s, gint64 max_s, gint64 *out_s, GError **error)
{
  const char *text;
  gint64 value_s;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  if (!lt_time_text_parse_duration(text, &value_s))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no duration; write a number and s, m, h or d, like \"90m\"",
                          text);
  if (value_s < min_s || value_s > max_s)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is too %s here; write %" G_GINT64_FORMAT "s to %" G_GINT64_FORMAT
                          "s, or the same in m, h or d",
                          text,
                          value_s < min_s ? "short" : "long",
                          min_s,
                          max_s);
  if (out_s != NULL)
    *out_s = value_s;
  return TRUE;
}

static gboolean
visit_day_duration(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_duration(at, 0, DAY_S, NULL, error);
}

/* "mon-fri" as a key; @seen gathers the days of the keys before it. */
static gboolean
read_day_key(const LtJsonAt *at, guint *seen, GError **error)
{
  guint days;

  if (!lt_time_text_parse_days(at->step.key, &days))
    return lt_json_refuse_key(at,
                              error,
                              "\"%s\" is no set of days; write one like \"mon-fri\", \"sat-sun\" "
                              "or \"mon,wed\"",
                              at->step.key);
  if ((*seen & days) != 0)
    return lt_json_refuse_key(at,
                              error,
                              "\"%s\" has a day that an earlier entry has too; keep each day in "
                              "one entry",
                              at->step.key);
  *seen |= days;
  return TRUE;
}

typedef struct {
  guint from_min;
  guint to_min;
} Window;

static gboolean
visit_window(const LtJsonAt *at, gpointer target, GError **error)
{
  GArray *windows = target;
  const char *text;
  Window window;

  if (!lt_json_read_string(at, &text, error))
    return FALSE;
  if (!lt_time_text_parse_window(text, &window.from_min, &window.to_min))
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "\"%s\" is no time window; write one like \"16:30-20:30\", and "
                          "\"00:00-24:00\" for the whole day",
                          text);
  for (guint i = 0; i < windows->len; i++) {
    const Window *other = &g_array_index(windows, Window, i);

    if (window.from_min < other->to_min && other->from_min < window.to_min)
      return lt_json_refuse(at,
                            LT_POLICY_ERROR_INVALID,
                            error,
                            "\"%s\" and an earlier window of this day overlap; join them",
                            text);
  }
  g_array_append_val(windows, window);
  return TRUE;
}

static gboolean
visit_windows(const LtJsonAt *at, gpointer target, GError **error)
{
  g_autoptr(GArray) windows = g_array_new(FALSE, FALSE, sizeof(Window));

  return lt_json_read_elements(at, visit_window, windows, error);
}

static gboolean
visit_day_windows(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_day_key(at, target, error) && visit_windows(at, NULL, error);
}

static gboolean
visit_schedule(const LtJsonAt *at, gpointer target, GError **error)
{
  guint seen = 0;

  return lt_json_read_members(at, visit_day_windows, &seen, error);
}

static gboolean
visit_budget_day(const LtJsonAt *at, gpointer target, GError **error)
{
  if (strcmp(at->step.key, "week") == 0)
    return read_duration(at, 0, WEEK_S, NULL, error);
  return read_day_key(at, target, error) && visit_day_duration(at, NULL, error);
}

static gboolean
visit_budget(const LtJsonAt *at, gpointer target, GError **error)
{
  guint seen = 0;

  return lt_json_read_members(at, visit_budget_day, &seen, error);
}

static gboolean
visit_warn(const LtJsonAt *at, gpointer target, GError **error)
{
  gint64 *earlier_s = target;
  gint64 value_s = 0;

  if (!read_duration(at, 1, 4 * HOUR_S, &value_s, error))
    return FALSE;
  if (value_s >= *earlier_s)
    return lt_json_refuse(at,
                          LT_POLICY_ERROR_INVALID,
                          error,
                          "warnings come one after the other; write the longest first");
  *earlier_s = value_s;
  return TRUE;
}

static gboolean
visit_warnings(const LtJsonAt *at, gpointer target, GError **error)
{
  gint64 earlier_s = G_MAXINT64;

  return lt_json_read_elements(at, visit_warn, &earlier_s, error);
}

static gboolean
visit_break_every(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_duration(at, 60, DAY_S, NULL, error);
}

static gboolean
visit_break_for(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_duration(at, 1, 4 * HOUR_S, NULL, error);
}

static gboolean
visit_break(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"every", visit_break_every},
      {"for", visit_break_for},
  };

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), NULL, error) &&
         lt_json_require(at, "every", error) && lt_json_require(at, "for", error);
}

static gboolean
visit_on_end(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"lock", "log-out", NULL};
  guint word;

  return lt_json_read_word(at, words, &word, error);
}

static gboolean
visit_exception(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"windows", visit_windows},
      {"study", visit_windows},
      {"budget", visit_day_duration},
  };
  GDate first;
  GDate last;

  if (!lt_time_text_parse_dates(at->step.key, &first, &last))
    return lt_json_refuse_key(at,
                              error,
                              "\"%s\" is no date; write \"2027-02-06\", or "
                              "\"2027-02-06/2027-02-12\" for several days",
                              at->step.key);
  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), NULL, error);
}

static gboolean
visit_exceptions(const LtJsonAt *at, gpointer target, GError **error)
{
  return lt_json_read_members(at, visit_exception, NULL, error);
}

gboolean
lt_time_rules_check(const LtJsonAt *at, GError **error)
{
  static const LtJsonField fields[] = {
      {"windows", visit_schedule},
      {"budget", visit_budget},
      {"bank", visit_day_duration},
      {"study", visit_schedule},
      {"warn", visit_warnings},
      {"break", visit_break},
      {"on-end", visit_on_end},
      {"exceptions", visit_exceptions},
  };

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), NULL, error);
}

gboolean
lt_time_rules_is_budget_name(const char *name)
{
  gsize len = strlen(name);

  return len >= 1 && len <= MAX_BUDGET_NAME_LEN && g_ascii_isalnum(name[0]) &&
         strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

/* One duration for every day, or one for each set of days. */
static gboolean
visit_all(const LtJsonAt *at, gpointer target, GError **error)
{
  if (lt_json_is_object(at))
    return visit_budget(at, NULL, error);
  return visit_day_duration(at, NULL, error);
}

static gboolean
visit_remind(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_duration(at, 60, DAY_S, NULL, error);
}

static gboolean
visit_named_budget(const LtJsonAt *at, gpointer target, GError **error)
{
  static const LtJsonField fields[] = {
      {"each", visit_day_duration},
      {"all", visit_all},
      {"remind", visit_remind},
  };
  LtJsonAt member;

  if (!lt_time_rules_is_budget_name(at->step.key))
    return lt_json_refuse_key(at,
                              error,
                              "\"%s\" is no name of a budget; use a-z, 0-9, '-' and '_', at most "
                              "32",
                              at->step.key);
  if (!lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), NULL, error))
    return FALSE;
  if (!lt_json_find_member(at, "each", &member) && !lt_json_find_member(at, "all", &member))
    return lt_json_refuse(
        at, LT_POLICY_ERROR_INVALID, error, "a budget needs a limit; add \"all\" or \"each\"");
  g_ptr_array_add(target, g_strdup(at->step.key));
  return TRUE;
}

gboolean
lt_time_rules_check_budgets(const LtJsonAt *at, GPtrArray *names, GError **error)
{
  return lt_json_read_members(at, visit_named_budget, names, error);
}

static gboolean
visit_keep(const LtJsonAt *at, gpointer target, GError **error)
{
  return read_duration(at, 0, MAX_KEEP_S, NULL, error);
}

static gboolean
visit_parent_sees(const LtJsonAt *at, gpointer target, GError **error)
{
  static const char *const words[] = {"nothing", "totals", "categories", "sites", NULL};
  guint word;

  return lt_json_read_word(at, words, &word, error);
}

gboolean
lt_time_rules_check_privacy(const LtJsonAt *at, GError **error)
{
  static const LtJsonField fields[] = {
      {"keep", visit_keep},
      {"parent-sees", visit_parent_sees},
  };

  return lt_json_read_fields(at, fields, G_N_ELEMENTS(fields), NULL, error);
}
