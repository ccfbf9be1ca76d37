/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long one decision takes for a child with 5,000 entries, beside one with a single entry; and
 * what it costs to look whether a name imitates another. */
#include "policy/lookalike.h"
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#define N_ENTRIES 5000
#define N_DECISIONS 400000

/* The best of several rounds: the one that other programs disturbed least. */
#define N_ROUNDS 5
#define NOW_S G_GINT64_CONSTANT(1800000000)

static LtRuleSet *
make_rules(guint n_entries)
{
  g_autoptr(GString) json = g_string_new(
      "{\"luytre\":1,\"categories\":{\"games\":[\"game.example\"]},\"profiles\":{\"p\":{\"sites\":{"
      "\"default\":\"allow\",\"categories\":{\"games\":\"ask\"},\"block\":[\"first.example\"");
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = NULL;
  const LtAccount account = {1001, 1, "na", NULL};

  for (guint i = 1; i < n_entries; i++)
    g_string_append_printf(json, ",\"site-%u.example%u.vn\"", i, i % 97);
  g_string_append(json, "]}}},\"children\":[{\"user\":\"na\",\"profile\":\"p\"}]}");
  policy = lt_policy_parse(json->str, json->len, "bench.json", LT_LAYER_HOUSEHOLD, &error);
  g_assert_no_error(error);
  return lt_rule_set_new(&policy, 1, &account, 1, NULL, 0);
}

/* Nanoseconds for one decision, over names of one to five labels, listed and not. */
static double
measure(guint n_entries)
{
  static const char *const names[] = {
      "www.site-4711.example55.vn",
      "a.b.c.game.example",
      "rs.olm.vn",
      "localhost",
      "r4---sn-8qj-nbo6.video.example.net",
      "first.example",
      "static.k12online.vn",
      "site-2500.example75.vn",
  };
  g_autoptr(LtRuleSet) rules = make_rules(n_entries);
  const LtChildRules *child = lt_rule_set_find_slot(rules, 1);
  gint64 start_us = g_get_monotonic_time();
  guint n_blocked = 0;

  for (guint i = 0; i < N_DECISIONS; i++)
    n_blocked += lt_child_rules_decide_site(child, names[i % G_N_ELEMENTS(names)], NOW_S).action ==
                 LT_ACTION_BLOCK;
  g_assert_cmpuint(n_blocked, >=, N_DECISIONS / G_N_ELEMENTS(names));
  return (double) (g_get_monotonic_time() - start_us) * 1000 / N_DECISIONS;
}

static LtLookalikes *
load_lookalikes(void)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LtLookalikes *lookalikes;
  gsize len = 0;

  g_file_get_contents(g_getenv("LUYTRE_LOOKALIKES"), &text, &len, &error);
  g_assert_no_error(error);
  lookalikes = lt_lookalikes_new(text, len, "lookalikes.json", &error);
  g_assert_no_error(error);
  return lookalikes;
}

/* Nanoseconds for one name: honest ones, of the lengths that people's days are made of. */
static double
measure_likeness(void)
{
  static const char *const names[] = {
      "www.youtube.com",
      "fonts.gstatic.com",
      "vnexpress.net",
      "r4---sn-8qj-nbo6.googlevideo.com",
      "thuvienphapluat.vn",
      "static.xx.fbcdn.net",
      "cdn.tuoitre.vn",
      "edge.microsoftonline-p.com",
      "shopping.vietjetair.com",
      "banhmihoangoanh.com.vn",
  };
  g_autoptr(LtLookalikes) lookalikes = load_lookalikes();
  gint64 start_us = g_get_monotonic_time();
  guint n_found = 0;

  for (guint i = 0; i < N_DECISIONS; i++) {
    LtHostWalk walk;
    LtLookalike found;

    n_found += lt_host_walk_init(&walk, names[i % G_N_ELEMENTS(names)]) &&
               lt_lookalikes_find(lookalikes, &walk, &found);
  }
  g_assert_cmpuint(n_found, ==, 0);
  return (double) (g_get_monotonic_time() - start_us) * 1000 / N_DECISIONS;
}

int
main(void)
{
  double one_ns = measure(1);
  double many_ns = measure(N_ENTRIES);

  printf("a decision: %.0f ns with 1 entry, %.0f ns with %d entries, ratio %.2f\n",
         one_ns,
         many_ns,
         N_ENTRIES,
         many_ns / one_ns);
  printf("whether a name imitates another: %.0f ns\n", measure_likeness());
  return 0;
}
