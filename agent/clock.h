/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The agent's clocks: the only place that reads the wall clock, and an alarm that follows it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Seconds since the epoch. */
gint64 lt_clock_utc_now_s(void);

/**
 * LtWallAlarm:
 *
 * Calls back in the main loop when the wall clock reaches a moment, and also when somebody sets the
 * clock, whichever way: what was decided by the calendar must then be decided anew.
 */
typedef struct _LtWallAlarm LtWallAlarm;
typedef void (*LtWallAlarmFunc)(gpointer user_data);

LtWallAlarm *lt_wall_alarm_new(LtWallAlarmFunc callback,
                               gpointer user_data,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_wall_alarm_free(LtWallAlarm *alarm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtWallAlarm, lt_wall_alarm_free)

/* In place of the former moment; G_MAXINT64: only when the clock is set. */
void lt_wall_alarm_set(LtWallAlarm *alarm, gint64 utc_s);

G_END_DECLS
