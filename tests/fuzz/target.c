/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks that several fuzz targets share. */
#include "tests/fuzz/target.h"

#include <string.h>

/* Beginnings that are tried of a long input; of a short one it is all of them. */
#define N_BEGINNINGS 64u

/* A block of exactly @len bytes: a sanitizer sees a read past it. */
static guint8 *
copy_exactly(const uint8_t *data, size_t len)
{
  guint8 *copy = g_malloc(len > 0 ? len : 1);

  if (len > 0)
    memcpy(copy, data, len);
  return copy;
}

static void
check_found(const LtRequest *request, const guint8 *bytes, gsize len)
{
  LtHost again;

  LT_FUZZ_CHECK(request->len_bytes > 0 && request->len_bytes <= len);
  if (request->raw_name != NULL)
    LT_FUZZ_CHECK(request->raw_name >= bytes &&
                  request->raw_name + request->raw_name_len <= bytes + len);
  if (request->name != LT_NAME_HOST && request->name != LT_NAME_ADDRESS)
    return;
  /* A name that was found is in its one spelling already. */
  LT_FUZZ_CHECK(request->host.len == strlen(request->host.name));
  LT_FUZZ_CHECK(lt_host_from_wire((const guint8 *) request->host.name, request->host.len, &again) ==
                (request->name == LT_NAME_HOST ? LT_HOST_OK : LT_HOST_ADDRESS));
  LT_FUZZ_CHECK(strcmp(again.name, request->host.name) == 0);
}

static LtWireAnswer
read_checked(LtFuzzReader reader, const uint8_t *data, size_t len, LtRequest *out)
{
  g_autofree guint8 *copy = copy_exactly(data, len);
  LtRequest before;
  LtWireAnswer answer;

  memset(&before, 0x5a, sizeof before);
  memcpy(out, &before, sizeof before);
  answer = reader(copy, len, out);
  if (answer == LT_WIRE_FOUND)
    check_found(out, copy, len);
  else
    LT_FUZZ_CHECK(memcmp(out, &before, sizeof before) == 0);
  return answer;
}

void
lt_fuzz_check_reader(LtFuzzReader reader, const uint8_t *data, size_t size)
{
  LtRequest whole, part;
  LtWireAnswer answer = read_checked(reader, data, size, &whole);
  size_t step = MAX(size / N_BEGINNINGS, 1);

  for (size_t len = 0; len < size; len += step) {
    LtWireAnswer earlier = read_checked(reader, data, len, &part);

    if (earlier == LT_WIRE_NEED_MORE)
      continue;
    LT_FUZZ_CHECK(earlier == answer);
    if (earlier == LT_WIRE_FOUND)
      LT_FUZZ_CHECK(part.len_bytes == whole.len_bytes && part.name == whole.name &&
                    strcmp(part.host.name, whole.host.name) == 0);
  }
  if (answer != LT_WIRE_FOUND)
    return;
  LT_FUZZ_CHECK(read_checked(reader, data, whole.len_bytes, &part) == LT_WIRE_FOUND);
  LT_FUZZ_CHECK(read_checked(reader, data, whole.len_bytes - 1, &part) == LT_WIRE_NEED_MORE);
}
