/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds imitations: the label that somebody registered, beside those that are protected. */
#include "policy/lookalike.h"

#include "policy/host-index.h"
#include "policy/lookalike-data.h"

#include <json_object.h>
#include <json_tokener.h>
#include <string.h>

G_DEFINE_QUARK(lt - lookalike - error, lt_lookalike_error)

#define LABEL_MAX_LEN 63

/* FNV-1a, 64 bits: draft-eastlake-fnv section 5. Nobody outside adds names to these tables. */
#define FNV_OFFSET G_GUINT64_CONSTANT(14695981039346656037)
#define FNV_PRIME G_GUINT64_CONSTANT(1099511628211)

/* Every second short word is one letter away from another; longer names hardly ever are. */
#define MIN_TYPO_LEN 6
/* "acb" and "shb" are in many words: they need a hyphen beside them. */
#define MIN_INNER_LEN 5

struct _LtLookalikes {
  gint n_refs;
  LtHostIndex *domains;  /* protected, and what is below them */
  GHashTable *labels;    /* their first labels: the domain */
  GHashTable *skeletons; /* what those look like: the domain */
  GHashTable *variants;  /* those, and each without one letter (FNV-1a, 64 bits): the label */
  GHashTable *whole;     /* their hashes alone: the label */
  guint64 lengths;       /* a bit for each length that a label has */
  GHashTable *words;     /* that imitators add */
  GHashTable *suffixes;  /* cheap */
  LtHostIndex *trusted;  /* suffixes */
  GPtrArray *tokens;     /* of betting sites */
  GPtrArray *texts;      /* what the tables point to */
};

const char *
lt_lookalike_kind_name(LtLookalikeKind kind)
{
  static const char *const names[] = {
      "none", "letters", "typo", "words", "suffix", "inside", "gambling"};

  g_return_val_if_fail(kind < G_N_ELEMENTS(names), "none");

  return names[kind];
}

static inline guint64
hash_step(guint64 hash, char c)
{
  return (hash ^ (guchar) c) * FNV_PRIME;
}

/* FNV-1a, 64 bits, of @text without its character @without (len: of all of it). */
static guint64
hash_without(const char *text, gsize len, gsize without)
{
  guint64 hash = FNV_OFFSET;

  for (gsize i = 0; i < len; i++) {
    if (i != without)
      hash = hash_step(hash, text[i]);
  }
  return hash;
}

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
    if (n_out >= LABEL_MAX_LEN)
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

/* A label with letters of ASCII alone: its punycode taken apart, marks and other scripts folded. */
static gsize
plain_label(const char *label, gsize len, char *out)
{
  guint32 letters[LABEL_MAX_LEN + 1];
  gsize n;

  if (len > 4 && g_ascii_strncasecmp(label, "xn--", 4) == 0) {
    n = decode_punycode(label + 4, len - 4, letters);
    for (gsize i = 0; i < n; i++)
      out[i] = fold_letter(letters[i]);
  } else {
    n = MIN(len, LABEL_MAX_LEN);
    memcpy(out, label, n);
  }
  out[n] = '\0';
  return n;
}

/* What it looks like from afar: digits as letters, "rn" as "m", "vv" as "w", no hyphens. */
static gsize
make_skeleton(const char *plain, gsize len, char *out)
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

/* One letter more, less or another, or two neighbours exchanged. */
static gboolean
is_one_typo(const char *a, gsize n_a, const char *b, gsize n_b)
{
  gsize head = 0;
  gsize tail = 0;

  while (head < MIN(n_a, n_b) && a[head] == b[head])
    head++;
  while (tail < MIN(n_a, n_b) - head && a[n_a - 1 - tail] == b[n_b - 1 - tail])
    tail++;
  n_a -= head + tail;
  n_b -= head + tail;
  if (n_a + n_b == 1 || (n_a == 1 && n_b == 1))
    return TRUE;
  return n_a == 2 && n_b == 2 && a[head] == b[head + 1] && a[head + 1] == b[head];
}

static const char *
find_typo(const LtLookalikes *set, const char *label, gsize len)
{
  if (len + 1 < MIN_TYPO_LEN)
    return NULL;
  for (gsize without = 0; without <= len; without++) {
    guint64 hash = hash_without(label, len, without);
    const char *known = g_hash_table_lookup(set->variants, &hash);

    /* People see the first letter; and many names differ in it alone ("arena", "garena"). */
    if (known != NULL && known[0] == label[0] && is_one_typo(label, len, known, strlen(known)))
      return known;
  }
  return NULL;
}

/* Whether @text is nothing but digits, hyphens and words that imitators add. */
static gboolean
is_added(const LtLookalikes *set, const char *text, gsize len)
{
  gsize at = 0;

  while (at < len) {
    char word[LABEL_MAX_LEN + 1];
    gsize n = len - at;

    if (g_ascii_isdigit(text[at]) || text[at] == '-') {
      at++;
      continue;
    }
    for (; n > 0; n--) {
      memcpy(word, text + at, n);
      word[n] = '\0';
      if (g_hash_table_contains(set->words, word))
        break;
    }
    if (n == 0)
      return FALSE;
    at += n;
  }
  return len > 0;
}

static gboolean
is_edge(const char *label, gsize len, gsize at)
{
  return at == 0 || at == len || label[at] == '-' || label[at - 1] == '-';
}

/* Whether the protected label that stands there has added words around it and nothing else. */
static gboolean
is_dressed(const LtLookalikes *set, const char *label, gsize len, gsize from, gsize to)
{
  if (to - from < MIN_INNER_LEN && (!is_edge(label, len, from) || !is_edge(label, len, to)))
    return FALSE;
  return (from == 0 || is_added(set, label, from)) &&
         (to == len || is_added(set, label + to, len - to));
}

/* A protected label somewhere in @label, and added words around it. */
static const char *
find_words(const LtLookalikes *set, const char *label, gsize len)
{
  for (gsize from = 0; from < len; from++) {
    guint64 hash = FNV_OFFSET;

    for (gsize to = from + 1; to <= len; to++) {
      const char *known;

      hash = hash_step(hash, label[to - 1]);
      if ((set->lengths >> (to - from) & 1) == 0 || to - from == len)
        continue;
      known = g_hash_table_lookup(set->whole, &hash);
      if (known != NULL && memcmp(known, label + from, to - from) == 0 &&
          is_dressed(set, label, len, from, to))
        return g_hash_table_lookup(set->labels, known);
    }
  }
  return NULL;
}

/* "bank.example" as whole labels in front of the registered name, at the beginning or behind "www".
 * Behind more it is a network for downloads that has its customers' names in its own. */
static const char *
find_inside(const LtLookalikes *set, const LtHostWalk *walk, const char *registered)
{
  for (guint i = walk->n; i-- > 0;) {
    const char *at = walk->host + walk->start[i];
    const char *dot = strchr(at, '.');
    char label[LABEL_MAX_LEN + 1];
    const char *domain;
    gsize n_domain;

    if (at >= registered || dot == NULL ||
        (i + 1 < walk->n && (i + 2 < walk->n || !g_str_has_prefix(walk->host, "www."))))
      break;
    memcpy(label, at, (gsize) (dot - at));
    label[dot - at] = '\0';
    domain = g_hash_table_lookup(set->labels, label);
    n_domain = domain != NULL ? strlen(domain) : 0;
    if (domain != NULL && strncmp(at, domain, n_domain) == 0 && at[n_domain] == '.')
      return domain;
  }
  return NULL;
}

static gboolean
is_within_any(const LtHostIndex *index, const LtHostWalk *walk)
{
  for (guint suffix = 0; suffix < walk->n; suffix++) {
    if (lt_host_index_find(index, walk, suffix) != LT_HOST_INDEX_NONE)
      return TRUE;
  }
  return FALSE;
}

static gboolean
found(LtLookalike *out, LtLookalikeKind kind, const char *of)
{
  *out = (LtLookalike){kind, of};
  return TRUE;
}

/* A likeness to a company of Viet Nam is chance in another country's names. */
static gboolean
is_near(const LtLookalikes *set, const char *suffix)
{
  const char *last = strrchr(suffix, '.') != NULL ? strrchr(suffix, '.') + 1 : suffix;

  return strlen(last) > 2 || strcmp(last, "vn") == 0 ||
         g_hash_table_contains(set->suffixes, suffix);
}

/* The label that somebody registered, and the suffix below which. */
static gboolean
find_label(
    const LtLookalikes *set, const char *label, gsize len, const char *suffix, LtLookalike *out)
{
  char plain[LABEL_MAX_LEN + 1];
  char skeleton[LABEL_MAX_LEN + 1];
  gsize n_plain = plain_label(label, len, plain);
  const char *known = g_hash_table_lookup(set->labels, plain);
  const gboolean is_spelled = n_plain == len && memcmp(plain, label, len) == 0;

  if (known != NULL && !is_spelled)
    return found(out, LT_LOOKALIKE_LETTERS, known);
  if (known != NULL)
    return g_hash_table_contains(set->suffixes, suffix) && found(out, LT_LOOKALIKE_SUFFIX, known);
  make_skeleton(plain, n_plain, skeleton);
  known = g_hash_table_lookup(set->skeletons, skeleton);
  if (known != NULL)
    return found(out, LT_LOOKALIKE_LETTERS, known);
  known = is_near(set, suffix) ? find_typo(set, plain, n_plain) : NULL;
  if (known != NULL)
    return found(out, LT_LOOKALIKE_TYPO, g_hash_table_lookup(set->labels, known));
  known = find_words(set, plain, n_plain);
  return known != NULL && found(out, LT_LOOKALIKE_WORDS, known);
}

/* Letters alone are also inside of honest words: then only added words stand around them. */
static gboolean
is_token_there(const LtLookalikes *set, const char *token, const char *label, gsize len)
{
  const gsize n = strlen(token);
  const char *at = memmem(label, len, token, n);
  gsize from;

  if (at == NULL)
    return FALSE;
  from = (gsize) (at - label);
  return token[strcspn(token, "0123456789")] != '\0' ||
         ((from == 0 || is_added(set, label, from)) &&
          (from + n == len || is_added(set, at + n, len - from - n)));
}

static gboolean
find_token(const LtLookalikes *set, const LtHostWalk *walk, LtLookalike *out)
{
  for (guint i = 0; i < set->tokens->len; i++) {
    const char *token = g_ptr_array_index(set->tokens, i);

    if (strstr(walk->host, token) == NULL)
      continue;
    for (guint j = 0; j < walk->n; j++) {
      const char *label = walk->host + walk->start[j];

      if (is_token_there(set, token, label, strcspn(label, ".")))
        return found(out, LT_LOOKALIKE_GAMBLING, token);
    }
  }
  return FALSE;
}

gboolean
lt_lookalikes_find(const LtLookalikes *set, const LtHostWalk *walk, LtLookalike *out)
{
  const char *registered;
  const char *dot;
  const char *inside;

  if (walk->n < 2 || walk->is_address || is_within_any(set->domains, walk) ||
      is_within_any(set->trusted, walk))
    return FALSE;
  registered = lt_host_registrable(walk->host);
  dot = registered != NULL ? strchr(registered, '.') : NULL;
  if (dot == NULL)
    return FALSE;
  inside = find_inside(set, walk, registered);
  if (inside != NULL)
    return found(out, LT_LOOKALIKE_INSIDE, inside);
  return find_label(set, registered, (gsize) (dot - registered), dot + 1, out) ||
         find_token(set, walk, out);
}

/* Reading */

static gboolean
invalid(GError **error, const char *where, const char *what)
{
  g_set_error(error, LT_LOOKALIKE_ERROR, LT_LOOKALIKE_ERROR_INVALID, "%s: %s", where, what);
  return FALSE;
}

static const char *
keep(LtLookalikes *set, const char *text)
{
  char *copy = g_strdup(text);

  g_ptr_array_add(set->texts, copy);
  return copy;
}

static void
add_hash(GHashTable *table, guint64 hash, const char *label)
{
  g_hash_table_insert(table, g_memdup2(&hash, sizeof hash), (gpointer) label);
}

static void
add_variants(LtLookalikes *set, const char *label)
{
  gsize len = strlen(label);

  for (gsize without = 0; len >= MIN_TYPO_LEN && without <= len; without++)
    add_hash(set->variants, hash_without(label, len, without), label);
}

static void
add_domain(LtLookalikes *set, const char *name)
{
  const char *domain = keep(set, name);
  g_autofree char *first = g_strndup(domain, strcspn(domain, "."));
  const char *label;
  char skeleton[LABEL_MAX_LEN + 1];

  lt_host_index_add(set->domains, domain);
  if (g_hash_table_contains(set->labels, first))
    return;
  label = keep(set, first);
  make_skeleton(label, strlen(label), skeleton);
  set->lengths |= G_GUINT64_CONSTANT(1) << strlen(label);
  add_hash(set->whole, hash_without(label, strlen(label), G_MAXSIZE), label);
  g_hash_table_insert(set->labels, (gpointer) label, (gpointer) domain);
  if (strlen(label) >= MIN_INNER_LEN)
    g_hash_table_insert(set->skeletons, (gpointer) keep(set, skeleton), (gpointer) domain);
  add_variants(set, label);
}

typedef void (*AddFunc)(LtLookalikes *set, const char *text);

static gboolean
read_texts(
    LtLookalikes *set, struct json_object *array, const char *where, AddFunc add, GError **error)
{
  if (!json_object_is_type(array, json_type_array))
    return invalid(error, where, "an array of names is wanted");
  for (gsize i = 0; i < json_object_array_length(array); i++) {
    struct json_object *item = json_object_array_get_idx(array, i);
    const char *text = json_object_get_string(item);
    LtHost host;

    if (!json_object_is_type(item, json_type_string) ||
        lt_host_from_wire((const guint8 *) text, strlen(text), &host) != LT_HOST_OK ||
        strcmp(host.name, text) != 0)
      return invalid(error, where, text != NULL ? text : "a name in lower case is wanted");
    add(set, text);
  }
  return TRUE;
}

static void
add_word(LtLookalikes *set, const char *text)
{
  g_hash_table_add(set->words, (gpointer) keep(set, text));
}

static void
add_suffix(LtLookalikes *set, const char *text)
{
  g_hash_table_add(set->suffixes, (gpointer) keep(set, text));
}

static void
add_trusted(LtLookalikes *set, const char *text)
{
  lt_host_index_add(set->trusted, text);
}

static void
add_token(LtLookalikes *set, const char *text)
{
  g_ptr_array_add(set->tokens, (gpointer) keep(set, text));
}

static gboolean
read_protected(LtLookalikes *set, struct json_object *array, GError **error)
{
  if (!json_object_is_type(array, json_type_array))
    return invalid(error, "/protected", "an array is wanted");
  for (gsize i = 0; i < json_object_array_length(array); i++) {
    g_autofree char *where = g_strdup_printf("/protected/%zu/domains", i);

    if (!read_texts(set,
                    json_object_object_get(json_object_array_get_idx(array, i), "domains"),
                    where,
                    add_domain,
                    error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_all(LtLookalikes *set, struct json_object *root, GError **error)
{
  static const struct {
    const char *key;
    AddFunc add;
  } parts[] = {
      {"added-words", add_word},
      {"cheap-suffixes", add_suffix},
      {"trusted-suffixes", add_trusted},
      {"gambling-tokens", add_token},
  };

  if (!json_object_is_type(root, json_type_object))
    return invalid(error, "/", "an object is wanted");
  if (!read_protected(set, json_object_object_get(root, "protected"), error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
    if (!read_texts(
            set, json_object_object_get(root, parts[i].key), parts[i].key, parts[i].add, error))
      return FALSE;
  }
  return TRUE;
}

LtLookalikes *
lt_lookalikes_new(const char *json, gsize len, GError **error)
{
  g_autoptr(LtLookalikes) set = g_new0(LtLookalikes, 1);
  struct json_tokener *tokener = json_tokener_new();
  struct json_object *root = json_tokener_parse_ex(tokener, json, (int) MIN(len, G_MAXINT));
  gboolean is_read;

  set->n_refs = 1;
  set->domains = lt_host_index_new();
  set->trusted = lt_host_index_new();
  set->labels = g_hash_table_new(g_str_hash, g_str_equal);
  set->skeletons = g_hash_table_new(g_str_hash, g_str_equal);
  set->variants = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  set->whole = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  set->words = g_hash_table_new(g_str_hash, g_str_equal);
  set->suffixes = g_hash_table_new(g_str_hash, g_str_equal);
  set->tokens = g_ptr_array_new();
  set->texts = g_ptr_array_new_with_free_func(g_free);
  is_read = read_all(set, root, error);
  json_object_put(root);
  json_tokener_free(tokener);
  return is_read ? g_steal_pointer(&set) : NULL;
}

LtLookalikes *
lt_lookalikes_ref(LtLookalikes *set)
{
  g_atomic_int_inc(&set->n_refs);
  return set;
}

void
lt_lookalikes_unref(LtLookalikes *set)
{
  if (set == NULL || !g_atomic_int_dec_and_test(&set->n_refs))
    return;
  g_hash_table_unref(set->labels);
  g_hash_table_unref(set->skeletons);
  g_hash_table_unref(set->variants);
  g_hash_table_unref(set->whole);
  g_hash_table_unref(set->words);
  g_hash_table_unref(set->suffixes);
  g_ptr_array_unref(set->tokens);
  lt_host_index_free(set->domains);
  lt_host_index_free(set->trusted);
  g_ptr_array_unref(set->texts);
  g_free(set);
}
