/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Watches what the rules are made of: policy folders, local accounts, sessions. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _LtHouseWatch LtHouseWatch;

typedef void (*LtHouseWatchFunc)(gpointer user_data);

/**
 * lt_house_watch_new:
 * @on_change: once for a run of changes, some 200 ms after the first
 */
LtHouseWatch *lt_house_watch_new(const char *presets_dir,
                                 const char *site_dir,
                                 const char *lists_dir,
                                 LtHouseWatchFunc on_change,
                                 gpointer user_data);
/* Also every ten minutes: a directory's groups change without a word to this machine. */
void lt_house_watch_set_periodic(LtHouseWatch *watch, gboolean is_periodic);
void lt_house_watch_free(LtHouseWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtHouseWatch, lt_house_watch_free)

/* (element-type guint32) (transfer full): who has a session now, by logind's files in
 * /run/systemd/users, where sd_get_uids(3) looks too. */
GArray *lt_house_watch_sessions(void);

G_END_DECLS
