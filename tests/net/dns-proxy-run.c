/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS proxy alone, for tests: rules from a policy file, commands on standard input. */
#include "agent/net/dns-proxy.h"

#include "policy/policy.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>

typedef struct {
  GMainLoop *loop;
  GArray *accounts; /* LtAccount; their texts are the program's arguments */
  LtRulesCell *cell;
  LtEventRing *events;
  LtDnsProxy *proxy;
} Run;

/* A line for the test, at once. */
static void G_GNUC_PRINTF(1, 2) say(const char *format, ...)
{
  va_list args;

  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  putchar('\n');
  fflush(stdout);
}

/* 0 for what is no number up to @max. */
static guint
to_number(const char *text, guint max)
{
  guint64 number;

  return g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL) ? (guint) number : 0;
}

/* "USER:UID:SLOT" */
static gboolean
add_account(GArray *accounts, char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, ":", 3);
  LtAccount account;

  if (g_strv_length(parts) != 3)
    return FALSE;
  account.uid = to_number(parts[1], G_MAXUINT32);
  account.slot = (guint16) to_number(parts[2], LT_SLOT_MAX);
  account.user = g_intern_string(parts[0]);
  account.groups = NULL;
  g_array_append_val(accounts, account);
  return TRUE;
}

static void
publish(Run *run, const char *file)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = NULL;
  g_autoptr(LtRuleSet) rules = NULL;
  g_autofree char *text = NULL;
  gsize len;

  if (g_file_get_contents(file, &text, &len, &error))
    policy = lt_policy_parse(text, len, file, LT_LAYER_HOUSEHOLD, &error);
  if (policy == NULL) {
    say("error %s", error->message);
    return;
  }
  rules =
      lt_rule_set_new(&policy, 1, (const void *) run->accounts->data, run->accounts->len, NULL, 0);
  lt_rules_cell_publish(run->cell, rules);
  say("published %s", file);
}

static void
open_child(Run *run, guint16 slot)
{
  g_autoptr(GError) error = NULL;
  guint16 port;

  if (lt_dns_proxy_open_child(run->proxy, slot, 0, &port, &error))
    say("port %u %u", slot, port);
  else
    say("error %s", error->message);
}

static void
say_stats(Run *run)
{
  LtDnsProxyStats stats;

  lt_dns_proxy_get_stats(run->proxy, &stats);
  say("stats {\"questions\": %" G_GUINT64_FORMAT ", \"refused\": %" G_GUINT64_FORMAT
      ", \"forwarded\": %" G_GUINT64_FORMAT ", \"cached\": %" G_GUINT64_FORMAT
      ", \"timeouts\": %" G_GUINT64_FORMAT ", \"bad_answers\": %" G_GUINT64_FORMAT
      ", \"dropped\": %" G_GUINT64_FORMAT ", \"upstreams\": %u}",
      stats.n_questions,
      stats.n_refused,
      stats.n_forwarded,
      stats.n_cached,
      stats.n_timeouts,
      stats.n_bad_answers,
      stats.n_dropped,
      stats.n_upstreams);
}

static gboolean
on_command(GIOChannel *channel, GIOCondition condition, gpointer data)
{
  Run *run = data;
  g_autofree char *line = NULL;
  g_auto(GStrv) words = NULL;
  const char *argument;

  if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
    g_main_loop_quit(run->loop);
    return G_SOURCE_REMOVE;
  }
  words = g_strsplit(g_strstrip(line), " ", 2);
  argument = words[0] != NULL && words[1] != NULL ? words[1] : "";
  if (g_str_equal(line, "stats"))
    say_stats(run);
  else if (g_str_has_prefix(line, "rules "))
    publish(run, argument);
  else if (g_str_has_prefix(line, "open "))
    open_child(run, (guint16) to_number(argument, LT_SLOT_MAX));
  else if (g_str_has_prefix(line, "close ")) {
    lt_dns_proxy_close_child(run->proxy, (guint16) to_number(argument, LT_SLOT_MAX));
    say("closed %s", argument);
  } else
    say("error unknown command");
  return G_SOURCE_CONTINUE;
}

static gboolean
on_events(int fd, GIOCondition condition, gpointer data)
{
  Run *run = data;
  LtNetEvent event;

  lt_event_ring_acknowledge(run->events);
  while (lt_event_ring_pop(run->events, &event))
    say("event %u %s %s %s",
        event.uid,
        event.has_name ? event.host.name : "-",
        lt_action_to_string(event.action),
        lt_reason_to_string(event.reason));
  return G_SOURCE_CONTINUE;
}

int
main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GArray) accounts = g_array_new(FALSE, FALSE, sizeof(LtAccount));
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  g_autoptr(GIOChannel) commands = g_io_channel_unix_new(0);
  g_autoptr(LtRulesCell) cell = lt_rules_cell_new();
  g_autoptr(LtEventRing) events = NULL;
  g_autoptr(LtDnsProxy) proxy = NULL;
  Run run = {.loop = loop, .accounts = accounts, .cell = cell};

  if (argc < 4) {
    fprintf(stderr, "usage: %s RESOLV_CONF POLICY USER:UID:SLOT...\n", argv[0]);
    return 2;
  }
  for (int i = 3; i < argc; i++) {
    if (!add_account(accounts, argv[i]))
      return 2;
  }
  events = lt_event_ring_new(4096, &error);
  if (events != NULL)
    proxy = lt_dns_proxy_new(cell, events, argv[1], &error);
  if (proxy == NULL) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  run.events = events;
  run.proxy = proxy;
  publish(&run, argv[2]);
  for (guint i = 0; i < accounts->len; i++)
    open_child(&run, g_array_index(accounts, LtAccount, i).slot);
  g_io_add_watch(commands, G_IO_IN | G_IO_HUP, on_command, &run);
  g_unix_fd_add(lt_event_ring_fd(events), G_IO_IN, on_events, &run);
  g_main_loop_run(loop);
  return 0;
}
