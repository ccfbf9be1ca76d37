/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a line, and ways to say what it holds. */
#include "policy/lists/list-line.h"

#include "policy/address.h"

LtListText
lt_list_text_strip(LtListText text)
{
  while (text.len > 0 && lt_list_is_blank(text.at[0]))
    text = lt_list_text_skip(text, 1);
  while (text.len > 0 && (lt_list_is_blank(text.at[text.len - 1]) || text.at[text.len - 1] == '\r'))
    text.len--;
  return text;
}

LtListText
lt_list_text_word(LtListText *text)
{
  LtListText word;

  while (text->len > 0 && lt_list_is_blank(text->at[0]))
    *text = lt_list_text_skip(*text, 1);
  word = lt_list_text(text->at, 0);
  while (word.len < text->len && !lt_list_is_blank(text->at[word.len]))
    word.len++;
  *text = lt_list_text_skip(*text, word.len);
  return word;
}

LtListText
lt_list_text_uncomment(LtListText text, char mark)
{
  for (gsize i = 0; i < text.len; i++) {
    if (text.at[i] == mark && (i == 0 || lt_list_is_blank(text.at[i - 1])))
      return lt_list_text_strip(lt_list_text(text.at, i));
  }
  return text;
}

LtHostAnswer
lt_list_text_host(LtListText text, LtHost *out)
{
  char copy[4 * LT_HOST_MAX_LEN + 2];

  for (gsize i = 0; i < text.len; i++) {
    if ((guchar) text.at[i] < 0x80)
      continue;
    if (text.len >= sizeof copy)
      return LT_HOST_BAD;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return g_utf8_validate(copy, -1, NULL) ? lt_host_from_text(copy, out) : LT_HOST_BAD;
  }
  return lt_host_from_wire((const guint8 *) text.at, text.len, out);
}

void
lt_list_say_skip(const LtListReader *reader, LtListSkip skip)
{
  reader->sink.skip(reader->sink.data, skip);
}

void
lt_list_say_name(const LtListReader *reader, guint listed, const LtHost *host)
{
  const LtListRule rule = {.listed = listed, .host = host};

  reader->sink.rule(reader->sink.data, &rule);
}

void
lt_list_say_pattern(const LtListReader *reader, guint listed, LtListText pattern)
{
  const LtListRule rule = {.listed = listed, .pattern = pattern.at, .n_pattern = pattern.len};

  reader->sink.rule(reader->sink.data, &rule);
}

LtListAddress
lt_list_text_address(LtListText text)
{
  static const guint8 zero[16];
  LtAddress address;
  gsize len;

  if (lt_list_text_is(text, "0"))
    return LT_LIST_ADDRESS_NOWHERE;
  if (!lt_address_from_text(text.at, text.len, &address))
    return LT_LIST_ADDRESS_NONE;
  /* 0.0.0.0/8 and 127.0.0.0/8 (RFC 1122 section 3.2.1.3); "::" and "::1" (RFC 4291 2.5). */
  if (address.family == 4)
    return address.bytes[0] == 0 || address.bytes[0] == 127 ? LT_LIST_ADDRESS_NOWHERE
                                                            : LT_LIST_ADDRESS_SOMEWHERE;
  len = sizeof zero - 1;
  return memcmp(address.bytes, zero, len) == 0 && address.bytes[len] <= 1
             ? LT_LIST_ADDRESS_NOWHERE
             : LT_LIST_ADDRESS_SOMEWHERE;
}
