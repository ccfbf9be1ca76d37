/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: IP packets. */
#include "policy/wire/packet.h"
#include "tests/fuzz/target.h"

#include <string.h>

static LtWireAnswer
read_checked(const uint8_t *data, size_t len, LtPacket *out)
{
  g_autofree guint8 *copy = g_malloc(len > 0 ? len : 1);
  LtPacket before;
  LtWireAnswer answer;

  if (len > 0)
    memcpy(copy, data, len);
  memset(&before, 0x5a, sizeof before);
  memcpy(out, &before, sizeof before);
  answer = lt_packet_read(copy, len, out);
  if (answer != LT_WIRE_FOUND) {
    LT_FUZZ_CHECK(memcmp(out, &before, sizeof before) == 0);
    return answer;
  }
  LT_FUZZ_CHECK(out->payload >= copy && out->payload_len <= len &&
                out->payload <= copy + (len - out->payload_len));
  LT_FUZZ_CHECK(out->tuple.family == 4 || out->tuple.family == 6);
  LT_FUZZ_CHECK(lt_tuple_equal(&out->tuple, &out->tuple));
  return answer;
}

/* A packet that is cut short shows the same flow as the whole one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LtPacket whole, part;
  LtWireAnswer answer = read_checked(data, size, &whole);

  for (size_t len = 0; len < MIN(size, 256); len++) {
    if (read_checked(data, len, &part) != LT_WIRE_FOUND)
      continue;
    LT_FUZZ_CHECK(answer == LT_WIRE_FOUND);
    LT_FUZZ_CHECK(lt_tuple_equal(&part.tuple, &whole.tuple));
    LT_FUZZ_CHECK(lt_tuple_hash(&part.tuple, 1) == lt_tuple_hash(&whole.tuple, 1));
  }
  return 0;
}
