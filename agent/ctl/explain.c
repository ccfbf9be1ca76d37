/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl explain: what the rules say of sites for a user, and why. */
#include "agent/ctl/commands.h"
#include "agent/ctl/explain-agent.h"
#include "agent/ctl/explain-offline.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct {
  char **policies;
  char *presets;
  char *lookalikes;
  char *at;
  gboolean as_json;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->at);
  g_free(options->lookalikes);
  g_free(options->presets);
  g_strfreev(options->policies);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean
parse_options(int *argc, char ***argv, Options *options, GError **error)
{
  const GOptionEntry entries[] = {
      {"policy",
       0,
       0,
       G_OPTION_ARG_FILENAME_ARRAY,
       &options->policies,
       "Rules in this file instead of the agent's; preset:FILE, site:FILE or household:FILE says "
       "whose they are (a household's)",
       "FILE"},
      {"presets", 0, 0, G_OPTION_ARG_FILENAME, &options->presets, "Folder of the presets", "DIR"},
      {"lookalikes",
       0,
       0,
       G_OPTION_ARG_FILENAME,
       &options->lookalikes,
       "Names that are imitated",
       "FILE"},
      {"at", 0, 0, G_OPTION_ARG_STRING, &options->at, "At this moment, ISO 8601", "TIME"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options->as_json, "One JSON object a line", NULL},
      {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
  };
  g_autoptr(GOptionContext) context =
      g_option_context_new("USER NAME... - what the rules say of sites, and why");

  g_option_context_add_main_entries(context, entries, NULL);
  g_option_context_set_summary(context,
                               "Exit status: 0 answered; 1 USER is no child; 2 wrong usage, or "
                               "rules that cannot be read.");
  return g_option_context_parse(context, argc, argv, error);
}

/* GLib wants seconds, which nobody types. */
static char *
add_seconds(const char *text)
{
  const gsize n_minutes = strlen("2027-02-06T18:00");

  if (strlen(text) < n_minutes || text[n_minutes - 3] != ':' || text[n_minutes] == ':')
    return g_strdup(text);
  return g_strdup_printf("%.*s:00%s", (int) n_minutes, text, text + n_minutes);
}

static gboolean
parse_moment(const char *text, gint64 *utc_at_s)
{
  g_autofree char *exact = NULL;
  g_autoptr(GTimeZone) here = g_time_zone_new_local();
  g_autoptr(GDateTime) moment = NULL;

  if (text == NULL) {
    *utc_at_s = (gint64) time(NULL);
    return TRUE;
  }
  exact = add_seconds(text);
  moment = g_date_time_new_from_iso8601(exact, here);
  if (moment == NULL)
    return FALSE;
  *utc_at_s = g_date_time_to_unix(moment);
  return TRUE;
}

int
lt_ctl_explain(int argc, char **argv)
{
  g_auto(Options) options = {0};
  g_autoptr(GError) error = NULL;
  LtExplainFiles files;
  gint64 utc_at_s;

  if (!parse_options(&argc, &argv, &options, &error)) {
    fprintf(stderr, "luytrectl explain: %s\n", error->message);
    return LT_CTL_ERROR;
  }
  if (argc < 3) {
    fputs("luytrectl explain: name a user and one or more sites; see --help\n", stderr);
    return LT_CTL_ERROR;
  }
  if (!parse_moment(options.at, &utc_at_s)) {
    fprintf(stderr,
            "luytrectl explain: \"%s\" is no moment; write one like 2027-02-06T18:00\n",
            options.at);
    return LT_CTL_ERROR;
  }
  if (options.policies == NULL && options.at != NULL) {
    fputs("luytrectl explain: the agent knows the present only; --at goes with --policy\n", stderr);
    return LT_CTL_ERROR;
  }
  if (options.policies == NULL)
    return lt_explain_agent(argv[1], (const char *const *) argv + 2, options.as_json);
  files =
      (LtExplainFiles){(const char *const *) options.policies, options.presets, options.lookalikes};
  return lt_explain_offline(
      &files, argv[1], (const char *const *) argv + 2, utc_at_s, options.as_json);
}
