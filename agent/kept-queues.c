/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in the descriptor store, both ways. */
#include "agent/kept-queues.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static const char *const names[LT_GUARD_QUEUES] = {"queue-tcp", "queue-udp"};

void
lt_kept_queues_take(int out[LT_GUARD_QUEUES])
{
  char **found = NULL;
  int n = sd_listen_fds_with_names(TRUE, &found);
  for (guint i = 0; i < LT_GUARD_QUEUES; i++)
    out[i] = -1;
  for (int at = 0; at < n; at++) {
    int fd = SD_LISTEN_FDS_START + at;
    gboolean is_wanted = FALSE;
    for (guint i = 0; i < LT_GUARD_QUEUES && !is_wanted; i++) {
      is_wanted = out[i] < 0 && g_str_equal(found[at], names[i]);
      if (is_wanted)
        out[i] = fd;
    }
    if (!is_wanted)
      close(fd);
    free(found[at]);
  }
  free(found);
}

void
lt_kept_queues_store(const int fds[LT_GUARD_QUEUES])
{
  for (guint i = 0; i < LT_GUARD_QUEUES; i++) {
    g_autofree char *message = g_strdup_printf("FDSTORE=1\nFDNAME=%s", names[i]);
    int sent = sd_pid_notify_with_fds(0, FALSE, message, &fds[i], 1);
    if (sent < 0)
      g_warning("The packet queues are not kept over a crash: %s", g_strerror(-sent));
  }
}
