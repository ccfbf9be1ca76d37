/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet path alone, for tests: no bus, no store; rules from a file, notices on standard
 * output.
 *
 * usage: guard-run STATE-DIR POLICY auto|native|xt USER:UID:SLOT...
 * Prints "ready", then one line a notice ("event UID ACTION REASON NAME"). SIGHUP reads the policy
 * again and prints "reloaded"; SIGUSR1 prints "health" and numbers; SIGTERM takes the table away
 * and ends. */

#include "agent/net/guard.h"

#include "policy/policy.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  LtGuard *guard;
  GMainLoop *loop;
  const char *policy_file;
  char **children;
} Run;

static void
on_event(const LtNetEvent *event, gpointer data)
{
  printf("event %u %s %s %s\n",
         event->uid,
         lt_action_to_string(event->action),
         lt_reason_to_string(event->reason),
         event->has_name ? event->host.name : "-");
  fflush(stdout);
}

static void
on_broken(gpointer data)
{
  puts("broken");
  fflush(stdout);
}

static LtRuleSet *
read_rules(const Run *run)
{
  g_autofree char *text = NULL;
  gsize len = 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy = NULL;
  if (g_file_get_contents(run->policy_file, &text, &len, &error))
    policy = lt_policy_parse(text, len, run->policy_file, LT_LAYER_HOUSEHOLD, &error);
  if (policy == NULL) {
    g_printerr("%s\n", error->message);
    return NULL;
  }
  LtAccount accounts[16];
  guint n = g_strv_length(run->children);
  g_assert_cmpuint(n, <=, G_N_ELEMENTS(accounts));
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < n; i++) {
    g_auto(GStrv) fields = g_strsplit(run->children[i], ":", 3);
    g_assert_cmpuint(g_strv_length(fields), ==, 3);
    char *user = g_strdup(fields[0]);
    g_ptr_array_add(names, user);
    accounts[i] = (LtAccount){(guint32) g_ascii_strtoull(fields[1], NULL, 10),
                              (guint16) g_ascii_strtoull(fields[2], NULL, 10),
                              user,
                              NULL};
  }
  return lt_rule_set_new(&policy, 1, accounts, n, NULL, 0);
}

static gboolean
on_hangup(gpointer data)
{
  Run *run = data;
  g_autoptr(LtRuleSet) rules = read_rules(run);
  if (rules != NULL)
    lt_guard_publish(run->guard, rules);
  puts(rules != NULL ? "reloaded" : "refused");
  fflush(stdout);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_usr1(gpointer data)
{
  Run *run = data;
  LtGuardHealth health;
  lt_guard_get_health(run->guard, &health);
  printf("health {\"table\":%d,\"native\":%d,\"children\":%u,\"queued\":%" G_GUINT64_FORMAT
         ",\"judged\":%" G_GUINT64_FORMAT ",\"denied\":%" G_GUINT64_FORMAT
         ",\"elsewhere\":%" G_GUINT64_FORMAT ",\"queue_dropped\":%" G_GUINT64_FORMAT
         ",\"user_dropped\":%" G_GUINT64_FORMAT ",\"broken\":%d,\"epoch\":%u}\n",
         health.table_in_place,
         health.queue_is_native,
         health.n_children,
         health.n_queued,
         health.n_judged,
         health.n_denied,
         health.n_elsewhere,
         health.n_queue_dropped,
         health.n_user_dropped,
         health.broken,
         health.epoch);
  fflush(stdout);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_term(gpointer data)
{
  Run *run = data;
  lt_guard_remove_table(run->guard);
  g_main_loop_quit(run->loop);
  return G_SOURCE_REMOVE;
}

int
main(int argc, char **argv)
{
  if (argc < 5) {
    g_printerr("usage: guard-run STATE-DIR POLICY auto|native|xt USER:UID:SLOT...\n");
    return 2;
  }
  LtGuardOptions options;
  lt_guard_options_init(&options);
  options.state_dir = argv[1];
  if (strcmp(argv[3], "native") == 0)
    options.queue_kind = LT_TABLE_QUEUE_NATIVE;
  else if (strcmp(argv[3], "xt") == 0)
    options.queue_kind = LT_TABLE_QUEUE_XT;

  g_autoptr(GError) error = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  Run run = {.loop = loop, .policy_file = argv[2], .children = argv + 4};
  g_autoptr(LtRuleSet) rules = read_rules(&run);
  if (rules == NULL)
    return 1;
  run.guard = lt_guard_new(&options, on_event, on_broken, &run, &error);
  if (run.guard == NULL) {
    g_printerr("%s\n", error->message);
    return 1;
  }
  lt_guard_publish(run.guard, rules);
  g_unix_signal_add(SIGHUP, on_hangup, &run);
  g_unix_signal_add(SIGUSR1, on_usr1, &run);
  g_unix_signal_add(SIGTERM, on_term, &run);
  puts("ready");
  fflush(stdout);
  g_main_loop_run(loop);
  lt_guard_free(run.guard);
  return 0;
}
