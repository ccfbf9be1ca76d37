/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of a capture, one after another, down to the sites that they ask for. */
#pragma once

#include "agent/ctl/inspect-link.h"
#include "agent/ctl/inspect-report.h"

#include "policy/wire/cursor.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtInspectFrames LtInspectFrames;

/**
 * lt_inspect_frames_new:
 * @report: borrowed; must outlive the frames
 */
LtInspectFrames *lt_inspect_frames_new(LtInspectReport *report);
/* Reads what is still waiting, then frees. */
void lt_inspect_frames_free(LtInspectFrames *frames);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtInspectFrames, lt_inspect_frames_free)

/* The next frame, in the order of the capture. */
void lt_inspect_frames_add(LtInspectFrames *frames, LtInspectLinkType link, LtCursor frame);

G_END_DECLS
