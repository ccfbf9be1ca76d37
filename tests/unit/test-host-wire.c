/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names and addresses as a client sends them. */
#include "policy/address.h"
#include "policy/host.h"

#include <string.h>

static const struct {
  const char *label, *text;
  LtHostAnswer answer;
  const char *name;
} rows[] = {
    {"plain", "example.com", LT_HOST_OK, "example.com"},
    {"folded", "WWW.Example.COM", LT_HOST_OK, "www.example.com"},
    {"final dot", "example.com.", LT_HOST_OK, "example.com"},
    {"one label", "localhost", LT_HOST_OK, "localhost"},
    {"underscore", "_dmarc.example.com", LT_HOST_OK, "_dmarc.example.com"},
    {"A-label", "xn--bcher-kva.example", LT_HOST_OK, "xn--bcher-kva.example"},
    {"digits inside", "1.2.3.4.example", LT_HOST_OK, "1.2.3.4.example"},
    {"digits with a letter", "1.2.3.4a", LT_HOST_OK, "1.2.3.4a"},
    {"empty", "", LT_HOST_BAD, NULL},
    {"dot", ".", LT_HOST_BAD, NULL},
    {"two final dots", "example.com..", LT_HOST_BAD, NULL},
    {"empty label", "a..b", LT_HOST_BAD, NULL},
    {"leading dot", ".example.com", LT_HOST_BAD, NULL},
    {"blank", "exa mple.com", LT_HOST_BAD, NULL},
    {"UTF-8",
     "b\xc3\xbc"
     "cher.example",
     LT_HOST_BAD,
     NULL},
    {"star", "*.example.com", LT_HOST_BAD, NULL},
    {"port", "example.com:80", LT_HOST_BAD, NULL},
    {"slash", "example.com/", LT_HOST_BAD, NULL},
    {"IPv4", "192.0.2.1", LT_HOST_ADDRESS, "192.0.2.1"},
    {"IPv4, final dot", "192.0.2.1.", LT_HOST_ADDRESS, "192.0.2.1"},
    {"IPv4 255", "255.255.255.255", LT_HOST_ADDRESS, "255.255.255.255"},
    {"IPv4 256", "192.0.2.256", LT_HOST_BAD, NULL},
    {"IPv4 of three parts", "192.0.2", LT_HOST_BAD, NULL},
    {"IPv4 of five parts", "192.0.2.1.1", LT_HOST_BAD, NULL},
    {"IPv4 as a number", "3221225985", LT_HOST_BAD, NULL},
    {"IPv6", "[2001:DB8::1]", LT_HOST_ADDRESS, "2001:db8::1"},
    {"IPv6 without brackets", "2001:db8:0:0:0:0:0:1", LT_HOST_ADDRESS, "2001:db8::1"},
    {"IPv6 any", "::", LT_HOST_ADDRESS, "::"},
    {"IPv6 gap at the end", "1::", LT_HOST_ADDRESS, "1::"},
    {"IPv6 first of equal gaps", "1:0:0:2:0:0:3:4", LT_HOST_ADDRESS, "1::2:0:0:3:4"},
    {"IPv6 one zero is no gap", "1:0:2:3:4:5:6:7", LT_HOST_ADDRESS, "1:0:2:3:4:5:6:7"},
    {"IPv6 with IPv4", "::ffff:192.0.2.1", LT_HOST_ADDRESS, "::ffff:c000:201"},
    {"IPv6 with zone", "[fe80::1%25eth0]", LT_HOST_ADDRESS, "fe80::1"},
    {"IPv6 with empty zone", "[fe80::1%]", LT_HOST_BAD, NULL},
    {"IPv6 of nine groups", "1:2:3:4:5:6:7:8:9", LT_HOST_BAD, NULL},
    {"IPv6 of seven groups", "1:2:3:4:5:6:7", LT_HOST_BAD, NULL},
    {"IPv6 with two gaps", "1::2::3", LT_HOST_BAD, NULL},
    {"IPv6 with three colons", "1:::2", LT_HOST_BAD, NULL},
    {"IPv6 of five digits", "12345::", LT_HOST_BAD, NULL},
    {"IPv6, full with a gap", "1:2:3:4:5:6:7:8::", LT_HOST_BAD, NULL},
    {"IPv6, IPv4 before the gap", "1.2.3.4::", LT_HOST_BAD, NULL},
    {"bracket alone", "[", LT_HOST_BAD, NULL},
    {"brackets alone", "[]", LT_HOST_BAD, NULL},
    {"bracket unclosed", "[::1", LT_HOST_BAD, NULL},
    {"IPv4 in brackets", "[192.0.2.1]", LT_HOST_BAD, NULL},
};

static void
test_names(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtHost host = {7, "before"};
    LtHostAnswer answer =
        lt_host_from_wire((const guint8 *) rows[i].text, strlen(rows[i].text), &host);

    g_test_message("%s", rows[i].label);
    g_assert_cmpint(answer, ==, rows[i].answer);
    g_assert_cmpstr(host.name, ==, rows[i].name != NULL ? rows[i].name : "before");
    g_assert_cmpuint(host.len, ==, rows[i].name != NULL ? strlen(rows[i].name) : 7);
  }
}

static void
test_limits(void)
{
  g_autoptr(GString) label = g_string_new(NULL);
  g_autoptr(GString) name = g_string_new(NULL);
  LtHost host;

  for (guint n = 62; n <= 64; n++) {
    g_string_truncate(label, 0);
    while (label->len < n)
      g_string_append_c(label, 'a');
    g_assert_cmpint(lt_host_from_wire((const guint8 *) label->str, label->len, &host),
                    ==,
                    n <= 63 ? LT_HOST_OK : LT_HOST_BAD);
  }
  while (name->len < 254)
    g_string_append(name, "a.");
  g_assert_cmpint(lt_host_from_wire((const guint8 *) name->str, 253, &host), ==, LT_HOST_OK);
  g_assert_cmpint(lt_host_from_wire((const guint8 *) name->str, 254, &host), ==, LT_HOST_OK);
  g_assert_cmpuint(host.len, ==, 253);
  g_string_prepend_c(name, 'a'); /* without the final dot: 254 */
  g_assert_cmpint(lt_host_from_wire((const guint8 *) name->str, 254, &host), ==, LT_HOST_BAD);
  g_assert_cmpint(lt_host_from_wire((const guint8 *) name->str, 255, &host), ==, LT_HOST_BAD);
  g_assert_cmpint(lt_host_from_wire((const guint8 *) "a\0b.example", 11, &host), ==, LT_HOST_BAD);
}

/* Labels of random bytes, most of them such that a name may have them, read as their text is. */
static void
test_labels(void)
{
  static const char bytes[] = "abcXYZ0129-_..:[ \xc3";
  g_autoptr(GRand) rand = g_rand_new_with_seed(1);
  guint n_hosts = 0;

  for (guint round = 0; round < 20000; round++) {
    guint8 labels[256], text[256];
    gint32 max_label = round % 16 == 0 ? 63 : 5;
    gboolean has_dot = FALSE;
    LtHost host, expected;
    LtHostAnswer answer;
    gsize at = 0;

    do {
      guint8 n = (guint8) g_rand_int_range(rand, 1, max_label + 1);

      labels[at++] = n;
      for (; n > 0; n--, at++) {
        gint32 n_kinds = g_rand_int_range(rand, 0, 8) > 0 ? 12 : (gint32) sizeof bytes - 1;

        labels[at] = text[at - 1] = (guint8) bytes[g_rand_int_range(rand, 0, n_kinds)];
        has_dot = has_dot || labels[at] == '.';
      }
      text[at - 1] = '.';
    } while (at < 190 && g_rand_int_range(rand, 0, 4) > 0);
    labels[at] = 0;
    answer = lt_host_from_wire(text, at - 1, &expected);
    g_assert_true(lt_host_from_labels(labels, at + 1, &host) == (answer == LT_HOST_OK && !has_dot));
    if (answer != LT_HOST_OK || has_dot)
      continue;
    n_hosts++;
    g_assert_cmpstr(host.name, ==, expected.name);
    g_assert_cmpuint(host.len, ==, expected.len);
  }
  g_assert_cmpuint(n_hosts, >, 1000);
}

/* From the root to the longest name, and one byte more. */
static void
test_labels_limits(void)
{
  guint8 labels[257];
  LtHost host;

  memset(labels, 'a', sizeof labels);
  labels[0] = labels[64] = labels[128] = 63;
  labels[192] = 61;
  labels[254] = 0;
  g_assert_true(lt_host_from_labels(labels, 255, &host));
  g_assert_cmpuint(host.len, ==, LT_HOST_MAX_LEN);
  g_assert_cmpuint(strlen(host.name), ==, LT_HOST_MAX_LEN);
  labels[192] = 62;
  labels[254] = 'a';
  labels[255] = 0;
  g_assert_false(lt_host_from_labels(labels, 256, &host));
  labels[0] = 0;
  g_assert_false(lt_host_from_labels(labels, 1, &host));
}

static void
test_within(void)
{
  static const struct {
    const char *host, *domain;
    gboolean within;
  } pairs[] = {
      {"b.c", "b.c", TRUE},
      {"a.b.c", "b.c", TRUE},
      {"ab.c", "b.c", FALSE},
      {"b.c", "a.b.c", FALSE},
      {"a.b.c", ".c", FALSE},
      {"a.b.c", "", FALSE},
      {"a.b.c", "c", TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++)
    g_assert_true(lt_host_is_within(pairs[i].host, pairs[i].domain) == pairs[i].within);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/host-wire/names", test_names);
  g_test_add_func("/host-wire/limits", test_limits);
  g_test_add_func("/host-wire/labels", test_labels);
  g_test_add_func("/host-wire/labels-limits", test_labels_limits);
  g_test_add_func("/host-wire/within", test_within);
  return g_test_run();
}
