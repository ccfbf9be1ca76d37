/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytred: options, main loop, signals, exit status. */
#include "agent/agent.h"
#include "agent/net/kept-sockets.h"
#include "agent/net/sd-notify.h"

#include <glib-unix.h>
#include <malloc.h>
#include <stdlib.h>

typedef struct {
  GMainLoop *loop;
  LtAgent *agent;
  int status;
} Program;

/* systemd that cannot be told acts as if nothing had been said; it may be back later. */
static void
tell_systemd(const char *message)
{
  g_autoptr(GError) error = NULL;
  if (!lt_sd_notify(message, -1, &error))
    g_warning("%s", error->message);
}

static gboolean
on_terminate(gpointer user_data)
{
  Program *program = user_data;
  tell_systemd("STOPPING=1");
  lt_agent_stop(program->agent);
  g_main_loop_quit(program->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup(gpointer user_data)
{
  Program *program = user_data;
  lt_agent_reload(program->agent);
  return G_SOURCE_CONTINUE;
}

/* The table stays: until the next start, children's new connections wait. */
static void
on_failed(gpointer user_data)
{
  Program *program = user_data;
  g_critical("The packet path failed: starting again is the only cure");
  program->status = EXIT_FAILURE;
  g_main_loop_quit(program->loop);
}

static void
on_ready(gpointer user_data)
{
  tell_systemd("READY=1");
}

/* A thread that hangs leaves children without network: then systemd hears nothing and ends us. */
static gboolean
on_watchdog(gpointer user_data)
{
  Program *program = user_data;
  if (lt_agent_is_alive(program->agent))
    tell_systemd("WATCHDOG=1");
  else
    g_warning("A thread does not answer");
  return G_SOURCE_CONTINUE;
}

static void
start_watchdog(Program *program)
{
  guint64 period_us = lt_sd_notify_watchdog_us();
  if (period_us > 0)
    g_timeout_add((guint) MAX(period_us / 2000, 1), on_watchdog, program);
}

/* What was freed goes back to the system: tables are loaded with megabytes for a moment. One arena,
 * because the threads of packets and DNS allocate hardly anything. */
static void
be_frugal(void)
{
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 65536);
  mallopt(M_TRIM_THRESHOLD, 65536);
}

static int
run(LtAgentOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
  Program program = {.loop = loop, .status = EXIT_SUCCESS};
  options->on_ready = on_ready;
  options->on_failed = on_failed;
  options->user_data = &program;
  g_autoptr(LtAgent) agent = lt_agent_new(options, &error);
  if (agent == NULL) {
    g_critical("Not started: %s", error->message);
    return EXIT_FAILURE;
  }
  program.agent = agent;
  g_unix_signal_add(SIGTERM, on_terminate, &program);
  g_unix_signal_add(SIGINT, on_terminate, &program);
  g_unix_signal_add(SIGHUP, on_hangup, &program);
  start_watchdog(&program);
  g_main_loop_run(loop);
  return program.status;
}

static gboolean
parse_queue(const char *word, LtTableQueueKind *out, GError **error)
{
  static const struct {
    const char *word;
    LtTableQueueKind kind;
  } kinds[] = {
      {"auto", LT_TABLE_QUEUE_AUTO},
      {"native", LT_TABLE_QUEUE_NATIVE},
      {"xt", LT_TABLE_QUEUE_XT},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    if (g_str_equal(kinds[i].word, word)) {
      *out = kinds[i].kind;
      return TRUE;
    }
  g_set_error(error,
              G_OPTION_ERROR,
              G_OPTION_ERROR_BAD_VALUE,
              "--queue: \"%s\" is none of auto, native, xt",
              word);
  return FALSE;
}

int
main(int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_autofree char *run_dir = NULL;
  g_autofree char *presets_dir = NULL;
  g_autofree char *site_dir = NULL;
  g_autofree char *lists_dir = NULL;
  g_autofree char *lookalikes = NULL;
  g_autofree char *resolv_conf = NULL;
  g_autofree char *queue = NULL;
  gboolean version = FALSE;
  g_autoptr(GError) error = NULL;
  const GOptionEntry entries[] = {
      {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where rules and grants are", "DIR"},
      {"run-dir", 0, 0, G_OPTION_ARG_FILENAME, &run_dir, "What outlives a crash", "DIR"},
      {"presets-dir", 0, 0, G_OPTION_ARG_FILENAME, &presets_dir, "The package's rules", "DIR"},
      {"site-dir", 0, 0, G_OPTION_ARG_FILENAME, &site_dir, "The administrator's rules", "DIR"},
      {"lists-dir", 0, 0, G_OPTION_ARG_FILENAME, &lists_dir, "Compiled block lists", "DIR"},
      {"lookalikes", 0, 0, G_OPTION_ARG_FILENAME, &lookalikes, "Names that are imitated", "FILE"},
      {"resolv-conf", 0, 0, G_OPTION_ARG_FILENAME, &resolv_conf, "The DNS servers", "FILE"},
      {"queue", 0, 0, G_OPTION_ARG_STRING, &queue, "auto, native or xt", "KIND"},
      {"version", 0, 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr(GOptionContext) context = g_option_context_new("- the parental-control agent");
  LtAgentOptions options;

  be_frugal();
  g_option_context_add_main_entries(context, entries, NULL);
  lt_guard_options_init(&options.guard);
  if (!g_option_context_parse(context, &argc, &argv, &error) ||
      !parse_queue(queue != NULL ? queue : "auto", &options.guard.queue_kind, &error)) {
    g_printerr("luytred: %s\n", error->message);
    return 2;
  }
  if (version) {
    g_print("luytred " LUYTRE_VERSION "\n");
    return EXIT_SUCCESS;
  }
  g_autoptr(LtKeptSockets) kept = lt_kept_sockets_new();
  options.guard.kept = kept;
  options.state_dir = state_dir != NULL ? state_dir : LUYTRE_STATE_DIR;
  options.presets_dir = presets_dir != NULL ? presets_dir : LUYTRE_PRESETS_DIR;
  options.site_dir = site_dir != NULL ? site_dir : LUYTRE_SITE_DIR;
  options.lists_dir = lists_dir != NULL ? lists_dir : LUYTRE_LISTS_DIR;
  options.lookalikes_file = lookalikes != NULL ? lookalikes : LUYTRE_LOOKALIKES_FILE;
  options.guard.state_dir = run_dir != NULL ? run_dir : LUYTRE_RUN_DIR;
  if (resolv_conf != NULL)
    options.guard.resolv_conf = resolv_conf;
  return run(&options);
}
