/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions under way: the bounds, stale names, and the order of time. */
#include "agent/net/dns-flights.h"

static LtDnsClient
client_of(guint16 slot, gboolean is_tcp)
{
  return (LtDnsClient){.slot = slot, .is_tcp = is_tcp};
}

static LtDnsFlight *
add(LtDnsFlights *flights, guint16 slot)
{
  LtDnsClient client = client_of(slot, FALSE);

  return lt_dns_flights_add(flights, &client);
}

static void
test_share_of_a_child(void)
{
  static const struct {
    const char *label;
    gboolean is_tcp;
    guint limit;
  } rows[] = {
      {"by datagram", FALSE, LT_DNS_MAX_FLIGHTS_OF_CHILD},
      {"by TCP", TRUE, LT_DNS_MAX_TCP_FLIGHTS_OF_CHILD},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(LtDnsFlights) flights = lt_dns_flights_new();
    LtDnsClient client = client_of(1, rows[i].is_tcp);
    LtDnsFlight *last = NULL;

    g_test_message("%s", rows[i].label);
    for (guint n = 0; n < rows[i].limit; n++) {
      last = lt_dns_flights_add(flights, &client);
      g_assert_nonnull(last);
      lt_dns_flights_schedule(flights, last, n);
    }
    g_assert_null(lt_dns_flights_add(flights, &client));
    lt_dns_flights_remove(flights, last);
    last = lt_dns_flights_add(flights, &client);
    g_assert_nonnull(last);
    lt_dns_flights_schedule(flights, last, 0);
  }
}

static void
test_whole_table(void)
{
  g_autoptr(LtDnsFlights) flights = lt_dns_flights_new();
  guint n = 0;

  for (guint16 slot = 1; slot <= LT_DNS_MAX_FLIGHTS / 100 + 1; slot++)
    for (guint i = 0; i < 100; i++) {
      LtDnsFlight *flight = add(flights, slot);

      if (flight == NULL)
        continue;
      lt_dns_flights_schedule(flights, flight, n);
      n++;
    }
  g_assert_cmpuint(n, ==, LT_DNS_MAX_FLIGHTS);
  g_assert_null(add(flights, LT_SLOT_MAX));
}

static void
test_stale_names(void)
{
  g_autoptr(LtDnsFlights) flights = lt_dns_flights_new();
  LtDnsFlight *flight = add(flights, 1);
  guint16 index = flight->index;
  guint32 generation = flight->generation;

  g_assert_true(lt_dns_flights_find(flights, index, generation) == flight);
  g_assert_null(lt_dns_flights_find(flights, index, generation + 1));
  lt_dns_flights_remove(flights, flight);
  g_assert_null(lt_dns_flights_find(flights, index, generation));

  flight = add(flights, 1);
  g_assert_cmpuint(flight->index, ==, index);
  g_assert_null(lt_dns_flights_find(flights, index, generation));
  lt_dns_flights_remove(flights, flight);
}

static void
test_order_of_time(void)
{
  static const gint64 times[] = {30, 10, 20, 20, 50, 5, 40};
  g_autoptr(LtDnsFlights) flights = lt_dns_flights_new();
  LtDnsFlight *moved = NULL;
  gint64 last = G_MININT64;
  guint n = 0;

  g_assert_null(lt_dns_flights_first(flights));
  for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
    LtDnsFlight *flight = add(flights, 1);

    lt_dns_flights_schedule(flights, flight, times[i]);
    if (times[i] == 10)
      moved = flight;
  }
  lt_dns_flights_schedule(flights, moved, 60);
  for (LtDnsFlight *flight; (flight = lt_dns_flights_first(flights)) != NULL; n++) {
    g_assert_cmpint(flight->next_us, >=, last);
    last = flight->next_us;
    lt_dns_flights_remove(flights, flight);
  }
  g_assert_cmpuint(n, ==, G_N_ELEMENTS(times));
  g_assert_cmpint(last, ==, 60);
}

static void
test_of_child(void)
{
  g_autoptr(LtDnsFlights) flights = lt_dns_flights_new();
  LtDnsFlight *mine = add(flights, 2), *other = add(flights, 3);

  lt_dns_flights_schedule(flights, other, 1);
  lt_dns_flights_schedule(flights, mine, 2);
  g_assert_true(lt_dns_flights_of_child(flights, 2) == mine);
  g_assert_null(lt_dns_flights_of_child(flights, 1));
  lt_dns_flights_remove(flights, mine);
  g_assert_null(lt_dns_flights_of_child(flights, 2));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-flights/share-of-a-child", test_share_of_a_child);
  g_test_add_func("/dns-flights/whole-table", test_whole_table);
  g_test_add_func("/dns-flights/stale-names", test_stale_names);
  g_test_add_func("/dns-flights/order-of-time", test_order_of_time);
  g_test_add_func("/dns-flights/of-child", test_of_child);
  return g_test_run();
}
