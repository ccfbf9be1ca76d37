/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl's line to the agent: calls that wait for a person's password, errors in words. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LtAgentClient LtAgentClient;

/* NULL: no system bus; said on standard error. */
LtAgentClient *lt_agent_client_new(void);
void lt_agent_client_free(LtAgentClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtAgentClient, lt_agent_client_free)

/**
 * lt_agent_client_call:
 * @uid: the child whose object is called, or G_MAXUINT32: the agent itself
 * @arguments: (transfer floating) (nullable)
 * @out_status: set when NULL is returned: LT_CTL_NO, the agent refused; LT_CTL_ERROR, it cannot be
 *   reached. The reason is on standard error by then
 *
 * Without a time limit: polkit may ask for a password, on the terminal if there is no other way.
 */
GVariant *lt_agent_client_call(
    LtAgentClient *client, guint32 uid, const char *method, GVariant *arguments, int *out_status);

/* The agent's version; as above. (transfer full) */
char *lt_agent_client_version(LtAgentClient *client, int *out_status);

/* FALSE: nobody of that name or number; said on standard error. */
gboolean lt_agent_client_find_uid(const char *user, guint32 *out_uid);

G_END_DECLS
