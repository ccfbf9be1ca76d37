/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptors with high numbers: libnftables waits with select(2), which knows FD_SETSIZE of them,
 * and a school's children have four DNS sockets each. */
#pragma once

#include <fcntl.h>
#include <glib.h>
#include <sys/select.h>
#include <unistd.h>

G_BEGIN_DECLS

/* @fd: (transfer full). Returns: (transfer full): the same under a number that select(2) does not
 * know; the same number where the limit of open files allows no higher one. */
static inline int
lt_high_fd(int fd)
{
  int high = fd >= 0 && fd < FD_SETSIZE ? fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE) : -1;
  if (high < 0)
    return fd;
  close(fd);
  return high;
}

G_END_DECLS
