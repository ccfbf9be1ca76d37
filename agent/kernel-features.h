/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this kernel has that the packet path uses, and what is weaker without it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtCheck:
 * @name: which check; stable, for programs
 * @state: "ok", "weak", "broken" or "info"
 * @words: what was found, and if it is not well, what that means
 */
typedef struct {
  char *name;
  const char *state;
  char *words;
} LtCheck;
void lt_check_free(LtCheck *check);

/* (element-type LtCheck): an empty list that owns what it holds. */
GPtrArray *lt_checks_new(void);
void lt_checks_add(GPtrArray *checks, const char *name, const char *state, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Appends what can be seen without rights, from /proc, /sys and the kernel's configuration. */
void lt_kernel_features_check(GPtrArray *checks);

G_END_DECLS
