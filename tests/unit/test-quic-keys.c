/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of Initial packets: the values of RFC 9001 and RFC 9369, packet numbers, damage. */
#include "policy/wire/quic-keys.h"
#include "tests/unit/quic-build.h"
#include "tests/unit/quic-vectors.h"
#include "tests/unit/wire-build.h"

#include <string.h>

/* Both vectors' headers up to the packet number: first byte, version, 8 + 0 bytes of IDs, no token,
 * length in two bytes. */
#define VECTOR_HEADER_LEN 18

static guint8 buffer[LT_QUIC_DATAGRAM_MAX_BYTES];

static void
assert_hex(const guint8 *bytes, gsize len, const char *hex)
{
  g_autoptr(GByteArray) expected = lt_build_unhex(hex);

  g_assert_cmpmem(bytes, len, expected->data, expected->len);
}

/* RFC 9001 appendix A.1 and A.2, RFC 9369 appendix A.1 and A.2. */
static void
test_vectors(void)
{
  static const struct {
    const char *label;
    guint32 version;
    const char *key, *iv, *header;
    const char *packet;
  } rows[] = {
      {"version 1",
       LT_QUIC_VERSION_1,
       "1f369613dd76d5467730efcbe3b1a22d",
       "fa044b2f42a3fd3b46fb255c",
       "9f50449e04a0e810283a1e9933adedd2",
       LT_QUIC_VECTOR_1},
      {"version 2",
       LT_QUIC_VERSION_2,
       "8b1a0bc121284290a29e0971b5cd045d",
       "91f73e2351d8fa91660e909f",
       "45b95e15235d6f45a6b19cbcb0294ba9",
       LT_QUIC_VECTOR_2},
  };
  g_autoptr(GByteArray) cid = lt_build_unhex(LT_QUIC_VECTOR_CID),
                        frame = lt_build_unhex(LT_QUIC_VECTOR_FRAME);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) packet = lt_build_unhex(rows[i].packet);
    LtQuicKeys keys;
    LtCursor payload;
    guint64 pn;

    g_test_message("%s", rows[i].label);
    lt_quic_keys_derive(rows[i].version, cid->data, cid->len, &keys);
    assert_hex(keys.key, sizeof keys.key, rows[i].key);
    assert_hex(keys.iv, sizeof keys.iv, rows[i].iv);
    assert_hex(keys.header, sizeof keys.header, rows[i].header);
    g_assert_true(lt_quic_keys_open(
        &keys, lt_cursor(packet->data, packet->len), VECTOR_HEADER_LEN, 0, buffer, &pn, &payload));
    g_assert_cmpuint(pn, ==, 2);
    g_assert_cmpuint(payload.left, ==, 1162);
    g_assert_cmpmem(payload.at, frame->len, frame->data, frame->len);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/quic-keys/vectors", test_vectors);
  return g_test_run();
}
