/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a page needed: windows, visits, ranks, and floods that push nothing real out. */
#include "policy/needed-hosts.h"

#include <string.h>

#define S G_USEC_PER_SEC

typedef struct {
  char what; /* 'r' reached, 'x' refused */
  const char *name;
  gint64 at_us;
} Step;

static char *
show(const LtNeededHosts *needed)
{
  g_autoptr(GArray) list = lt_needed_hosts_list(needed);
  GString *text = g_string_new(NULL);

  for (guint i = 0; i < list->len; i++) {
    const LtNeeded *item = &g_array_index(list, LtNeeded, i);

    g_string_append_printf(
        text, "%s%s<%s*%u", i > 0 ? " " : "", item->host, item->site, item->n_visits);
  }
  return g_string_free(text, FALSE);
}

static void
test_rows(void)
{
  static const struct {
    const char *label;
    Step steps[10];
    const char *expected;
  } rows[] = {
      {"nothing", {{0}}, ""},
      {"refused alone", {{'x', "cdn.test", 0}}, ""},
      {"refused before", {{'x', "cdn.test", 0}, {'r', "a.test", 1}}, ""},
      {"refused after", {{'r', "a.test", 0}, {'x', "cdn.test", 1}}, "cdn.test<a.test*1"},
      {"at the window's end",
       {{'r', "a.test", 0}, {'x', "cdn.test", LT_NEEDED_WINDOW_US - 1}},
       "cdn.test<a.test*1"},
      {"after the window", {{'r', "a.test", 0}, {'x', "cdn.test", LT_NEEDED_WINDOW_US}}, ""},
      {"often in one visit",
       {{'r', "a.test", 0}, {'x', "cdn.test", 1}, {'r', "a.test", S}, {'x', "cdn.test", 2 * S}},
       "cdn.test<a.test*1"},
      {"two visits",
       {{'r', "a.test", 0}, {'x', "cdn.test", 1}, {'r', "a.test", 6 * S}, {'x', "cdn.test", 7 * S}},
       "cdn.test<a.test*2"},
      {"ranked, then by name",
       {{'r', "a.test", 0},
        {'x', "z.test", 1},
        {'x', "b.test", 1},
        {'x', "c.test", 2},
        {'r', "a.test", 6 * S},
        {'x', "z.test", 7 * S}},
       "z.test<a.test*2 b.test<a.test*1 c.test<a.test*1"},
      {"an open helper came between",
       {{'r', "a.test", 0}, {'r', "fonts.test", 1}, {'x', "cdn.test", 2}},
       "cdn.test<a.test*1"},
      {"one that asks now and then",
       {{'r', "mail.test", 0},
        {'r', "mail.test", 4 * S},
        {'r', "mail.test", 8 * S},
        {'r', "a.test", 9 * S},
        {'x', "cdn.test", 9 * S + 1}},
       "cdn.test<a.test*1"},
      {"the site that needs it most",
       {{'r', "b.test", 0},
        {'x', "cdn.test", 1},
        {'r', "a.test", 10 * S},
        {'x', "cdn.test", 10 * S},
        {'r', "a.test", 20 * S},
        {'x', "cdn.test", 20 * S}},
       "cdn.test<a.test*2"},
  };

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(LtNeededHosts) needed = lt_needed_hosts_new();
    g_autofree char *shown = NULL;

    g_test_message("%s", rows[i].label);
    for (guint j = 0; j < G_N_ELEMENTS(rows[i].steps) && rows[i].steps[j].name != NULL; j++) {
      const Step *step = &rows[i].steps[j];

      if (step->what == 'r')
        lt_needed_hosts_reached(needed, step->name, step->at_us);
      else
        lt_needed_hosts_refused(needed, step->name, step->at_us);
    }
    shown = show(needed);
    g_assert_cmpstr(shown, ==, rows[i].expected);
  }
}

static guint
size_of(const LtNeededHosts *needed)
{
  g_autoptr(GArray) list = lt_needed_hosts_list(needed);

  return list->len;
}

static gboolean
has(const LtNeededHosts *needed, const char *host)
{
  g_autoptr(GArray) list = lt_needed_hosts_list(needed);

  for (guint i = 0; i < list->len; i++) {
    if (strcmp(g_array_index(list, LtNeeded, i).host, host) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
flood(LtNeededHosts *needed, const char *from, guint n, gint64 at_us)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *host = g_strdup_printf("%s%u.flood.test", from, i);

    lt_needed_hosts_refused(needed, host, at_us);
  }
}

/* One visit takes so many hosts, the first ones; what the page needed comes first. */
static void
test_flood_in_one_visit(void)
{
  g_autoptr(LtNeededHosts) needed = lt_needed_hosts_new();

  lt_needed_hosts_reached(needed, "a.test", 0);
  lt_needed_hosts_refused(needed, "cdn.test", 1);
  flood(needed, "x", 100000, 2);
  g_assert_cmpuint(size_of(needed), ==, LT_NEEDED_MAX_PER_VISIT);
  g_assert_true(has(needed, "cdn.test"));
}

/* Over many visits the table stays bounded, and what several visits needed stays in it. */
static void
test_flood_over_visits(void)
{
  g_autoptr(LtNeededHosts) needed = lt_needed_hosts_new();

  for (guint visit = 0; visit < 2; visit++) {
    lt_needed_hosts_reached(needed, "a.test", visit * 10 * S);
    lt_needed_hosts_refused(needed, "cdn.test", visit * 10 * S);
  }
  for (guint visit = 2; visit < 200; visit++) {
    g_autofree char *from = g_strdup_printf("v%u-", visit);

    lt_needed_hosts_reached(needed, "a.test", visit * 10 * S);
    flood(needed, from, 1000, visit * 10 * S + 1);
  }
  g_assert_cmpuint(size_of(needed), ==, LT_NEEDED_MAX_HOSTS);
  g_assert_true(has(needed, "cdn.test"));
}

/* More open sites than a child has open at a time: the oldest are forgotten, nothing grows. */
static void
test_many_sites(void)
{
  g_autoptr(LtNeededHosts) needed = lt_needed_hosts_new();
  g_autofree char *shown = NULL;

  for (guint i = 0; i < 1000; i++) {
    g_autofree char *site = g_strdup_printf("s%u.test", i);

    lt_needed_hosts_reached(needed, site, i);
  }
  lt_needed_hosts_refused(needed, "cdn.test", 1000);
  shown = show(needed);
  g_assert_cmpstr(shown, ==, "cdn.test<s984.test*1");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/needed-hosts/rows", test_rows);
  g_test_add_func("/needed-hosts/flood-in-one-visit", test_flood_in_one_visit);
  g_test_add_func("/needed-hosts/flood-over-visits", test_flood_over_visits);
  g_test_add_func("/needed-hosts/many-sites", test_many_sites);
  return g_test_run();
}
