/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as rules write them: "60m", "mon-fri", "16:30-20:30", "2027-02-06". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_MINUTES_PER_DAY 1440

/* A number of up to six digits and one of s, m, h, d. FALSE leaves @out_s alone, as below. */
gboolean lt_time_text_parse_duration(const char *text, gint64 *out_s) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_time_text_parse_days:
 * @text: days and spans of days with commas: "mon-fri", "sat-sun", "mon,wed", "fri-mon"
 * @days: bit 0 is Monday, bit 6 is Sunday
 */
gboolean lt_time_text_parse_days(const char *text, guint *days) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_time_text_parse_window:
 * @text: "HH:MM-HH:MM", local time of day; "24:00" may end it
 * @from_min: minutes since midnight, 0 to 1439
 * @to_min: the first minute after it, more than @from_min; more than %LT_MINUTES_PER_DAY when the
 *   window goes on after midnight
 */
gboolean lt_time_text_parse_window(const char *text,
                                   guint *from_min,
                                   guint *to_min) G_GNUC_WARN_UNUSED_RESULT;

/* "2027-02-06", or "2027-02-06/2027-02-12" for a span of days, the last one included. */
gboolean
lt_time_text_parse_dates(const char *text, GDate *first, GDate *last) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
