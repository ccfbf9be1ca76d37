/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every fuzz target has, and checks that several of them share. */
#pragma once

#include "policy/wire/request.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* libFuzzer's entry; tests/fuzz/replay.c calls it too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not an assertion of GLib: it holds in every build, and a fuzzer keeps the input of an abort. */
#define LT_FUZZ_CHECK(condition)                                                                   \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);               \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

typedef LtWireAnswer (*LtFuzzReader)(const guint8 *bytes, gsize len, LtRequest *out);

/**
 * lt_fuzz_check_reader:
 *
 * What holds for every reader of a client's stream, on @data and on its beginnings: nothing is read
 * past the end, outputs are written on FOUND only, an answer other than NEED_MORE never changes
 * when more bytes come, and a request is found with its last byte and not before.
 */
void lt_fuzz_check_reader(LtFuzzReader reader, const uint8_t *data, size_t size);
