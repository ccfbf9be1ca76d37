/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the file of a host set. Its checksums are made right, so that what stands behind
 * them is read as well. */
#include "policy/host-set-layout.h"
#include "policy/host-set.h"
#include "tests/fuzz/target.h"

#include <nettle/sha2.h>
#include <string.h>

static void
digest(const guint8 *bytes, gsize len, guint8 *out)
{
  struct sha256_ctx ctx;

  sha256_init(&ctx);
  sha256_update(&ctx, len, bytes);
  sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static guint32
read_u32(const guint8 *at)
{
  return at[0] | (guint32) at[1] << 8 | (guint32) at[2] << 16 | (guint32) at[3] << 24;
}

static void
make_right(guint8 *at, gsize len)
{
  guint64 tables = (guint64) read_u32(at + LT_HOST_SET_AT_CLASSES_BYTES) +
                   read_u32(at + LT_HOST_SET_AT_PATTERNS_BYTES) +
                   read_u32(at + LT_HOST_SET_AT_LISTS_BYTES);

  for (guint i = 0; i < 8; i++)
    at[LT_HOST_SET_AT_FILE_BYTES + i] = (guint8) ((guint64) len >> 8 * i);
  tables = (tables + 7) / 8 * 8;
  if (tables <= len - LT_HOST_SET_HEADER_BYTES)
    digest(at + LT_HOST_SET_HEADER_BYTES, tables, at + LT_HOST_SET_AT_TABLES_SHA256);
  digest(at, LT_HOST_SET_AT_HEADER_SHA256, at + LT_HOST_SET_AT_HEADER_SHA256);
}

static void
ask(const LtHostSet *set, const char *name)
{
  LtHostWalk walk;

  LT_FUZZ_CHECK(lt_host_walk_init(&walk, name));
  guint64 categories = lt_host_set_find(set, &walk);
  LT_FUZZ_CHECK(categories >> LT_N_CATEGORIES == 0);
  for (guint i = 0; i < LT_N_CATEGORIES; i++)
    LT_FUZZ_CHECK((lt_host_set_find_list(set, &walk, (LtCategory) i) != NULL) ==
                  ((categories >> i & 1) != 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree guint8 *copy = g_memdup2(data, size);
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(LtHostSet) set = NULL;

  if (size >= LT_HOST_SET_HEADER_BYTES)
    make_right(copy, size);
  bytes = g_bytes_new(copy, size);
  set = lt_host_set_new(bytes, &error);
  LT_FUZZ_CHECK((set == NULL) == (error != NULL));
  if (set == NULL)
    return 0;
  ask(set, "n1.test");
  ask(set, "www.n7.test");
  ask(set, "a.b.c.d.e.f.g.example");
  ask(set, "192.0.2.1");
  if (lt_host_set_verify(set, NULL))
    ask(set, "n3.test");
  return 0;
}
