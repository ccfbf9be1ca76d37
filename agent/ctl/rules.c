/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl rules: shows, explains and replaces the household's rules. */
#include "agent/ctl/agent-client.h"
#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/rules-explain.h"
#include "agent/ctl/rules-preset.h"
#include "agent/ctl/rules-send.h"

#include <stdio.h>
#include <string.h>

/* What the agent takes; a little more is read, so that it can say so. */
#define MAX_BYTES (1024 * 1024 + 1)

static int
show(int argc, char **argv)
{
  int status = LT_CTL_OK;
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "- shows the household's rules", 0, 0))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  g_autofree char *text = lt_rules_fetch(client, &status);
  if (text == NULL)
    return status;
  fputs(text, stdout);
  if (text[0] != '\0' && !g_str_has_suffix(text, "\n"))
    putchar('\n');
  return LT_CTL_OK;
}

/* (transfer full): NULL after saying why on standard error. */
static char *
read_text(const char *path)
{
  gboolean is_stdin = strcmp(path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(path, "re");
  if (file == NULL) {
    perror(path);
    return NULL;
  }
  g_autofree char *text = g_malloc(MAX_BYTES + 1);
  gsize len = fread(text, 1, MAX_BYTES, file);
  gboolean is_read = ferror(file) == 0;
  if (!is_stdin)
    fclose(file);
  text[len] = '\0';
  if (is_read && strlen(text) == len && g_utf8_validate(text, (gssize) len, NULL))
    return g_steal_pointer(&text);
  fprintf(stderr, "luytrectl: %s: %s\n", path, is_read ? "not UTF-8 text" : "cannot be read");
  return NULL;
}

static int
set(int argc, char **argv)
{
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "Warnings as a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(
          &argc, &argv, entries, "FILE - puts the household's rules in force; -: from input", 1, 1))
    return LT_CTL_ERROR;
  g_autofree char *text = read_text(argv[1]);
  g_autoptr(LtAgentClient) client = text != NULL ? lt_agent_client_new() : NULL;
  if (client == NULL)
    return LT_CTL_ERROR;
  return lt_rules_send(client, text, as_json);
}

int
lt_ctl_rules(int argc, char **argv)
{
  if (argc >= 2 && strcmp(argv[1], "show") == 0)
    return show(argc - 1, argv + 1);
  if (argc >= 2 && strcmp(argv[1], "set") == 0)
    return set(argc - 1, argv + 1);
  if (argc >= 2 && strcmp(argv[1], "explain") == 0)
    return lt_rules_explain(argc - 1, argv + 1);
  if (argc >= 2 && strcmp(argv[1], "preset") == 0)
    return lt_rules_preset(argc - 1, argv + 1);
  fputs("Usage: luytrectl rules show\n       luytrectl rules set [--json] FILE|-\n"
        "       luytrectl rules explain [--json] [--presets DIR] --policy FILE... USER\n"
        "       luytrectl rules preset [--presets DIR] [USER PRESET]\n",
        stderr);
  return argc >= 2 && strcmp(argv[1], "--help") == 0 ? LT_CTL_OK : LT_CTL_ERROR;
}
