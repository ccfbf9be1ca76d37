/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call of the helper that closes doors: uids there, a line back. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * lt_helper_call:
 * @path: of the socket at which systemd starts it
 * @uids: (element-type guint32): for whom the doors are to be closed
 *
 * @cancellable: looked at before anything is said; a call that has begun goes on to its end
 *
 * Blocks, for some seconds at most, and for as long as another thread is at its call. Errors are of
 * %G_IO_ERROR: it cannot be reached, or says what it could not do.
 */
gboolean
lt_helper_call(const char *path, const GArray *uids, GCancellable *cancellable, GError **error);

G_END_DECLS
