/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent as one thing: store, house, packet path and bus, joined on the main loop. */
#pragma once

#include "agent/net/guard.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtAgent LtAgent;

/* Told once: the rules are in force and the agent is on the bus, or there was no bus for a while.
 */
typedef void (*LtAgentReadyFunc)(gpointer user_data);
/* Told once, when a part has failed that only a restart mends. */
typedef void (*LtAgentFailedFunc)(gpointer user_data);

/**
 * LtAgentOptions:
 * @state_dir: normally "/var/lib/luytre"
 * @presets_dir: normally "/usr/share/luytre/presets"
 * @site_dir: normally "/etc/luytre/policy.d"
 * @lists_dir: normally "/var/lib/luytre-lists"
 * @lookalikes_file: normally "/usr/share/luytre/lookalikes.json"
 * @guard: of the packet path
 * @on_ready, @on_failed, @user_data: who is told; not before lt_agent_new() has returned
 */
typedef struct {
  const char *state_dir;
  const char *presets_dir;
  const char *site_dir;
  const char *lists_dir;
  const char *lookalikes_file;
  LtGuardOptions guard;
  LtAgentReadyFunc on_ready;
  LtAgentFailedFunc on_failed;
  gpointer user_data;
} LtAgentOptions;

/* Everything stands when this returns; the bus may come later. */
LtAgent *lt_agent_new(const LtAgentOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Leaves the firewall table in place: fail closed. */
void lt_agent_free(LtAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtAgent, lt_agent_free)

/* Reads documents and accounts anew. */
void lt_agent_reload(LtAgent *agent);

/* At regular times: TRUE when each thread has given the sign of life that the last call asked for.
 */
gboolean lt_agent_is_alive(LtAgent *agent);

/* Before lt_agent_free() when we were told to stop: if that was for good, takes the table away and
 * opens the doors. */
void lt_agent_stop(LtAgent *agent);

G_END_DECLS
