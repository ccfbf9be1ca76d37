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
  g_test_add_func("/host-wire/within", test_within);
  return g_test_run();
}
