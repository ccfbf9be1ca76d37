/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Closes TUN and TAP devices that children may put packets into: such a packet comes in as if from
 * outside, with no owner, and nobody would judge it. */
#pragma once

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtTunWatch LtTunWatch;

/**
 * lt_tun_watch_new:
 * @subuid, @subgid: normally "/etc/subuid" and "/etc/subgid"
 *
 * Listens to rtnetlink(7) on the default main context. What a former agent closed stays closed
 * until rules are set.
 *
 * Returns: (transfer full): NULL and @error if the kernel refuses the socket
 */
LtTunWatch *
lt_tun_watch_new(const char *subuid, const char *subgid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Leaves closed what is closed. */
void lt_tun_watch_free(LtTunWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtTunWatch, lt_tun_watch_free)

/**
 * lt_tun_watch_set_rules:
 * @rules: (nullable): whose children count; NULL: nobody's, all is opened
 *
 * Looks at the devices at once. Whatever is in the kernel is replaced.
 */
void lt_tun_watch_set_rules(LtTunWatch *watch, LtRuleSet *rules);

/* Devices that are closed now. */
guint lt_tun_watch_n_closed(const LtTunWatch *watch);

G_END_DECLS
