/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tray does: hears the agent, tells its user, carries answers back. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An agent that begins anew is back in a moment; only a longer absence is worth a word. */
#define LT_APPLET_AWAY_AFTER_S 20

/* What a click on "Open for 1 hour" grants. */
#define LT_APPLET_GRANT_S 3600

/**
 * LtApplet:
 *
 * News of the user's own account are told as to a child, news of others as to a parent; the agent
 * sends each only what it may see. Nothing is decided here.
 */
typedef struct _LtApplet LtApplet;

/* @address_paths: (array zero-terminated=1): see lt_address_load(); read for each notice, so that a
 * change shows at once. Copied. */
LtApplet *lt_applet_new(const char *const *address_paths, guint away_after_s);
void lt_applet_free(LtApplet *applet);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtApplet, lt_applet_free)

G_END_DECLS
