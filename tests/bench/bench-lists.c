/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of millions of names: bytes, time to make and to open it, time of a look-up.
 *
 * usage: bench-lists [N [names]]   "names" prints them instead, a line each */
#include "policy/host-set-build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_NAMES 5000000
#define N_LOOKUPS 400000
/* What a child looks for again and again. */
#define N_HOT 64
#define N_ROUNDS 5

static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

static guint64
next_random(guint64 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

/* "www.k3jx9qpa1.com.vn": two to four labels, always the same for a number. @out: room for any
 * name. */
static gsize
write_name(char *out, guint64 number)
{
  static const char *const heads[] = {"", "", "", "www.", "cdn.", "ads."};
  static const char *const ends[] = {".com", ".net", ".vn", ".com.vn", ".org", ".info", ".xyz"};
  guint64 state = number * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) + 88172645463325252u;
  guint64 bits;
  char label[24];
  guint len;

  next_random(&state);
  bits = next_random(&state);
  len = 6 + (guint) (bits % 10);
  for (guint i = 0; i < len; i++)
    label[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[next_random(&state) % 36];
  label[len] = '\0';
  return (gsize) g_snprintf(out,
                            LT_HOST_MAX_LEN + 1,
                            "%s%s%s",
                            heads[(bits >> 8 & 0xff) % G_N_ELEMENTS(heads)],
                            label,
                            ends[(bits >> 16 & 0xffff) % G_N_ELEMENTS(ends)]);
}

static GBytes *
make(guint n)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  static const LtCategory categories[] = {LT_CATEGORY_ADULT, LT_CATEGORY_GAMES, LT_CATEGORY_ADS};
  char name[LT_HOST_MAX_LEN + 1];

  for (guint i = 0; i < G_N_ELEMENTS(categories); i++) {
    LtHostSetList *list = g_new0(LtHostSetList, 1);

    list->category = categories[i];
    list->name = g_strdup("bench");
    list->format = g_strdup("domains");
    list->source = g_strdup("");
    list->licence = g_strdup("");
    list->date = g_strdup("");
    g_assert_cmpuint(lt_host_set_build_add_list(build, list), ==, i);
  }
  for (guint i = 0; i < n; i++)
    lt_host_set_build_add_name(
        build, (guint8) (i % G_N_ELEMENTS(categories)), LT_LISTED_BOTH, name, write_name(name, i));
  return lt_host_set_build_finish(build, 0);
}

/* The best of several rounds: the one that other programs disturbed least. */
static double
look_up(const LtHostSet *set, GPtrArray *names, guint wanted)
{
  double best_ns = G_MAXDOUBLE;

  for (guint round = 0; round < N_ROUNDS; round++) {
    gint64 start_us = g_get_monotonic_time();
    guint n_found = 0;

    for (guint i = 0; i < N_LOOKUPS; i++) {
      LtHostWalk walk;

      if (!lt_host_walk_init(&walk, g_ptr_array_index(names, i % names->len)))
        abort();
      n_found += lt_host_set_find(set, &walk) != 0 ? 1 : 0;
    }
    best_ns = MIN(best_ns, (double) (g_get_monotonic_time() - start_us) * 1000 / N_LOOKUPS);
    if (n_found != wanted)
      fprintf(stderr, "found %u of %u\n", n_found, wanted);
  }
  return best_ns;
}

/* Half of them listed. */
static GPtrArray *
pick(guint n_names, guint n)
{
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  guint64 state = 4711;

  for (guint i = 0; i < n; i++) {
    char name[LT_HOST_MAX_LEN + 1];

    write_name(name, i % 2 == 0 ? next_random(&state) % n_names : G_MAXUINT32 + (guint64) i);
    g_ptr_array_add(names, g_strdup(name));
  }
  return names;
}

static int
print_names(guint n)
{
  char name[LT_HOST_MAX_LEN + 1];

  for (guint i = 0; i < n; i++) {
    write_name(name, i);
    puts(name);
  }
  return 0;
}

static int
measure(guint n)
{
  g_autoptr(GPtrArray) all = pick(n, N_LOOKUPS);
  g_autoptr(GPtrArray) hot = pick(n, N_HOT);
  gint64 start_us = g_get_monotonic_time();
  g_autoptr(GBytes) bytes = make(n);
  double made_s = (double) (g_get_monotonic_time() - start_us) / 1e6;
  g_autoptr(GError) error = NULL;
  g_autoptr(LtHostSet) set = NULL;
  double opened_us;

  start_us = g_get_monotonic_time();
  set = lt_host_set_new(bytes, &error);
  opened_us = (double) (g_get_monotonic_time() - start_us);
  g_assert_no_error(error);
  printf("%u names: %.2f bytes each; made in %.2f s; opened in %.0f us\n",
         n,
         (double) lt_host_set_n_bytes(set) / n,
         made_s,
         opened_us);
  printf("a look-up with all suffixes: %.0f ns uniform, %.0f ns of %d names again and again; "
         "false match %.1e for 16 labels\n",
         look_up(set, all, N_LOOKUPS / 2),
         look_up(set, hot, N_LOOKUPS / 2),
         N_HOT,
         lt_host_set_false_match(set, 16));
  return 0;
}

int
main(int argc, char **argv)
{
  guint n = argc > 1 ? (guint) g_ascii_strtoull(argv[1], NULL, 10) : DEFAULT_NAMES;

  return argc > 2 && strcmp(argv[2], "names") == 0 ? print_names(n) : measure(n);
}
