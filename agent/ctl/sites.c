/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl sites: which hosts a child's open pages needed, and opening them. */
#include "agent/ctl/agent-client.h"
#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/variant-json.h"

#include <stdio.h>
#include <string.h>

static void
print_until(const char *user, gint64 utc_until_s)
{
  g_autoptr(GDateTime) until = g_date_time_new_from_unix_local(utc_until_s);
  g_autofree char *clock = until != NULL ? g_date_time_format(until, "%H:%M") : g_strdup("-");
  printf("Nothing yet. Open the pages as %s, until %s, and run this again.\n", user, clock);
}

static void
print_suggestion(GVariant *suggestion)
{
  const char *name = "", *site = "";
  guint32 n_visits = 0;
  g_variant_lookup(suggestion, "name", "&s", &name);
  g_variant_lookup(suggestion, "site", "&s", &site);
  g_variant_lookup(suggestion, "visits", "u", &n_visits);
  printf("%4u  %-32s  %s\n", n_visits, name, site);
}

static void
print_suggestions(GVariant *suggestions, gboolean as_json)
{
  for (gsize i = 0; i < g_variant_n_children(suggestions); i++) {
    g_autoptr(GVariant) suggestion = g_variant_get_child_value(suggestions, i);
    if (as_json)
      lt_variant_json_print(lt_variant_json(suggestion));
    else
      print_suggestion(suggestion);
  }
}

static int
review(LtAgentClient *client, const char *user, guint32 uid, gboolean as_json)
{
  int status = LT_CTL_OK;
  gint64 utc_until_s = 0;
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client, G_MAXUINT32, "Review", g_variant_new("(u)", uid), &status);
  if (answer == NULL)
    return status;
  g_autoptr(GVariant) suggestions = g_variant_get_child_value(answer, 1);
  g_variant_get_child(answer, 0, "x", &utc_until_s);
  if (g_variant_n_children(suggestions) == 0 && !as_json)
    print_until(user, utc_until_s);
  print_suggestions(suggestions, as_json);
  return LT_CTL_OK;
}

static int
end_review(LtAgentClient *client, guint32 uid)
{
  int status = LT_CTL_OK;
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client, G_MAXUINT32, "EndReview", g_variant_new("(u)", uid), &status);
  return answer != NULL ? LT_CTL_OK : status;
}

static int
suggest(int argc, char **argv)
{
  gboolean as_json = FALSE, ends = FALSE;
  guint32 uid = 0;
  const GOptionEntry entries[] = {
      {"end", 0, 0, G_OPTION_ARG_NONE, &ends, "Look no more, and forget what was seen", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(
          &argc, &argv, entries, "USER - lists hosts that open pages needed", 1, 1) ||
      !lt_agent_client_find_uid(argv[1], &uid))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  return ends ? end_review(client, uid) : review(client, argv[1], uid, as_json);
}

/* All of them are tried; one that is no suggestion makes the answer a no. */
static int
accept(int argc, char **argv)
{
  int worst = LT_CTL_OK;
  guint32 uid = 0;
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc,
                          &argv,
                          entries,
                          "USER HOST... - opens hosts that were suggested, until revoked",
                          2,
                          G_MAXINT) ||
      !lt_agent_client_find_uid(argv[1], &uid))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  for (int i = 2; i < argc; i++) {
    int status = LT_CTL_OK;
    g_autoptr(GVariant) answer = lt_agent_client_call(
        client, G_MAXUINT32, "AcceptSuggestion", g_variant_new("(us)", uid, argv[i]), &status);
    if (answer != NULL)
      printf("%s is open for %s\n", argv[i], argv[1]);
    worst = MAX(worst, status);
  }
  return worst;
}

int
lt_ctl_sites(int argc, char **argv)
{
  if (argc >= 2 && strcmp(argv[1], "suggest") == 0)
    return suggest(argc - 1, argv + 1);
  if (argc >= 2 && strcmp(argv[1], "accept") == 0)
    return accept(argc - 1, argv + 1);
  fputs("Usage: luytrectl sites suggest [--end] [--json] USER\n"
        "       luytrectl sites accept USER HOST...\n",
        stderr);
  return argc >= 2 && strcmp(argv[1], "--help") == 0 ? LT_CTL_OK : LT_CTL_ERROR;
}
