/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The site that an HTTP/1 request asks for, and where the request ends. RFC 9110, RFC 9112. */
#include "policy/wire/http.h"

#include "policy/wire/cursor.h"

#include <string.h>

/**
 * Head:
 * @authority: what names the site, if @has_name
 * @has_other_name: a Host header names another
 * @n_hosts: Host headers
 * @has_authority: the target named the site: Host no longer matters
 * @has_length, @has_transfer_encoding: such a header was there
 * @is_bare: HTTP/0.9: the line is all
 * @is_old: HTTP/1.0, which knows no Transfer-Encoding
 * @is_ambiguous: servers differ on the body or the site
 */
typedef struct {
  LtCursor authority;
  gboolean has_name;
  gboolean has_other_name;
  gboolean is_tunnel;
  gboolean is_upgrade;
  gboolean body_is_chunked;
  guint64 body_len_bytes;
  guint n_hosts;
  gboolean has_authority;
  gboolean has_length;
  gboolean has_transfer_encoding;
  gboolean is_bare;
  gboolean is_old;
  gboolean is_ambiguous;
} Head;

static gboolean
is_blank(guint8 byte)
{
  return byte == ' ' || byte == '\t';
}

/* Vertical tab and form feed: C's isspace() counts them, and so do servers that read with it. */
static gboolean
is_odd_blank(guint8 byte)
{
  return byte == '\v' || byte == '\f';
}

/* Blanks and, inside a folded value, line ends. */
static gboolean
is_space(guint8 byte)
{
  return is_blank(byte) || byte == '\r' || byte == '\n';
}

/* RFC 9110 section 5.6.2: letters, digits and "!#$%&'*+-.^_`|~", one bit for each of ASCII. */
static gboolean
is_token(guint8 byte)
{
  static const guint64 tokens[2] = {G_GUINT64_CONSTANT(0x03ff6cfa00000000),
                                    G_GUINT64_CONSTANT(0x57ffffffc7fffffe)};

  return byte < 128 && (tokens[byte >> 6] >> (byte & 63) & 1) != 0;
}

static LtCursor
trim(LtCursor text)
{
  while (text.left > 0 && is_space(text.at[0])) {
    text.at++;
    text.left--;
  }
  while (text.left > 0 && is_space(text.at[text.left - 1]))
    text.left--;
  return text;
}

/* @word: in lower case, a literal: its length is known where this is put in. */
static G_ALWAYS_INLINE inline gboolean
starts_with(LtCursor text, const char *word)
{
  gsize len = strlen(word);

  if (text.left < len)
    return FALSE;
  for (gsize i = 0; i < len; i++) {
    guint8 byte = text.at[i];

    if ((byte >= 'A' && byte <= 'Z' ? (byte | 0x20) : byte) != (guint8) word[i])
      return FALSE;
  }
  return TRUE;
}

static G_ALWAYS_INLINE inline gboolean
equals(LtCursor text, const char *word)
{
  return text.left == strlen(word) && starts_with(text, word);
}

/* Takes the text up to @byte and that byte itself; FALSE when there is none. */
static gboolean
take_until(LtCursor *text, char byte, LtCursor *out)
{
  const guint8 *found = text->left > 0 ? memchr(text->at, byte, text->left) : NULL;
  LtCursor ended;

  if (found == NULL || !lt_cursor_take(text, (gsize) (found - text->at), out))
    return FALSE;
  return lt_cursor_take(text, 1, &ended);
}

/* RFC 3986 section 3.2: host [":" port]; an IPv6 literal has brackets. */
static gboolean
drop_port(LtCursor *authority)
{
  gsize host_len = authority->left;

  while (host_len > 0 && g_ascii_isdigit((char) authority->at[host_len - 1]))
    host_len--;
  if (host_len > 0 && authority->at[host_len - 1] == ':')
    authority->left = host_len - 1;
  /* More colons: only inside brackets. */
  return authority->left == 0 || authority->at[0] == '[' ||
         memchr(authority->at, ':', authority->left) == NULL;
}

static LtName
read_authority(LtCursor authority, LtHost *out, LtCursor *out_raw)
{
  LtName name = LT_NAME_BAD;
  gboolean is_plain = drop_port(&authority);

  *out_raw = authority;
  if (!is_plain)
    return name;
  switch (lt_host_from_wire(authority.at, authority.left, out)) {
  case LT_HOST_OK:
    name = LT_NAME_HOST;
    break;
  case LT_HOST_ADDRESS:
    name = LT_NAME_ADDRESS;
    break;
  case LT_HOST_BAD:
    break;
  }
  return name;
}

/* What names the site is read when all of the head is there. */
static void
set_name(Head *head, LtCursor authority)
{
  head->authority = authority;
  head->has_name = TRUE;
}

/* RFC 3986 section 3.2.1, and what some send unescaped. A backslash or a blank is none: there are
 * servers for which the host ends before it. */
static gboolean
is_userinfo(LtCursor text)
{
  for (gsize i = 0; i < text.left; i++)
    if (!is_token(text.at[i]) && memchr("(),:;=", text.at[i], 6) == NULL)
      return FALSE;
  return TRUE;
}

/* RFC 9112 section 3.2: origin-form, absolute-form, authority-form (CONNECT), asterisk-form. */
static void
read_target(LtCursor target, Head *head)
{
  LtCursor rest = target, scheme, userinfo;
  gsize authority_len = 0;

  /* Some servers take a path with CONNECT as well; then Host counts. */
  if (head->is_tunnel && target.left > 0 && target.at[0] != '/') {
    head->has_authority = TRUE;
    set_name(head, target);
    return;
  }
  if (target.left == 0 || target.at[0] == '/' || !take_until(&rest, ':', &scheme) ||
      scheme.left == 0 || rest.left < 2 || rest.at[0] != '/' || rest.at[1] != '/')
    return;
  for (gsize i = 0; i < scheme.left; i++)
    if (!is_token(scheme.at[i]))
      return;
  rest.at += 2;
  rest.left -= 2;
  while (authority_len < rest.left && memchr("/?#", rest.at[authority_len], 3) == NULL)
    authority_len++;
  rest.left = authority_len;
  head->has_authority = TRUE;
  /* Without a host such a name is bad. */
  while (take_until(&rest, '@', &userinfo))
    if (!is_userinfo(userinfo))
      rest.left = 0;
  set_name(head, rest);
}

static gboolean
is_same_name(LtCursor first, LtCursor second)
{
  LtHost first_host, second_host;
  LtCursor raw;
  LtName name = read_authority(first, &first_host, &raw);

  return read_authority(second, &second_host, &raw) == name &&
         (name == LT_NAME_BAD || strcmp(first_host.name, second_host.name) == 0);
}

/* RFC 9110 section 7.2. An empty Host names nobody. */
static void
read_host(LtCursor value, Head *head)
{
  gboolean is_named = value.left > 0;

  /* RFC 9112 section 3.2.2: the target counts, and a client says the same here. There are servers
   * that look here alone. */
  if (head->has_authority) {
    if (is_named && !is_same_name(head->authority, value))
      head->is_ambiguous = TRUE;
    return;
  }
  if (head->n_hosts++ > 0) {
    if (is_named != head->has_name || (is_named && !is_same_name(head->authority, value)))
      head->has_other_name = TRUE;
  } else if (is_named) {
    set_name(head, value);
  }
}

/* RFC 9110 section 8.6: digits, nothing else; the same number again is harmless. */
static void
read_content_length(LtCursor value, Head *head)
{
  guint64 length = 0;

  if (value.left == 0)
    head->is_ambiguous = TRUE;
  for (gsize i = 0; i < value.left; i++) {
    guint64 digit;

    if (!g_ascii_isdigit((char) value.at[i])) {
      head->is_ambiguous = TRUE;
      return;
    }
    digit = (guint64) (value.at[i] - '0');
    if (length > (G_MAXUINT64 - digit) / 10) {
      head->is_ambiguous = TRUE;
      return;
    }
    length = length * 10 + digit;
  }
  if (head->has_length && length != head->body_len_bytes)
    head->is_ambiguous = TRUE;
  head->has_length = TRUE;
  head->body_len_bytes = length;
}

/* RFC 9112 section 6.1: a request's last coding, and only that, is "chunked". */
static void
read_transfer_encoding(LtCursor value, Head *head)
{
  LtCursor coding;

  if (head->has_transfer_encoding)
    head->is_ambiguous = TRUE;
  head->has_transfer_encoding = TRUE;
  while (take_until(&value, ',', &coding))
    if (equals(trim(coding), "chunked"))
      head->is_ambiguous = TRUE;
  if (equals(trim(value), "chunked"))
    head->body_is_chunked = TRUE;
  else
    head->is_ambiguous = TRUE;
}

/* Most headers begin unlike the four that are read: one look instead of a search. */
static gboolean
may_matter(guint8 first)
{
  switch (first | 0x20) {
  case 'c':
  case 'h':
  case 't':
  case 'u':
    return TRUE;
  default:
    return FALSE;
  }
}

/* RFC 9112 section 5.1 refuses a blank before the colon; servers that take it see this name. */
static G_ALWAYS_INLINE inline gboolean
is_field(LtCursor field, const char *name, LtCursor *out_value)
{
  gsize len = strlen(name);

  if (!starts_with(field, name))
    return FALSE;
  while (len < field.left && is_space(field.at[len]))
    len++;
  if (len == field.left || field.at[len] != ':')
    return FALSE;
  *out_value = trim((LtCursor){field.at + len + 1, field.left - len - 1});
  return TRUE;
}

/* @field: one header with the lines folded onto it. A line without a colon is no header anywhere.
 */
static void
read_field(LtCursor field, Head *head)
{
  LtCursor value;

  if (!may_matter(field.at[0]))
    return;
  if (is_field(field, "host", &value))
    read_host(value, head);
  else if (is_field(field, "upgrade", &value))
    head->is_upgrade = TRUE;
  else if (is_field(field, "content-length", &value))
    read_content_length(value, head);
  else if (is_field(field, "transfer-encoding", &value))
    read_transfer_encoding(value, head);
}

/* A CR that ends no line is one to some servers and a character to others. */
static gboolean
has_bare_cr(LtCursor line)
{
  return line.left > 0 && memchr(line.at, '\r', line.left) != NULL;
}

/* RFC 9112 sections 2.2 and 5. */
static LtWireAnswer
read_fields(LtCursor *cursor, Head *head)
{
  LtCursor line, field = {NULL, 0};

  while (lt_cursor_line(cursor, &line)) {
    if (has_bare_cr(line))
      return LT_WIRE_MALFORMED;
    if (line.left > 0 && is_blank(line.at[0])) {
      if (field.left == 0)
        return LT_WIRE_MALFORMED;
      field.left = (gsize) (line.at - field.at) + line.left;
      continue;
    }
    if (field.left > 0)
      read_field(field, head);
    if (line.left == 0)
      return LT_WIRE_FOUND;
    field = line;
  }
  return LT_WIRE_NEED_MORE;
}

/* The method, so far as it is there: NOT_MINE as soon as it can be none. Servers take one of any
 * length and answer as if it were GET: a bound of ours would be a way past. */
static LtWireAnswer
read_method(LtCursor *cursor, LtCursor *out)
{
  gsize len = 0;

  while (len < cursor->left && is_token(cursor->at[len]))
    len++;
  if (len == cursor->left)
    return LT_WIRE_NEED_MORE;
  if (len == 0)
    return LT_WIRE_NOT_MINE;
  if (!is_blank(cursor->at[len]))
    return is_odd_blank(cursor->at[len]) ? LT_WIRE_MALFORMED : LT_WIRE_NOT_MINE;
  return lt_cursor_take(cursor, len, out) ? LT_WIRE_FOUND : LT_WIRE_NEED_MORE;
}

/* "/HTTP/1.1": to some servers a path of HTTP/0.9, to others a path and a version. */
static gboolean
hides_version(LtCursor target)
{
  static const char version[] = "http/";
  gsize len = target.left;

  while (len > 0 && (g_ascii_isdigit((char) target.at[len - 1]) || target.at[len - 1] == '.'))
    len--;
  if (len == target.left || len <= strlen(version))
    return FALSE;
  target.at += len - strlen(version);
  return starts_with((LtCursor){target.at, strlen(version)}, version);
}

/* What stands behind the method: target and version, or in HTTP/0.9 the target alone. */
static LtWireAnswer
read_request_line(LtCursor method, LtCursor rest, Head *head)
{
  LtCursor target = trim(rest), version = target;
  gsize target_len = target.left;

  while (target_len > 0 && !is_blank(target.at[target_len - 1]))
    target_len--;
  version.at += target_len;
  version.left -= target_len;
  if (!starts_with(version, "http/")) {
    if (hides_version(target))
      return LT_WIRE_MALFORMED;
    if (!equals(method, "get") || target.left == 0)
      return LT_WIRE_NOT_MINE;
    if (target_len > 0 || has_bare_cr(rest))
      return LT_WIRE_MALFORMED;
    head->is_bare = TRUE;
    read_target(target, head);
    return LT_WIRE_FOUND;
  }
  target.left = target_len;
  target = trim(target);
  /* RFC 9113 section 3.4: names follow, but packed, and a new one with each stream. */
  if (equals(method, "pri") && equals(target, "*") && equals(version, "http/2.0"))
    return LT_WIRE_MALFORMED;
  head->is_old = equals(version, "http/1.0");
  head->is_tunnel = equals(method, "connect");
  read_target(target, head);
  return has_bare_cr(rest) ? LT_WIRE_MALFORMED : LT_WIRE_FOUND;
}

/* The name goes straight to where it is wanted. */
static void
write_request(const Head *head, gsize len_bytes, LtRequest *out)
{
  LtCursor raw;

  lt_request_init(out, LT_PROTOCOL_HTTP);
  out->len_bytes = len_bytes;
  out->is_tunnel = head->is_tunnel;
  out->is_upgrade = head->is_upgrade;
  out->body_is_chunked = head->body_is_chunked;
  out->body_len_bytes = head->body_len_bytes;
  if (head->has_name) {
    out->name = read_authority(head->authority, &out->host, &raw);
    out->raw_name = raw.at;
    out->raw_name_len = raw.left;
  }
  if (head->has_other_name)
    out->name = LT_NAME_BAD;
}

LtWireAnswer
lt_http_read_head(const guint8 *bytes, gsize len, LtRequest *out, gboolean *out_is_ambiguous)
{
  LtCursor cursor = lt_cursor(bytes, len), method, rest;
  LtWireAnswer answer;
  Head head = {0};

  /* RFC 9112 section 2.2: empty lines before a request don't count. To some servers blanks don't.
   */
  while (cursor.left > 0 && (is_space(cursor.at[0]) || is_odd_blank(cursor.at[0]))) {
    cursor.at++;
    cursor.left--;
  }
  answer = read_method(&cursor, &method);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (!lt_cursor_line(&cursor, &rest))
    return LT_WIRE_NEED_MORE;
  answer = read_request_line(method, rest, &head);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (!head.is_bare)
    answer = read_fields(&cursor, &head);
  if (answer != LT_WIRE_FOUND)
    return answer;
  if (head.has_transfer_encoding && (head.has_length || head.is_old))
    head.is_ambiguous = TRUE;
  /* RFC 9110 section 9.3.6: to a proxy what follows CONNECT is the tunnel, not a body. */
  if (head.is_tunnel && (head.has_transfer_encoding || head.body_len_bytes > 0))
    head.is_ambiguous = TRUE;
  write_request(&head, len - cursor.left, out);
  if (out_is_ambiguous != NULL)
    *out_is_ambiguous = head.is_ambiguous;
  return LT_WIRE_FOUND;
}
