/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IP addresses: from text, and to the one text that everybody compares. RFC 4291, RFC 5952. */
#include "policy/address.h"

#include <string.h>

#define N_V6_GROUPS 8u

static gboolean
read_v4(const char *text, gsize len, guint8 out[4])
{
  guint8 parts[4];
  gsize at = 0;

  for (guint i = 0; i < 4; i++) {
    guint value = 0;
    gsize digits = 0;

    if (i > 0) {
      if (at == len || text[at] != '.')
        return FALSE;
      at++;
    }
    for (; at < len && g_ascii_isdigit(text[at]) && digits < 4; at++, digits++)
      value = value * 10 + (guint) (text[at] - '0');
    if (digits == 0 || digits > 3 || value > 255)
      return FALSE;
    parts[i] = (guint8) value;
  }
  if (at != len)
    return FALSE;
  memcpy(out, parts, sizeof parts);
  return TRUE;
}

/* One group of one to four hexadecimal digits; moves @at behind it. */
static gboolean
read_group(const char *text, gsize len, gsize *at, guint *out)
{
  guint value = 0;
  gsize digits = 0;

  for (; *at < len && g_ascii_isxdigit(text[*at]) && digits < 5; (*at)++, digits++)
    value = value << 4 | (guint) g_ascii_xdigit_value(text[*at]);
  *out = value;
  return digits > 0 && digits < 5;
}

/* The groups up to the end or to "::"; an IPv4 tail counts for two. */
static gboolean
read_groups(const char *text, gsize len, guint8 out[16], guint *out_n)
{
  gsize at = 0;
  guint n = 0;

  while (at < len) {
    gsize start = at;
    guint value;

    if (!read_group(text, len, &at, &value) || n == N_V6_GROUPS)
      return FALSE;
    if (at < len && text[at] == '.') {
      if (n + 2 > N_V6_GROUPS || !read_v4(text + start, len - start, out + (gsize) 2 * n))
        return FALSE;
      *out_n = n + 2;
      return TRUE;
    }
    out[2 * n] = (guint8) (value >> 8);
    out[2 * n + 1] = (guint8) value;
    n++;
    if (at < len && (text[at] != ':' || ++at == len))
      return FALSE;
  }
  *out_n = n;
  return TRUE;
}

static gboolean
read_v6(const char *text, gsize len, guint8 out[16])
{
  const char *gap = len < 2 ? NULL : memmem(text, len, "::", 2);
  gsize head_len = gap != NULL ? (gsize) (gap - text) : len;
  guint8 head[16] = {0}, tail[16] = {0};
  guint n_head = 0, n_tail = 0;

  if (!read_groups(text, head_len, head, &n_head))
    return FALSE;
  if (gap != NULL && !read_groups(gap + 2, len - head_len - 2, tail, &n_tail))
    return FALSE;
  /* An IPv4 tail is the end of an address, never the part before "::". */
  if (gap != NULL && memchr(text, '.', head_len) != NULL)
    return FALSE;
  if (gap != NULL ? n_head + n_tail >= N_V6_GROUPS : n_head != N_V6_GROUPS)
    return FALSE;
  memset(out, 0, 16);
  memcpy(out, head, (gsize) 2 * n_head);
  memcpy(out + 16 - (gsize) 2 * n_tail, tail, (gsize) 2 * n_tail);
  return TRUE;
}

gboolean
lt_address_from_text(const char *text, gsize len, LtAddress *out)
{
  LtAddress address = {0};

  if (len < LT_ADDRESS_TEXT_SIZE && memchr(text, ':', len) != NULL) {
    address.family = 6;
    if (!read_v6(text, len, address.bytes))
      return FALSE;
  } else {
    address.family = 4;
    if (!read_v4(text, len, address.bytes))
      return FALSE;
  }
  *out = address;
  return TRUE;
}

static char *
write_v4(char *at, const guint8 bytes[4])
{
  for (guint i = 0; i < 4; i++) {
    if (i > 0)
      *at++ = '.';
    if (bytes[i] >= 100)
      *at++ = (char) ('0' + bytes[i] / 100);
    if (bytes[i] >= 10)
      *at++ = (char) ('0' + bytes[i] / 10 % 10);
    *at++ = (char) ('0' + bytes[i] % 10);
  }
  return at;
}

static char *
write_group(char *at, guint value)
{
  static const char hex[] = "0123456789abcdef";
  gboolean started = FALSE;

  for (int shift = 12; shift >= 0; shift -= 4) {
    guint digit = value >> shift & 0xf;

    started = started || digit != 0 || shift == 0;
    if (started)
      *at++ = hex[digit];
  }
  return at;
}

/* RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equal ones. */
static void
find_gap(const guint groups[N_V6_GROUPS], guint *out_from, guint *out_to)
{
  *out_from = *out_to = N_V6_GROUPS;
  for (guint from = 0; from < N_V6_GROUPS; from++) {
    guint to = from;

    while (to < N_V6_GROUPS && groups[to] == 0)
      to++;
    if (to - from >= 2 && to - from > *out_to - *out_from) {
      *out_from = from;
      *out_to = to;
    }
  }
}

static char *
write_v6(char *at, const guint8 bytes[16])
{
  guint groups[N_V6_GROUPS], from, to;

  for (guint i = 0; i < N_V6_GROUPS; i++)
    groups[i] = (guint) bytes[2 * i] << 8 | bytes[2 * i + 1];
  find_gap(groups, &from, &to);
  for (guint i = 0; i < N_V6_GROUPS; i++) {
    if (i == from) {
      *at++ = ':';
      *at++ = ':';
      i = to - 1;
      continue;
    }
    if (i > 0 && i != to)
      *at++ = ':';
    at = write_group(at, groups[i]);
  }
  return at;
}

gsize
lt_address_to_text(guint8 family, const guint8 *bytes, char out[LT_ADDRESS_TEXT_SIZE])
{
  char *end;

  g_return_val_if_fail(family == 4 || family == 6, 0);

  end = family == 4 ? write_v4(out, bytes) : write_v6(out, bytes);
  *end = '\0';
  return (gsize) (end - out);
}
