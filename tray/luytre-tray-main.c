/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytre-tray: tells a child and its parents what the agent does, and carries their answers. */
#include "tray/applet.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <locale.h>
#include <stdlib.h>

/* On the session bus: one tray a session, whoever starts it. */
#define TRAY_NAME "org.luytre.Tray"

/* Where an administrator sets the form of address for all; under any prefix. */
#define MACHINE_CONFIG "/etc/luytre/tray.conf"

typedef struct {
  GMainLoop *loop;
  LtApplet *applet;
  const char *const *address_paths;
  gint away_after_s;
  int exit_status;
} Tray;

static gboolean
on_stop(gpointer data)
{
  g_main_loop_quit(data);
  return G_SOURCE_CONTINUE;
}

static void
on_name_acquired(GDBusConnection *bus, const char *name, gpointer data)
{
  Tray *tray = data;
  tray->applet = lt_applet_new(tray->address_paths, (guint) tray->away_after_s);
}

/* Another tray of this session has the name, or the session is over. */
static void
on_name_lost(GDBusConnection *bus, const char *name, gpointer data)
{
  Tray *tray = data;
  if (!bus) {
    g_printerr("luytre-tray: there is no session bus\n");
    tray->exit_status = EXIT_FAILURE;
  }
  g_main_loop_quit(tray->loop);
}

static void
run(Tray *tray)
{
  tray->loop = g_main_loop_new(NULL, FALSE);
  g_unix_signal_add(SIGTERM, on_stop, tray->loop);
  g_unix_signal_add(SIGINT, on_stop, tray->loop);
  guint name_id = g_bus_own_name(G_BUS_TYPE_SESSION,
                                 TRAY_NAME,
                                 G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                 NULL,
                                 on_name_acquired,
                                 on_name_lost,
                                 tray,
                                 NULL);
  g_main_loop_run(tray->loop);
  g_bus_unown_name(name_id);
  g_clear_pointer(&tray->applet, lt_applet_free);
  g_clear_pointer(&tray->loop, g_main_loop_unref);
}

int
main(int argc, char **argv)
{
  gboolean show_version = FALSE;
  g_autofree char *locale_dir = NULL;
  Tray tray = {.away_after_s = LT_APPLET_AWAY_AFTER_S};
  const GOptionEntry entries[] = {
      {"version", 0, 0, G_OPTION_ARG_NONE, &show_version, "Print the version and exit", NULL},
      {"locale-dir", 0, 0, G_OPTION_ARG_FILENAME, &locale_dir, "Read translations there", "DIR"},
      {"away-after",
       0,
       0,
       G_OPTION_ARG_INT,
       &tray.away_after_s,
       "Tell a child when the agent is away for longer than this",
       "SECONDS"},
      G_OPTION_ENTRY_NULL,
  };
  setlocale(LC_ALL, "");
  g_autoptr(GOptionContext) context =
      g_option_context_new("- notifications of the Lũy Tre parental-control agent");
  g_option_context_add_main_entries(context, entries, NULL);
  g_autoptr(GError) error = NULL;
  if (!g_option_context_parse(context, &argc, &argv, &error)) {
    g_printerr("luytre-tray: %s\n", error->message);
    return 2;
  }
  if (argc > 1 || tray.away_after_s < 1) {
    g_printerr("luytre-tray: see luytre-tray --help\n");
    return 2;
  }
  if (show_version) {
    g_print("luytre-tray %s\n", LUYTRE_VERSION);
    return EXIT_SUCCESS;
  }

  bindtextdomain(GETTEXT_PACKAGE, locale_dir ? locale_dir : LUYTRE_LOCALEDIR);
  bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
  textdomain(GETTEXT_PACKAGE);
  g_autofree char *own = g_build_filename(g_get_user_config_dir(), "luytre", "tray.conf", NULL);
  const char *const paths[] = {own, MACHINE_CONFIG, NULL};
  tray.address_paths = paths;
  run(&tray);
  return tray.exit_status;
}
