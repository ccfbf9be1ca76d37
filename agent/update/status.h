/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an update goes: a file that everybody may read, and lines on standard output. */
#pragma once

#include "agent/update/update.h"

G_BEGIN_DECLS

/* In the folder of lists. */
#define LT_UPDATE_STATUS_FILE "status.json"

typedef struct _LtUpdateStatus LtUpdateStatus;

/**
 * lt_update_status_new:
 * @dir: where the file is
 * @is_json: lines are JSON, one object each, and tell every step; else words, of what ended
 */
LtUpdateStatus *lt_update_status_new(const char *dir, gboolean is_json);
void lt_update_status_free(LtUpdateStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtUpdateStatus, lt_update_status_free)

/* A #LtUpdateProgress: often called, seldom written. */
void lt_update_status_progress(const LtUpdate *update, const LtUpdateItem *item, gpointer status);

/**
 * lt_update_status_state:
 * @state: "fetching", "compiling", "idle"
 * @problem: (nullable): what the whole update ended with
 *
 * A disk that is full keeps the file as it was: that is no reason to end.
 */
void lt_update_status_state(LtUpdateStatus *status,
                            const LtUpdate *update,
                            const char *state,
                            const char *problem);

G_END_DECLS
