/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of millions of names: what is put in is found, nothing else, and no byte is trusted. */
#include "policy/host-set-build.h"
#include "policy/host-set-layout.h"

#include <nettle/sha2.h>
#include <string.h>

#define UTC_MADE_S 1790000000

static const guint8 key[LT_HOST_HASH_KEY_BYTES] = {9, 8, 7, 6, 5, 4, 3, 2, 1};

static guint8
add_list(LtHostSetBuild *build, LtCategory category, gboolean nearest_wins)
{
  LtHostSetList *list = g_new0(LtHostSetList, 1);

  list->category = category;
  list->name = g_strdup_printf("list of %s", lt_category_ids()[category]);
  list->format = g_strdup("hosts");
  list->source = g_strdup("https://lists.example/\"x\"");
  list->licence = g_strdup("CC0-1.0");
  list->date = g_strdup("2026-11-24");
  list->n_rules = 7;
  list->n_skipped = 2;
  list->nearest_wins = nearest_wins;
  return lt_host_set_build_add_list(build, list);
}

static void
add(LtHostSetBuild *build, guint8 list, guint listed, const char *name)
{
  lt_host_set_build_add_name(build, list, listed, name, strlen(name));
}

static LtHostSet *
finish(LtHostSetBuild *build)
{
  g_autoptr(GBytes) bytes = lt_host_set_build_finish(build, UTC_MADE_S);
  g_autoptr(GError) error = NULL;
  LtHostSet *set = lt_host_set_new(bytes, &error);

  g_assert_no_error(error);
  g_assert_true(lt_host_set_verify(set, &error));
  g_assert_no_error(error);
  return set;
}

static guint64
find(const LtHostSet *set, const char *name)
{
  LtHostWalk walk;

  g_assert_true(lt_host_walk_init(&walk, name));
  return lt_host_set_find(set, &walk);
}

static void
test_hash(void)
{
  LtHostHashKey hash_key = lt_host_hash_key(key);
  const char *name = "a.bc.def.ghijklmnopqrs.tuvwxyz.example.com.vn";
  guint64 hash[LT_HOST_MAX_LABELS];
  LtHostWalk walk;

  g_assert_true(lt_host_walk_init(&walk, name));
  lt_host_hash_walk(&hash_key, &walk, hash);
  for (guint i = 0; i < walk.n; i++) {
    const char *suffix = walk.host + walk.start[i];

    g_assert_cmphex(hash[i], ==, lt_host_hash_name(&hash_key, suffix, strlen(suffix)));
    /* Alone in memory, so that a sanitizer sees a byte too many. */
    g_autofree char *copy = g_memdup2(suffix, strlen(suffix));
    g_assert_cmphex(hash[i], ==, lt_host_hash_name(&hash_key, copy, strlen(suffix)));
    for (guint j = 0; j < i; j++)
      g_assert_cmphex(hash[i], !=, hash[j]);
  }
}

static void
test_scopes(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  g_autoptr(LtHostSet) set = NULL;
  guint8 games = add_list(build, LT_CATEGORY_GAMES, FALSE);
  guint8 adult = add_list(build, LT_CATEGORY_ADULT, FALSE);

  add(build, games, LT_LISTED_SELF, "self.test");
  add(build, games, LT_LISTED_BELOW, "below.test");
  add(build, games, LT_LISTED_BOTH, "both.test");
  add(build, adult, LT_LISTED_BOTH, "both.test");
  add(build, adult, LT_LISTED_SELF, "192.0.2.7");
  set = finish(build);

  g_assert_cmphex(find(set, "self.test"), ==, LT_CATEGORY_BIT(LT_CATEGORY_GAMES));
  g_assert_cmphex(find(set, "www.self.test"), ==, 0);
  g_assert_cmphex(find(set, "below.test"), ==, 0);
  g_assert_cmphex(find(set, "a.b.below.test"), ==, LT_CATEGORY_BIT(LT_CATEGORY_GAMES));
  g_assert_cmphex(find(set, "www.both.test"),
                  ==,
                  LT_CATEGORY_BIT(LT_CATEGORY_GAMES) | LT_CATEGORY_BIT(LT_CATEGORY_ADULT));
  g_assert_cmphex(find(set, "192.0.2.7"), ==, LT_CATEGORY_BIT(LT_CATEGORY_ADULT));
  g_assert_cmphex(find(set, "test"), ==, 0);
  g_assert_cmphex(find(set, "xboth.test"), ==, 0);
  g_assert_cmpuint(lt_host_set_n_names(set), ==, 4);
}

static void
test_exceptions(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  g_autoptr(LtHostSet) set = NULL;
  guint8 all = add_list(build, LT_CATEGORY_ADS, FALSE);
  guint8 nearest = add_list(build, LT_CATEGORY_SCAM, TRUE);
  guint8 other = add_list(build, LT_CATEGORY_ADS, FALSE);

  add(build, all, LT_LISTED_BOTH, "site.test");
  add(build, all, LT_LISTED_BOTH | LT_LISTED_EXCEPT, "good.site.test");
  add(build, all, LT_LISTED_BOTH, "bad.good.site.test");
  add(build, all, LT_LISTED_BOTH | LT_LISTED_IMPORTANT, "worst.good.site.test");
  add(build,
      all,
      LT_LISTED_SELF | LT_LISTED_EXCEPT | LT_LISTED_IMPORTANT,
      "no.worst.good.site.test");
  add(build, nearest, LT_LISTED_BOTH, "zone.test");
  add(build, nearest, LT_LISTED_BOTH | LT_LISTED_EXCEPT, "good.zone.test");
  add(build, nearest, LT_LISTED_BOTH, "bad.good.zone.test");
  add(build, other, LT_LISTED_BOTH, "two.good.site.test");
  add(build, all, LT_LISTED_BOTH, "back.test");
  lt_host_set_build_cancel_name(build, all, LT_LISTED_BOTH, "back.test", 9);
  set = finish(build);

  g_assert_cmphex(find(set, "site.test"), !=, 0);
  g_assert_cmphex(find(set, "good.site.test"), ==, 0);
  g_assert_cmphex(find(set, "bad.good.site.test"), ==, 0);
  g_assert_cmphex(find(set, "worst.good.site.test"), !=, 0);
  g_assert_cmphex(find(set, "no.worst.good.site.test"), ==, 0);
  g_assert_cmphex(find(set, "x.no.worst.good.site.test"), !=, 0);
  g_assert_cmphex(find(set, "x.good.zone.test"), ==, 0);
  g_assert_cmphex(find(set, "x.bad.good.zone.test"), !=, 0);
  /* One list's exceptions are no other's. */
  g_assert_cmphex(find(set, "two.good.site.test"), !=, 0);
  g_assert_cmphex(find(set, "back.test"), ==, 0);
}

static void
test_patterns(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  g_autoptr(LtHostSet) set = NULL;
  guint8 list = add_list(build, LT_CATEGORY_ADS, FALSE);
  static const char *const patterns[] = {
      "||img*.site.test^", "/^ad[0-9]+\\./", "||org^$denyallow=good.org|fine.org"};

  for (guint i = 0; i < G_N_ELEMENTS(patterns); i++)
    g_assert_cmpint(lt_host_set_build_add_pattern(build, list, 0, patterns[i], strlen(patterns[i])),
                    ==,
                    LT_HOST_PATTERN_OK);
  g_assert_cmpint(
      lt_host_set_build_add_pattern(build, list, LT_LISTED_EXCEPT, "||imgok*.site.test^", 19),
      ==,
      LT_HOST_PATTERN_OK);
  set = finish(build);
  g_assert_cmpuint(lt_host_set_n_patterns(set), ==, 4);

  g_assert_cmphex(find(set, "img7.site.test"), !=, 0);
  g_assert_cmphex(find(set, "a.img7.site.test"), !=, 0);
  g_assert_cmphex(find(set, "imgok7.site.test"), ==, 0);
  g_assert_cmphex(find(set, "site.test"), ==, 0);
  g_assert_cmphex(find(set, "ad12.else.test"), !=, 0);
  g_assert_cmphex(find(set, "bad12.else.test"), ==, 0);
  g_assert_cmphex(find(set, "bad.org"), !=, 0);
  g_assert_cmphex(find(set, "www.good.org"), ==, 0);
}

static void
test_limits_of_patterns(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  guint8 list = add_list(build, LT_CATEGORY_ADS, FALSE);
  guint n_free = 0;
  guint n_all = 0;

  for (guint i = 0; i < 2 * LT_HOST_SET_MAX_PATTERNS; i++) {
    g_autofree char *free = g_strdup_printf("x%u*y", i);

    n_free +=
        lt_host_set_build_add_pattern(build, list, 0, free, strlen(free)) == LT_HOST_PATTERN_OK;
  }
  g_assert_cmpuint(n_free, ==, LT_HOST_SET_MAX_FREE_PATTERNS);
  for (guint i = 0; i < 2 * LT_HOST_SET_MAX_PATTERNS; i++) {
    g_autofree char *text = g_strdup_printf("||x*.site%u.test^", i);

    n_all +=
        lt_host_set_build_add_pattern(build, list, 0, text, strlen(text)) == LT_HOST_PATTERN_OK;
  }
  g_assert_cmpuint(n_free + n_all, ==, LT_HOST_SET_MAX_PATTERNS);
}

static void
test_lists(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  g_autoptr(LtHostSet) set = NULL;
  guint8 scam = add_list(build, LT_CATEGORY_SCAM, FALSE);
  const LtHostSetList *list;
  LtHostWalk walk;

  add_list(build, LT_CATEGORY_ADS, TRUE);
  add(build, scam, LT_LISTED_BOTH, "scam.test");
  set = finish(build);
  g_assert_cmpuint(lt_host_set_lists(set)->len, ==, 2);
  g_assert_true(lt_host_walk_init(&walk, "www.scam.test"));
  list = lt_host_set_find_list(set, &walk, LT_CATEGORY_SCAM);
  g_assert_nonnull(list);
  g_assert_cmpstr(list->name, ==, "list of scam");
  g_assert_cmpstr(list->source, ==, "https://lists.example/\"x\"");
  g_assert_cmpstr(list->licence, ==, "CC0-1.0");
  g_assert_cmpstr(list->date, ==, "2026-11-24");
  g_assert_cmpuint(list->n_rules, ==, 7);
  g_assert_cmpuint(list->n_skipped, ==, 2);
  g_assert_null(lt_host_set_find_list(set, &walk, LT_CATEGORY_ADS));
  g_assert_cmpint(lt_host_set_utc_made_s(set), ==, UTC_MADE_S);
}

/* Every name is found in every size of directory; names that were not put in are not. */
static void
test_many(void)
{
  static const guint sizes[] = {0, 1, 9, 10, 19, 20, 21, 39, 40, 1000, 40000};

  for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
    g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
    g_autoptr(LtHostSet) set = NULL;
    guint8 list[40];

    for (guint i = 0; i < G_N_ELEMENTS(list); i++)
      list[i] = add_list(build, (LtCategory) i, FALSE);
    for (guint i = 0; i < sizes[s]; i++) {
      g_autofree char *name = g_strdup_printf("n%u.test", i);

      /* Twice, and with another list now and then: one name all the same. */
      add(build, list[i % 40], LT_LISTED_BOTH, name);
      add(build, list[i % 40], LT_LISTED_SELF, name);
      if (i % 7 == 0)
        add(build, list[i % 39], LT_LISTED_BOTH, name);
    }
    set = finish(build);
    g_assert_cmpuint(lt_host_set_n_names(set), ==, sizes[s]);
    for (guint i = 0; i < sizes[s]; i++) {
      g_autofree char *name = g_strdup_printf("www.n%u.test", i);
      g_autofree char *other = g_strdup_printf("m%u.test", i);
      guint64 wanted = LT_CATEGORY_BIT(i % 40) | (i % 7 == 0 ? LT_CATEGORY_BIT(i % 39) : 0);

      g_assert_cmphex(find(set, name), ==, wanted);
      g_assert_cmphex(find(set, other), ==, 0);
    }
  }
}

static GBytes *
make_small(void)
{
  g_autoptr(LtHostSetBuild) build = lt_host_set_build_new(key);
  guint8 list = add_list(build, LT_CATEGORY_GAMES, FALSE);

  for (guint i = 0; i < 100; i++) {
    g_autofree char *name = g_strdup_printf("n%u.test", i);

    add(build, list, LT_LISTED_BOTH, name);
  }
  g_assert_cmpint(
      lt_host_set_build_add_pattern(build, list, 0, "||a*.n1.test^", 13), ==, LT_HOST_PATTERN_OK);
  return lt_host_set_build_finish(build, UTC_MADE_S);
}

/* One bit anywhere is noticed when the set is opened, or when its names are checked. */
static void
test_damage(void)
{
  g_autoptr(GBytes) good = make_small();
  gsize len;
  const guint8 *bytes = g_bytes_get_data(good, &len);

  for (gsize i = 0; i < len; i++) {
    g_autofree guint8 *copy = g_memdup2(bytes, len);
    g_autoptr(GBytes) bad = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(LtHostSet) set = NULL;

    copy[i] ^= (guint8) (1u << i % 8);
    bad = g_bytes_new(copy, len);
    set = lt_host_set_new(bad, &error);
    if (set == NULL) {
      g_assert_nonnull(error);
      continue;
    }
    find(set, "www.n1.test");
    /* The unused bytes at the header's end alone are nobody's. */
    if (i < LT_HOST_SET_AT_HEADER_SHA256 + 32 || i >= LT_HOST_SET_HEADER_BYTES)
      g_assert_false(lt_host_set_verify(set, &error));
  }
}

static void
test_cut_short(void)
{
  g_autoptr(GBytes) good = make_small();

  for (gsize len = 0; len < g_bytes_get_size(good); len++) {
    g_autoptr(GBytes) cut = g_bytes_new(g_bytes_get_data(good, NULL), len);
    g_autoptr(GError) error = NULL;

    g_assert_null(lt_host_set_new(cut, &error));
    g_assert_error(error, LT_HOST_SET_ERROR, LT_HOST_SET_ERROR_DAMAGED);
  }
}

static void
put_u32(guint8 *at, guint32 number)
{
  number = GUINT32_TO_LE(number);
  memcpy(at, &number, sizeof number);
}

/* A file that says that its tables are huge, and is: they are not even looked at. */
static void
test_huge_tables(void)
{
  g_autoptr(GBytes) good = make_small();
  const gsize n_more = 2 * (gsize) LT_HOST_SET_MAX_TABLES_BYTES;
  const gsize len = g_bytes_get_size(good) + n_more;
  guint8 *huge = g_malloc0(len);
  const guint8 *bytes = g_bytes_get_data(good, NULL);
  g_autoptr(GBytes) bad = g_bytes_new_take(huge, len);
  g_autoptr(GError) error = NULL;
  struct sha256_ctx ctx;
  guint32 classes_bytes;

  memcpy(huge, bytes, LT_HOST_SET_HEADER_BYTES);
  memcpy(&classes_bytes, bytes + LT_HOST_SET_AT_CLASSES_BYTES, sizeof classes_bytes);
  put_u32(huge + LT_HOST_SET_AT_CLASSES_BYTES, GUINT32_FROM_LE(classes_bytes) + (guint32) n_more);
  put_u32(huge + LT_HOST_SET_AT_FILE_BYTES, (guint32) len);
  sha256_init(&ctx);
  sha256_update(&ctx, LT_HOST_SET_AT_HEADER_SHA256, huge);
  sha256_digest(&ctx, SHA256_DIGEST_SIZE, huge + LT_HOST_SET_AT_HEADER_SHA256);
  g_assert_null(lt_host_set_new(bad, &error));
  g_assert_error(error, LT_HOST_SET_ERROR, LT_HOST_SET_ERROR_DAMAGED);
  g_assert_nonnull(strstr(error->message, "larger than a set has them"));
}

static void
test_version(void)
{
  g_autoptr(GBytes) good = make_small();
  gsize len = g_bytes_get_size(good);
  g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(good, NULL), len);
  g_autoptr(GBytes) later = NULL;
  g_autoptr(GError) error = NULL;

  copy[LT_HOST_SET_AT_VERSION]++;
  later = g_bytes_new(copy, len);
  g_assert_null(lt_host_set_new(later, &error));
  g_assert_error(error, LT_HOST_SET_ERROR, LT_HOST_SET_ERROR_VERSION);
}

/* The form keeps its promise for five million names and more lists than anybody has. */
static void
test_promise(void)
{
  LtHostSetShape shape = {.dir_bits = 18, .class_bits = 9, .entry_bytes = 6};

  g_assert_cmpfloat(lt_host_set_chance(&shape, 5000000, 16), <=, LT_HOST_SET_MAX_FALSE_MATCH);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/host-set/hash", test_hash);
  g_test_add_func("/host-set/scopes", test_scopes);
  g_test_add_func("/host-set/exceptions", test_exceptions);
  g_test_add_func("/host-set/patterns", test_patterns);
  g_test_add_func("/host-set/limits-of-patterns", test_limits_of_patterns);
  g_test_add_func("/host-set/lists", test_lists);
  g_test_add_func("/host-set/many", test_many);
  g_test_add_func("/host-set/damage", test_damage);
  g_test_add_func("/host-set/cut-short", test_cut_short);
  g_test_add_func("/host-set/huge-tables", test_huge_tables);
  g_test_add_func("/host-set/version", test_version);
  g_test_add_func("/host-set/promise", test_promise);
  return g_test_run();
}
