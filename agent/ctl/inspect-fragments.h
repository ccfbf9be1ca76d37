/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP fragments put together again, a bounded number at a time. RFC 791, RFC 8200 section 4.5. */
#pragma once

#include "policy/wire/cursor.h"
#include "policy/wire/packet.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct _LtInspectFragments LtInspectFragments;

LtInspectFragments *lt_inspect_fragments_new(void);
void lt_inspect_fragments_free(LtInspectFragments *fragments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtInspectFragments, lt_inspect_fragments_free)

/**
 * lt_inspect_fragments_add:
 * @packet: a fragment
 * @context: its network
 * @out_ip: the whole packet, with a header of our own before it; until the next call
 *
 * Returns: TRUE when @packet was the last that was missing.
 */
gboolean lt_inspect_fragments_add(LtInspectFragments *fragments,
                                  const LtPacket *packet,
                                  guint32 context,
                                  LtCursor *out_ip) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
