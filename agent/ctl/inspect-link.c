/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a captured frame to the IP packet inside, through whatever links and labels it has. */
#include "agent/ctl/inspect-link.h"

#include <pcap/pcap.h>

/* IEEE 802 numbers, as IANA lists them. */
#define ETHERTYPE_V4 0x0800u
#define ETHERTYPE_V6 0x86ddu
#define ETHERTYPE_MPLS 0x8847u
#define ETHERTYPE_MPLS_MULTICAST 0x8848u
#define ETHERTYPE_PPPOE_SESSION 0x8864u
#define ETHERTYPE_PPP 0x880bu
#define ETHERTYPE_MIN 0x0600u

/* RFC 1661 section 2. */
#define PPP_V4 0x0021u
#define PPP_V6 0x0057u

/**
 * Tag:
 * @ethertype: announces it
 * @len: bytes before the next EtherType
 */
typedef struct {
  guint16 ethertype;
  guint8 len;
} Tag;

static const Tag tags[] = {
    {0x8100, 2},  /* IEEE 802.1Q: VLAN */
    {0x88a8, 2},  /* IEEE 802.1ad: VLAN in VLAN */
    {0x9100, 2},  /* the same before there was a standard */
    {0x893f, 6},  /* IEEE 802.1BR: E-TAG */
    {0x8926, 4},  /* VN-Tag */
    {0x8909, 6},  /* Cisco metadata: security group tag */
    {0x8903, 14}, /* FabricPath: its tag, then a whole Ethernet header */
    {0x88e7, 16}, /* IEEE 802.1ah: service tag, then a whole Ethernet header */
};

#define WLAN_ADDRESSES_LEN 24u
#define NFLOG_PAYLOAD 9u

LtInspectLinkType
lt_inspect_link_from_pcap(int datalink)
{
  switch (datalink) {
  case DLT_EN10MB:
    return LT_INSPECT_LINK_ETHERNET;
  case DLT_RAW:
  case DLT_IPV4:
  case DLT_IPV6:
    return LT_INSPECT_LINK_IP;
  case DLT_PPP:
  case DLT_PPP_SERIAL:
  case DLT_PPP_WITH_DIR:
    return LT_INSPECT_LINK_PPP;
  case DLT_PPP_ETHER:
    return LT_INSPECT_LINK_PPPOE;
  case DLT_C_HDLC:
    return LT_INSPECT_LINK_CHDLC;
  case DLT_LINUX_SLL:
    return LT_INSPECT_LINK_SLL;
  case DLT_LINUX_SLL2:
    return LT_INSPECT_LINK_SLL2;
  case DLT_NULL:
  case DLT_LOOP:
    return LT_INSPECT_LINK_NULL;
  case DLT_IEEE802_11:
    return LT_INSPECT_LINK_WLAN;
  case DLT_IEEE802_11_RADIO:
    return LT_INSPECT_LINK_RADIOTAP;
  case DLT_NFLOG:
    return LT_INSPECT_LINK_NFLOG;
  default:
    return LT_INSPECT_LINK_NONE;
  }
}

/* One step of FNV-1a, by words. */
guint32
lt_inspect_link_context(guint32 context, guint32 label)
{
  return (context ^ (label + 0x9e3779b9u)) * 0x01000193u;
}

/* IP says itself which version it is. */
static gboolean
read_ip(LtCursor bytes, LtCursor *out_ip)
{
  guint8 first;

  if (!lt_cursor_peek(&bytes, &first) || (first >> 4 != 4 && first >> 4 != 6))
    return FALSE;
  *out_ip = bytes;
  return TRUE;
}

/* RFC 3032: labels until the one that is the bottom; what follows must be IP by its look. */
static gboolean
read_mpls(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint32 label;
  guint16 ethertype;

  do {
    if (!lt_cursor_u32(&bytes, &label))
      return FALSE;
    *context = lt_inspect_link_context(*context, label >> 12);
  } while ((label & 0x100u) == 0);
  if (read_ip(bytes, out_ip))
    return TRUE;
  /* RFC 4448 section 4.6: a control word of zeros before an Ethernet frame. */
  if (!lt_cursor_u32(&bytes, &label) || label >> 28 != 0 || !lt_cursor_skip(&bytes, 12) ||
      !lt_cursor_u16(&bytes, &ethertype))
    return FALSE;
  /* Not labels again: this must end. */
  return ethertype != ETHERTYPE_MPLS && ethertype != ETHERTYPE_MPLS_MULTICAST &&
         lt_inspect_link_read_ethertype(ethertype, bytes, out_ip, context);
}

/* RFC 1661 section 2, RFC 1662 section 3.1; the protocol may be shortened to its odd byte. */
static gboolean
read_ppp(LtCursor bytes, LtCursor *out_ip)
{
  guint8 first, second;
  guint protocol;

  if (!lt_cursor_u8(&bytes, &first))
    return FALSE;
  if (first == 0xffu && (!lt_cursor_skip(&bytes, 1) || !lt_cursor_u8(&bytes, &first)))
    return FALSE;
  protocol = first;
  if ((first & 1u) == 0) {
    if (!lt_cursor_u8(&bytes, &second))
      return FALSE;
    protocol = protocol << 8 | second;
  }
  return (protocol == PPP_V4 || protocol == PPP_V6) && read_ip(bytes, out_ip);
}

/* RFC 2516 section 4. */
static gboolean
read_pppoe(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint16 session;

  if (!lt_cursor_skip(&bytes, 2) || !lt_cursor_u16(&bytes, &session) || !lt_cursor_skip(&bytes, 2))
    return FALSE;
  *context = lt_inspect_link_context(*context, session);
  return read_ppp(bytes, out_ip);
}

/* IEEE 802.2 with SNAP, which carries an EtherType again. */
static gboolean
read_llc(LtCursor bytes, LtCursor *out_ip, guint32 *context)
{
  guint8 dsap, ssap, control;
  guint32 oui;
  guint16 ethertype;

  if (!lt_cursor_u8(&bytes, &dsap) || !lt_cursor_u8(&bytes, &ssap) ||
      !lt_cursor_u8(&bytes, &control) || dsap != 0xaau || ssap != 0xaau || control != 3 ||
      !lt_cursor_u24(&bytes, &oui) || !lt_cursor_u16(&bytes, &ethertype))
    return FALSE;
  return lt_inspect_link_read_ethertype(ethertype, bytes, out_ip, context);
}

static const Tag *
find_tag(guint16 ethertype)
{
  for (gsize i = 0; i < G_N_ELEMENTS(tags); i++)
    if (tags[i].ethertype == ethertype)
      return &tags[i];
  return NULL;
}

/* Every turn uses up a tag: the loop ends. */
gboolean
lt_inspect_link_read_ethertype(guint16 ethertype,
                               LtCursor bytes,
                               LtCursor *out_ip,
                               guint32 *context)
{
  for (const Tag *tag = find_tag(ethertype); tag != NULL; tag = find_tag(ethertype)) {
    guint16 label;

    if (!lt_cursor_u16(&bytes, &label) || !lt_cursor_skip(&bytes, tag->len - 2u) ||
        !lt_cursor_u16(&bytes, &ethertype))
      return FALSE;
    *context = lt_inspect_link_context(*context, label & 0xfffu);
  }
  switch (ethertype) {
  case ETHERTYPE_V4:
  case ETHERTYPE_V6:
    return read_ip(bytes, out_ip);
  case ETHERTYPE_MPLS:
  case ETHERTYPE_MPLS_MULTICAST:
    return read_mpls(bytes, out_ip, context);
  case ETHERTYPE_PPPOE_SESSION:
    return read_pppoe(bytes, out_ip, context);
  case ETHERTYPE_PPP:
    return read_ppp(bytes, out_ip);
  default:
    return ethertype < ETHERTYPE_MIN && read_llc(bytes, out_ip, context);
  }
}

static gboolean
read_ethertype_at(LtCursor frame, gsize skip, gsize skip_after, LtCursor *out_ip, guint32 *context)
{
  guint16 ethertype;

  if (!lt_cursor_skip(&frame, skip) || !lt_cursor_u16(&frame, &ethertype) ||
      !lt_cursor_skip(&frame, skip_after))
    return FALSE;
  return lt_inspect_link_read_ethertype(ethertype, frame, out_ip, context);
}

/* The address family is in the byte order of the machine that captured: the packet says enough. */
static gboolean
read_null(LtCursor frame, LtCursor *out_ip)
{
  return lt_cursor_skip(&frame, 4) && read_ip(frame, out_ip);
}

/* IEEE 802.11: data frames that are not encrypted. */
static gboolean
read_wlan(LtCursor frame, LtCursor *out_ip, guint32 *context)
{
  guint8 type, flags;

  if (!lt_cursor_u8(&frame, &type) || !lt_cursor_u8(&frame, &flags) ||
      !lt_cursor_skip(&frame, WLAN_ADDRESSES_LEN - 2))
    return FALSE;
  if ((type & 0x0fu) != 0x08u || (type & 0x40u) != 0 || (flags & 0x40u) != 0)
    return FALSE;
  if ((flags & 3u) == 3u && !lt_cursor_skip(&frame, 6))
    return FALSE;
  if ((type & 0x80u) != 0 && !lt_cursor_skip(&frame, 2))
    return FALSE;
  return read_llc(frame, out_ip, context);
}

/* Its length is little-endian. */
static gboolean
read_radiotap(LtCursor frame, LtCursor *out_ip, guint32 *context)
{
  LtCursor whole = frame;
  guint8 low, high;

  if (!lt_cursor_skip(&frame, 2) || !lt_cursor_u8(&frame, &low) || !lt_cursor_u8(&frame, &high) ||
      !lt_cursor_skip(&whole, (gsize) high << 8 | low))
    return FALSE;
  return read_wlan(whole, out_ip, context);
}

/* Attributes with lengths in the order of the machine that captured, nearly always little-endian,
 * padded to four bytes. */
static gboolean
read_nflog(LtCursor frame, LtCursor *out_ip)
{
  guint8 low, high, type_low, type_high;

  if (!lt_cursor_skip(&frame, 4))
    return FALSE;
  while (lt_cursor_u8(&frame, &low) && lt_cursor_u8(&frame, &high) &&
         lt_cursor_u8(&frame, &type_low) && lt_cursor_u8(&frame, &type_high)) {
    gsize len = (gsize) high << 8 | low;
    LtCursor value;

    if (len < 4 || !lt_cursor_take(&frame, len - 4, &value))
      return FALSE;
    if (type_low == NFLOG_PAYLOAD && type_high == 0)
      return read_ip(value, out_ip);
    if (!lt_cursor_skip(&frame, (4 - len % 4) % 4))
      return FALSE;
  }
  return FALSE;
}

gboolean
lt_inspect_link_read(LtInspectLinkType type, LtCursor frame, LtCursor *out_ip, guint32 *context)
{
  switch (type) {
  case LT_INSPECT_LINK_ETHERNET:
    return read_ethertype_at(frame, 12, 0, out_ip, context);
  case LT_INSPECT_LINK_IP:
    return read_ip(frame, out_ip);
  case LT_INSPECT_LINK_PPP:
    return read_ppp(frame, out_ip);
  case LT_INSPECT_LINK_PPPOE:
    return read_pppoe(frame, out_ip, context);
  case LT_INSPECT_LINK_CHDLC:
    return read_ethertype_at(frame, 2, 0, out_ip, context);
  case LT_INSPECT_LINK_SLL:
    return read_ethertype_at(frame, 14, 0, out_ip, context);
  case LT_INSPECT_LINK_SLL2:
    return read_ethertype_at(frame, 0, 18, out_ip, context);
  case LT_INSPECT_LINK_NULL:
    return read_null(frame, out_ip);
  case LT_INSPECT_LINK_WLAN:
    return read_wlan(frame, out_ip, context);
  case LT_INSPECT_LINK_RADIOTAP:
    return read_radiotap(frame, out_ip, context);
  case LT_INSPECT_LINK_NFLOG:
    return read_nflog(frame, out_ip);
  case LT_INSPECT_LINK_NONE:
    break;
  }
  return FALSE;
}
