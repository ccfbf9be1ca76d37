/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help channels' hosts as the package was built, for when their data file is missing. */
#pragma once

/* (array zero-terminated=1): normalised names; made from policy/data/presets/help-channels.json. */
extern const char *const lt_help_builtin_hosts[];
