/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of lists inside a host set's file. */
#pragma once

#include "policy/host-set.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_host_set_lists_read:
 * @json: (array length=len): as the file has it; need not end in NUL
 *
 * Returns: (element-type LtHostSetList) (transfer full) (nullable): NULL if it is no such table. A
 *   category that this program does not know makes it none: the set is of a later version.
 */
GPtrArray *lt_host_set_lists_read(const char *json, gsize len);

/* (element-type LtHostSetList). Returns: (transfer full): the text for the file. */
char *lt_host_set_lists_write(const GPtrArray *lists);

G_END_DECLS
