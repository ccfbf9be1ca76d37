/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The "time", "budgets" and "privacy" of a profile: whether they make sense. */
#pragma once

#include "policy/json-reader.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_time_rules_check:
 * @at: the object "time" of a profile
 *
 * Windows, budgets, study time, warnings, breaks and exceptions: each well written, no day twice,
 * no windows of a day over each other.
 */
gboolean lt_time_rules_check(const LtJsonAt *at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_time_rules_check_budgets:
 * @at: the object "budgets" of a profile
 * @names: (element-type utf8): a copy of each budget's name is appended
 */
gboolean lt_time_rules_check_budgets(const LtJsonAt *at,
                                     GPtrArray *names,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean lt_time_rules_check_privacy(const LtJsonAt *at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Lower-case letters, digits, '-' and '_', at most 32, a letter or digit first. */
gboolean lt_time_rules_is_budget_name(const char *name);

G_END_DECLS
