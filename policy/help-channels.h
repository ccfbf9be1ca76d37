/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a child finds help: never blocked, never logged. Dated data of the package, not code. */
#pragma once

#include "policy/json-reader.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtHelpChannel:
 * @id: a stable name
 * @hosts: (element-type LtSiteEntry): may be empty: a number to call
 * @phones: (element-type utf8): may be empty
 * @checked_on: when somebody last looked whether it is still what it says, "2026-07-23"
 *
 * One element of "help-channels".
 */
typedef struct {
  char *id;
  GPtrArray *hosts;
  GPtrArray *phones;
  char *checked_on;
} LtHelpChannel;

/**
 * lt_help_channels_read:
 * @at: the list "help-channels" of a document of the package
 * @channels: (element-type LtHelpChannel): appended to
 * @warnings: (element-type utf8): appended to
 */
gboolean lt_help_channels_read(const LtJsonAt *at,
                               GPtrArray *channels,
                               GPtrArray *warnings,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void lt_help_channel_free(LtHelpChannel *channel);

G_END_DECLS
