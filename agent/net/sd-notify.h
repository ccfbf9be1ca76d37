/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What systemd and its service say to each other: sd_notify(3) and sd_listen_fds(3), the protocol
 * itself. libsystemd with what it needs would cost more than a megabyte of memory. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_sd_notify:
 * @message: lines of "NAME=value"
 * @fd: sent along, stays the caller's; -1: none
 *
 * Without systemd it does nothing. Errors are of %G_IO_ERROR: systemd was not told.
 */
gboolean lt_sd_notify(const char *message, int fd, GError **error);

/* How often systemd wants to hear "WATCHDOG=1"; 0: never. */
guint64 lt_sd_notify_watchdog_us(void);

/* The first descriptor that systemd passes on, SD_LISTEN_FDS_START. */
#define LT_SD_NOTIFY_FIRST_FD 3

/**
 * lt_sd_notify_listen_names:
 *
 * Returns: (transfer full) (array zero-terminated=1): the names of the descriptors that systemd
 * handed to this process, from %LT_SD_NOTIFY_FIRST_FD on; they are closed by exec from now on.
 * Empty when there are none. The second call finds none.
 */
char **lt_sd_notify_listen_names(void);

G_END_DECLS
