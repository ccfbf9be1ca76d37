/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site that a TLS ClientHello asks for. RFC 8446, RFC 5246, RFC 6066. */
#include "policy/wire/tls.h"

#include "policy/wire/cursor.h"

#include <string.h>

/* RFC 8446 section 5.1. */
#define RECORD_FIRST 20u /* change_cipher_spec */
#define RECORD_LAST 24u  /* heartbeat (RFC 6520) */
#define RECORD_HEADER_LEN 5u
#define RECORD_MAX_LEN 16384u
#define PROTECTED_MAX_LEN (RECORD_MAX_LEN + 2048u) /* RFC 5246 section 6.2.3 */
#define VERSION_MAJOR 3u

/* RFC 8446 section 4. */
#define HANDSHAKE_CLIENT_HELLO 1u
#define HANDSHAKE_HEADER_LEN 4u
#define SESSION_ID_MAX_LEN 32u

#define EXTENSION_SERVER_NAME 0u /* RFC 6066 section 3 */
#define EXTENSION_GROUPS 10u     /* RFC 8446 section 4.2.7 */
#define EXTENSION_ALPN 16u       /* RFC 7301 */
#define EXTENSION_ECH 0xfe0du    /* RFC 9849 */
#define NAME_TYPE_HOST 0u
#define GROUP_SECP224R1 21u

/* What a hello says of the site. */
typedef struct {
  gboolean has_name;  /* a server_name extension is there */
  gboolean is_broken; /* it holds no single name, or it is there twice */
  gboolean has_ech;
  gboolean has_alpn;
  gboolean has_rest; /* something stands behind it */
  LtCursor name;
  LtCursor groups; /* the extension's body, empty without one */
} Hello;

/* RFC 6066 section 3: a list of names, of which only one kind was ever defined. */
static void
read_server_name(LtCursor extension, Hello *hello)
{
  LtCursor list, name;
  guint8 type;

  hello->is_broken = hello->has_name || !lt_cursor_block16(&extension, &list) ||
                     extension.left > 0 || !lt_cursor_u8(&list, &type) || type != NAME_TYPE_HOST ||
                     !lt_cursor_block16(&list, &name) || list.left > 0;
  if (!hello->is_broken)
    hello->name = name;
  hello->has_name = TRUE;
}

static LtWireAnswer
read_extensions(LtCursor extensions, Hello *hello)
{
  while (extensions.left > 0) {
    LtCursor extension;
    guint16 type;

    if (!lt_cursor_u16(&extensions, &type) || !lt_cursor_block16(&extensions, &extension))
      return LT_WIRE_MALFORMED;
    if (type == EXTENSION_ECH)
      hello->has_ech = TRUE;
    if (type == EXTENSION_ALPN)
      hello->has_alpn = TRUE;
    if (type == EXTENSION_GROUPS)
      hello->groups = extension;
    if (type == EXTENSION_SERVER_NAME)
      read_server_name(extension, hello);
  }
  return LT_WIRE_FOUND;
}

/* RFC 8446 section 4.1.2. Before TLS 1.2 the extensions may be missing. */
static LtWireAnswer
read_client_hello(LtCursor body, Hello *hello)
{
  LtCursor session_id, ciphers, compressions, extensions;
  guint16 version;

  if (!lt_cursor_u16(&body, &version) || version >> 8 != VERSION_MAJOR ||
      !lt_cursor_skip(&body, 32) || !lt_cursor_block8(&body, &session_id) ||
      session_id.left > SESSION_ID_MAX_LEN || !lt_cursor_block16(&body, &ciphers) ||
      ciphers.left < 2 || ciphers.left % 2 != 0 || !lt_cursor_block8(&body, &compressions) ||
      compressions.left < 1)
    return LT_WIRE_MALFORMED;
  if (body.left == 0)
    return LT_WIRE_FOUND;
  if (!lt_cursor_block16(&body, &extensions) || body.left > 0)
    return LT_WIRE_MALFORMED;
  return read_extensions(extensions, hello);
}

/* The header of the first handshake message in @message, which must be a ClientHello. */
static LtWireAnswer
read_message_header(LtCursor *message, gsize *out_len)
{
  guint8 type;
  guint32 len;

  if (lt_cursor_peek(message, &type) && type != HANDSHAKE_CLIENT_HELLO)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_u8(message, &type) || !lt_cursor_u24(message, &len))
    return LT_WIRE_NEED_MORE;
  if (len > LT_TLS_HELLO_MAX_BYTES)
    return LT_WIRE_MALFORMED;
  *out_len = len;
  return LT_WIRE_FOUND;
}

static LtWireAnswer
read_message(LtCursor message, Hello *hello)
{
  LtCursor body;
  gsize len;
  LtWireAnswer answer = read_message_header(&message, &len);

  if (answer != LT_WIRE_FOUND)
    return answer;
  if (!lt_cursor_take(&message, len, &body))
    return LT_WIRE_NEED_MORE;
  *hello = (Hello){.has_rest = message.left > 0};
  return read_client_hello(body, hello);
}

static gboolean
offers_group(LtCursor groups, guint16 wanted)
{
  LtCursor list;
  guint16 group;

  if (!lt_cursor_block16(&groups, &list))
    return FALSE;
  while (lt_cursor_u16(&list, &group))
    if (group == wanted)
      return TRUE;
  return FALSE;
}

/* The name goes straight to where it is wanted. */
static void
write_request(const Hello *hello, gsize len_bytes, LtRequest *out)
{
  lt_request_init(out, LT_PROTOCOL_TLS);
  out->len_bytes = len_bytes;
  out->has_ech = hello->has_ech;
  out->has_alpn = hello->has_alpn;
  out->offers_p224 = !hello->has_alpn && offers_group(hello->groups, GROUP_SECP224R1);
  out->has_rest = hello->has_rest;
  if (!hello->has_name)
    return;
  out->name = LT_NAME_BAD;
  out->raw_name = hello->name.at;
  out->raw_name_len = hello->name.left;
  if (hello->is_broken)
    return;
  switch (lt_host_from_wire(hello->name.at, hello->name.left, &out->host)) {
  case LT_HOST_OK:
    out->name = LT_NAME_HOST;
    break;
  case LT_HOST_ADDRESS:
    out->name = LT_NAME_ADDRESS;
    break;
  case LT_HOST_BAD:
    break;
  }
}

/* One record; what is not a handshake record breaks the hello. */
static LtWireAnswer
read_record(LtCursor *cursor, LtCursor *out)
{
  guint8 type, major, minor;
  guint16 len;
  LtCursor next = *cursor;

  if (!lt_cursor_u8(&next, &type))
    return LT_WIRE_NEED_MORE;
  if (type != LT_TLS_RECORD_HANDSHAKE)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_u8(&next, &major))
    return LT_WIRE_NEED_MORE;
  if (major != VERSION_MAJOR)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_u8(&next, &minor) || !lt_cursor_u16(&next, &len))
    return LT_WIRE_NEED_MORE;
  if (len > RECORD_MAX_LEN)
    return LT_WIRE_MALFORMED;
  /* A record that is not all there yet still shows what it begins with. */
  if (!lt_cursor_take(&next, len, out)) {
    *out = next;
    *cursor = (LtCursor){next.at, 0};
    return LT_WIRE_NEED_MORE;
  }
  *cursor = next;
  return LT_WIRE_FOUND;
}

/* A hello that its first record does not hold: put together, then read. Its name then stands in no
 * single place of the input. */
static LtWireAnswer
read_over_records(const guint8 *bytes, gsize len, LtRequest *out)
{
  guint8 buffer[HANDSHAKE_HEADER_LEN + LT_TLS_HELLO_MAX_BYTES];
  LtCursor cursor = lt_cursor(bytes, len);
  gsize filled = 0;
  LtWireAnswer answer = LT_WIRE_NEED_MORE;
  Hello hello;

  while (answer == LT_WIRE_NEED_MORE) {
    LtCursor fragment = {NULL, 0};
    LtWireAnswer record = read_record(&cursor, &fragment);
    gsize n = MIN(fragment.left, sizeof buffer - filled);

    if (record == LT_WIRE_MALFORMED)
      return record;
    if (n > 0)
      memcpy(buffer + filled, fragment.at, n);
    filled += n;
    answer = read_message(lt_cursor(buffer, filled), &hello);
    if (record == LT_WIRE_NEED_MORE)
      return answer == LT_WIRE_MALFORMED ? answer : LT_WIRE_NEED_MORE;
  }
  if (answer != LT_WIRE_FOUND)
    return answer;
  write_request(&hello, len - cursor.left, out);
  out->raw_name = NULL;
  out->raw_name_len = 0;
  return LT_WIRE_FOUND;
}

static LtWireAnswer
read_records(const guint8 *bytes, gsize len, LtRequest *out)
{
  LtCursor cursor = lt_cursor(bytes, len), first;
  Hello hello;
  LtWireAnswer answer = read_record(&cursor, &first);

  if (answer == LT_WIRE_FOUND)
    answer = read_message(first, &hello);
  if (answer == LT_WIRE_NEED_MORE)
    return read_over_records(bytes, len, out);
  if (answer == LT_WIRE_FOUND)
    write_request(&hello, len - cursor.left, out);
  return answer;
}

/* RFC 5246 appendix E.2: two bytes of length with the top bit set, then the message. */
static LtWireAnswer
read_ssl2_hello(const guint8 *bytes, gsize len, LtRequest *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  guint16 record_len, version, ciphers_len, session_len, challenge_len;
  guint8 type;
  LtCursor message, body;

  if (!lt_cursor_u16(&cursor, &record_len))
    return LT_WIRE_NEED_MORE;
  record_len &= 0x7fffu;
  body = cursor;
  if (lt_cursor_u8(&body, &type) && type != HANDSHAKE_CLIENT_HELLO)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_u16(&body, &version))
    return LT_WIRE_NEED_MORE;
  if (version != 0x0002u && version >> 8 != VERSION_MAJOR)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_u16(&body, &ciphers_len) || !lt_cursor_u16(&body, &session_len) ||
      !lt_cursor_u16(&body, &challenge_len))
    return LT_WIRE_NEED_MORE;
  if (ciphers_len == 0 || ciphers_len % 3 != 0 || challenge_len < 16 || challenge_len > 32 ||
      record_len != 9u + ciphers_len + session_len + challenge_len)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_take(&cursor, record_len, &message))
    return LT_WIRE_NEED_MORE;
  lt_request_init(out, LT_PROTOCOL_TLS);
  out->len_bytes = len - cursor.left;
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_tls_read_stream(const guint8 *bytes, gsize len, LtRequest *out)
{
  LtCursor cursor = lt_cursor(bytes, len);
  guint8 type, major;

  if (!lt_cursor_u8(&cursor, &type))
    return LT_WIRE_NEED_MORE;
  if (type >= 0x80u)
    return read_ssl2_hello(bytes, len, out);
  if (type < RECORD_FIRST || type > RECORD_LAST)
    return LT_WIRE_NOT_MINE;
  if (!lt_cursor_peek(&cursor, &major))
    return LT_WIRE_NEED_MORE;
  if (major != VERSION_MAJOR)
    return LT_WIRE_NOT_MINE;
  return read_records(bytes, len, out);
}

LtWireAnswer
lt_tls_read_handshake(const guint8 *bytes, gsize len, LtRequest *out)
{
  LtCursor message = lt_cursor(bytes, len);
  LtWireAnswer answer;
  gsize body_len = 0;
  Hello hello;

  answer = read_message(message, &hello);
  if (answer == LT_WIRE_FOUND)
    answer = read_message_header(&message, &body_len);
  if (answer == LT_WIRE_FOUND)
    write_request(&hello, HANDSHAKE_HEADER_LEN + body_len, out);
  return answer;
}

/* Steps over one record of any kind. */
static LtWireAnswer
skip_record(LtCursor *cursor)
{
  LtCursor next = *cursor, body;
  guint8 type, major, minor;
  guint16 len;

  if (!lt_cursor_u8(&next, &type))
    return LT_WIRE_NEED_MORE;
  if (type < RECORD_FIRST || type > RECORD_LAST)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_u8(&next, &major))
    return LT_WIRE_NEED_MORE;
  if (major != VERSION_MAJOR)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_u8(&next, &minor) || !lt_cursor_u16(&next, &len))
    return LT_WIRE_NEED_MORE;
  if (len > PROTECTED_MAX_LEN)
    return LT_WIRE_MALFORMED;
  if (!lt_cursor_take(&next, len, &body))
    return LT_WIRE_NEED_MORE;
  *cursor = next;
  return LT_WIRE_FOUND;
}

LtWireAnswer
lt_tls_read_behind_hello(const guint8 *bytes, gsize len, LtRequest *out, gsize *out_passed)
{
  LtCursor cursor = lt_cursor(bytes, len);
  LtWireAnswer answer = LT_WIRE_FOUND;
  guint8 type;

  *out_passed = 0;
  while (answer == LT_WIRE_FOUND) {
    if (lt_cursor_peek(&cursor, &type) && type == LT_TLS_RECORD_HANDSHAKE) {
      LtRequest request;

      answer = lt_tls_read_stream(cursor.at, cursor.left, &request);
      if (answer == LT_WIRE_FOUND && request.has_rest)
        return LT_WIRE_MALFORMED;
      if (answer == LT_WIRE_FOUND)
        lt_request_copy(out, &request);
      return answer == LT_WIRE_NOT_MINE ? LT_WIRE_MALFORMED : answer;
    }
    answer = skip_record(&cursor);
    *out_passed = len - cursor.left;
  }
  return answer;
}
