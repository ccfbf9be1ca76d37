/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of a client's QUIC Initial packets, which everybody who sees them can know. */
#include "policy/wire/quic-keys.h"

#include <nettle/aes.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <string.h>

#define SALT_LEN 20u
#define TAG_LEN GCM_DIGEST_SIZE

/* RFC 9001 section 5.4.2: the sample stands where a packet number of four bytes would end. */
#define SAMPLE_AT 4u
#define PN_MAX_LEN 4u

/* RFC 9000 section 12.3. */
#define PN_LIMIT (G_GUINT64_CONSTANT(1) << 62)

typedef struct {
  const char *bytes;
  gsize len;
} Info;

/* HkdfLabel of RFC 8446 section 7.1 without a context, and the 1 that HKDF-Expand (RFC 5869 section
 * 2.3) puts behind it for its first block, which is all that is needed. */
#define INFO(out_len, label_len, label)                                                            \
  {                                                                                                \
    "\0" out_len label_len "tls13 " label "\0\1", sizeof "12" label_len "tls13 " label "\0\1" - 1  \
  }

static const Info client_info = INFO("\x20", "\x0f", "client in");

typedef struct {
  guint8 salt[SALT_LEN];
  Info key, iv, header;
} Version;

/* RFC 9001 section 5.1 and 5.2. */
#define LABELS_OF_1                                                                                \
  INFO("\x10", "\x0e", "quic key"), INFO("\x0c", "\x0d", "quic iv"), INFO("\x10", "\x0d", "quic hp")

static const Version version_1 = {
    {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
     0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
    LABELS_OF_1,
};

/* RFC 9369 section 3.3. */
static const Version version_2 = {
    {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
     0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
    INFO("\x10", "\x10", "quicv2 key"),
    INFO("\x0c", "\x0f", "quicv2 iv"),
    INFO("\x10", "\x0f", "quicv2 hp"),
};

/* draft-ietf-quic-tls-21 and -22, section 5.2. */
static const Version draft_21 = {
    {0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a,
     0x96, 0xcd, 0x21, 0x51, 0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a},
    LABELS_OF_1,
};

/* The drafts 23 to 28. */
static const Version draft_23 = {
    {0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
     0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02},
    LABELS_OF_1,
};

/* The drafts 29 to 32. */
static const Version draft_29 = {
    {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
     0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
    LABELS_OF_1,
};

/* NULL when the version is not known. */
static const Version *
find_version(guint32 version)
{
  static const struct {
    guint32 first, last;
    const Version *version;
  } known[] = {
      {LT_QUIC_VERSION_1, LT_QUIC_VERSION_1, &version_1},
      {LT_QUIC_VERSION_2, LT_QUIC_VERSION_2, &version_2},
      {0xff000015u, 0xff000016u, &draft_21},
      {0xff000017u, 0xff00001cu, &draft_23},
      {0xff00001du, 0xff000020u, &draft_29},
      {0xff000021u, 0xff000022u, &version_1},
      {0xfaceb001u, 0xfaceb001u, &draft_21},
      {0xfaceb002u, 0xfaceb002u, &draft_23},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
    if (version >= known[i].first && version <= known[i].last)
      return known[i].version;
  }
  return NULL;
}

gboolean
lt_quic_version_is_known(guint32 version)
{
  return find_version(version) != NULL;
}

static void
expand(struct hmac_sha256_ctx *hmac, const Info *info, gsize len, guint8 *out)
{
  hmac_sha256_update(hmac, info->len, (const guint8 *) info->bytes);
  hmac_sha256_digest(hmac, len, out);
}

void
lt_quic_keys_derive(guint32 version, const guint8 *cid, gsize len, LtQuicKeys *out)
{
  const Version *of = find_version(version);
  struct hmac_sha256_ctx hmac;
  guint8 secret[SHA256_DIGEST_SIZE];

  g_return_if_fail(of != NULL);
  hmac_sha256_set_key(&hmac, SALT_LEN, of->salt);
  hmac_sha256_update(&hmac, len, cid);
  hmac_sha256_digest(&hmac, sizeof secret, secret);
  hmac_sha256_set_key(&hmac, sizeof secret, secret);
  expand(&hmac, &client_info, sizeof secret, secret);
  hmac_sha256_set_key(&hmac, sizeof secret, secret);
  expand(&hmac, &of->key, sizeof out->key, out->key);
  expand(&hmac, &of->iv, sizeof out->iv, out->iv);
  expand(&hmac, &of->header, sizeof out->header, out->header);
}

/* RFC 9000 appendix A.3: the number with these low @n_bits that is nearest to the next one. */
static guint64
full_packet_number(guint64 next_pn, guint64 low, guint n_bits)
{
  guint64 window = G_GUINT64_CONSTANT(1) << n_bits, half = window / 2;
  guint64 pn = (next_pn & ~(window - 1)) | low;

  if (pn + half <= next_pn && pn + window < PN_LIMIT)
    return pn + window;
  if (pn > next_pn + half && pn >= window)
    return pn - window;
  return pn;
}

/* The first byte and the packet number come out of protection; @buffer holds the header alone.
 * Returns the length of the header with the number. */
static gsize
open_header(const LtQuicKeys *keys, const guint8 *sample, gsize header_len, guint8 *buffer)
{
  struct aes128_ctx aes;
  guint8 mask[AES_BLOCK_SIZE];
  gsize pn_len;

  aes128_set_encrypt_key(&aes, keys->header);
  aes128_encrypt(&aes, sizeof mask, mask, sample);
  buffer[0] ^= mask[0] & 0x0fu;
  pn_len = (buffer[0] & 3u) + 1u;
  for (gsize i = 0; i < pn_len; i++)
    buffer[header_len + i] ^= mask[1 + i];
  return header_len + pn_len;
}

static gboolean
open_payload(const LtQuicKeys *keys, guint64 pn, LtCursor sealed, gsize aad_len, guint8 *buffer)
{
  struct gcm_aes128_ctx gcm;
  guint8 nonce[GCM_IV_SIZE], tag[TAG_LEN];
  gsize len = sealed.left - TAG_LEN;

  memcpy(nonce, keys->iv, sizeof nonce);
  for (guint i = 0; i < 8; i++)
    nonce[sizeof nonce - 1 - i] ^= (guint8) (pn >> 8 * i);
  gcm_aes128_set_key(&gcm, keys->key);
  gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
  gcm_aes128_update(&gcm, aad_len, buffer);
  gcm_aes128_decrypt(&gcm, len, buffer + aad_len, sealed.at);
  gcm_aes128_digest(&gcm, sizeof tag, tag);
  return memcmp(tag, sealed.at + len, sizeof tag) == 0;
}

gboolean
lt_quic_keys_open(const LtQuicKeys *keys,
                  LtCursor packet,
                  gsize header_len,
                  guint64 next_pn,
                  guint8 *buffer,
                  guint64 *out_pn,
                  LtCursor *out_payload)
{
  LtCursor sealed = packet, sample = packet;
  gsize aad_len;
  guint64 low = 0, pn;

  if (packet.left > LT_QUIC_DATAGRAM_MAX_BYTES || !lt_cursor_skip(&sample, header_len) ||
      !lt_cursor_skip(&sample, SAMPLE_AT) || sample.left < AES_BLOCK_SIZE)
    return FALSE;
  memcpy(buffer, packet.at, header_len + PN_MAX_LEN);
  aad_len = open_header(keys, sample.at, header_len, buffer);
  for (gsize i = header_len; i < aad_len; i++)
    low = low << 8 | buffer[i];
  pn = full_packet_number(next_pn, low, (guint) (8 * (aad_len - header_len)));
  if (!lt_cursor_skip(&sealed, aad_len) || sealed.left < TAG_LEN ||
      !open_payload(keys, pn, sealed, aad_len, buffer))
    return FALSE;
  *out_pn = pn;
  *out_payload = lt_cursor(buffer + aad_len, sealed.left - TAG_LEN);
  return TRUE;
}
