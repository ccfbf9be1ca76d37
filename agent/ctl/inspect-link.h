/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a captured frame to the IP packet inside, through whatever links and labels it has. */
#pragma once

#include "policy/wire/cursor.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtInspectLinkType: what a run of bytes begins with.
 */
typedef enum {
  LT_INSPECT_LINK_NONE, /* nothing that leads to IP */
  LT_INSPECT_LINK_ETHERNET,
  LT_INSPECT_LINK_IP,
  LT_INSPECT_LINK_PPP,
  LT_INSPECT_LINK_PPPOE,
  LT_INSPECT_LINK_CHDLC,
  LT_INSPECT_LINK_SLL,
  LT_INSPECT_LINK_SLL2,
  LT_INSPECT_LINK_NULL,
  LT_INSPECT_LINK_WLAN,
  LT_INSPECT_LINK_RADIOTAP,
  LT_INSPECT_LINK_NFLOG,
} LtInspectLinkType;

/* From libpcap's DLT_ number. */
LtInspectLinkType lt_inspect_link_from_pcap(int datalink);

/**
 * lt_inspect_link_read:
 * @frame: what begins as @type says
 * @out_ip: the IP packet
 * @context: (inout): changed by each tag, MPLS label and PPPoE session on the way: flows with
 *   equal addresses in different networks stay apart
 *
 * Returns: FALSE when there is no IP packet inside, or not all of a header.
 */
gboolean lt_inspect_link_read(LtInspectLinkType type,
                              LtCursor frame,
                              LtCursor *out_ip,
                              guint32 *context) G_GNUC_WARN_UNUSED_RESULT;

/* As lt_inspect_link_read(), from what an EtherType announces. */
gboolean lt_inspect_link_read_ethertype(guint16 ethertype,
                                        LtCursor bytes,
                                        LtCursor *out_ip,
                                        guint32 *context) G_GNUC_WARN_UNUSED_RESULT;

/* Another network: a tag, a label, a tunnel. */
guint32 lt_inspect_link_context(guint32 context, guint32 label);

G_END_DECLS
