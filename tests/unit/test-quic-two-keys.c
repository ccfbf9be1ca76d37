/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A packet that opens under two keys: one for the filter, the other for the server. */
#include "policy/wire/quic.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/wire-build.h"

#include <nettle/gcm.h>
#include <string.h>

#define OLD_CID "old  cid"
#define NEW_CID "new  cid"
#define N_BLOCKS 75
#define BLOCK 16

/* An element of GCM's field, the first bit on the wire highest (NIST SP 800-38D section 6.3). */
typedef struct {
  guint64 high, low;
} Element;

static Element
element(const guint8 *bytes)
{
  Element value = {0, 0};

  for (guint i = 0; i < 8; i++) {
    value.high = value.high << 8 | bytes[i];
    value.low = value.low << 8 | bytes[8 + i];
  }
  return value;
}

static void
write_element(Element value, guint8 *bytes)
{
  for (guint i = 0; i < 8; i++) {
    bytes[i] = (guint8) (value.high >> (56 - 8 * i));
    bytes[8 + i] = (guint8) (value.low >> (56 - 8 * i));
  }
}

static Element
add(Element a, Element b)
{
  return (Element){a.high ^ b.high, a.low ^ b.low};
}

static Element
multiply(Element a, Element b)
{
  Element product = {0, 0};

  for (guint i = 0; i < 128; i++) {
    guint64 bit = i < 64 ? a.high >> (63 - i) & 1 : a.low >> (127 - i) & 1;
    guint64 carry = b.low & 1;

    if (bit)
      product = add(product, b);
    b.low = b.low >> 1 | b.high << 63;
    b.high = b.high >> 1 ^ (carry ? G_GUINT64_CONSTANT(0xe1) << 56 : 0);
  }
  return product;
}

/* a^(2^128 - 2). */
static Element
invert(Element a)
{
  Element result = {G_GUINT64_CONSTANT(1) << 63, 0};

  for (guint i = 0; i < 127; i++) {
    a = multiply(a, a);
    result = multiply(result, a);
  }
  return result;
}

/* The tag that @keys want to see behind @cipher, for the header as they open it. */
static Element
tag_of(const LtQuicKeys *keys, const GByteArray *header, const guint8 *mask, const guint8 *cipher)
{
  g_autofree guint8 *plain = g_malloc(N_BLOCKS * BLOCK);
  guint8 open[64], nonce[12], tag[BLOCK];
  struct gcm_aes128_ctx gcm;

  memcpy(open, header->data, header->len);
  open[0] ^= mask[0] & 0x0f;
  for (guint i = 0; i < 4; i++)
    open[header->len - 4 + i] ^= mask[1 + i];
  memcpy(nonce, keys->iv, sizeof nonce);
  for (guint i = 0; i < 4; i++)
    nonce[8 + i] ^= open[header->len - 4 + i];
  gcm_aes128_set_key(&gcm, keys->key);
  gcm_aes128_set_iv(&gcm, sizeof nonce, nonce);
  gcm_aes128_update(&gcm, header->len, open);
  gcm_aes128_decrypt(&gcm, N_BLOCKS * BLOCK, plain, cipher);
  gcm_aes128_digest(&gcm, sizeof tag, tag);
  return element(tag);
}

static void
encrypt_block(const guint8 *key, const guint8 *from, guint8 *to)
{
  struct aes128_ctx aes;

  aes128_set_encrypt_key(&aes, key);
  aes128_encrypt(&aes, BLOCK, to, from);
}

/* The square of the hash key: what the last block of the text is multiplied with. */
static Element
last_factor(const LtQuicKeys *keys)
{
  const guint8 zeros[BLOCK] = {0};
  guint8 hash_key[BLOCK];

  encrypt_block(keys->key, zeros, hash_key);
  return multiply(element(hash_key), element(hash_key));
}

/* A sample whose masks leave both keys a packet number of four bytes. */
static void
find_sample(const LtQuicKeys *keys, guint8 *sample, guint8 masks[2][BLOCK])
{
  do {
    sample[0]++;
    encrypt_block(keys[0].header, sample, masks[0]);
    encrypt_block(keys[1].header, sample, masks[1]);
  } while ((masks[0][0] & 3) != 0 || (masks[1][0] & 3) != 0);
}

/* The datagram: its last block is such that both tags are the same. */
static GByteArray *
build_double(void)
{
  GByteArray *datagram = g_byte_array_new();
  g_autoptr(GByteArray) header = lt_build_unhex("c30000000108");
  guint8 cipher[N_BLOCKS * BLOCK] = {0}, tag[BLOCK], masks[2][BLOCK];
  Element difference, factor;
  LtQuicKeys keys[2];

  lt_quic_keys_derive(LT_QUIC_VERSION_1, (const guint8 *) OLD_CID, strlen(OLD_CID), &keys[0]);
  lt_quic_keys_derive(LT_QUIC_VERSION_1, (const guint8 *) NEW_CID, strlen(NEW_CID), &keys[1]);
  lt_build_text(header, NEW_CID);
  lt_build_u16(header, 0);
  lt_build_u16(header, 0x4000 | (4 + sizeof cipher + sizeof tag));
  lt_build_u32(header, 0); /* the packet number: whatever the masks make of it */
  find_sample(keys, cipher, masks);
  difference =
      add(tag_of(&keys[0], header, masks[0], cipher), tag_of(&keys[1], header, masks[1], cipher));
  factor = add(last_factor(&keys[0]), last_factor(&keys[1]));
  write_element(multiply(difference, invert(factor)), cipher + sizeof cipher - BLOCK);
  write_element(tag_of(&keys[0], header, masks[0], cipher), tag);
  lt_build_bytes(datagram, header);
  g_byte_array_append(datagram, cipher, sizeof cipher);
  g_byte_array_append(datagram, tag, sizeof tag);
  return datagram;
}

/* The known connection's keys alone would let it pass as a part of what was judged; a server that
 * never heard of NEW_CID would begin a connection with it. */
static void
test_both(void)
{
  static guint8 room[LT_QUIC_CRYPTO_MAX_BYTES];
  const LtBuildQuic old = {.version = LT_QUIC_VERSION_1, .cid = OLD_CID};
  g_autoptr(GByteArray) hello = lt_build_hello_for("www.example.com", 600);
  g_autoptr(GByteArray) begin = lt_build_quic_hello(&old, hello), both = build_double();
  guint8 buffer[2000];
  LtQuicClient client = {0}, other = {0};
  LtQuicDatagram out;
  LtCursor payload;
  LtStream crypto;
  guint64 pn;

  lt_stream_init(&crypto, room, sizeof room, 0);
  g_assert_cmpint(
      lt_quic_read_datagram(&client, &crypto, begin->data, begin->len, &out), ==, LT_QUIC_BEGAN);
  lt_quic_keys_derive(LT_QUIC_VERSION_1, (const guint8 *) NEW_CID, strlen(NEW_CID), &other.keys);
  for (guint i = 0; i < 2; i++)
    g_assert_true(lt_quic_keys_open(i == 0 ? &client.keys : &other.keys,
                                    lt_cursor(both->data, both->len),
                                    18,
                                    0,
                                    buffer,
                                    &pn,
                                    &payload));
  g_assert_cmpint(
      lt_quic_read_datagram(&client, &crypto, both->data, both->len, &out), ==, LT_QUIC_CONFLICT);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quic-two-keys/both", test_both);
  return g_test_run();
}
