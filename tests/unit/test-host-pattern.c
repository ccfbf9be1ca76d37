/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns of block lists: which names they match, and which are refused. */
#include "policy/host-pattern.h"

#include <string.h>

typedef struct {
  const char *pattern;
  const char *host;
  gboolean matches;
} Row;

static const Row rows[] = {
    {"||img*.site.test^", "img.site.test", TRUE},
    {"||img*.site.test^", "x.img1.site.test", TRUE},
    {"||img*.site.test^", "ximg1.site.test", FALSE},
    {"||img*.site.test^", "img1.site.test.other", FALSE},
    {"||ads", "ads.test", TRUE},
    {"||ads", "x.ads.test", TRUE},
    {"||ads", "adsl.test", FALSE},
    {"||ads.", "ads.test", TRUE},
    {"||ads.", "loads.test", FALSE},
    {"||a*", "x.abc.test", TRUE},
    {"||a*", "xabc.test", FALSE},
    {"|site.test|", "site.test", TRUE},
    {"|site.test|", "x.site.test", FALSE},
    {"|ads*", "ads1.test", TRUE},
    {"|ads*", "x.ads1.test", FALSE},
    {"://ads.", "ads.test", TRUE},
    {"://ads.", "x.ads.test", FALSE},
    {"*tracker*.test^", "mytracker9.test", TRUE},
    {"*tracker*.test^", "tracker.test.else", FALSE},
    {"banner", "the-banner-site.test", TRUE},
    {"banner", "banne.test", FALSE},
    {".ads.", "x.ads.test", TRUE},
    {".ads.", "ads.test", FALSE},
    {"-ads.test^", "x-ads.test", TRUE},
    {"-ads.test^", "x-ads.test.else", FALSE},
    {"ads^*", "x-ads", TRUE},
    {"||AdS.TEST^", "ads.test", TRUE},
    {"/^ad[0-9]+\\./", "ad12.test", TRUE},
    {"/^ad[0-9]+\\./", "bad12.test", FALSE},
    {"/AD/", "load.test", TRUE},
    {"||test^$denyallow=good.test", "bad.test", TRUE},
    {"||test^$denyallow=good.test", "www.good.test", FALSE},
    {"*$denyallow=test", "192.0.2.1", FALSE},
    {"*$denyallow=test", "site.else", TRUE},
    {"||a*a*a*a*a*a*a*a*a*b^",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test",
     FALSE},
    /* Needs more steps than it is given. */
    {"/^(a+)+$/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test", FALSE},
};

static void
test_matches(void)
{
  g_autoptr(LtHostPatternScratch) scratch = lt_host_pattern_scratch_new();

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(LtHostPattern) pattern = NULL;
    LtHostWalk walk;

    g_test_message("%s %s", rows[i].pattern, rows[i].host);
    g_assert_cmpint(lt_host_pattern_new(rows[i].pattern, strlen(rows[i].pattern), &pattern),
                    ==,
                    LT_HOST_PATTERN_OK);
    g_assert_true(lt_host_walk_init(&walk, rows[i].host));
    g_assert_cmpint(lt_host_pattern_matches(pattern, scratch, &walk), ==, rows[i].matches);
  }
}

static void
test_refused(void)
{
  static const struct {
    const char *pattern;
    LtHostPatternAnswer answer;
  } refused[] = {
      {"||site.test/path", LT_HOST_PATTERN_NEEDS_URL},
      {"||site.test^*/path", LT_HOST_PATTERN_NEEDS_URL},
      {"||site.test^path", LT_HOST_PATTERN_NEEDS_URL},
      {"||site.test:8080^", LT_HOST_PATTERN_NEEDS_URL},
      {"&ad=", LT_HOST_PATTERN_NEEDS_URL},
      {"/banner/ads/", LT_HOST_PATTERN_NEEDS_URL},
      {"/^https:/", LT_HOST_PATTERN_NEEDS_URL},
      {"*", LT_HOST_PATTERN_BAD},
      {"||*^", LT_HOST_PATTERN_BAD},
      {"||", LT_HOST_PATTERN_BAD},
      {"|", LT_HOST_PATTERN_BAD},
      {"", LT_HOST_PATTERN_BAD},
      {"||a b^", LT_HOST_PATTERN_BAD},
      {"/(/", LT_HOST_PATTERN_BAD},
      {"/[g-1]/", LT_HOST_PATTERN_BAD},
      {"*$denyallow=~site.test", LT_HOST_PATTERN_BAD},
      {"*$denyallow=", LT_HOST_PATTERN_BAD},
  };

  for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
    LtHostPattern *pattern = NULL;

    g_test_message("%s", refused[i].pattern);
    g_assert_cmpint(lt_host_pattern_new(refused[i].pattern, strlen(refused[i].pattern), &pattern),
                    ==,
                    refused[i].answer);
    g_assert_null(pattern);
  }
}

static void
test_too_long(void)
{
  g_autofree char *text = g_strnfill(LT_HOST_PATTERN_MAX_BYTES + 1, 'a');
  g_autoptr(LtHostPattern) pattern = NULL;

  g_assert_cmpint(lt_host_pattern_new(text, LT_HOST_PATTERN_MAX_BYTES + 1, &pattern),
                  ==,
                  LT_HOST_PATTERN_TOO_LONG);
  g_assert_cmpint(
      lt_host_pattern_new(text, LT_HOST_PATTERN_MAX_BYTES, &pattern), ==, LT_HOST_PATTERN_OK);
}

static void
test_suffix(void)
{
  static const struct {
    const char *pattern;
    const char *suffix;
  } suffixes[] = {
      {"||img*.site.test^", "site.test"},
      {"||img*site.test^", "test"},
      {"||img*.site.test", NULL},
      {"||*.x*.test^", "test"},
      {"||ads*", NULL},
      {"-ads.test^", "test"},
      {"/x/", NULL},
      {"||org^$denyallow=good.org", "org"},
  };

  for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
    g_autoptr(LtHostPattern) pattern = NULL;

    g_test_message("%s", suffixes[i].pattern);
    g_assert_cmpint(lt_host_pattern_new(suffixes[i].pattern, strlen(suffixes[i].pattern), &pattern),
                    ==,
                    LT_HOST_PATTERN_OK);
    g_assert_cmpstr(lt_host_pattern_suffix(pattern), ==, suffixes[i].suffix);
  }
}

static gpointer
match_often(gpointer data)
{
  gpointer *both = data;
  LtHostWalk walk;
  guint n = 0;

  g_assert_true(lt_host_walk_init(&walk, "ad12.test"));
  for (guint i = 0; i < 20000; i++)
    n += lt_host_pattern_matches(both[0], both[1], &walk) ? 1 : 0;
  return GUINT_TO_POINTER(n);
}

/* More threads than the scratch has places for. */
static void
test_threads(void)
{
  g_autoptr(LtHostPatternScratch) scratch = lt_host_pattern_scratch_new();
  g_autoptr(LtHostPattern) pattern = NULL;
  GThread *threads[8];
  gpointer both[2];

  g_assert_cmpint(lt_host_pattern_new("/^ad[0-9]+\\./", 13, &pattern), ==, LT_HOST_PATTERN_OK);
  both[0] = pattern;
  both[1] = scratch;
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("match", match_often, both);
  for (guint i = 0; i < G_N_ELEMENTS(threads); i++)
    g_assert_cmpuint(GPOINTER_TO_UINT(g_thread_join(threads[i])), ==, 20000);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/host-pattern/matches", test_matches);
  g_test_add_func("/host-pattern/refused", test_refused);
  g_test_add_func("/host-pattern/too-long", test_too_long);
  g_test_add_func("/host-pattern/suffix", test_suffix);
  g_test_add_func("/host-pattern/threads", test_threads);
  return g_test_run();
}
