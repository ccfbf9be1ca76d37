/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the doors closed for whoever is a child now: looks, and where something is not as it should
 * be, asks the helper that has the rights for it. */
#pragma once

#include "agent/kernel-features.h"
#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtDoors LtDoors;

/**
 * lt_doors_new:
 * @run_dir: "/run/luytre"; the helper listens at "/run/luytre-doors/socket", so that an agent of
 * another folder has no helper
 *
 * A socket that a program makes anew is seen. Fails open: without the helper the journal and the
 * doctor say so, and it is asked again every ten seconds.
 */
LtDoors *lt_doors_new(const char *run_dir);
/* Leaves the doors as they are. */
void lt_doors_free(LtDoors *doors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDoors, lt_doors_free)

/* Loop: who is a child now. */
void lt_doors_close_for(LtDoors *doors, const LtRuleSet *rules);

/* Opens them for everybody, as the last thing before lt_doors_free(). Waits some seconds for the
 * helper at most. */
void lt_doors_open(LtDoors *doors);

/* Appends what the doctor says of them. */
void lt_doors_check(LtDoors *doors, GPtrArray *checks);

G_END_DECLS
