/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One change in the text of a household's rules; all the rest stays as it was written. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_RULES_EDIT_ERROR (lt_rules_edit_error_quark())
GQuark lt_rules_edit_error_quark(void);
typedef enum {
  LT_RULES_EDIT_ERROR_NOT_RULES, /* the text is none that the agent saves */
  LT_RULES_EDIT_ERROR_SHARED,    /* the change would be one for somebody else too */
} LtRulesEditError;

/**
 * lt_rules_edit_set_preset:
 * @text: rules of a household as the agent gives them; empty if there are none
 * @user: a child of these rules, or one that becomes it
 * @preset: the name of a preset
 * @own_profile: (out) (transfer full): the child's own profile, whose settings stay and come before
 *   those of the preset; NULL if it has none
 *
 * A child with a profile of its own keeps that, based on @preset from now on; another one gets the
 * preset itself. Refused where that profile is also another child's or another profile's base, or
 * is based on one of the household's.
 *
 * Returns: (transfer full): the new text, one that a person can read.
 */
char *lt_rules_edit_set_preset(const char *text,
                               const char *user,
                               const char *preset,
                               char **own_profile,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
