/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many notices a child gets when many sites are refused at once. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A site is told at most once in this time. */
#define LT_THROTTLE_WINDOW_S 60

/* Sites told one by one in a moment and in a window: as many as a person tries by hand and can
 * read. The others come in one summary: a page that pulls twenty refused hosts is one event for a
 * child. */
#define LT_THROTTLE_MOMENT_S 10
#define LT_THROTTLE_MOMENT_SINGLES 4
#define LT_THROTTLE_WINDOW_SINGLES 8

/* Sites remembered; a program that tries thousands of names must not fill the memory. */
#define LT_THROTTLE_MAX_SITES 256

/* LtThrottle: the memory of the last minute. No clock of its own: instants are arguments, in
 * seconds of a monotonic clock, and never go back. */
typedef struct _LtThrottle LtThrottle;

/**
 * LtThrottleAnswer:
 * @LT_THROTTLE_SHOW: tell this one by itself.
 * @LT_THROTTLE_SUMMARY: tell it in the summary.
 * @LT_THROTTLE_SILENT: told within the last minute (or the memory is full): say nothing.
 */
typedef enum {
  LT_THROTTLE_SHOW,
  LT_THROTTLE_SUMMARY,
  LT_THROTTLE_SILENT,
} LtThrottleAnswer;

LtThrottle *lt_throttle_new(void);
void lt_throttle_free(LtThrottle *throttle);

/* What to do with @site, refused at @now_s; the answer is remembered. */
LtThrottleAnswer lt_throttle_ask(LtThrottle *throttle, const char *site, gint64 now_s);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtThrottle, lt_throttle_free)

G_END_DECLS
