/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four answers that every reader of outside bytes gives. */
#pragma once

/**
 * LtWireAnswer:
 * @LT_WIRE_FOUND: read whole; outputs are written
 * @LT_WIRE_NOT_MINE: another protocol
 * @LT_WIRE_NEED_MORE: a true beginning that ends too early
 * @LT_WIRE_MALFORMED: this protocol, but broken: callers fall closed
 *
 * Outputs are written on %LT_WIRE_FOUND only.
 */
typedef enum {
  LT_WIRE_FOUND,
  LT_WIRE_NOT_MINE,
  LT_WIRE_NEED_MORE,
  LT_WIRE_MALFORMED,
} LtWireAnswer;
