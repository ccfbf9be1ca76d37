/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and replaces the household's rules over the bus. */
#pragma once

#include "agent/ctl/agent-client.h"

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): as they were saved, empty if there are none. NULL: *@out_status is set as by
 * lt_agent_client_call(). */
char *lt_rules_fetch(LtAgentClient *client, int *out_status);

/* Puts @text in force and prints its warnings. Returns: an exit status. */
int lt_rules_send(LtAgentClient *client, const char *text, gboolean as_json);

G_END_DECLS
