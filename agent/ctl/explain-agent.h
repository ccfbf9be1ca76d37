/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the agent's rules say of sites for a user, now. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_explain_agent:
 * @user: a child's name or uid
 * @names: (array zero-terminated=1): sites
 * @as_json: one object a line instead of sentences
 *
 * Returns: LT_CTL_OK; LT_CTL_NO if the agent refuses, as when the user is no child; LT_CTL_ERROR if
 * it cannot be reached.
 */
int lt_explain_agent(const char *user, const char *const *names, gboolean as_json);

G_END_DECLS
