/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's clocks: the only place that reads the wall clock, and an alarm that follows it. */
#include "agent/clock.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* "Never", in the seconds that a kernel's timer can hold (year 2262 in nanoseconds). */
#define FAR_UTC_S G_GINT64_CONSTANT(9000000000)

struct _LtWallAlarm {
  int fd;
  guint source;
  gint64 utc_s;
  LtWallAlarmFunc callback;
  gpointer user_data;
};

gint64
lt_clock_utc_now_s(void)
{
  return g_get_real_time() / G_USEC_PER_SEC;
}

static void
arm(LtWallAlarm *alarm)
{
  struct itimerspec at = {.it_value.tv_sec = (time_t) CLAMP(alarm->utc_s, 1, FAR_UTC_S)};
  if (timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL) != 0)
    g_warning("The alarm is not set: %s", g_strerror(errno));
}

/* ECANCELED says that the clock was set; reading takes that notice away, the timer goes on. */
static gboolean
on_ready(int fd, GIOCondition condition, gpointer user_data)
{
  LtWallAlarm *alarm = user_data;
  guint64 n_expired = 0;
  ssize_t n = read(fd, &n_expired, sizeof n_expired);
  if (n < 0 && errno != ECANCELED)
    return G_SOURCE_CONTINUE;
  if (n > 0)
    alarm->utc_s = G_MAXINT64;
  arm(alarm);
  alarm->callback(alarm->user_data);
  return G_SOURCE_CONTINUE;
}

LtWallAlarm *
lt_wall_alarm_new(LtWallAlarmFunc callback, gpointer user_data, GError **error)
{
  int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (fd < 0) {
    int code = errno;
    g_set_error(
        error, G_IO_ERROR, g_io_error_from_errno(code), "making an alarm: %s", g_strerror(code));
    return NULL;
  }
  LtWallAlarm *alarm = g_new0(LtWallAlarm, 1);
  alarm->fd = fd;
  alarm->utc_s = G_MAXINT64;
  alarm->callback = callback;
  alarm->user_data = user_data;
  alarm->source = g_unix_fd_add(fd, G_IO_IN, on_ready, alarm);
  arm(alarm);
  return alarm;
}

void
lt_wall_alarm_free(LtWallAlarm *alarm)
{
  if (alarm == NULL)
    return;
  g_source_remove(alarm->source);
  close(alarm->fd);
  g_free(alarm);
}

void
lt_wall_alarm_set(LtWallAlarm *alarm, gint64 utc_s)
{
  alarm->utc_s = utc_s;
  arm(alarm);
}
