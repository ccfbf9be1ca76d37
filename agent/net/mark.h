/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a connection's ct mark that is ours: child slot, state, policy epoch. */
#pragma once

#include "policy/rule-set.h"

#include <glib.h>

G_BEGIN_DECLS

/*
 *   31        shift+21    shift+13   shift+10        shift        0
 *    | others' |   epoch   |  state   |     slot      |  others'  |
 *
 * Packets carry the same field in their packet mark, but only between the agent and the firewall:
 * on the way up the slot and the state of the flow, on the way down the slot and the verdict in the
 * place of the state. All other bits belong to other software and are never changed.
 */
#define LT_MARK_SLOT_BITS 10
#define LT_MARK_STATE_BITS 3
#define LT_MARK_EPOCH_BITS 8
#define LT_MARK_FIELD_BITS (LT_MARK_SLOT_BITS + LT_MARK_STATE_BITS + LT_MARK_EPOCH_BITS)

/* Where the field begins. Bits 0 to 7 are what people use by hand. */
#define LT_MARK_DEFAULT_SHIFT 8
#define LT_MARK_MAX_SHIFT (32 - LT_MARK_FIELD_BITS)

G_STATIC_ASSERT(LT_SLOT_MAX == (1 << LT_MARK_SLOT_BITS) - 1);

/* Epochs go round from 1 to this; 0 is never in force. */
#define LT_EPOCH_MAX ((1u << LT_MARK_EPOCH_BITS) - 1)

/**
 * LtMarkState:
 * @LT_MARK_NEW: not judged yet; as a verdict: still undecided
 * @LT_MARK_WATCH: allowed; the client's bytes are still watched until the server answers
 * @LT_MARK_STAY: allowed so far; every request on the flow is judged (HTTP/1, QUIC)
 * @LT_MARK_ALLOW: allowed; the kernel passes it on alone
 * @LT_MARK_DENY: refused; the kernel refuses the rest alone
 * @LT_MARK_UPGRADE: STAY, and the client has asked for another protocol (RFC 9110 section 7.8): the
 * server's next bytes say whether it is HTTP no more (ALLOW) or still is (STAY)
 * @LT_MARK_REFUSE: only as a verdict: this packet is refused, the flow stays as it is
 * @LT_MARK_HALF: undecided, and something has been let go; everything is looked at
 */
typedef enum {
  LT_MARK_NEW = 0,
  LT_MARK_WATCH = 1,
  LT_MARK_STAY = 2,
  LT_MARK_ALLOW = 3,
  LT_MARK_DENY = 4,
  LT_MARK_UPGRADE = 5,
  LT_MARK_REFUSE = 6,
  LT_MARK_HALF = 7,
} LtMarkState;

/* Of these bits of the state WATCH and UPGRADE, and no other, have the value of WATCH: what the
 * server says counts. */
#define LT_MARK_LISTENS 3u

static inline guint32
lt_mark_slot_mask(guint shift)
{
  return ((1u << LT_MARK_SLOT_BITS) - 1) << shift;
}

static inline guint32
lt_mark_state_mask(guint shift)
{
  return ((1u << LT_MARK_STATE_BITS) - 1) << (shift + LT_MARK_SLOT_BITS);
}

static inline guint32
lt_mark_epoch_mask(guint shift)
{
  return ((1u << LT_MARK_EPOCH_BITS) - 1) << (shift + LT_MARK_SLOT_BITS + LT_MARK_STATE_BITS);
}

static inline guint32
lt_mark_field_mask(guint shift)
{
  return lt_mark_slot_mask(shift) | lt_mark_state_mask(shift) | lt_mark_epoch_mask(shift);
}

static inline guint32
lt_mark_slot_bits(guint shift, guint16 slot)
{
  return (guint32) slot << shift;
}

static inline guint32
lt_mark_state_bits(guint shift, LtMarkState state)
{
  return (guint32) state << (shift + LT_MARK_SLOT_BITS);
}

static inline guint32
lt_mark_epoch_bits(guint shift, guint epoch)
{
  return (guint32) epoch << (shift + LT_MARK_SLOT_BITS + LT_MARK_STATE_BITS);
}

static inline guint16
lt_mark_get_slot(guint shift, guint32 mark)
{
  return (guint16) ((mark & lt_mark_slot_mask(shift)) >> shift);
}

static inline guint
lt_mark_get_state(guint shift, guint32 mark)
{
  return (mark & lt_mark_state_mask(shift)) >> (shift + LT_MARK_SLOT_BITS);
}

G_END_DECLS
