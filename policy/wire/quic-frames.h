/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of a client's QUIC Initial packet. RFC 9000 sections 12.4 and 19. */
#pragma once

#include "policy/wire/cursor.h"
#include "policy/wire/quic.h"

#include <glib.h>

G_BEGIN_DECLS

/* A number in one, two, four or eight bytes, RFC 9000 section 16. Nothing moves when it is cut. */
gboolean lt_quic_frames_varint(LtCursor *cursor, guint64 *out) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_quic_frames_read:
 * @payload: an Initial packet's frames, decrypted
 * @crypto: (nullable): takes the bytes of CRYPTO frames
 * @out: has_crypto and has_close are set, never cleared
 *
 * Returns: CONTINUED; MALFORMED, also for a frame that has no place in an Initial packet, for a
 * type in more bytes than it needs, and for no frame at all; CONFLICT and FULL as the stream says.
 */
LtQuicAnswer lt_quic_frames_read(LtCursor payload,
                                 LtStream *crypto,
                                 LtQuicDatagram *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
