/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The package's file of names that are imitated, read again when it is another one. */
#pragma once

#include "policy/lookalike.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtLookalikeFile LtLookalikeFile;

/* @path: normally "/usr/share/luytre/lookalikes.json"; need not be there, then nothing imitates. */
LtLookalikeFile *lt_lookalike_file_new(const char *path);
void lt_lookalike_file_free(LtLookalikeFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtLookalikeFile, lt_lookalike_file_free)

/* Reads the file anew. What is damaged is left out: what was known before stays. */
void lt_lookalike_file_read(LtLookalikeFile *file);

/* (nullable): borrowed; take a reference to keep it. */
LtLookalikes *lt_lookalike_file_in_force(const LtLookalikeFile *file);

/* (nullable): in plain words, what is wrong with the file. Borrowed. */
const char *lt_lookalike_file_problem(const LtLookalikeFile *file);

G_END_DECLS
