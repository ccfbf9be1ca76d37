/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps a file read-only, so that nothing that is done to the file can end the program. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Maps at one time: a set lives as long as rules are made of it. */
#define LT_GUARDED_MAP_MAX 64

/**
 * lt_guarded_map_new:
 * @path: a regular file, or a link to one: what would block or never end is refused
 *
 * A page whose bytes are gone (the file was cut short in place, its disk cannot be read) raises
 * SIGBUS where it is read. Here it then reads as zeros, lt_guarded_map_is_lost() is TRUE of the map
 * from then on, and lt_guarded_map_event_fd() becomes readable. A file that others only replace by
 * rename never comes to that. Copying it instead would cost its size in memory or on the disk.
 *
 * Fails with %G_FILE_ERROR. Any thread may read the bytes.
 */
GBytes *lt_guarded_map_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether bytes of a map that is in use were lost. Any thread. */
gboolean lt_guarded_map_is_lost(GBytes *bytes);

/* Lets go of the pages of a map that are in memory: who needs one has it again, from the page
 * cache. For after a reading of all. Any thread, also while others read. */
void lt_guarded_map_rest(GBytes *bytes);

/* An eventfd(2) of the whole program, which tells of each loss; -1 if there are no descriptors. */
int lt_guarded_map_event_fd(void);

G_END_DECLS
