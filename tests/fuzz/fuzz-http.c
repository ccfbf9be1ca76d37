/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: HTTP/1 requests. */
#include "policy/wire/http.h"
#include "tests/fuzz/target.h"

static LtWireAnswer
read_head(const guint8 *bytes, gsize len, LtRequest *out)
{
  gboolean is_ambiguous = 2;
  LtWireAnswer answer = lt_http_read_head(bytes, len, out, &is_ambiguous);

  LT_FUZZ_CHECK(answer == LT_WIRE_FOUND ? is_ambiguous != 2 : is_ambiguous == 2);
  return answer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lt_fuzz_check_reader(read_head, data, size);
  return 0;
}
