/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Host names in one spelling: what a client sent, folded and checked, without allocating. */
#include "policy/host.h"

#include "policy/address.h"

#include <string.h>

/* RFC 1035 section 2.3.4. */
#define LABEL_MAX_LEN 63

/* RFC 6874: a zone behind '%'. Interface names are shorter; more is no address that a person has.
 */
#define ZONE_MAX_LEN 63

/* The folded form of a byte that a host name may have, dots included, else 0. '_' is in names that
 * work. */
static const guint8 folded_bytes[256] = {
    ['.'] = '.', ['-'] = '-', ['_'] = '_', ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3',
    ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a',
    ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h',
    ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o',
    ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v',
    ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c',
    ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
    ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q',
    ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x',
    ['y'] = 'y', ['z'] = 'z',
};

static LtHostAnswer
write_address(const LtAddress *address, LtHost *out)
{
  char text[LT_ADDRESS_TEXT_SIZE];
  gsize len = lt_address_to_text(address->family, address->bytes, text);

  out->len = (guint8) len;
  memcpy(out->name, text, len + 1);
  return LT_HOST_ADDRESS;
}

/* "[2001:db8::1]", "2001:db8::1", either with a zone. */
static LtHostAnswer
read_v6(const guint8 *bytes, gsize len, LtHost *out)
{
  const guint8 *zone;
  LtAddress address;

  if (bytes[0] == '[') {
    if (bytes[len - 1] != ']')
      return LT_HOST_BAD;
    bytes++;
    len -= 2;
  }
  zone = memchr(bytes, '%', len);
  if (zone != NULL) {
    gsize zone_len = len - (gsize) (zone - bytes) - 1;

    if (zone_len == 0 || zone_len > ZONE_MAX_LEN)
      return LT_HOST_BAD;
    len = (gsize) (zone - bytes);
  }
  if (!lt_address_from_text((const char *) bytes, len, &address) || address.family != 6)
    return LT_HOST_BAD;
  return write_address(&address, out);
}

/* No top-level domain is a number: such a name is an IPv4 address or nothing (RFC 1123 2.1). */
static gboolean
ends_in_number(const char *name, gsize len)
{
  gsize at = len;

  while (at > 0 && g_ascii_isdigit(name[at - 1]))
    at--;
  return at < len && (at == 0 || name[at - 1] == '.');
}

/* All checks come before the first byte is written: straight to where the name is wanted, since a
 * copy would cost as much as the checks. */
LtHostAnswer
lt_host_from_wire(const guint8 *bytes, gsize len, LtHost *out)
{
  LtAddress address;
  gsize label_start = 0;

  if (len > 0 && bytes[len - 1] == '.')
    len--;
  if (len == 0 || len > LT_HOST_MAX_LEN)
    return LT_HOST_BAD;
  for (gsize i = 0; i < len; i++) {
    if (folded_bytes[bytes[i]] == 0)
      return bytes[i] == ':' || bytes[0] == '[' ? read_v6(bytes, len, out) : LT_HOST_BAD;
    if (bytes[i] != '.')
      continue;
    if (i == label_start || i - label_start > LABEL_MAX_LEN)
      return LT_HOST_BAD;
    label_start = i + 1;
  }
  if (len == label_start || len - label_start > LABEL_MAX_LEN)
    return LT_HOST_BAD;
  if (ends_in_number((const char *) bytes, len)) {
    if (!lt_address_from_text((const char *) bytes, len, &address))
      return LT_HOST_BAD;
    return write_address(&address, out);
  }
  for (gsize i = 0; i < len; i++)
    out->name[i] = (char) folded_bytes[bytes[i]];
  out->name[len] = '\0';
  out->len = (guint8) len;
  return LT_HOST_OK;
}

gboolean
lt_host_from_labels(const guint8 *labels, gsize len, LtHost *out)
{
  gsize at = 0;

  if (len > LT_HOST_MAX_LEN + 2)
    return FALSE;
  /* A label's text stands one place before its bytes, a dot where the next length is. */
  while (at + 1 < len) {
    gsize end = at + 1 + labels[at];

    for (gsize i = at + 1; i < end; i++) {
      guint8 folded = folded_bytes[labels[i]];

      if (folded == 0 || folded == '.')
        return FALSE;
      out->name[i - 1] = (char) folded;
    }
    out->name[end - 1] = '.';
    at = end;
  }
  if (at == 0 || ends_in_number(out->name, at - 1))
    return FALSE;
  out->len = (guint8) (at - 1);
  out->name[at - 1] = '\0';
  return TRUE;
}

void
lt_host_copy(LtHost *to, const LtHost *from)
{
  to->len = from->len;
  memcpy(to->name, from->name, (gsize) from->len + 1);
}

gboolean
lt_host_is_within(const char *host, const char *domain)
{
  gsize host_len = strlen(host);
  gsize domain_len = strlen(domain);

  if (host_len < domain_len || domain_len == 0)
    return FALSE;
  if (memcmp(host + host_len - domain_len, domain, domain_len) != 0)
    return FALSE;
  return host_len == domain_len || host[host_len - domain_len - 1] == '.';
}
