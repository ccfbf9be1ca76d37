/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a label looks like to a hurried eye. */
#include "policy/label-fold.h"

#include "policy/lookalike-data.h"

#include <string.h>

/* Punycode: RFC 3492 sections 5, 6.1 and 6.2. Returns the number of letters, 0 if it is none. */
static gsize
decode_punycode(const char *text, gsize len, guint32 *out)
{
  guint32 n = 128, bias = 72;
  gsize n_out = 0;
  guint64 i = 0;
  gsize at = len;

  while (at > 0 && text[at - 1] != '-')
    at--;
  for (gsize j = 0; j + 1 < at; j++)
    out[n_out++] = (guchar) text[j];
  while (at < len) {
    const guint64 old_i = i;
    guint64 weight = 1;

    for (guint32 k = 36;; k += 36) {
      guint32 t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      guint32 digit;

      if (at == len || !g_ascii_isalnum(text[at]))
        return 0;
      digit = g_ascii_isdigit(text[at]) ? (guint32) (text[at] - '0') + 26
                                        : (guint32) (g_ascii_tolower(text[at]) - 'a');
      at++;
      i += digit * weight;
      if (i > G_MAXINT32)
        return 0;
      if (digit < t)
        break;
      weight *= 36 - t;
      if (weight > G_MAXINT32)
        return 0;
    }
    if (n_out >= LT_LABEL_MAX_LEN)
      return 0;
    {
      guint64 delta = old_i == 0 ? i / 700 : (i - old_i) / 2;
      guint32 k = 0;

      delta += delta / (n_out + 1);
      for (; delta > 35 * 26 / 2; k += 36)
        delta /= 35;
      bias = k + (guint32) (36 * delta / (delta + 38));
    }
    n += (guint32) (i / (n_out + 1));
    i %= n_out + 1;
    memmove(out + i + 1, out + i, (n_out - i) * sizeof *out);
    out[i++] = n;
    n_out++;
  }
  return n_out;
}

static char
fold_letter(guint32 letter)
{
  gsize from = 0;
  gsize to = lt_lookalike_letters_len;

  if (letter < 128)
    return (char) letter;
  while (from < to) {
    gsize middle = from + (to - from) / 2;

    if (lt_lookalike_letters[middle].letter == letter)
      return lt_lookalike_letters[middle].plain;
    if (lt_lookalike_letters[middle].letter < letter)
      from = middle + 1;
    else
      to = middle;
  }
  return '?';
}

gsize
lt_label_plain(const char *label, gsize len, char *out)
{
  guint32 letters[LT_LABEL_MAX_LEN + 1];
  gsize n;

  if (len > 4 && g_ascii_strncasecmp(label, "xn--", 4) == 0) {
    n = decode_punycode(label + 4, len - 4, letters);
    for (gsize i = 0; i < n; i++)
      out[i] = fold_letter(letters[i]);
  } else {
    n = MIN(len, LT_LABEL_MAX_LEN);
    memcpy(out, label, n);
  }
  out[n] = '\0';
  return n;
}

gsize
lt_label_skeleton(const char *plain, gsize len, char *out)
{
  gsize n = 0;

  for (gsize i = 0; i < len; i++) {
    char c = plain[i];

    if (c == '-')
      continue;
    c = c == '0' ? 'o' : c == '1' || c == 'i' ? 'l' : c == '3' ? 'e' : c == '5' ? 's' : c;
    if (c == 'n' && n > 0 && out[n - 1] == 'r')
      out[n - 1] = 'm';
    else if (c == 'v' && n > 0 && out[n - 1] == 'v')
      out[n - 1] = 'w';
    else
      out[n++] = c;
  }
  out[n] = '\0';
  return n;
}
