/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds imitations: the label that somebody registered, beside those that are protected. */
#include "policy/lookalike.h"

#include "policy/lookalike-parts.h"

#include <string.h>

static guint64
lengths_from(const LtLookalikes *set, char first)
{
  return set->lengths[(guchar) first % LT_LOOKALIKE_N_LETTERS];
}

const char *
lt_lookalike_kind_name(LtLookalikeKind kind)
{
  static const char *const names[] = {
      "none", "letters", "typo", "words", "suffix", "inside", "gambling"};

  g_return_val_if_fail(kind < G_N_ELEMENTS(names), "none");

  return names[kind];
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

/* One of the protected labels with this hash of a variant is one typo away. */
static const char *
find_variant(const LtLookalikes *set, const LtLookalikeLabel *label, guint64 hash)
{
  const LtLabelEntry *known;
  guint at = 0;

  while ((known = lt_label_table_find(set->variants, hash, &at)) != NULL) {
    /* People see the first letter; and many names differ in it alone ("arena", "garena"). */
    if (known->text[0] == label->text[0] &&
        is_one_typo(label->text, label->hashes.len, known->text, known->len))
      return known->value;
  }
  return NULL;
}

static const char *
find_typo(const LtLookalikes *set, const LtLookalikeLabel *label)
{
  const gsize len = label->hashes.len;
  const char *known;

  if (len + 1 < LT_LOOKALIKE_MIN_TYPO_LEN || len > LT_LABEL_MAX_LEN - 1 ||
      (lengths_from(set, label->text[0]) >> (len - 1) & 7) == 0)
    return NULL;
  known = find_variant(set, label, label->hashes.prefix[len]);
  for (gsize without = 1; without < len && known == NULL; without++)
    known = find_variant(set, label, lt_label_hashes_without(&label->hashes, without));
  return known;
}

/* Whether @text is nothing but digits, hyphens and words that imitators add. */
static gboolean
is_added(const LtLookalikes *set, const char *text, gsize len)
{
  LtLabelHashes hashes;
  gsize at = 0;

  lt_label_hashes_init(&hashes, text, len);
  while (at < len) {
    gsize to = len;

    if (g_ascii_isdigit(text[at]) || text[at] == '-') {
      at++;
      continue;
    }
    while (to > at &&
           lt_label_table_get(
               set->words, lt_label_hashes_part(&hashes, at, to), text + at, to - at) == NULL)
      to--;
    if (to == at)
      return FALSE;
    at = to;
  }
  return len > 0;
}

static gboolean
is_edge(const char *label, gsize len, gsize at)
{
  return at == 0 || at == len || label[at] == '-' || label[at - 1] == '-';
}

/* Whether what stands there has added words around it and nothing else. */
static gboolean
is_dressed(const LtLookalikes *set, const char *label, gsize len, gsize from, gsize to)
{
  return (from == 0 || is_added(set, label, from)) &&
         (to == len || is_added(set, label + to, len - to));
}

/* A protected label somewhere in @label, and added words around it. */
static const char *
find_words(const LtLookalikes *set, const LtLookalikeLabel *label)
{
  const gsize len = label->hashes.len;

  for (gsize from = 0; from < len; from++) {
    guint64 lengths = lengths_from(set, label->text[from]);

    for (; lengths != 0; lengths &= lengths - 1) {
      const gsize to = from + (gsize) __builtin_ctzll(lengths);
      const char *known;

      if (to > len || to - from == len)
        break;
      known = lt_label_table_get(set->labels,
                                 lt_label_hashes_part(&label->hashes, from, to),
                                 label->text + from,
                                 to - from);
      if (known != NULL &&
          (to - from >= LT_LOOKALIKE_MIN_INNER_LEN ||
           (is_edge(label->text, len, from) && is_edge(label->text, len, to))) &&
          is_dressed(set, label->text, len, from, to))
        return known;
    }
  }
  return NULL;
}

/* "bank.example" as whole labels in front of the registered name, at the beginning or behind "www".
 * Behind more it is a network for downloads that has its customers' names in its own. */
static const char *
find_inside(const LtLookalikes *set, const LtHostWalk *walk)
{
  const guint first = walk->n - 1;

  for (guint i = walk->n; i-- > 1;) {
    const char *at = walk->host + walk->start[i];
    const char *domain;
    gsize n_domain;

    if (i + 1 < first || (i < first && !g_str_has_prefix(walk->host, "www.")))
      return NULL;
    domain =
        lt_label_table_get_text(set->labels, at, (gsize) walk->start[i - 1] - walk->start[i] - 1);
    n_domain = domain != NULL ? strlen(domain) : 0;
    if (domain != NULL && strncmp(at, domain, n_domain) == 0 && at[n_domain] == '.' &&
        at < lt_host_registrable(walk->host))
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

static gboolean
is_cheap(const LtLookalikes *set, const char *suffix)
{
  return lt_label_table_get_text(set->suffixes, suffix, strlen(suffix)) != NULL;
}

/* A likeness to a company of Viet Nam is chance in another country's names. */
static gboolean
is_near(const LtLookalikes *set, const char *suffix)
{
  const char *dot = strrchr(suffix, '.');
  const char *last = dot != NULL ? dot + 1 : suffix;

  return strlen(last) > 2 || strcmp(last, "vn") == 0 || is_cheap(set, suffix);
}

/* The label that somebody registered, and the suffix below which. */
static gboolean
find_label(
    const LtLookalikes *set, const char *label, gsize len, const char *suffix, LtLookalike *out)
{
  char plain[LT_LABEL_MAX_LEN + 1];
  char skeleton[LT_LABEL_MAX_LEN + 1];
  const gsize n_plain = lt_label_plain(label, len, plain);
  const gboolean is_spelled = n_plain == len && memcmp(plain, label, len) == 0;
  gsize n_skeleton;
  const char *known;
  LtLookalikeLabel shown;

  if (n_plain == 0)
    return FALSE;
  lt_lookalike_label_init(&shown, plain, n_plain);
  known = lt_label_table_get(set->labels, shown.hashes.prefix[n_plain], plain, n_plain);
  if (known != NULL && !is_spelled)
    return found(out, LT_LOOKALIKE_LETTERS, known);
  if (known != NULL)
    return is_cheap(set, suffix) && found(out, LT_LOOKALIKE_SUFFIX, known);
  n_skeleton = lt_label_skeleton(plain, n_plain, skeleton);
  known = lt_label_table_get_text(set->skeletons, skeleton, n_skeleton);
  if (known != NULL)
    return found(out, LT_LOOKALIKE_LETTERS, known);
  known = find_typo(set, &shown);
  if (known != NULL && is_near(set, suffix))
    return found(out, LT_LOOKALIKE_TYPO, known);
  known = find_words(set, &shown);
  return known != NULL && found(out, LT_LOOKALIKE_WORDS, known);
}

/* Letters alone are also inside of honest words: then only added words stand around them. */
static gboolean
is_token_there(const LtLookalikes *set, const char *token, const char *label, gsize len, gsize at)
{
  const gsize n = strlen(token);

  return len - at >= n && memcmp(label + at, token, n) == 0 &&
         (token[strcspn(token, "0123456789")] != '\0' || is_dressed(set, label, len, at, at + n));
}

static const char *
find_token_at(const LtLookalikes *set, const char *label, gsize len, gsize at)
{
  const GPtrArray *tokens = set->tokens[(guchar) label[at] % LT_LOOKALIKE_N_LETTERS];

  for (guint i = 0; tokens != NULL && i < tokens->len; i++) {
    const char *token = g_ptr_array_index(tokens, i);

    if (is_token_there(set, token, label, len, at))
      return token;
  }
  return NULL;
}

static gboolean
find_token(const LtLookalikes *set, const LtHostWalk *walk, LtLookalike *out)
{
  gsize end = walk->len;

  for (guint i = 0; i < walk->n; i++) {
    const char *label = walk->host + walk->start[i];
    const gsize len = end - walk->start[i];

    for (gsize at = 0; at < len && len <= LT_LABEL_MAX_LEN; at++) {
      const char *token = find_token_at(set, label, len, at);

      if (token != NULL)
        return lt_host_registrable(walk->host) != NULL && found(out, LT_LOOKALIKE_GAMBLING, token);
    }
    end = walk->start[i] > 0 ? (gsize) walk->start[i] - 1 : 0;
  }
  return FALSE;
}

/* The public suffix list costs more than all else here: it is asked when there is a likeness. */
static gboolean
find_registered(const LtLookalikes *set, const LtHostWalk *walk, LtLookalike *out)
{
  for (guint i = 1; i < walk->n; i++) {
    const char *label = walk->host + walk->start[i];
    const char *suffix = walk->host + walk->start[i - 1];
    LtLookalike likeness;

    if (find_label(set, label, (gsize) (suffix - label) - 1, suffix, &likeness) &&
        lt_host_registrable(walk->host) == label)
      return found(out, likeness.kind, likeness.of);
  }
  return FALSE;
}

gboolean
lt_lookalikes_find(const LtLookalikes *set, const LtHostWalk *walk, LtLookalike *out)
{
  const char *inside;

  if (walk->n < 2 || walk->is_address || is_within_any(set->domains, walk) ||
      is_within_any(set->trusted, walk))
    return FALSE;
  inside = find_inside(set, walk);
  if (inside != NULL)
    return found(out, LT_LOOKALIKE_INSIDE, inside);
  return find_registered(set, walk, out) || find_token(set, walk, out);
}

/* Life */

LtLookalikes *
lt_lookalikes_new(const char *json, gsize len, const char *file, GError **error)
{
  g_autoptr(LtLookalikes) set = g_new0(LtLookalikes, 1);

  set->n_refs = 1;
  set->domains = lt_host_index_new();
  set->trusted = lt_host_index_new();
  set->labels = lt_label_table_new();
  set->skeletons = lt_label_table_new();
  set->variants = lt_label_table_new();
  set->words = lt_label_table_new();
  set->suffixes = lt_label_table_new();
  set->texts = g_ptr_array_new_with_free_func(g_free);
  return lt_lookalike_read(set, json, len, file, error) ? g_steal_pointer(&set) : NULL;
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
  for (guint i = 0; i < LT_LOOKALIKE_N_LETTERS; i++)
    g_clear_pointer(&set->tokens[i], g_ptr_array_unref);
  lt_label_table_free(set->suffixes);
  lt_label_table_free(set->words);
  lt_label_table_free(set->variants);
  lt_label_table_free(set->skeletons);
  lt_label_table_free(set->labels);
  lt_host_index_free(set->domains);
  lt_host_index_free(set->trusted);
  g_ptr_array_unref(set->texts);
  g_free(set);
}
