/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells that something in a folder changed, also when the folder itself comes and goes. By
 * inotify(7) itself: a GFileMonitor looks every four seconds for what is not there, in a thread of
 * its own. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtFolderWatch LtFolderWatch;

/**
 * LtWatchedFolder:
 * @path: need not be there yet
 * @names: (nullable) (array zero-terminated=1): what matters in it; NULL: everything
 */
typedef struct {
  const char *path;
  const char *const *names;
} LtWatchedFolder;

typedef void (*LtFolderWatchFunc)(gpointer user_data);

/**
 * lt_folder_watch_new:
 * @folders: (array length=n_folders): copied, but for the lists of names, which must outlive it
 * @on_change: once for a run of changes, some 200 ms after the first
 *
 * Without inotify(7) it says so in the journal and never calls.
 */
LtFolderWatch *lt_folder_watch_new(const LtWatchedFolder *folders,
                                   gsize n_folders,
                                   LtFolderWatchFunc on_change,
                                   gpointer user_data);
void lt_folder_watch_free(LtFolderWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtFolderWatch, lt_folder_watch_free)

G_END_DECLS
