/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the DNS proxy keeps of answers, and what a child may spend. */
#include "agent/net/dns-allowance.h"
#include "agent/net/dns-cache.h"

#include "policy/wire/dns-age.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define START_US G_GINT64_CONSTANT(5000000000)
#define SECOND_US G_USEC_PER_SEC

static LtDnsQuestion
question_of(const GByteArray *query)
{
  LtDnsQuestion question;

  g_assert_cmpint(lt_dns_read_question(query->data, query->len, &question), ==, LT_WIRE_FOUND);
  return question;
}

static GByteArray *
make_answer(guint flags, const char *name, guint32 ttl_s, gsize n_bytes)
{
  GByteArray *answer = lt_build_dns(9, flags, name, 1, 1, 0);
  g_autoptr(GByteArray) data = g_byte_array_new();

  g_byte_array_set_size(data, (guint) n_bytes);
  memset(data->data, 7, n_bytes);
  g_byte_array_append(answer, (const guint8 *) "\xc0\x0c", 2);
  lt_build_dns_record(answer, 1, 1, ttl_s, data);
  return answer;
}

static void
test_keys(void)
{
  static const struct {
    const char *label;
    guint flags;
    const char *name;
    guint type;
    const char *more; /* behind the question */
    gsize more_len;
    gboolean is_kept;
  } rows[] = {
      {"plain", 0x0100, "a.test", 1, NULL, 0, TRUE},
      {"EDNS", 0x0100, "a.test", 1, "\0\0\x29\x04\xd0\0\0\x80\0\0\0", 11, TRUE},
      {"EDNS with an option",
       0x0100,
       "a.test",
       1,
       "\0\0\x29\x04\xd0\0\0\0\0\0\4\0\3\0\0",
       15,
       FALSE},
      {"EDNS of a later version", 0x0100, "a.test", 1, "\0\0\x29\x04\xd0\0\1\0\0\0\0", 11, FALSE},
      {"ANY", 0x0100, "a.test", 255, NULL, 0, FALSE},
      {"one label", 0x0100, "printer", 1, NULL, 0, FALSE},
      {"home", 0x0100, "nas.home.arpa", 1, NULL, 0, FALSE},
      {"inside", 0x0100, "git.corp", 1, NULL, 0, FALSE},
      {"not inside", 0x0100, "git.corp.test", 1, NULL, 0, TRUE},
      {"root", 0x0100, "", 2, NULL, 0, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) query =
        lt_build_dns(1, rows[i].flags, rows[i].name, rows[i].type, 0, rows[i].more != NULL);
    LtDnsCacheKey key;

    g_test_message("%s", rows[i].label);
    if (rows[i].more != NULL)
      g_byte_array_append(query, (const guint8 *) rows[i].more, (guint) rows[i].more_len);
    LtDnsQuestion question = question_of(query);
    g_assert_cmpint(
        lt_dns_cache_key(query->data, query->len, &question, 1, &key), ==, rows[i].is_kept);
  }
}

static void
test_times(void)
{
  g_autoptr(LtDnsCache) cache = lt_dns_cache_new();
  g_autoptr(GByteArray) query = lt_build_dns(0x7777, 0x0100, "A.teST", 1, 0, 0);
  g_autoptr(GByteArray) answer = make_answer(0x8180, "a.test", 30, 4);
  LtDnsQuestion question = question_of(query);
  guint8 out[LT_DNS_CACHE_ENTRY_BYTES];
  gboolean is_negative;
  LtDnsCacheKey key, other;
  gsize n;

  g_assert_true(lt_dns_cache_key(query->data, query->len, &question, 1, &key));
  g_assert_true(lt_dns_cache_key(query->data, query->len, &question, 2, &other));
  gsize len = question.question_len_bytes;
  g_assert_cmpuint(
      lt_dns_cache_find(cache, &key, query->data, len, START_US, out, sizeof out), ==, 0);
  g_assert_cmpint(lt_dns_cache_end_us(cache), ==, G_MAXINT64);
  lt_dns_cache_add(cache, &key, len, answer->data, answer->len, START_US);
  g_assert_cmpint(lt_dns_cache_end_us(cache), ==, START_US + 30 * SECOND_US);

  gint64 late_us = START_US + 12 * SECOND_US + 1;
  n = lt_dns_cache_find(cache, &key, query->data, len, late_us, out, sizeof out);
  g_assert_cmpuint(n, ==, answer->len);
  g_assert_true(lt_dns_response_matches(out, n, 0x7777, query->data + 12, len));
  g_assert_cmpint(memcmp(out + 12, query->data + 12, len), ==, 0);
  g_assert_cmpuint(lt_dns_age_limit(out, n, &is_negative), ==, 18);
  g_assert_cmpuint(
      lt_dns_cache_find(cache, &other, query->data, len, late_us, out, sizeof out), ==, 0);
  g_assert_cmpuint(lt_dns_cache_find(cache, &key, query->data, len, late_us, out, n - 1), ==, 0);

  late_us = START_US + 30 * SECOND_US;
  g_assert_cmpuint(
      lt_dns_cache_find(cache, &key, query->data, len, late_us - 1, out, sizeof out), ==, n);
  g_assert_cmpuint(
      lt_dns_cache_find(cache, &key, query->data, len, late_us, out, sizeof out), ==, 0);
  lt_dns_cache_clear(cache);
  g_assert_cmpuint(
      lt_dns_cache_find(cache, &key, query->data, len, START_US, out, sizeof out), ==, 0);
}

/* Far more names than there is room for: each is found right after it was kept, or not at all. */
static void
test_bounds(void)
{
  g_autoptr(LtDnsCache) cache = lt_dns_cache_new();
  guint8 out[LT_DNS_CACHE_ENTRY_BYTES];
  guint n_found = 0;

  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < 5000; i++) {
      g_autofree char *name = g_strdup_printf("n%u.test", i);
      g_autoptr(GByteArray) query = lt_build_dns(1, 0x0100, name, 1, 0, 0);
      g_autoptr(GByteArray) answer = make_answer(0x8180, name, 30, 4 + i % 600);
      LtDnsQuestion question = question_of(query);
      gsize len = question.question_len_bytes;
      LtDnsCacheKey key;

      g_assert_true(lt_dns_cache_key(query->data, query->len, &question, 1, &key));
      if (round == 0)
        lt_dns_cache_add(cache, &key, len, answer->data, answer->len, START_US + i);
      gsize n = lt_dns_cache_find(cache, &key, query->data, len, START_US + 9000, out, sizeof out);
      g_assert_true(n == 0 || n == answer->len);
      if (round == 0)
        g_assert_cmpint(n > 0, ==, answer->len <= 472);
      else
        n_found += n > 0;
    }
  }
  g_assert_cmpuint(n_found, >, 500);
  g_assert_cmpuint(n_found, <=, LT_DNS_CACHE_BYTES / LT_DNS_CACHE_ENTRY_BYTES);
}

static void
test_allowance(void)
{
  LtDnsAllowance allowance = {0};
  gint64 now_us = START_US;
  guint n = 0;

  while (!lt_dns_allowance_is_spent(&allowance, now_us)) {
    lt_dns_allowance_spend(&allowance, LT_DNS_COST_FORWARD, now_us);
    n++;
  }
  g_assert_cmpuint(n, ==, LT_DNS_UNITS_MAX / LT_DNS_COST_FORWARD);
  gint64 resume_us = lt_dns_allowance_resume_us(&allowance);
  g_assert_cmpint(resume_us, ==, now_us + LT_DNS_UNITS_TO_RESUME * SECOND_US / LT_DNS_UNITS_PER_S);
  g_assert_false(lt_dns_allowance_is_spent(&allowance, resume_us));
  for (n = 0; !lt_dns_allowance_is_spent(&allowance, resume_us); n++)
    lt_dns_allowance_spend(&allowance, LT_DNS_COST_FORWARD, resume_us);
  g_assert_cmpuint(n, ==, LT_DNS_UNITS_TO_RESUME / LT_DNS_COST_FORWARD);
  /* Never more than what can be saved up. */
  now_us += (gint64) 3600 * SECOND_US;
  for (n = 0; !lt_dns_allowance_is_spent(&allowance, now_us); n++)
    lt_dns_allowance_spend(&allowance, LT_DNS_COST_QUESTION, now_us);
  g_assert_cmpuint(n, ==, LT_DNS_UNITS_MAX);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-cache/keys", test_keys);
  g_test_add_func("/dns-cache/times", test_times);
  g_test_add_func("/dns-cache/bounds", test_bounds);
  g_test_add_func("/dns-cache/allowance", test_allowance);
  return g_test_run();
}
