/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS answers that we make ourselves from a question. RFC 1035, 2308, 6891, 8914. */
#include "policy/wire/dns-reply.h"

#include <string.h>

/* RFC 1035 section 4.1.1, RFC 4035 section 3.1.6 (CD). */
#define FLAG_QR 0x8000u
#define FLAG_OPCODE 0x7800u
#define FLAG_TC 0x0200u
#define FLAG_RD 0x0100u
#define FLAG_RA 0x0080u
#define FLAG_CD 0x0010u

#define TYPE_SOA 6u
#define CLASS_IN 1u

/* RFC 1035 section 4.1.4: a pointer to the question's name, right behind the header. */
#define POINTER_TO_QUESTION (0xc000u | LT_DNS_HEADER_LEN)

/* RFC 8914 section 2. */
#define OPTION_EDE 15u

/* RFC 6891 section 6.2.5: what we take over UDP; fits every link without fragments. */
#define OUR_UDP_SIZE_BYTES 1232u

/* RFC 6891 section 6.1.4. */
#define OPT_DNSSEC_OK 0x8000u

/* Only ever writes inside a buffer that was found large enough before. */
typedef struct {
  guint8 *at;
} Writer;

static void
put_u16(Writer *writer, guint value)
{
  writer->at[0] = (guint8) (value >> 8);
  writer->at[1] = (guint8) value;
  writer->at += 2;
}

static void
put_u32(Writer *writer, guint32 value)
{
  put_u16(writer, value >> 16);
  put_u16(writer, value & 0xffffu);
}

static void
put_bytes(Writer *writer, const guint8 *bytes, gsize len)
{
  memcpy(writer->at, bytes, len);
  writer->at += len;
}

/* RFC 1035 section 3.3.13; without MNAME and RNAME, which nobody could ask anyway. */
static void
put_soa(Writer *writer, guint16 klass)
{
  static const guint8 roots[2] = {0, 0};

  put_u16(writer, POINTER_TO_QUESTION);
  put_u16(writer, TYPE_SOA);
  put_u16(writer, klass);
  put_u32(writer, LT_DNS_REPLY_TTL_S);
  put_u16(writer, sizeof roots + 5 * 4);
  put_bytes(writer, roots, sizeof roots);
  put_u32(writer, 1);                  /* SERIAL */
  put_u32(writer, 3600);               /* REFRESH */
  put_u32(writer, 600);                /* RETRY */
  put_u32(writer, 86400);              /* EXPIRE */
  put_u32(writer, LT_DNS_REPLY_TTL_S); /* MINIMUM */
}

static void
put_opt(Writer *writer, const LtDnsQuestion *question, guint16 ede)
{
  *writer->at++ = 0; /* the root owns it */
  put_u16(writer, LT_DNS_TYPE_OPT);
  put_u16(writer, OUR_UDP_SIZE_BYTES);
  put_u16(writer, 0); /* extended RCODE, version */
  put_u16(writer, question->dnssec_ok ? OPT_DNSSEC_OK : 0);
  if (ede == LT_DNS_EDE_NONE) {
    put_u16(writer, 0);
    return;
  }
  put_u16(writer, 6);
  put_u16(writer, OPTION_EDE);
  put_u16(writer, 2);
  put_u16(writer, ede);
}

static gsize
write_reply(const guint8 *query,
            const LtDnsQuestion *question,
            guint flags,
            gboolean with_soa,
            guint16 ede,
            guint8 *out,
            gsize size)
{
  Writer writer = {out};

  G_STATIC_ASSERT(LT_DNS_HEADER_LEN + LT_DNS_QUESTION_MAX_BYTES + 34 + 17 <=
                  LT_DNS_REPLY_MAX_BYTES);
  if (size < LT_DNS_REPLY_MAX_BYTES || question->question_len_bytes > LT_DNS_QUESTION_MAX_BYTES)
    return 0;
  put_u16(&writer, question->id);
  put_u16(&writer, FLAG_QR | FLAG_RA | (question->flags & (FLAG_RD | FLAG_CD)) | flags);
  put_u16(&writer, 1);
  put_u16(&writer, 0);
  put_u16(&writer, with_soa ? 1 : 0);
  put_u16(&writer, question->has_edns ? 1 : 0);
  put_bytes(&writer, query + LT_DNS_HEADER_LEN, question->question_len_bytes);
  if (with_soa)
    put_soa(&writer, question->klass);
  if (question->has_edns)
    put_opt(&writer, question, ede);
  return (gsize) (writer.at - out);
}

gsize
lt_dns_reply_write(const guint8 *query,
                   const LtDnsQuestion *question,
                   guint8 rcode,
                   guint16 ede,
                   guint8 *out,
                   gsize size)
{
  gboolean with_soa = rcode == LT_DNS_RCODE_NXDOMAIN || rcode == LT_DNS_RCODE_NOERROR;

  return write_reply(query, question, rcode, with_soa, ede, out, size);
}

gsize
lt_dns_reply_write_truncated(
    const guint8 *query, const LtDnsQuestion *question, guint8 rcode, guint8 *out, gsize size)
{
  return write_reply(query, question, FLAG_TC | rcode, FALSE, LT_DNS_EDE_NONE, out, size);
}

gsize
lt_dns_reply_write_format_error(const guint8 *message, gsize len, guint8 *out, gsize size)
{
  Writer writer = {out};
  guint flags;

  if (len < LT_DNS_HEADER_LEN || size < LT_DNS_HEADER_LEN)
    return 0;
  flags = (guint) message[2] << 8 | message[3];
  if ((flags & FLAG_QR) != 0)
    return 0;
  put_bytes(&writer, message, 2);
  put_u16(&writer,
          FLAG_QR | FLAG_RA | (flags & (FLAG_OPCODE | FLAG_RD | FLAG_CD)) | LT_DNS_RCODE_FORMERR);
  memset(writer.at, 0, 8);
  return LT_DNS_HEADER_LEN;
}
