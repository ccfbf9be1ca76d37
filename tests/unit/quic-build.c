/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QUIC packets of a client for tests, protected with keys derived apart from the reader's. */
#include "tests/unit/quic-build.h"

#include "tests/unit/wire-build.h"

#include <nettle/gcm.h>
#include <nettle/hkdf.h>
#include <nettle/hmac.h>
#include <string.h>

#define VERSION_2 0x6b3343cfu
#define TYPE_INITIAL 0u
#define TYPE_RETRY 3u
#define HASH_LEN SHA256_DIGEST_SIZE
#define TAG_LEN GCM_DIGEST_SIZE

typedef struct {
  guint8 key[16], iv[12], header[16];
} Keys;

/* RFC 9001 section 5.2 and RFC 9369 section 3.3.1. */
static const guint8 salt_1[] = {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
                                0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a};
static const guint8 salt_2[] = {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
                                0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9};
/* draft-ietf-quic-tls section 5.2, from the draft of that number on. */
static const guint8 salt_21[] = {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                 0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a};
static const guint8 salt_23[] = {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02};
static const guint8 salt_29[] = {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99};

void
lt_build_varint(GByteArray *to, guint64 value)
{
  guint n_bytes = value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x40000000 ? 4 : 8;
  guint prefix = n_bytes == 1 ? 0 : n_bytes == 2 ? 0x40 : n_bytes == 4 ? 0x80 : 0xc0;

  for (guint i = n_bytes; i-- > 0;)
    lt_build_u8(to, (guint) (value >> 8 * i & 0xffu) | (i == n_bytes - 1 ? prefix : 0));
}

void
lt_build_quic_crypto(GByteArray *to, const GByteArray *message, gsize offset, gsize len)
{
  lt_build_u8(to, 6);
  lt_build_varint(to, offset);
  lt_build_varint(to, len);
  g_byte_array_append(to, message->data + offset, (guint) len);
}

static void
expand_label(const guint8 *secret, const char *label, gsize len, guint8 *out)
{
  g_autoptr(GByteArray) info = g_byte_array_new();
  struct hmac_sha256_ctx hmac;

  lt_build_u16(info, (guint) len);
  lt_build_u8(info, (guint) (strlen("tls13 ") + strlen(label)));
  lt_build_text(info, "tls13 ");
  lt_build_text(info, label);
  lt_build_u8(info, 0);
  hmac_sha256_set_key(&hmac, HASH_LEN, secret);
  hkdf_expand(&hmac,
              (nettle_hash_update_func *) hmac_sha256_update,
              (nettle_hash_digest_func *) hmac_sha256_digest,
              HASH_LEN,
              info->len,
              info->data,
              len,
              out);
}

static const guint8 *
salt_of(guint32 version)
{
  if (version == VERSION_2)
    return salt_2;
  if (version == 0xff000016u || version == 0xfaceb001u)
    return salt_21;
  if (version == 0xff00001cu || version == 0xfaceb002u)
    return salt_23;
  return version == 0xff00001du ? salt_29 : salt_1;
}

static Keys
derive(guint32 version, const char *cid)
{
  gboolean is_2 = version == VERSION_2;
  struct hmac_sha256_ctx hmac;
  guint8 initial[HASH_LEN], client[HASH_LEN];
  Keys keys;

  hmac_sha256_set_key(&hmac, sizeof salt_1, salt_of(version));
  hkdf_extract(&hmac,
               (nettle_hash_update_func *) hmac_sha256_update,
               (nettle_hash_digest_func *) hmac_sha256_digest,
               HASH_LEN,
               strlen(cid),
               (const guint8 *) cid,
               initial);
  expand_label(initial, "client in", sizeof client, client);
  expand_label(client, is_2 ? "quicv2 key" : "quic key", sizeof keys.key, keys.key);
  expand_label(client, is_2 ? "quicv2 iv" : "quic iv", sizeof keys.iv, keys.iv);
  expand_label(client, is_2 ? "quicv2 hp" : "quic hp", sizeof keys.header, keys.header);
  return keys;
}

static const char *
text_or_empty(const char *text)
{
  return text != NULL ? text : "";
}

static guint
pn_len(const LtBuildQuic *how)
{
  return how->pn_len != 0 ? how->pn_len : 4;
}

/* Up to the connection IDs; the sender's own has two bytes. */
static void
append_long_header(GByteArray *to, const LtBuildQuic *how, guint type)
{
  const char *cid = text_or_empty(how->cid);
  guint bits = how->version == VERSION_2 ? (type + 1) % 4 : type;

  lt_build_u8(to, (0xc0u | bits << 4 | (pn_len(how) - 1)) ^ how->first_xor);
  lt_build_u32(to, how->version);
  lt_build_u8(to, (guint) strlen(cid));
  lt_build_text(to, cid);
  lt_build_u8(to, 2);
  lt_build_text(to, "me");
}

static void
append_packet_number(GByteArray *to, const LtBuildQuic *how)
{
  for (guint i = pn_len(how); i-- > 0;)
    lt_build_u8(to, (guint) (how->pn >> 8 * i & 0xffu));
}

/* Encrypts what is in @packet from @header_len (with the number) on, then hides the header. */
static void
protect(GByteArray *packet, const LtBuildQuic *how, const Keys *keys, gsize header_len)
{
  gsize n_plain = packet->len - header_len, pn_at = header_len - pn_len(how);
  struct gcm_aes128_ctx gcm;
  struct aes128_ctx aes;
  guint8 nonce[12], mask[16], tag[TAG_LEN];

  memcpy(nonce, keys->iv, sizeof nonce);
  for (guint i = 0; i < 8; i++)
    nonce[11 - i] ^= (guint8) (how->pn >> 8 * i);
  gcm_aes128_set_key(&gcm, keys->key);
  gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
  gcm_aes128_update(&gcm, header_len, packet->data);
  gcm_aes128_encrypt(&gcm, n_plain, packet->data + header_len, packet->data + header_len);
  gcm_aes128_digest(&gcm, sizeof tag, tag);
  g_byte_array_append(packet, tag, sizeof tag);
  aes128_set_encrypt_key(&aes, keys->header);
  aes128_encrypt(&aes, sizeof mask, mask, packet->data + pn_at + 4);
  packet->data[0] ^= mask[0] & 0x0f;
  for (gsize i = 0; i < pn_len(how); i++)
    packet->data[pn_at + i] ^= mask[1 + i];
}

void
lt_build_quic_initial(GByteArray *datagram,
                      const LtBuildQuic *how,
                      const GByteArray *frames,
                      gsize fill_to)
{
  g_autoptr(GByteArray) packet = g_byte_array_new();
  const char *token = text_or_empty(how->token);
  const char *key_cid = text_or_empty(how->key_cid != NULL ? how->key_cid : how->cid);
  Keys keys = derive(how->version, key_cid);
  gsize n_padding = frames->len + pn_len(how) < 4 ? 4 - frames->len - pn_len(how) : 0;
  gsize fixed_len, header_len;

  append_long_header(packet, how, TYPE_INITIAL);
  lt_build_varint(packet, strlen(token));
  lt_build_text(packet, token);
  fixed_len = datagram->len + packet->len + 4 + pn_len(how) + frames->len + TAG_LEN;
  if (fixed_len + n_padding < fill_to)
    n_padding = fill_to - fixed_len;
  /* The length in four bytes, whatever it is: numbers need not be short. */
  lt_build_u32(packet, 0x80000000u | (guint32) (pn_len(how) + frames->len + n_padding + TAG_LEN));
  append_packet_number(packet, how);
  header_len = packet->len;
  lt_build_bytes(packet, frames);
  while (n_padding-- > 0)
    lt_build_u8(packet, 0);
  protect(packet, how, &keys, header_len);
  lt_build_bytes(datagram, packet);
}

void
lt_build_quic_sealed(GByteArray *datagram, const LtBuildQuic *how, guint type, gsize len)
{
  append_long_header(datagram, how, type);
  if (type == TYPE_INITIAL)
    lt_build_varint(datagram, 0);
  if (type != TYPE_RETRY)
    lt_build_varint(datagram, len);
  while (len-- > 0)
    lt_build_u8(datagram, 0x5a);
}

GByteArray *
lt_build_quic_hello(const LtBuildQuic *how, const GByteArray *hello)
{
  g_autoptr(GByteArray) frames = g_byte_array_new();
  GByteArray *datagram = g_byte_array_new();

  lt_build_quic_crypto(frames, hello, 0, hello->len);
  lt_build_quic_initial(datagram, how, frames, 1200);
  return datagram;
}
