/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: The first request of a stream. */
#include "policy/wire/request.h"
#include "tests/fuzz/target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lt_fuzz_check_reader(lt_request_read, data, size);
  return 0;
}
