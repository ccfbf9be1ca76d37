/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imitated names: found in every way there is, and honest neighbours are not. */
#include "policy/lookalike.h"

#include "policy/policy.h"

#include <string.h>

#define TOO_LONG "a123456789b123456789c123456789.d123456789e123456789f123456789g123"

static LtLookalikes *
load(void)
{
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  LtLookalikes *lookalikes;
  gsize len;

  g_assert_true(g_file_get_contents(g_getenv("LUYTRE_LOOKALIKES"), &text, &len, &error));
  g_assert_no_error(error);
  lookalikes = lt_lookalikes_new(text, len, "lookalikes.json", &error);
  g_assert_no_error(error);
  return lookalikes;
}

static void
test_find(void)
{
  static const struct {
    const char *host;
    LtLookalikeKind kind;
    const char *of;
  } rows[] = {
      {"vietcombank.com.vn", LT_LOOKALIKE_NONE, NULL},
      {"www.vietcombank.com.vn", LT_LOOKALIKE_NONE, NULL},
      {"vietc\xd0\xbembank.com", LT_LOOKALIKE_LETTERS, "vietcombank.com.vn"}, /* a Cyrillic o */
      {"vi\xe1\xba\xbftcombank.com", LT_LOOKALIKE_LETTERS, "vietcombank.com.vn"},
      {"vletc0mbank.net", LT_LOOKALIKE_LETTERS, "vietcombank.com.vn"},
      {"vietcornbank.com", LT_LOOKALIKE_LETTERS, "vietcombank.com.vn"},
      {"vietconbank.com", LT_LOOKALIKE_TYPO, "vietcombank.com.vn"},
      {"vietcombnak.com", LT_LOOKALIKE_TYPO, "vietcombank.com.vn"},
      {"vietcombankk.vn", LT_LOOKALIKE_TYPO, "vietcombank.com.vn"},
      {"ietcombank.com", LT_LOOKALIKE_NONE, NULL},
      {"vietconbanc.com", LT_LOOKALIKE_NONE, NULL},
      {"vietcombank-dangnhap.com", LT_LOOKALIKE_WORDS, "vietcombank.com.vn"},
      {"loginvietcombank24.top", LT_LOOKALIKE_WORDS, "vietcombank.com.vn"},
      {"vietcombank-museum.com", LT_LOOKALIKE_NONE, NULL},
      {"vietcombank.top", LT_LOOKALIKE_SUFFIX, "vietcombank.com.vn"},
      {"vietcombank.de", LT_LOOKALIKE_NONE, NULL},
      {"vietcombank.com.vn.secure.top", LT_LOOKALIKE_INSIDE, "vietcombank.com.vn"},
      {"www.vietcombank.com.vn.secure.top", LT_LOOKALIKE_INSIDE, "vietcombank.com.vn"},
      {"a.b.vietcombank.com.vn.cdn.net", LT_LOOKALIKE_NONE, NULL},
      {"shb-xacthuc.com", LT_LOOKALIKE_WORDS, "shb.com.vn"},
      {"shbdangnhap.com", LT_LOOKALIKE_NONE, NULL}, /* too short without a hyphen */
      {"vietbank.com.vn", LT_LOOKALIKE_NONE, NULL},
      {"vietabank.com.vn", LT_LOOKALIKE_NONE, NULL},
      {"arena.vn", LT_LOOKALIKE_NONE, NULL},
      {"vietconbank.ir", LT_LOOKALIKE_NONE, NULL},
      {"kuwinok42.in", LT_LOOKALIKE_NONE, NULL},
      {"98winok71.in", LT_LOOKALIKE_GAMBLING, "98win"},
      {"kuwin.vip", LT_LOOKALIKE_GAMBLING, "kuwin"},
      {"play.nohu88.com", LT_LOOKALIKE_GAMBLING, "nohu"},
      {"humanohumano.com", LT_LOOKALIKE_NONE, NULL},
      {"thpt-chuyen.edu.vn", LT_LOOKALIKE_NONE, NULL},
      {"dichvucong.gov.vn", LT_LOOKALIKE_NONE, NULL},
      {"vn", LT_LOOKALIKE_NONE, NULL},
      {"com.vn", LT_LOOKALIKE_NONE, NULL},
      {"192.0.2.1", LT_LOOKALIKE_NONE, NULL},
      {"xn--99999999999.com", LT_LOOKALIKE_NONE, NULL},
      {"xn--a.com", LT_LOOKALIKE_NONE, NULL},
  };
  g_autoptr(LtLookalikes) lookalikes = load();

  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtLookalike found = {LT_LOOKALIKE_NONE, NULL};
    LtHostWalk walk;
    LtHost host;

    g_test_message("%s", rows[i].host);
    if (lt_host_from_text(rows[i].host, &host) == LT_HOST_BAD)
      g_assert_true(lt_host_from_wire((const guint8 *) rows[i].host, strlen(rows[i].host), &host) ==
                    LT_HOST_OK);
    g_assert_true(lt_host_walk_init(&walk, host.name));
    g_assert_cmpint(
        lt_lookalikes_find(lookalikes, &walk, &found), ==, rows[i].kind != LT_LOOKALIKE_NONE);
    g_assert_cmpstr(lt_lookalike_kind_name(found.kind), ==, lt_lookalike_kind_name(rows[i].kind));
    g_assert_cmpstr(found.of, ==, rows[i].of);
  }
}

static void
test_invalid(void)
{
  static const char *const bad[] = {
      "",
      "[]",
      "{}",
      "{\"protected\": [{\"domains\": \"a.test\"}]}",
      "{\"protected\": [{\"domains\": [\"A.test\"]}]}",
      "{\"protected\": [], \"added-words\": [], \"cheap-suffixes\": [1]}",
      /* one more than a label may have */
      "{\"protected\": [], \"added-words\": [\"" TOO_LONG "\"]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;

    g_assert_null(lt_lookalikes_new(bad[i], strlen(bad[i]), "bad.json", &error));
    g_assert_nonnull(error);
    g_assert_true(error->domain == LT_POLICY_ERROR);
    g_assert_true(g_str_has_prefix(error->message, "bad.json:1:"));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lookalike/find", test_find);
  g_test_add_func("/lookalike/invalid", test_invalid);
  return g_test_run();
}
