/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one list file says of names, and by which of its lines. */
#pragma once

#include "agent/store/list-file.h"
#include "policy/host-set.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtListMatch:
 * @verdict: what the list says of the name
 * @line: the number of the line that says so; 0: none
 * @text: that line
 */
typedef struct {
  LtHostSetVerdict verdict;
  guint64 line;
  char *text;
} LtListMatch;

/**
 * lt_list_match:
 * @path, @format: see lt_list_file_read()
 * @hosts: (array length=n): normalised names or addresses
 * @out: (array length=n): their texts are the caller's to free
 *
 * Compiles the file and asks the set, as the agent would; then finds the line.
 */
gboolean lt_list_match(const char *path,
                       LtListFormat format,
                       const LtHost *hosts,
                       gsize n,
                       LtListMatch *out,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
