/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent as one thing: store, house, packet path and bus, joined on the main loop. */
#pragma once

#include "agent/net/guard.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtAgent LtAgent;

/**
 * LtAgentOptions:
 * @state_dir: normally "/var/lib/luytre"
 * @presets_dir: normally "/usr/share/luytre/presets"
 * @site_dir: normally "/etc/luytre/policy.d"
 * @guard: of the packet path
 */
typedef struct {
  const char *state_dir;
  const char *presets_dir;
  const char *site_dir;
  LtGuardOptions guard;
} LtAgentOptions;

/* Told once, when a part has failed that only a restart mends. */
typedef void (*LtAgentFailedFunc)(gpointer user_data);

/* Everything stands when this returns; the bus may come later. */
LtAgent *lt_agent_new(const LtAgentOptions *options,
                      LtAgentFailedFunc on_failed,
                      gpointer user_data,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Leaves the firewall table in place: fail closed. */
void lt_agent_free(LtAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtAgent, lt_agent_free)

/* Reads documents and accounts anew. */
void lt_agent_reload(LtAgent *agent);

/* Before lt_agent_free() when we were told to stop: takes the table away if that was for good. */
void lt_agent_stop(LtAgent *agent);

G_END_DECLS
