/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the agent well? Rules, firewall, queues, DNS, store and kernel, each in a line. */
#pragma once

#include "agent/doors/doors.h"
#include "agent/house.h"
#include "agent/net/guard.h"
#include "agent/store/store.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * lt_doctor_examine:
 * @guard: (nullable): the packet path's health, NULL when there is none
 * @store: (nullable): the store's, NULL when it does not answer
 *
 * Returns: (transfer floating): a(sss) as the bus contract's Doctor gives it: check, state, words.
 */
GVariant *lt_doctor_examine(LtHouse *house,
                            LtDoors *doors,
                            const LtGuardHealth *guard,
                            const LtStoreHealth *store);

G_END_DECLS
