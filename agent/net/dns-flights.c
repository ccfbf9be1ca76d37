/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions under way: a fixed table with a free list and one queue in the order of time. */
#include "agent/net/dns-flights.h"

struct _LtDnsFlights {
  LtDnsFlight *table;
  guint16 free[LT_DNS_MAX_FLIGHTS]; /* a stack: the last used is warm in the cache */
  guint n_free;
  LtDnsFlight *first, *last;
  guint16 n_of_child[LT_SLOT_MAX + 1];
  guint16 n_tcp_of_child[LT_SLOT_MAX + 1];
};

LtDnsFlights *
lt_dns_flights_new(void)
{
  LtDnsFlights *flights = g_new0(LtDnsFlights, 1);

  /* Some 2 MB, of which the kernel gives only pages that were ever used. */
  flights->table = g_new0(LtDnsFlight, LT_DNS_MAX_FLIGHTS);
  for (guint16 i = LT_DNS_MAX_FLIGHTS; i-- > 0;)
    flights->free[flights->n_free++] = i;
  return flights;
}

void
lt_dns_flights_free(LtDnsFlights *flights)
{
  if (flights == NULL)
    return;
  while (flights->first != NULL)
    lt_dns_flights_remove(flights, flights->first);
  g_free(flights->table);
  g_free(flights);
}

LtDnsFlight *
lt_dns_flights_add(LtDnsFlights *flights, const LtDnsClient *client)
{
  LtDnsFlight *flight;
  guint16 index;

  g_return_val_if_fail(client->slot <= LT_SLOT_MAX, NULL);

  if (flights->n_free == 0 || flights->n_of_child[client->slot] == LT_DNS_MAX_FLIGHTS_OF_CHILD ||
      (client->is_tcp && flights->n_tcp_of_child[client->slot] == LT_DNS_MAX_TCP_FLIGHTS_OF_CHILD))
    return NULL;
  index = flights->free[--flights->n_free];
  flight = &flights->table[index];

  /* All but the query's bytes, which are written whole. */
  flight->index = index;
  flight->generation++;
  flight->is_used = TRUE;
  flight->client = *client;
  flight->n_tries = flight->n_failed = flight->server = 0;
  for (guint i = 0; i < LT_DNS_MAX_SERVERS; i++)
    flight->fds[i] = -1;
  flight->n_written = flight->n_read = flight->answer_len = 0;
  flight->answer = NULL;
  flight->before = flight->after = NULL;

  flights->n_of_child[client->slot]++;
  if (client->is_tcp)
    flights->n_tcp_of_child[client->slot]++;
  return flight;
}

static gboolean
is_queued(const LtDnsFlights *flights, const LtDnsFlight *flight)
{
  return flight->before != NULL || flights->first == flight;
}

static void
unqueue(LtDnsFlights *flights, LtDnsFlight *flight)
{
  if (!is_queued(flights, flight))
    return;
  if (flight->before != NULL)
    flight->before->after = flight->after;
  else
    flights->first = flight->after;
  if (flight->after != NULL)
    flight->after->before = flight->before;
  else
    flights->last = flight->before;
  flight->before = flight->after = NULL;
}

void
lt_dns_flights_remove(LtDnsFlights *flights, LtDnsFlight *flight)
{
  g_return_if_fail(flight->is_used);

  unqueue(flights, flight);
  g_clear_pointer(&flight->answer, g_free);
  flight->is_used = FALSE;
  flights->n_of_child[flight->client.slot]--;
  if (flight->client.is_tcp)
    flights->n_tcp_of_child[flight->client.slot]--;
  flights->free[flights->n_free++] = flight->index;
}

LtDnsFlight *
lt_dns_flights_find(LtDnsFlights *flights, guint16 index, guint32 generation)
{
  LtDnsFlight *flight;

  g_return_val_if_fail(index < LT_DNS_MAX_FLIGHTS, NULL);

  flight = &flights->table[index];
  return flight->is_used && flight->generation == generation ? flight : NULL;
}

void
lt_dns_flights_schedule(LtDnsFlights *flights, LtDnsFlight *flight, gint64 next_us)
{
  LtDnsFlight *before;

  unqueue(flights, flight);
  flight->next_us = next_us;
  /* Almost always the last: waiting times are the same for all. */
  before = flights->last;
  while (before != NULL && before->next_us > next_us)
    before = before->before;

  flight->before = before;
  flight->after = before != NULL ? before->after : flights->first;
  if (flight->after != NULL)
    flight->after->before = flight;
  else
    flights->last = flight;
  if (before != NULL)
    before->after = flight;
  else
    flights->first = flight;
}

LtDnsFlight *
lt_dns_flights_first(LtDnsFlights *flights)
{
  return flights->first;
}

LtDnsFlight *
lt_dns_flights_of_child(LtDnsFlights *flights, guint16 slot)
{
  if (flights->n_of_child[slot] == 0)
    return NULL;
  for (LtDnsFlight *flight = flights->first; flight != NULL; flight = flight->after)
    if (flight->client.slot == slot)
      return flight;
  return NULL;
}
