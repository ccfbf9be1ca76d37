/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict walk over a JSON text that knows at each moment where it is. */
#include "policy/json-position.h"

#include <string.h>

/* One object or array on the way to where the walk is; lives on the stack. */
typedef struct Level Level;
struct Level {
  const Level *above;
  LtJsonStep step;
};

typedef struct {
  const char *json;
  gsize len;
  gsize at;
  guint depth;
  LtJsonFault *fault; /* NULL when the text is known to be good */
  const LtJsonStep *steps;
  gsize n_steps;
  gboolean at_key;
  gsize found;
} Walk;

static gboolean walk_value(Walk *w, const Level *here, gsize n_matched);

void
lt_json_fault_clear(LtJsonFault *fault)
{
  g_clear_pointer(&fault->pointer, g_free);
}

void
lt_json_pointer_append(GString *pointer, const LtJsonStep *step)
{
  g_string_append_c(pointer, '/');
  if (step->key == NULL) {
    g_string_append_printf(pointer, "%" G_GSIZE_FORMAT, step->index);
    return;
  }
  for (const char *c = step->key; *c != '\0'; c++) {
    if (*c == '~')
      g_string_append(pointer, "~0");
    else if (*c == '/')
      g_string_append(pointer, "~1");
    else
      g_string_append_c(pointer, *c);
  }
}

static void
append_levels(GString *pointer, const Level *level)
{
  if (level == NULL)
    return;
  append_levels(pointer, level->above);
  lt_json_pointer_append(pointer, &level->step);
}

static gboolean
fail_at(Walk *w, gsize offset, const Level *here, const char *what)
{
  GString *pointer;

  if (w->fault == NULL)
    return FALSE;
  pointer = g_string_new(NULL);
  append_levels(pointer, here);
  w->fault->offset = offset;
  w->fault->what = what;
  w->fault->pointer = g_string_free(pointer, FALSE);
  return FALSE;
}

static gboolean
fail(Walk *w, const Level *here, const char *what)
{
  return fail_at(w, w->at, here, what);
}

static char
peek(const Walk *w)
{
  return w->at < w->len ? w->json[w->at] : '\0';
}

static gboolean
skip(Walk *w, char c)
{
  if (w->at >= w->len || w->json[w->at] != c)
    return FALSE;
  w->at++;
  return TRUE;
}

static void
skip_space(Walk *w)
{
  while (w->at < w->len && strchr(" \t\r\n", w->json[w->at]) != NULL && w->json[w->at] != '\0')
    w->at++;
}

static gboolean
read_hex4(Walk *w, gunichar *unit)
{
  *unit = 0;
  for (guint i = 0; i < 4; i++) {
    if (w->at >= w->len || !g_ascii_isxdigit(w->json[w->at]))
      return FALSE;
    *unit = *unit * 16 + (gunichar) g_ascii_xdigit_value(w->json[w->at++]);
  }
  return TRUE;
}

/* RFC 8259 section 7: \uXXXX, twice for a character beyond the basic plane. After "\u". */
static gboolean
walk_unicode_escape(Walk *w, const Level *here, GString *out)
{
  gunichar unit;
  gunichar low;

  if (!read_hex4(w, &unit))
    return fail(w, here, "\\u needs four hexadecimal digits; write the letter itself");
  if (unit == 0)
    return fail(w, here, "\\u0000 cannot stand in a text; remove it");
  if (unit >= 0xd800 && unit <= 0xdfff) {
    if (unit > 0xdbff || !skip(w, '\\') || !skip(w, 'u') || !read_hex4(w, &low) || low < 0xdc00 ||
        low > 0xdfff)
      return fail(w, here, "half of a \\u pair is missing; write the letter itself");
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  if (out != NULL)
    g_string_append_unichar(out, unit);
  return TRUE;
}

static gboolean
walk_escape(Walk *w, const Level *here, GString *out)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (skip(w, 'u'))
    return walk_unicode_escape(w, here, out);
  letter = peek(w) != '\0' ? strchr(letters, peek(w)) : NULL;
  if (letter == NULL)
    return fail(w,
                here,
                "a backslash with a letter that means nothing; write \"\\\\\" for one "
                "backslash");
  w->at++;
  if (out != NULL)
    g_string_append_c(out, meanings[letter - letters]);
  return TRUE;
}

/* @out: (nullable): what the string says is appended. */
static gboolean
walk_string(Walk *w, const Level *here, GString *out)
{
  gsize start = w->at;

  w->at++;
  while (w->at < w->len) {
    char c = w->json[w->at];

    if (c == '"') {
      w->at++;
      return TRUE;
    }
    if ((guchar) c < 0x20)
      return fail(w,
                  here,
                  c == '\n' || c == '\r'
                      ? "a text goes on over the end of the line; end it with '\"'"
                      : "a control character stands in a text; remove it");
    w->at++;
    if (c == '\\') {
      if (!walk_escape(w, here, out))
        return FALSE;
    } else if (out != NULL) {
      g_string_append_c(out, c);
    }
  }
  return fail_at(w, start, here, "this text has no end; add the closing '\"'");
}

static gboolean
walk_digits(Walk *w)
{
  gsize start = w->at;

  while (g_ascii_isdigit(peek(w)))
    w->at++;
  return w->at > start;
}

/* RFC 8259 section 6. */
static gboolean
walk_number(Walk *w, const Level *here)
{
  static const char what[] = "not a number as JSON writes it; write it like 12 or -1.5";
  gsize start = w->at;

  skip(w, '-');
  if (!skip(w, '0') && !walk_digits(w))
    return fail_at(w, start, here, what);
  if (g_ascii_isdigit(peek(w)))
    return fail_at(w, start, here, "a number cannot begin with 0; remove the 0");
  if (skip(w, '.') && !walk_digits(w))
    return fail_at(w, start, here, what);
  if (skip(w, 'e') || skip(w, 'E')) {
    if (!skip(w, '+'))
      skip(w, '-');
    if (!walk_digits(w))
      return fail_at(w, start, here, what);
  }
  return TRUE;
}

static gboolean
walk_word(Walk *w, const Level *here)
{
  static const char *const words[] = {"true", "false", "null"};

  for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
    gsize len = strlen(words[i]);

    if (w->len - w->at >= len && memcmp(w->json + w->at, words[i], len) == 0) {
      w->at += len;
      return TRUE;
    }
  }
  if (w->at >= w->len)
    return fail(w, here, "the file ends here, but a value is missing; complete it");
  if (peek(w) == '/' || peek(w) == '#')
    return fail(w, here, "JSON has no comments; move the words into \"note\"");
  if (peek(w) == '\'')
    return fail(w, here, "a text stands between '\"', not between apostrophes");
  return fail(w, here, "no value begins like this; texts stand between '\"'");
}

static gsize
matched(const Walk *w, gsize n_matched, gsize depth, const LtJsonStep *step)
{
  const LtJsonStep *want;

  if (n_matched != depth || n_matched >= w->n_steps)
    return n_matched;
  want = &w->steps[n_matched];
  if (want->key != NULL)
    return n_matched + (step->key != NULL && strcmp(step->key, want->key) == 0);
  return n_matched + (step->key == NULL && step->index == want->index);
}

/* After "{" or "[": TRUE with *more FALSE at the closing bracket. */
static gboolean
walk_separator(Walk *w, const Level *here, char closing, gboolean first, gboolean *more)
{
  skip_space(w);
  *more = !skip(w, closing);
  if (!*more || first)
    return TRUE;
  if (w->at >= w->len)
    return fail(w,
                here,
                closing == '}' ? "the file ends inside { ... }; add the closing '}'"
                               : "the file ends inside [ ... ]; add the closing ']'");
  if (!skip(w, ','))
    return fail(w, here, "a comma is missing before this; add ','");
  skip_space(w);
  if (peek(w) == closing)
    return fail(w, here, "a comma stands before the end; remove the comma");
  return TRUE;
}

static gboolean
walk_member(Walk *w, const Level *here, GHashTable *keys, gsize depth, gsize n_matched)
{
  g_autoptr(GString) key = g_string_new(NULL);
  Level inside = {here, {NULL, 0}};
  gsize key_at = w->at;
  gsize n;

  if (peek(w) != '"')
    return fail(w, here, "a name between '\"' must stand here, like \"user\": \"na\"");
  if (!walk_string(w, here, key))
    return FALSE;
  inside.step.key = key->str;
  if (keys != NULL && !g_hash_table_add(keys, g_strdup(key->str)))
    return fail_at(w, key_at, &inside, "this name stands here for the second time; keep one");
  skip_space(w);
  if (!skip(w, ':'))
    return fail(w, &inside, "a ':' must stand between a name and its value");
  n = matched(w, n_matched, depth, &inside.step);
  if (w->at_key && n > n_matched && n == w->n_steps)
    w->found = key_at;
  skip_space(w);
  return walk_value(w, &inside, n);
}

static gboolean
walk_object(Walk *w, const Level *here, gsize n_matched)
{
  g_autoptr(GHashTable) keys = NULL;
  gsize depth = w->depth;
  gboolean more;

  if (w->fault != NULL)
    keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  w->at++;
  for (gboolean first = TRUE;; first = FALSE) {
    if (!walk_separator(w, here, '}', first, &more))
      return FALSE;
    if (!more)
      return TRUE;
    if (!walk_member(w, here, keys, depth - 1, n_matched))
      return FALSE;
  }
}

static gboolean
walk_array(Walk *w, const Level *here, gsize n_matched)
{
  Level inside = {here, {NULL, 0}};
  gsize depth = w->depth;
  gboolean more;

  w->at++;
  for (gboolean first = TRUE;; first = FALSE) {
    if (!walk_separator(w, here, ']', first, &more))
      return FALSE;
    if (!more)
      return TRUE;
    if (!walk_value(w, &inside, matched(w, n_matched, depth - 1, &inside.step)))
      return FALSE;
    inside.step.index++;
  }
}

static gboolean
walk_value(Walk *w, const Level *here, gsize n_matched)
{
  gboolean ok;

  skip_space(w);
  if (n_matched == w->n_steps && w->depth == n_matched && !w->at_key && w->fault == NULL)
    w->found = w->at;
  if (peek(w) == '"')
    return walk_string(w, here, NULL);
  if (peek(w) == '-' || g_ascii_isdigit(peek(w)))
    return walk_number(w, here);
  if (peek(w) != '{' && peek(w) != '[')
    return walk_word(w, here);

  if (w->depth == LT_JSON_MAX_DEPTH)
    return fail(w, here, "too many brackets inside each other; rules need at most seven");
  w->depth++;
  ok = peek(w) == '{' ? walk_object(w, here, n_matched) : walk_array(w, here, n_matched);
  w->depth--;
  return ok;
}

gboolean
lt_json_check(const char *json, gsize len, LtJsonFault *fault)
{
  Walk w = {.json = json, .len = len, .fault = fault};

  if (!walk_value(&w, NULL, 0))
    return FALSE;
  skip_space(&w);
  if (w.at < w.len)
    return fail(&w, NULL, "something follows after the end of the rules; remove it");
  return TRUE;
}

gsize
lt_json_find(const char *json, gsize len, const LtJsonStep *steps, gsize n_steps, gboolean at_key)
{
  Walk w = {.json = json, .len = len, .steps = steps, .n_steps = n_steps, .at_key = at_key};

  return walk_value(&w, NULL, 0) ? w.found : 0;
}

void
lt_json_line_column(const char *json, gsize len, gsize offset, guint *line, guint *column)
{
  *line = 1;
  *column = 1;
  for (gsize i = 0; i < offset && i < len; i++) {
    if (json[i] == '\n') {
      (*line)++;
      *column = 1;
    } else if (((guchar) json[i] & 0xc0) != 0x80) {
      (*column)++;
    }
  }
}
