/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of how many notices come at once. */
#include "tray/throttle.h"

static const struct {
  gint64 now_s;
  const char *site;
  LtThrottleAnswer answer;
} story[] = {
    {100, "a", LT_THROTTLE_SHOW},
    {100, "a", LT_THROTTLE_SILENT},
    {100, "b", LT_THROTTLE_SHOW},
    {101, "c", LT_THROTTLE_SHOW},
    {101, "d", LT_THROTTLE_SHOW},
    /* The fifth of a moment. */
    {101, "e", LT_THROTTLE_SUMMARY},
    {102, "e", LT_THROTTLE_SILENT},
    {109, "f", LT_THROTTLE_SUMMARY},
    /* The first two are ten seconds ago. */
    {110, "g", LT_THROTTLE_SHOW},
    {110, "h", LT_THROTTLE_SHOW},
    {110, "i", LT_THROTTLE_SUMMARY},
    {130, "j", LT_THROTTLE_SHOW},
    {130, "k", LT_THROTTLE_SHOW},
    /* The ninth of a minute. */
    {150, "l", LT_THROTTLE_SUMMARY},
    {159, "a", LT_THROTTLE_SILENT},
    {159, "m", LT_THROTTLE_SUMMARY},
    /* A minute after the first two: they may be told again. */
    {160, "a", LT_THROTTLE_SHOW},
    {160, "n", LT_THROTTLE_SHOW},
    {160, "o", LT_THROTTLE_SUMMARY},
    {161, "c", LT_THROTTLE_SHOW},
    {161, "e", LT_THROTTLE_SHOW},
    {161, "p", LT_THROTTLE_SUMMARY},
};

static void
test_story(void)
{
  g_autoptr(LtThrottle) throttle = lt_throttle_new();
  for (gsize i = 0; i < G_N_ELEMENTS(story); i++) {
    g_test_message("%" G_GINT64_FORMAT " %s", story[i].now_s, story[i].site);
    g_assert_cmpint(lt_throttle_ask(throttle, story[i].site, story[i].now_s), ==, story[i].answer);
  }
}

/* A monotonic clock may begin at 0. */
static void
test_from_zero(void)
{
  g_autoptr(LtThrottle) throttle = lt_throttle_new();
  g_assert_cmpint(lt_throttle_ask(throttle, "a", 0), ==, LT_THROTTLE_SHOW);
  g_assert_cmpint(lt_throttle_ask(throttle, "a", 59), ==, LT_THROTTLE_SILENT);
  g_assert_cmpint(lt_throttle_ask(throttle, "a", 60), ==, LT_THROTTLE_SHOW);
}

static void
test_bounded(void)
{
  g_autoptr(LtThrottle) throttle = lt_throttle_new();
  guint n_told = 0;
  for (guint i = 0; i < 10 * LT_THROTTLE_MAX_SITES; i++) {
    g_autofree char *site = g_strdup_printf("%u.example", i);
    n_told += lt_throttle_ask(throttle, site, 5) != LT_THROTTLE_SILENT ? 1 : 0;
  }
  g_assert_cmpuint(n_told, ==, LT_THROTTLE_MAX_SITES);
  g_assert_cmpint(lt_throttle_ask(throttle, "later", 65), ==, LT_THROTTLE_SHOW);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/throttle/story", test_story);
  g_test_add_func("/throttle/from-zero", test_from_zero);
  g_test_add_func("/throttle/bounded", test_bounded);
  return g_test_run();
}
