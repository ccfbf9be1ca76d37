/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command-line arguments of luytrectl's commands: options, durations, moments, numbers. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_arguments_parse:
 * @parameters: what --help shows behind the command, and what it does ("ID - refuses a request")
 * @n_min, @n_max: how many arguments must stay; argv[0] not counted
 *
 * Returns: FALSE on wrong usage, said on standard error.
 */
gboolean lt_arguments_parse(int *argc,
                            char ***argv,
                            const GOptionEntry *entries,
                            const char *parameters,
                            int n_min,
                            int n_max) G_GNUC_WARN_UNUSED_RESULT;

/* "90s", "30m", "1h", "2d"; "forever" is 0, until revoked. FALSE: none of these. */
gboolean lt_arguments_duration(const char *text, guint32 *out_s) G_GNUC_WARN_UNUSED_RESULT;

/* From now to an ISO 8601 moment, local time without an offset. FALSE: not a moment to come. */
gboolean lt_arguments_until(const char *text, guint32 *out_s) G_GNUC_WARN_UNUSED_RESULT;

/* A positive number of a request or a grant. */
gboolean lt_arguments_id(const char *text, gint64 *out_id) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
