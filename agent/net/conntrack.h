/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connection tracking entries of children, changed over ctnetlink. */
#pragma once

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

G_END_DECLS
