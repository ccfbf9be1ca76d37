/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of luytrectl. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Exit statuses of every command, as the manual page tells them. */
#define LT_CTL_OK 0
#define LT_CTL_NO 1    /* a negative answer, or the agent refused */
#define LT_CTL_ERROR 2 /* wrong usage, or something cannot be read or reached */

/**
 * LtCtlFunction:
 * @argc, @argv: the command's own arguments; argv[0] is its name
 *
 * Returns: LT_CTL_*.
 */
typedef int (*LtCtlFunction)(int argc, char **argv);

/* The sites that a capture file shows: agent/ctl/inspect.c. */
int lt_ctl_inspect(int argc, char **argv);

/* What the rules say of sites for a user: agent/ctl/explain.c. */
int lt_ctl_explain(int argc, char **argv);

/* Offline work on policy files: agent/ctl/policy-check.c. */
int lt_ctl_policy(int argc, char **argv);

/* Block lists: agent/ctl/lists.c. */
int lt_ctl_lists(int argc, char **argv);

/* What open pages need: agent/ctl/sites.c. */
int lt_ctl_sites(int argc, char **argv);

/* Over the bus: agent/ctl/show.c, rules.c, requests.c. */
int lt_ctl_status(int argc, char **argv);
int lt_ctl_children(int argc, char **argv);
int lt_ctl_doctor(int argc, char **argv);
int lt_ctl_rules(int argc, char **argv);
int lt_ctl_requests(int argc, char **argv);
int lt_ctl_grants(int argc, char **argv);
int lt_ctl_ask(int argc, char **argv);
int lt_ctl_grant(int argc, char **argv);
int lt_ctl_refuse(int argc, char **argv);
int lt_ctl_revoke(int argc, char **argv);

G_END_DECLS
