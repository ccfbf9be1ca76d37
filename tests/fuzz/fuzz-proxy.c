/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: Greetings of proxies and tunnels. */
#include "policy/wire/proxy.h"
#include "tests/fuzz/target.h"

#include <string.h>

static LtWireAnswer
read_socks4(const guint8 *bytes, gsize len, LtRequest *out)
{
  return lt_proxy_read_target(LT_PROXY_SOCKS4, bytes, len, out);
}

static LtWireAnswer
read_socks5(const guint8 *bytes, gsize len, LtRequest *out)
{
  return lt_proxy_read_target(LT_PROXY_SOCKS5, bytes, len, out);
}

/* What is said of a beginning holds for all of it. */
static void
check_kind(const uint8_t *data, size_t size)
{
  LtProxyKind whole = LT_PROXY_OPENVPN, part;
  LtWireAnswer answer = lt_proxy_recognise(data, size, &whole);

  LT_FUZZ_CHECK(answer != LT_WIRE_MALFORMED);
  for (size_t len = 0; len < size && len < 4096; len++) {
    g_autofree uint8_t *copy = g_memdup2(data, len);
    LtWireAnswer earlier = lt_proxy_recognise(copy, len, &part);

    LT_FUZZ_CHECK(earlier == LT_WIRE_NEED_MORE || earlier == answer);
    LT_FUZZ_CHECK(earlier != LT_WIRE_FOUND || part == whole);
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  check_kind(data, size);
  lt_fuzz_check_reader(read_socks4, data, size);
  lt_fuzz_check_reader(read_socks5, data, size);
  return 0;
}
