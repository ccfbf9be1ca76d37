/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A document that stands in for a household's rules that are lost: the same children, closed. */
#pragma once

#include "policy/policy.h"

#include <glib.h>

G_BEGIN_DECLS

/* The children of @household with a profile that nobody has, so that they are closed but for help
 * channels. Returns: (transfer full): the document. */
GBytes *lt_stand_in_make(const LtPolicy *household);

G_END_DECLS
