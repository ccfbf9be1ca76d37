/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of /etc/subuid: whose they are, and which are none. */

#include "agent/net/subuid.h"

static char *
ranges_of(const char *text)
{
  g_autoptr(GArray) ranges = lt_subuid_ranges(text, 1001, "na");
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < ranges->len; i++) {
    const LtUidRange *range = &g_array_index(ranges, LtUidRange, i);
    g_string_append_printf(out, "%s%u-%u", i > 0 ? " " : "", range->first, range->last);
  }
  return g_string_free(out, FALSE);
}

static void
test_lines(void)
{
  static const struct {
    const char *label, *text, *expected;
  } cases[] = {
      {"no file", NULL, "1001-1001"},
      {"empty", "", "1001-1001"},
      {"by name", "na:100000:65536\n", "1001-1001 100000-165535"},
      {"by number", "1001:100000:65536\n", "1001-1001 100000-165535"},
      {"another's", "minh:100000:65536\n10010:1:2\n", "1001-1001"},
      {"two ranges",
       "na:100000:10\nminh:1:1\nna:200000:1\n",
       "1001-1001 100000-100009 200000-200000"},
      {"last line without an end", "na:100000:10", "1001-1001 100000-100009"},
      {"no count", "na:100000\n", "1001-1001"},
      {"count of zero", "na:100000:0\n", "1001-1001"},
      {"begins at root", "na:0:10\n", "1001-1001"},
      {"a range that wraps", "na:4294967290:65536\n", "1001-1001"},
      {"words for numbers", "na:many:more\n", "1001-1001"},
      {"four fields", "na:1:2:3\n", "1001-1001"},
      {"a range around the account itself", "na:1000:100\n", "1001-1001"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].label);
    g_autofree char *got = ranges_of(cases[i].text);
    g_assert_cmpstr(got, ==, cases[i].expected);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/subuid/lines", test_lines);
  return g_test_run();
}
