/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names as people type them, and public suffixes. */
#include "policy/host.h"

#include <string.h>

typedef struct {
  const char *label;
  const char *text;
  LtHostAnswer answer;
  const char *name;
} Row;

static const Row rows[] = {
    {"plain", "olm.vn", LT_HOST_OK, "olm.vn"},
    {"capitals", "OLM.VN", LT_HOST_OK, "olm.vn"},
    {"dot at the end", "olm.vn.", LT_HOST_OK, "olm.vn"},
    {"two dots at the end", "olm.vn..", LT_HOST_BAD, NULL},
    {"two dots inside", "olm..vn", LT_HOST_BAD, NULL},
    {"dot in front", ".olm.vn", LT_HOST_BAD, NULL},
    {"only a dot", ".", LT_HOST_BAD, NULL},
    {"empty", "", LT_HOST_BAD, NULL},
    {"one label", "router", LT_HOST_OK, "router"},
    {"underscore", "_dmarc.olm.vn", LT_HOST_OK, "_dmarc.olm.vn"},
    {"space", "olm .vn", LT_HOST_BAD, NULL},
    {"slash", "olm.vn/", LT_HOST_BAD, NULL},
    {"U-label", "tiếngviệt.vn", LT_HOST_OK, "xn--tingvit-5t4cyc.vn"},
    {"U-label in capitals", "TIẾNGVIỆT.VN", LT_HOST_OK, "xn--tingvit-5t4cyc.vn"},
    {"U-label not composed",
     "tie\xcc\x82\xcc\x81ngvie\xcc\xa3\xcc\x82t.vn",
     LT_HOST_OK,
     "xn--tingvit-5t4cyc.vn"},
    {"A-label", "XN--tingvit-5t4cyc.vn", LT_HOST_OK, "xn--tingvit-5t4cyc.vn"},
    {"full-width letters and dot", "ｏｌｍ。ｖｎ", LT_HOST_OK, "olm.vn"},
    {"sharp s is kept", "straße.example", LT_HOST_OK, "xn--strae-oqa.example"},
    {"forbidden character", "olm☃\xe2\x80\xae.vn", LT_HOST_BAD, NULL},
    {"not UTF-8", "olm\xff.vn", LT_HOST_BAD, NULL},
    {"IPv4", "192.0.2.1", LT_HOST_ADDRESS, "192.0.2.1"},
    {"full-width IPv4", "１９２.0.2.1", LT_HOST_ADDRESS, "192.0.2.1"},
    {"IPv6", "2001:DB8:0:0::1", LT_HOST_ADDRESS, "2001:db8::1"},
    {"IPv6 in brackets", "[2001:db8::1]", LT_HOST_ADDRESS, "2001:db8::1"},
    {"number at the end", "olm.1", LT_HOST_BAD, NULL},
};

static void
test_rows(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtHost host = {1, "untouched"};

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(lt_host_from_text(rows[i].text, &host), ==, rows[i].answer);
    g_assert_cmpstr(host.name, ==, rows[i].name != NULL ? rows[i].name : "untouched");
    if (rows[i].name != NULL)
      g_assert_cmpuint(host.len, ==, strlen(rows[i].name));
  }
  g_assert_cmpint(lt_host_from_text(NULL, &(LtHost){0}), ==, LT_HOST_BAD);
}

/* 253 characters at most, 63 in a label; a U-label counts as its A-label. */
static void
test_limits(void)
{
  for (guint extra = 0; extra < 3; extra++) {
    g_autofree char *label = g_strnfill(62 + extra, 'a');
    g_autofree char *text = g_strconcat(label, ".vn", NULL);
    LtHost host;

    g_assert_cmpint(lt_host_from_text(text, &host), ==, extra < 2 ? LT_HOST_OK : LT_HOST_BAD);
  }
  for (guint extra = 0; extra < 3; extra++) {
    g_autofree char *label = g_strnfill(63, 'a');
    g_autofree char *last = g_strnfill(252 - 192 + extra, 'a');
    g_autofree char *text = g_strjoin(".", label, label, label, last, NULL);
    LtHost host;

    g_assert_cmpint(lt_host_from_text(text, &host), ==, extra < 2 ? LT_HOST_OK : LT_HOST_BAD);
  }
  for (guint n = 1; n <= 80; n++) {
    g_autoptr(GString) text = g_string_new(NULL);
    LtHost host;

    for (guint i = 0; i < n; i++)
      g_string_append(text, "ế");
    if (lt_host_from_text(text->str, &host) == LT_HOST_OK)
      g_assert_cmpuint(host.len, <=, 63);
    else
      g_assert_cmpuint(n, >, 40);
  }
}

static void
test_suffixes(void)
{
  static const struct {
    const char *host;
    gboolean expected;
  } suffixes[] = {
      {"vn", TRUE},
      {"com.vn", TRUE},
      {"edu.vn", TRUE},
      {"co.uk", TRUE},
      {"github.io", TRUE},
      {"xn--p1ai", TRUE},
      {"olm.vn", FALSE},
      {"a.github.io", FALSE},
      {"bbc.co.uk", FALSE},
      {"www.gov.uk", FALSE},
      {"lan", FALSE},
      {"home.arpa", FALSE},
      {"foo.ck", TRUE},  /* a star in the list */
      {"www.ck", FALSE}, /* and an exception to it */
  };

  for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
    g_test_message("%s", suffixes[i].host);
    g_assert_cmpint(lt_host_is_public_suffix(suffixes[i].host), ==, suffixes[i].expected);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/host-text/rows", test_rows);
  g_test_add_func("/host-text/limits", test_limits);
  g_test_add_func("/host-text/suffixes", test_suffixes);
  return g_test_run();
}
