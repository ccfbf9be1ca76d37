/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One policy document: parsed from JSON, validated whole, immutable. */
#pragma once

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

/* Who wrote a document; decides which layer its rules belong to. */
typedef enum {
  LT_LAYER_PRESET,
  LT_LAYER_SITE,
  LT_LAYER_HOUSEHOLD,
} LtLayer;

/* Errors of this module: the message says file, line, column and JSON pointer, and what to do. */
#define LT_POLICY_ERROR (lt_policy_error_quark())
GQuark lt_policy_error_quark(void);
typedef enum {
  LT_POLICY_ERROR_SYNTAX,  /* not JSON */
  LT_POLICY_ERROR_INVALID, /* JSON, but not a policy */
  LT_POLICY_ERROR_TOO_LARGE,
  LT_POLICY_ERROR_VERSION, /* a form that this version does not know */
} LtPolicyError;

/**
 * lt_policy_parse:
 * @json: (array length=len): the document, UTF-8
 * @file: its name, for messages and for explanations
 * @layer: who wrote it
 *
 * Refuses the whole document on the first error ("FILE:LINE:COLUMN: /json/pointer: what is wrong;
 * what to do"). Nothing is kept of a refused one.
 */
LtPolicy *lt_policy_parse(const char *json,
                          gsize len,
                          const char *file,
                          LtLayer layer,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
LtPolicy *lt_policy_ref(LtPolicy *policy);
void lt_policy_unref(LtPolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtPolicy, lt_policy_unref)

const char *lt_policy_file(const LtPolicy *policy);
LtLayer lt_policy_layer(const LtPolicy *policy);

/**
 * lt_policy_warnings:
 *
 * Returns: (array zero-terminated=1): what is valid but surely not meant (a rule for a public
 * suffix, a profile that nobody has), each with file, line, column and pointer. Owned by @policy.
 */
const char *const *lt_policy_warnings(const LtPolicy *policy);

/* (array zero-terminated=1): the user and group names that "children" lists; owned by @policy. */
const char *const *lt_policy_users(const LtPolicy *policy);
const char *const *lt_policy_groups(const LtPolicy *policy);

G_END_DECLS
