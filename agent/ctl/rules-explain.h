/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl rules explain: which layer and file set each setting of a child. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A command's own arguments, "explain" first. Returns: its exit status. */
int lt_rules_explain(int argc, char **argv);

G_END_DECLS
