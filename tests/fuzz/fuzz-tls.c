/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: TLS hellos, in records and without. */
#include "policy/wire/tls.h"
#include "tests/fuzz/target.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  lt_fuzz_check_reader(lt_tls_read_stream, data, size);
  lt_fuzz_check_reader(lt_tls_read_handshake, data, size);
  return 0;
}
