/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of host names: every suffix of a name is found, nothing else. */
#include "policy/host-index.h"

#include <string.h>

static void
test_walk(void)
{
  static const struct {
    const char *host;
    guint n;
    gboolean is_address;
  } rows[] = {
      {"vn", 1, FALSE},
      {"olm.vn", 2, FALSE},
      {"a.b.c.olm.vn", 5, FALSE},
      {"192.0.2.1", 1, TRUE},
      {"2001:db8::1", 1, TRUE},
      {"1.example", 2, FALSE},
      {"example.1a", 2, FALSE},
  };
  LtHostWalk walk;

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_true(lt_host_walk_init(&walk, rows[i].host));
    g_assert_cmpuint(walk.n, ==, rows[i].n);
    g_assert_cmpint(walk.is_address, ==, rows[i].is_address);
    g_assert_cmpstr(walk.host + walk.start[walk.n - 1], ==, rows[i].host);
  }
  g_assert_true(lt_host_walk_init(&walk, "a.b.c"));
  g_assert_cmpstr(walk.host + walk.start[1], ==, "b.c");
  g_assert_cmpstr(walk.host + walk.start[0], ==, "c");
}

static void
test_walk_limits(void)
{
  g_autoptr(GString) host = g_string_new("a");
  g_autofree char *too_long = g_strnfill(LT_HOST_MAX_LEN + 1, 'a');
  LtHostWalk walk;

  for (guint i = 1; i < LT_HOST_MAX_LABELS; i++)
    g_string_append(host, ".a");
  g_assert_true(lt_host_walk_init(&walk, host->str));
  g_assert_cmpuint(walk.n, ==, LT_HOST_MAX_LABELS);
  g_assert_false(lt_host_walk_init(&walk, ""));
  g_assert_cmpuint(walk.n, ==, 0);
  g_assert_false(lt_host_walk_init(&walk, too_long));
  memset(too_long, '.', LT_HOST_MAX_LEN);
  too_long[LT_HOST_MAX_LEN] = '\0';
  g_assert_false(lt_host_walk_init(&walk, too_long));
}

static void
test_find(void)
{
  g_autoptr(LtHostIndex) set = lt_host_index_new();
  LtHostWalk walk;

  g_assert_cmpuint(lt_host_index_add(set, "olm.vn"), ==, 0);
  g_assert_cmpuint(lt_host_index_add(set, "com.vn"), ==, 1);
  g_assert_cmpuint(lt_host_index_add(set, "olm.vn"), ==, 0);
  g_assert_cmpuint(lt_host_index_size(set), ==, 2);
  g_assert_cmpstr(lt_host_index_name(set, 1), ==, "com.vn");

  g_assert_true(lt_host_walk_init(&walk, "a.olm.vn"));
  g_assert_cmpuint(lt_host_index_find(set, &walk, 0), ==, LT_HOST_INDEX_NONE);
  g_assert_cmpuint(lt_host_index_find(set, &walk, 1), ==, 0);
  g_assert_cmpuint(lt_host_index_find(set, &walk, 2), ==, LT_HOST_INDEX_NONE);
  g_assert_true(lt_host_walk_init(&walk, "xolm.vn"));
  g_assert_cmpuint(lt_host_index_find(set, &walk, 0), ==, LT_HOST_INDEX_NONE);
}

/* Grows many times; numbers stay. */
static void
test_many(void)
{
  g_autoptr(LtHostIndex) set = lt_host_index_new();
  const guint n = 20000;

  for (guint i = 0; i < n; i++) {
    g_autofree char *host = g_strdup_printf("h%u.example", i);

    g_assert_cmpuint(lt_host_index_add(set, host), ==, i);
  }
  for (guint i = 0; i < n + 100; i++) {
    g_autofree char *host = g_strdup_printf("h%u.example", i);
    LtHostWalk walk;

    g_assert_true(lt_host_walk_init(&walk, host));
    g_assert_cmpuint(lt_host_index_find(set, &walk, 0), ==, i < n ? i : LT_HOST_INDEX_NONE);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/host-index/walk", test_walk);
  g_test_add_func("/host-index/walk-limits", test_walk_limits);
  g_test_add_func("/host-index/find", test_find);
  g_test_add_func("/host-index/many", test_many);
  return g_test_run();
}
