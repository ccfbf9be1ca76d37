/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays on this PC: addresses, names, and what is open there. */
#include "policy/address.h"
#include "policy/local.h"

#include <string.h>

static LtTuple
tuple_of(const char *from, const char *to)
{
  LtTuple tuple = {.protocol = 6, .sport = 40000, .dport = 1080};
  LtAddress address;

  g_assert_true(lt_address_from_text(from, strlen(from), &address));
  memcpy(tuple.saddr, address.bytes, sizeof address.bytes);
  g_assert_true(lt_address_from_text(to, strlen(to), &address));
  memcpy(tuple.daddr, address.bytes, sizeof address.bytes);
  tuple.family = address.family;
  return tuple;
}

static void
test_flows(void)
{
  static const struct {
    const char *from, *to;
    gboolean is_local;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1", TRUE},
      {"127.0.0.1", "127.0.0.53", TRUE},
      {"10.0.0.5", "127.1.2.3", TRUE},
      {"10.0.0.5", "10.0.0.5", TRUE},
      {"10.0.0.5", "10.0.0.6", FALSE},
      {"10.0.0.5", "128.0.0.1", FALSE},
      {"::1", "::1", TRUE},
      {"2001:db8::1", "2001:db8::1", TRUE},
      {"2001:db8::1", "2001:db8::2", FALSE},
      {"2001:db8::1", "7f00::1", FALSE},
      {"::1", "::ffff:127.0.0.1", TRUE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtTuple tuple = tuple_of(rows[i].from, rows[i].to);

    g_test_message("%s to %s", rows[i].from, rows[i].to);
    g_assert_cmpint(lt_local_flow(&tuple), ==, rows[i].is_local);
  }
}

static void
test_names(void)
{
  static const struct {
    const char *name;
    gboolean is_local;
  } rows[] = {
      {"localhost", TRUE},
      {"app.localhost", TRUE},
      {"family-pc", TRUE},
      {"printer.local", TRUE},
      {"pc.home.arpa", TRUE},
      {"127.0.0.1", TRUE},
      {"127.8.8.8", TRUE},
      {"::1", TRUE},
      {"10.0.0.5", FALSE},
      {"2001:db8::1", FALSE},
      {"notlocalhost.test", FALSE},
      {"localhost.test", FALSE},
      {"olm.vn", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].name);
    g_assert_cmpint(lt_local_name(rows[i].name), ==, rows[i].is_local);
  }
}

static void
test_decisions(void)
{
  static const struct {
    const char *to;
    LtName name;
    const char *host;
    gboolean is_open;
  } rows[] = {
      {"127.0.0.1", LT_NAME_NONE, "", TRUE},
      {"127.0.0.1", LT_NAME_BAD, "", FALSE},
      {"127.0.0.1", LT_NAME_HOST, "localhost", TRUE},
      {"127.0.0.1", LT_NAME_HOST, "olm.vn", FALSE},
      {"127.0.0.1", LT_NAME_ADDRESS, "127.0.0.1", TRUE},
      {"127.0.0.1", LT_NAME_ADDRESS, "192.0.2.1", FALSE},
      {"192.0.2.9", LT_NAME_ADDRESS, "192.0.2.9", TRUE},
      {"192.0.2.1", LT_NAME_HOST, "localhost", FALSE},
      {"192.0.2.1", LT_NAME_NONE, "", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtTuple tuple = tuple_of("192.0.2.9", rows[i].to);
    LtDecision decision = {.action = LT_ACTION_BLOCK};
    LtHost host = {0};

    host.len = (guint8) g_strlcpy(host.name, rows[i].host, sizeof host.name);
    g_test_message("%s at %s", rows[i].host, rows[i].to);
    g_assert_cmpint(lt_local_decide(&tuple, rows[i].name, &host, &decision), ==, rows[i].is_open);
    g_assert_cmpint(decision.action, ==, rows[i].is_open ? LT_ACTION_ALLOW : LT_ACTION_BLOCK);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/local/flows", test_flows);
  g_test_add_func("/local/names", test_names);
  g_test_add_func("/local/decisions", test_decisions);
  return g_test_run();
}
