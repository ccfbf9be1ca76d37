/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connection tracking entries of children, changed over ctnetlink. */
#pragma once

#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_conntrack_clear_epochs:
 * @mark_shift: where our field of the mark begins
 *
 * Sets the epoch of every connection of a child to 0, which is never in force: each comes back to
 * be judged. Other bits of the mark stay. Blocking; a household has hundreds of connections.
 */
gboolean lt_conntrack_clear_epochs(guint mark_shift, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct _LtConntrack LtConntrack;

/* For many questions. NULL when the kernel cannot be asked. */
LtConntrack *lt_conntrack_new(void);
void lt_conntrack_free(LtConntrack *conntrack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtConntrack, lt_conntrack_free)

/* Does the kernel know a flow that began with @tuple? TRUE when it does not say. Some microseconds;
 * does not allocate. */
gboolean lt_conntrack_knows(LtConntrack *conntrack, const LtTuple *tuple);

G_END_DECLS
