/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The policy documents on disk, each with its last good form: a bad file changes nothing. */
#pragma once

#include "policy/policy.h"

#include <glib.h>

G_BEGIN_DECLS

/* A school's policy for a thousand pupils is some 100 kB. */
#define LT_DOCUMENTS_MAX_BYTES (1024 * 1024)

typedef struct _LtDocuments LtDocuments;

LtDocuments *lt_documents_new(const char *presets_dir, const char *site_dir);
void lt_documents_free(LtDocuments *documents);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtDocuments, lt_documents_free)

/* Reads both folders again. A file that is gone is forgotten; of a bad one the last good form stays
 * in force and lt_documents_problems() says what is wrong. */
void lt_documents_read_folders(LtDocuments *documents);

/* @policy: (nullable) (transfer full): the household's, in place of the former. */
void lt_documents_set_household(LtDocuments *documents, LtPolicy *policy);

/* (element-type LtPolicy) (transfer container): what is in force. */
GPtrArray *lt_documents_in_force(LtDocuments *documents);

/* (element-type utf8): errors and warnings, with file, line and column. Borrowed. */
GPtrArray *lt_documents_problems(LtDocuments *documents);

G_END_DECLS
