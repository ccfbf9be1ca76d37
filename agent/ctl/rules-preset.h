/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl rules preset: which presets there are, and gives a child one of them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A command's own arguments, "preset" first. Returns: its exit status. */
int lt_rules_preset(int argc, char **argv);

G_END_DECLS
