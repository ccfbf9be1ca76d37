/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Search engines and YouTube: which filtered host a child gets in place of the one it asks for. */
#pragma once

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_safe_host_target:
 * @child: (nullable): whose settings
 * @host: a normalised host name
 *
 * By the child's "safe-search" and "youtube". The package's dated list has exact names, Google's
 * with its country domains; a name below one of them is another host.
 *
 * Returns: (nullable): the host whose addresses the child gets; static. NULL: nothing is changed.
 */
const char *lt_safe_host_target(const LtChildRules *child, const char *host);

G_END_DECLS
