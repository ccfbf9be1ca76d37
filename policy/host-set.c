/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a host set in place. Only its small tables are taken apart when it is opened. */
#include "policy/host-set.h"

#include "policy/host-hash.h"
#include "policy/host-pattern.h"
#include "policy/host-set-layout.h"
#include "policy/host-set-lists.h"

#include <nettle/sha2.h>
#include <string.h>

G_DEFINE_QUARK(lt_host_set_error, lt_host_set_error)

/* Classes of a set: what several lists say of one name, as bytes of the file. */
typedef struct {
  const guint8 *records; /* list, LtListed */
  guint n;
} Class;

typedef struct {
  guint64 hash;
  guint8 list;
  guint8 listed;
  LtHostPattern *pattern;
} Pattern;

struct _LtHostSet {
  gint n_refs;
  GBytes *bytes;
  LtHostSetShape shape;
  LtHostHashKey key;
  guint64 n_names;
  gint64 utc_made_s;
  const guint8 *directory;
  const guint8 *names;
  gsize names_bytes; /* directory, names and padding */
  GArray *classes;   /* Class */
  GArray *patterns;  /* Pattern, by hash */
  guint n_free;      /* patterns for every name, the first */
  GPtrArray *lists;  /* LtHostSetList */
  LtHostPatternScratch *scratch;
};

/* What one list has said so far of the name that is asked for. */
enum {
  SAID_YES = 1 << 0,
  SAID_NO = 1 << 1,
  SAID_YES_IMPORTANT = 1 << 2,
  SAID_NO_IMPORTANT = 1 << 3,
};

typedef struct {
  guint8 said[256];
  guint8 lists[256]; /* those that have said something */
  guint n_lists;
} Answers;

static inline guint32
read_u16(const guint8 *at)
{
  return at[0] | (guint32) at[1] << 8;
}

static inline guint32
read_u32(const guint8 *at)
{
  guint32 number;

  memcpy(&number, at, sizeof number);
  return GUINT32_FROM_LE(number);
}

static inline guint64
read_u64(const guint8 *at)
{
  guint64 number;

  memcpy(&number, at, sizeof number);
  return GUINT64_FROM_LE(number);
}

static gboolean
damaged(GError **error, const char *what)
{
  g_set_error(error,
              LT_HOST_SET_ERROR,
              LT_HOST_SET_ERROR_DAMAGED,
              "%s; make or fetch the lists again",
              what);
  return FALSE;
}

static gboolean
has_digest(const guint8 *bytes, gsize len, const guint8 *wanted)
{
  guint8 digest[SHA256_DIGEST_SIZE];
  struct sha256_ctx ctx;

  sha256_init(&ctx);
  sha256_update(&ctx, len, bytes);
  sha256_digest(&ctx, sizeof digest, digest);
  return memcmp(digest, wanted, sizeof digest) == 0;
}

static gboolean
check_header(const guint8 *at, gsize len, GError **error)
{
  if (len < LT_HOST_SET_HEADER_BYTES || memcmp(at, LT_HOST_SET_MAGIC, 8) != 0)
    return damaged(error, "not a set of names");
  if (read_u32(at + LT_HOST_SET_AT_VERSION) != LT_HOST_SET_VERSION) {
    g_set_error(error,
                LT_HOST_SET_ERROR,
                LT_HOST_SET_ERROR_VERSION,
                "a set of version %u, this program reads version %u; make it again",
                read_u32(at + LT_HOST_SET_AT_VERSION),
                LT_HOST_SET_VERSION);
    return FALSE;
  }
  if (!has_digest(at, LT_HOST_SET_AT_HEADER_SHA256, at + LT_HOST_SET_AT_HEADER_SHA256))
    return damaged(error, "the header is not as it was made");
  if (read_u64(at + LT_HOST_SET_AT_FILE_BYTES) != len)
    return damaged(error, "the file is cut short or has more than it should");
  return TRUE;
}

static gboolean
read_shape(LtHostSet *set, const guint8 *at)
{
  LtHostSetShape *shape = &set->shape;

  shape->dir_bits = at[LT_HOST_SET_AT_DIR_BITS];
  shape->class_bits = at[LT_HOST_SET_AT_CLASS_BITS];
  shape->entry_bytes = at[LT_HOST_SET_AT_ENTRY_BYTES];
  set->n_names = read_u64(at + LT_HOST_SET_AT_N_NAMES);
  set->utc_made_s = (gint64) read_u64(at + LT_HOST_SET_AT_UTC_MADE_S);
  set->key = lt_host_hash_key(at + LT_HOST_SET_AT_KEY);
  return shape->dir_bits <= LT_HOST_SET_MAX_DIR_BITS &&
         shape->class_bits <= LT_HOST_SET_MAX_CLASS_BITS &&
         (shape->entry_bytes == 6 || shape->entry_bytes == 7) && set->n_names <= G_MAXUINT32;
}

static gboolean
read_classes(LtHostSet *set, const guint8 *at, gsize len, guint32 n)
{
  for (guint32 i = 0; i < n; i++) {
    Class class;

    if (len < 2 || (len - 2) / 2 < read_u16(at))
      return FALSE;
    class.n = read_u16(at);
    class.records = at + 2;
    at += 2 + 2 * class.n;
    len -= 2 + 2 * class.n;
    g_array_append_val(set->classes, class);
  }
  return len == 0 && n > 0 && g_array_index(set->classes, Class, 0).n == 0;
}

static gboolean
read_patterns(LtHostSet *set, const guint8 *at, gsize len, guint32 n)
{
  for (guint32 i = 0; i < n; i++) {
    Pattern pattern = {0};
    guint32 n_text;

    if (len < 12 || len - 12 < read_u16(at + 10))
      return FALSE;
    pattern.hash = read_u64(at);
    pattern.list = at[8];
    pattern.listed = at[9];
    n_text = read_u16(at + 10);
    if (lt_host_pattern_new((const char *) at + 12, n_text, &pattern.pattern) != LT_HOST_PATTERN_OK)
      return FALSE;
    at += 12 + n_text;
    len -= 12 + n_text;
    g_array_append_val(set->patterns, pattern);
    set->n_free += pattern.hash == 0 ? 1 : 0;
  }
  return len == 0 && n <= LT_HOST_SET_MAX_PATTERNS;
}

static void
clear_pattern(gpointer data)
{
  lt_host_pattern_free(((Pattern *) data)->pattern);
}

/* The tables between header and directory, in their order. */
static gboolean
read_tables(LtHostSet *set, const guint8 *at, gsize len, GError **error)
{
  const guint8 *tables = at + LT_HOST_SET_HEADER_BYTES;
  const guint64 classes_bytes = read_u32(at + LT_HOST_SET_AT_CLASSES_BYTES);
  const guint64 patterns_bytes = read_u32(at + LT_HOST_SET_AT_PATTERNS_BYTES);
  const guint64 lists_bytes = read_u32(at + LT_HOST_SET_AT_LISTS_BYTES);
  const guint64 tables_bytes = (classes_bytes + patterns_bytes + lists_bytes + 7) / 8 * 8;
  const guint64 directory_bytes = 4 * ((G_GUINT64_CONSTANT(1) << set->shape.dir_bits) + 1);

  set->names_bytes =
      directory_bytes + set->n_names * set->shape.entry_bytes + LT_HOST_SET_TAIL_BYTES;
  if (len != LT_HOST_SET_HEADER_BYTES + tables_bytes + set->names_bytes)
    return damaged(error, "the parts do not add up to the file");
  if (tables_bytes > LT_HOST_SET_MAX_TABLES_BYTES)
    return damaged(error, "the tables are larger than a set has them");
  if (!has_digest(tables, tables_bytes, at + LT_HOST_SET_AT_TABLES_SHA256))
    return damaged(error, "the tables are not as they were made");
  set->directory = tables + tables_bytes;
  set->names = set->directory + directory_bytes;
  if (!read_classes(set, tables, classes_bytes, read_u32(at + LT_HOST_SET_AT_N_CLASSES)) ||
      !read_patterns(
          set, tables + classes_bytes, patterns_bytes, read_u32(at + LT_HOST_SET_AT_N_PATTERNS)))
    return damaged(error, "the tables cannot be read");
  set->lists =
      lt_host_set_lists_read((const char *) tables + classes_bytes + patterns_bytes, lists_bytes);
  return set->lists != NULL || damaged(error, "the table of lists cannot be read");
}

LtHostSet *
lt_host_set_new(GBytes *bytes, GError **error)
{
  g_autoptr(LtHostSet) set = g_new0(LtHostSet, 1);
  gsize len;
  const guint8 *at = g_bytes_get_data(bytes, &len);

  set->n_refs = 1;
  set->bytes = g_bytes_ref(bytes);
  set->classes = g_array_new(FALSE, FALSE, sizeof(Class));
  set->patterns = g_array_new(FALSE, FALSE, sizeof(Pattern));
  g_array_set_clear_func(set->patterns, clear_pattern);
  if (!check_header(at, len, error))
    return NULL;
  if (!read_shape(set, at)) {
    damaged(error, "a header that makes no sense");
    return NULL;
  }
  if (!read_tables(set, at, len, error))
    return NULL;
  if (set->patterns->len > 0)
    set->scratch = lt_host_pattern_scratch_new();
  return g_steal_pointer(&set);
}

LtHostSet *
lt_host_set_ref(LtHostSet *set)
{
  g_atomic_int_inc(&set->n_refs);
  return set;
}

void
lt_host_set_unref(LtHostSet *set)
{
  if (set == NULL || !g_atomic_int_dec_and_test(&set->n_refs))
    return;
  lt_host_pattern_scratch_free(set->scratch);
  g_clear_pointer(&set->lists, g_ptr_array_unref);
  g_array_unref(set->patterns);
  g_array_unref(set->classes);
  g_bytes_unref(set->bytes);
  g_free(set);
}

gboolean
lt_host_set_verify(const LtHostSet *set, GError **error)
{
  const guint8 *at = g_bytes_get_data(set->bytes, NULL);

  return has_digest(set->directory, set->names_bytes, at + LT_HOST_SET_AT_NAMES_SHA256) ||
         damaged(error, "the names are not as they were made");
}

static inline guint64
entry_at(const LtHostSet *set, guint32 number)
{
  return read_u64(set->names + (guint64) number * set->shape.entry_bytes) &
         (G_MAXUINT64 >> (64 - 8 * set->shape.entry_bytes));
}

/* Hashes are even: a bucket has 10 to 20 names, and hardly ever three times as many. */
#define MAX_BUCKET 1024

/* Where a name is looked for. */
typedef struct {
  guint64 wanted; /* its remainder */
  guint32 from;   /* the bucket */
  guint32 to;
  guint32 guess; /* where in it the name would be if the remainders were evenly spaced */
} Probe;

static inline void
probe_init(const LtHostSet *set, guint64 hash, Probe *probe)
{
  const guint8 *bucket = set->directory + 4 * (gsize) lt_host_set_bucket(&set->shape, hash);
  const guint bits = 8 * set->shape.entry_bytes - set->shape.class_bits;

  probe->wanted = lt_host_set_remainder(&set->shape, hash);
  probe->from = read_u32(bucket);
  probe->to = MIN(read_u32(bucket + 4), set->n_names);
  if (probe->to <= probe->from || probe->to - probe->from > MAX_BUCKET)
    probe->to = probe->from = 0;
  probe->guess =
      probe->from +
      (guint32) ((probe->wanted >> (bits - 32)) * (guint64) (probe->to - probe->from) >> 32);
  __builtin_prefetch(set->names + (guint64) probe->guess * set->shape.entry_bytes);
}

/* The class of a name, 0 for a name that is not there. */
static inline guint32
probe_find(const LtHostSet *set, const Probe *probe)
{
  const guint class_bits = set->shape.class_bits;
  guint32 at = probe->guess;
  guint64 entry;

  if (probe->from == probe->to)
    return 0;
  while (at > probe->from && entry_at(set, at) >> class_bits > probe->wanted)
    at--;
  for (; at < probe->to; at++) {
    entry = entry_at(set, at);
    if (entry >> class_bits == probe->wanted)
      return (guint32) (entry & ((1u << class_bits) - 1));
    if (entry >> class_bits > probe->wanted)
      break;
  }
  return 0;
}

static void
say(const LtHostSet *set, Answers *answers, guint8 list, guint8 listed)
{
  guint8 said;

  if (list >= set->lists->len)
    return;
  if (answers->said[list] == 0)
    answers->lists[answers->n_lists++] = list;
  else if (((const LtHostSetList *) g_ptr_array_index(set->lists, list))->nearest_wins)
    return;
  said = (listed & LT_LISTED_EXCEPT) != 0 ? SAID_NO : SAID_YES;
  if ((listed & LT_LISTED_IMPORTANT) != 0)
    said = (guint8) (said << 2);
  answers->said[list] |= said;
}

/* Patterns are few, and those of one name stand together. */
static void
try_patterns(const LtHostSet *set, const LtHostWalk *walk, guint64 hash, Answers *answers)
{
  guint from = 0;
  guint to = set->patterns->len;

  while (from < to) {
    guint middle = from + (to - from) / 2;

    if (g_array_index(set->patterns, Pattern, middle).hash < hash)
      from = middle + 1;
    else
      to = middle;
  }
  for (; from < set->patterns->len; from++) {
    const Pattern *pattern = &g_array_index(set->patterns, Pattern, from);

    if (pattern->hash != hash)
      break;
    if (lt_host_pattern_matches(pattern->pattern, set->scratch, walk))
      say(set, answers, pattern->list, pattern->listed);
  }
}

static void
take_class(const LtHostSet *set,
           const LtHostWalk *walk,
           guint64 hash,
           guint32 number,
           gboolean is_self,
           Answers *answers)
{
  const Class *class;

  if (number >= set->classes->len)
    return;
  class = &g_array_index(set->classes, Class, number);
  for (guint i = 0; i < class->n; i++) {
    guint8 list = class->records[2 * i];
    guint8 listed = class->records[2 * i + 1];

    if ((listed & LT_LISTED_PATTERNS) != 0)
      try_patterns(set, walk, hash, answers);
    else if ((listed & (is_self ? LT_LISTED_SELF : LT_LISTED_BELOW)) != 0)
      say(set, answers, list, listed);
  }
}

/* From the name itself to its last label. FALSE: nothing was said. */
static gboolean
ask(const LtHostSet *set, const LtHostWalk *walk, Answers *answers)
{
  guint64 hash[LT_HOST_MAX_LABELS];
  guint32 class[LT_HOST_MAX_LABELS];
  Probe probe[LT_HOST_MAX_LABELS];
  guint32 any = 0;

  if (walk->n == 0)
    return FALSE;
  lt_host_hash_walk(&set->key, walk, hash);
  for (guint i = 0; i < walk->n; i++)
    __builtin_prefetch(set->directory + 4 * (gsize) lt_host_set_bucket(&set->shape, hash[i]));
  for (guint i = 0; i < walk->n; i++)
    probe_init(set, hash[i], &probe[i]);
  for (guint i = 0; i < walk->n; i++)
    any |= class[i] = probe_find(set, &probe[i]);
  if (any == 0 && set->n_free == 0)
    return FALSE;
  memset(answers->said, 0, sizeof answers->said);
  answers->n_lists = 0;
  if (set->n_free > 0)
    try_patterns(set, walk, 0, answers);
  for (guint i = walk->n; i-- > 0;) {
    if (class[i] != 0)
      take_class(set, walk, hash[i], class[i], i == walk->n - 1, answers);
  }
  return answers->n_lists > 0;
}

static gboolean
is_listed(guint8 said)
{
  if ((said & (SAID_NO_IMPORTANT | SAID_YES_IMPORTANT)) != 0)
    return (said & SAID_NO_IMPORTANT) == 0;
  return (said & (SAID_NO | SAID_YES)) == SAID_YES;
}

guint64
lt_host_set_find(const LtHostSet *set, const LtHostWalk *walk)
{
  Answers answers;
  guint64 categories = 0;

  if (!ask(set, walk, &answers))
    return 0;
  for (guint i = 0; i < answers.n_lists; i++) {
    const LtHostSetList *list = g_ptr_array_index(set->lists, answers.lists[i]);

    if (is_listed(answers.said[answers.lists[i]]))
      categories |= LT_CATEGORY_BIT(list->category);
  }
  return categories;
}

const LtHostSetList *
lt_host_set_find_list(const LtHostSet *set, const LtHostWalk *walk, LtCategory category)
{
  Answers answers;

  if (!ask(set, walk, &answers))
    return NULL;
  for (guint i = 0; i < set->lists->len; i++) {
    const LtHostSetList *list = g_ptr_array_index(set->lists, i);

    if (list->category == category && is_listed(answers.said[i]))
      return list;
  }
  return NULL;
}

LtHostSetVerdict
lt_host_set_ask_list(const LtHostSet *set, const LtHostWalk *walk, guint8 list)
{
  Answers answers;

  if (!ask(set, walk, &answers) || answers.said[list] == 0)
    return LT_HOST_SET_NONE;
  return is_listed(answers.said[list]) ? LT_HOST_SET_LISTED : LT_HOST_SET_EXCEPTED;
}

guint64
lt_host_set_n_names(const LtHostSet *set)
{
  return set->n_names;
}

GBytes *
lt_host_set_bytes(const LtHostSet *set)
{
  return set->bytes;
}

guint64
lt_host_set_n_bytes(const LtHostSet *set)
{
  return g_bytes_get_size(set->bytes);
}

guint
lt_host_set_n_patterns(const LtHostSet *set)
{
  return set->patterns->len;
}

gint64
lt_host_set_utc_made_s(const LtHostSet *set)
{
  return set->utc_made_s;
}

const GPtrArray *
lt_host_set_lists(const LtHostSet *set)
{
  return set->lists;
}

double
lt_host_set_false_match(const LtHostSet *set, guint n_labels)
{
  const LtHostSetShape *shape = &set->shape;

  return lt_host_set_chance(shape, set->n_names, n_labels);
}
