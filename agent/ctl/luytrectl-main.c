/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl: finds the command and runs it. */
#include "agent/ctl/commands.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef struct {
  const char *name;
  const char *summary;
  LtCtlFunction run;
} Command;

static const Command commands[] = {
    {"status", "show whether the agent runs", lt_ctl_status},
    {"children", "list the children", lt_ctl_children},
    {"rules", "show or replace the household's rules", lt_ctl_rules},
    {"ask", "ask your parents to open a site", lt_ctl_ask},
    {"requests", "list what children ask for", lt_ctl_requests},
    {"grant", "open a site to a child", lt_ctl_grant},
    {"refuse", "say no to a request", lt_ctl_refuse},
    {"grants", "list the grants that run", lt_ctl_grants},
    {"revoke", "end a grant now", lt_ctl_revoke},
    {"sites", "find and open what a child's open pages need", lt_ctl_sites},
    {"explain", "show what the rules say of sites for a user, and why", lt_ctl_explain},
    {"inspect", "show which sites a capture file asks for", lt_ctl_inspect},
    {"policy", "check policy files", lt_ctl_policy},
    {"lists", "compile block lists, and look names up in them", lt_ctl_lists},
    {"doctor", "say how the agent and this machine do", lt_ctl_doctor},
};

static void
print_help(FILE *to)
{
  fputs("Usage: luytrectl COMMAND [ARGUMENT...]\n\nCommands:\n", to);
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fputs("\nluytrectl COMMAND --help tells more about a command.\n"
        "Exit status: 0 done; 1 the answer is no; 2 wrong usage or out of reach.\n",
        to);
}

int
main(int argc, char **argv)
{
  setlocale(LC_ALL, "");
  if (argc < 2) {
    print_help(stderr);
    return LT_CTL_ERROR;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    print_help(stdout);
    return LT_CTL_OK;
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("luytrectl " LUYTRE_VERSION);
    return LT_CTL_OK;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    if (strcmp(argv[1], commands[i].name) == 0)
      return commands[i].run(argc - 1, argv + 1);
  fprintf(stderr, "luytrectl: %s: no such command; see luytrectl --help\n", argv[1]);
  return LT_CTL_ERROR;
}
