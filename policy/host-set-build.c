/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the file of a host set: names as hashes, sorted in place, what lists say of them as
 * classes.
 */
#include "policy/host-set-build.h"

#include "policy/host-set-layout.h"
#include "policy/host-set-lists.h"

#include <nettle/sha2.h>
#include <string.h>

/* Beside the LtListed of a record. */
#define CANCELS (1u << 7)
#define SCOPES ((guint) LT_LISTED_BOTH)

/* What one line says of one name; later, what all say of it. */
typedef struct {
  guint64 hash;
  guint32 class;
  guint8 list;
  guint8 listed;
} Record;

typedef struct {
  guint64 hash;
  guint8 list;
  guint8 listed;
  gboolean cancels;
  char *text;
} Pattern;

struct _LtHostSetBuild {
  guint8 key_bytes[LT_HOST_HASH_KEY_BYTES];
  LtHostHashKey key;
  GPtrArray *lists;
  GArray *records;           /* Record */
  GArray *patterns;          /* Pattern */
  guint n_free;              /* of them for every name */
  GHashTable *class_numbers; /* GBytes of records: number */
  GByteArray *classes;
  guint32 n_classes;
  guint32 single[256][32]; /* class of one record, by list and LtListed */
  LtHostSetShape shape;
};

static void
clear_pattern(gpointer data)
{
  g_free(((Pattern *) data)->text);
}

LtHostSetBuild *
lt_host_set_build_new(const guint8 *key)
{
  LtHostSetBuild *build = g_new0(LtHostSetBuild, 1);
  static const guint8 no_records[2] = {0, 0};

  memcpy(build->key_bytes, key, LT_HOST_HASH_KEY_BYTES);
  build->key = lt_host_hash_key(key);
  build->lists = g_ptr_array_new_with_free_func((GDestroyNotify) lt_host_set_list_free);
  build->records = g_array_new(FALSE, FALSE, sizeof(Record));
  build->patterns = g_array_new(FALSE, FALSE, sizeof(Pattern));
  g_array_set_clear_func(build->patterns, clear_pattern);
  build->class_numbers =
      g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  build->classes = g_byte_array_append(g_byte_array_new(), no_records, sizeof no_records);
  build->n_classes = 1;
  return build;
}

void
lt_host_set_build_free(LtHostSetBuild *build)
{
  if (build == NULL)
    return;
  g_byte_array_unref(build->classes);
  g_hash_table_unref(build->class_numbers);
  g_array_unref(build->patterns);
  g_array_unref(build->records);
  g_ptr_array_unref(build->lists);
  g_free(build);
}

guint8
lt_host_set_build_add_list(LtHostSetBuild *build, LtHostSetList *list)
{
  if (build->lists->len >= LT_HOST_SET_MAX_LISTS) {
    lt_host_set_list_free(list);
    return G_MAXUINT8;
  }
  g_ptr_array_add(build->lists, list);
  return (guint8) (build->lists->len - 1);
}

LtHostSetList *
lt_host_set_build_list(LtHostSetBuild *build, guint8 list)
{
  return g_ptr_array_index(build->lists, list);
}

static void
add_record(LtHostSetBuild *build, guint8 list, guint listed, const char *host, gsize len)
{
  Record record = {lt_host_hash_name(&build->key, host, len), 0, list, (guint8) listed};

  g_array_append_val(build->records, record);
}

void
lt_host_set_build_add_name(
    LtHostSetBuild *build, guint8 list, guint listed, const char *host, gsize len)
{
  add_record(build, list, listed, host, len);
}

void
lt_host_set_build_cancel_name(
    LtHostSetBuild *build, guint8 list, guint listed, const char *host, gsize len)
{
  add_record(build, list, listed | CANCELS, host, len);
}

LtHostPatternAnswer
lt_host_set_build_add_pattern(
    LtHostSetBuild *build, guint8 list, guint listed, const char *text, gsize len)
{
  g_autoptr(LtHostPattern) pattern = NULL;
  Pattern added = {.list = list, .listed = (guint8) listed};
  LtHostPatternAnswer answer = lt_host_pattern_new(text, len, &pattern);
  const char *suffix;

  if (answer != LT_HOST_PATTERN_OK)
    return answer;
  suffix = lt_host_pattern_suffix(pattern);
  if (build->patterns->len >= LT_HOST_SET_MAX_PATTERNS ||
      (suffix == NULL && build->n_free >= LT_HOST_SET_MAX_FREE_PATTERNS))
    return LT_HOST_PATTERN_TOO_LONG;
  if (suffix != NULL) {
    added.hash = lt_host_hash_name(&build->key, suffix, strlen(suffix));
    add_record(build, 0, LT_LISTED_PATTERNS | LT_LISTED_BOTH, suffix, strlen(suffix));
  } else {
    build->n_free++;
  }
  added.text = g_strndup(text, len);
  g_array_append_val(build->patterns, added);
  return LT_HOST_PATTERN_OK;
}

void
lt_host_set_build_cancel_pattern(
    LtHostSetBuild *build, guint8 list, guint listed, const char *text, gsize len)
{
  const Pattern cancel = {
      .list = list, .listed = (guint8) listed, .cancels = TRUE, .text = g_strndup(text, len)};

  g_array_append_val(build->patterns, cancel);
}

static gboolean
is_cancelled(const LtHostSetBuild *build, const Pattern *pattern)
{
  for (guint i = 0; i < build->patterns->len; i++) {
    const Pattern *other = &g_array_index(build->patterns, Pattern, i);

    if (other->cancels && other->list == pattern->list && other->listed == pattern->listed &&
        g_ascii_strcasecmp(other->text, pattern->text) == 0)
      return TRUE;
  }
  return FALSE;
}

static gint
compare_patterns(gconstpointer a, gconstpointer b)
{
  const Pattern *left = a;
  const Pattern *right = b;

  return left->hash < right->hash ? -1 : left->hash > right->hash;
}

/* Those that stay, by hash. */
static void
settle_patterns(LtHostSetBuild *build)
{
  GArray *kept = g_array_new(FALSE, FALSE, sizeof(Pattern));

  g_array_set_clear_func(kept, clear_pattern);
  for (guint i = 0; i < build->patterns->len; i++) {
    Pattern *pattern = &g_array_index(build->patterns, Pattern, i);

    if (pattern->cancels || is_cancelled(build, pattern))
      continue;
    g_array_append_val(kept, *pattern);
    pattern->text = NULL;
  }
  g_array_unref(build->patterns);
  build->patterns = kept;
  g_array_sort(kept, compare_patterns);
}

static inline guint
digit_of(guint64 hash, guint depth)
{
  return (hash >> (56 - 8 * depth)) & 0xff;
}

static void
sort_few(Record *records, gsize n)
{
  for (gsize i = 1; i < n; i++) {
    Record record = records[i];
    gsize j = i;

    for (; j > 0 && records[j - 1].hash > record.hash; j--)
      records[j] = records[j - 1];
    records[j] = record;
  }
}

/* By hash, in place: hashes are even, so a byte of them cuts the rest into 256 like parts. */
static void
sort_records(Record *records, gsize n, guint depth)
{
  gsize next[256] = {0};
  gsize end[256];
  gsize at = 0;

  if (n <= 32 || depth == 8) {
    sort_few(records, depth == 8 ? 0 : n);
    return;
  }
  for (gsize i = 0; i < n; i++)
    next[digit_of(records[i].hash, depth)]++;
  for (guint digit = 0; digit < 256; digit++) {
    end[digit] = at + next[digit];
    next[digit] = at;
    at = end[digit];
  }
  for (guint digit = 0; digit < 256; digit++) {
    while (next[digit] < end[digit]) {
      Record *record = &records[next[digit]];
      guint to = digit_of(record->hash, depth);
      Record other = records[next[to]];

      records[next[to]++] = *record;
      if (to != digit)
        *record = other;
    }
  }
  for (guint digit = 0; digit < 256; digit++) {
    gsize start = digit == 0 ? 0 : end[digit - 1];

    sort_records(records + start, end[digit] - start, depth + 1);
  }
}

static guint32
class_of_bytes(LtHostSetBuild *build, const guint8 *records, guint n)
{
  g_autoptr(GBytes) key = g_bytes_new(records, 2 * (gsize) n);
  gpointer number = g_hash_table_lookup(build->class_numbers, key);
  const guint8 head[2] = {(guint8) n, (guint8) (n >> 8)};

  if (number != NULL || n == 0)
    return GPOINTER_TO_UINT(number);
  g_byte_array_append(build->classes, head, sizeof head);
  g_byte_array_append(build->classes, records, 2 * n);
  g_hash_table_insert(
      build->class_numbers, g_steal_pointer(&key), GUINT_TO_POINTER(build->n_classes));
  return build->n_classes++;
}

/* The scopes that @list says with @kind (exception, important), less what is cancelled. */
static guint
scopes_of(const Record *records, gsize n, guint8 list, guint kind)
{
  guint scopes = 0;

  for (gsize i = 0; i < n; i++) {
    const Record *record = &records[i];
    gboolean is_cancelled = FALSE;

    if (record->list != list || (record->listed & ~SCOPES) != kind)
      continue;
    for (gsize j = 0; j < n && !is_cancelled; j++)
      is_cancelled = records[j].list == list && records[j].listed == (record->listed | CANCELS);
    if (!is_cancelled)
      scopes |= record->listed & SCOPES;
  }
  return scopes;
}

/* Written alike for names of which the same is said, whatever the order of lines. */
static guint32
class_of(LtHostSetBuild *build, const Record *records, gsize n)
{
  guint8 bytes[2 * 8 * 256];
  guint n_bytes = 0;
  guint8 seen[256 / 8] = {0};

  if (n == 1 && (records->listed & CANCELS) == 0) {
    guint32 *class = &build->single[records->list][records->listed];

    if (*class == 0)
      *class = class_of_bytes(build, (guint8[]){records->list, records->listed}, 1);
    return *class;
  }
  for (gsize i = 0; i < n; i++)
    seen[records[i].list / 8] |= (guint8) (1u << records[i].list % 8);
  for (guint list = 0; list < 256; list++) {
    if ((seen[list / 8] >> list % 8 & 1) == 0)
      continue;
    for (guint kind = 0; kind < CANCELS; kind += LT_LISTED_EXCEPT) {
      guint scopes = scopes_of(records, n, (guint8) list, kind);

      if (scopes == 0)
        continue;
      bytes[n_bytes++] = (guint8) list;
      bytes[n_bytes++] = (guint8) (kind | scopes);
    }
  }
  return class_of_bytes(build, bytes, n_bytes / 2);
}

/* One record for each name; those that are cancelled go. */
static void
join_records(LtHostSetBuild *build)
{
  Record *records = (Record *) (void *) build->records->data;
  gsize n = build->records->len;
  gsize n_names = 0;

  for (gsize i = 0; i < n;) {
    gsize next = i + 1;
    guint32 class;

    while (next < n && records[next].hash == records[i].hash)
      next++;
    class = class_of(build, records + i, next - i);
    if (class != 0)
      records[n_names++] = (Record){.hash = records[i].hash, .class = class};
    i = next;
  }
  g_array_set_size(build->records, (guint) n_names);
}

static guint
bits_for(guint32 n)
{
  guint bits = 0;

  while ((G_GUINT64_CONSTANT(1) << bits) < n)
    bits++;
  return bits;
}

static gboolean
choose_shape(LtHostSetBuild *build)
{
  LtHostSetShape *shape = &build->shape;
  const guint n = build->records->len;

  *shape = (LtHostSetShape){.class_bits = bits_for(build->n_classes), .entry_bytes = 6};
  while (shape->dir_bits < LT_HOST_SET_MAX_DIR_BITS &&
         (guint64) LT_HOST_SET_BUCKET_NAMES << (shape->dir_bits + 1) <= n)
    shape->dir_bits++;
  if (lt_host_set_chance(shape, n, 16) > LT_HOST_SET_MAX_FALSE_MATCH)
    shape->entry_bytes = 7;
  return shape->class_bits <= LT_HOST_SET_MAX_CLASS_BITS;
}

static void
put(guint8 *at, guint64 number, guint n_bytes)
{
  for (guint i = 0; i < n_bytes; i++)
    at[i] = (guint8) (number >> 8 * i);
}

static void
append_number(GByteArray *file, guint64 number, guint n_bytes)
{
  guint8 bytes[8];

  put(bytes, number, n_bytes);
  g_byte_array_append(file, bytes, n_bytes);
}

static void
digest(const guint8 *bytes, gsize len, guint8 *out)
{
  struct sha256_ctx ctx;

  sha256_init(&ctx);
  sha256_update(&ctx, len, bytes);
  sha256_digest(&ctx, SHA256_DIGEST_SIZE, out);
}

static guint32
append_patterns(LtHostSetBuild *build, GByteArray *file)
{
  const guint before = file->len;

  for (guint i = 0; i < build->patterns->len; i++) {
    const Pattern *pattern = &g_array_index(build->patterns, Pattern, i);
    const guint len = (guint) strlen(pattern->text);

    append_number(file, pattern->hash, 8);
    append_number(file, pattern->list, 1);
    append_number(file, pattern->listed, 1);
    append_number(file, len, 2);
    g_byte_array_append(file, (const guint8 *) pattern->text, len);
  }
  return file->len - before;
}

/* Classes, patterns, lists; their sizes and checksum into the header. */
static void
append_tables(LtHostSetBuild *build, GByteArray *file)
{
  g_autofree char *lists = lt_host_set_lists_write(build->lists);
  const guint n_lists = (guint) strlen(lists);
  guint32 patterns_bytes;

  g_byte_array_append(file, build->classes->data, build->classes->len);
  patterns_bytes = append_patterns(build, file);
  g_byte_array_append(file, (const guint8 *) lists, n_lists);
  while ((file->len - LT_HOST_SET_HEADER_BYTES) % 8 != 0)
    append_number(file, 0, 1);
  put(file->data + LT_HOST_SET_AT_N_CLASSES, build->n_classes, 4);
  put(file->data + LT_HOST_SET_AT_CLASSES_BYTES, build->classes->len, 4);
  put(file->data + LT_HOST_SET_AT_N_PATTERNS, build->patterns->len, 4);
  put(file->data + LT_HOST_SET_AT_PATTERNS_BYTES, patterns_bytes, 4);
  put(file->data + LT_HOST_SET_AT_LISTS_BYTES, n_lists, 4);
  digest(file->data + LT_HOST_SET_HEADER_BYTES,
         file->len - LT_HOST_SET_HEADER_BYTES,
         file->data + LT_HOST_SET_AT_TABLES_SHA256);
}

static void
append_names(LtHostSetBuild *build, GByteArray *file)
{
  const LtHostSetShape *shape = &build->shape;
  const Record *records = (const Record *) (const void *) build->records->data;
  const guint32 n = build->records->len;
  const guint before = file->len;
  guint32 done = 0;

  for (guint64 bucket = 0; bucket <= (guint64) 1 << shape->dir_bits; bucket++) {
    while (done < n && lt_host_set_bucket(shape, records[done].hash) < bucket)
      done++;
    append_number(file, done, 4);
  }
  for (guint32 i = 0; i < n; i++)
    append_number(file,
                  lt_host_set_remainder(shape, records[i].hash) << shape->class_bits |
                      records[i].class,
                  shape->entry_bytes);
  append_number(file, 0, LT_HOST_SET_TAIL_BYTES);
  digest(file->data + before, file->len - before, file->data + LT_HOST_SET_AT_NAMES_SHA256);
}

static void
fill_header(const LtHostSetBuild *build, GByteArray *file, gint64 utc_made_s)
{
  guint8 *at = file->data;

  memcpy(at, LT_HOST_SET_MAGIC, 8);
  put(at + LT_HOST_SET_AT_VERSION, LT_HOST_SET_VERSION, 4);
  at[LT_HOST_SET_AT_DIR_BITS] = (guint8) build->shape.dir_bits;
  at[LT_HOST_SET_AT_CLASS_BITS] = (guint8) build->shape.class_bits;
  at[LT_HOST_SET_AT_ENTRY_BYTES] = (guint8) build->shape.entry_bytes;
  put(at + LT_HOST_SET_AT_FILE_BYTES, file->len, 8);
  put(at + LT_HOST_SET_AT_UTC_MADE_S, (guint64) utc_made_s, 8);
  put(at + LT_HOST_SET_AT_N_NAMES, build->records->len, 8);
  memcpy(at + LT_HOST_SET_AT_KEY, build->key_bytes, LT_HOST_HASH_KEY_BYTES);
  digest(at, LT_HOST_SET_AT_HEADER_SHA256, at + LT_HOST_SET_AT_HEADER_SHA256);
}

GBytes *
lt_host_set_build_finish(LtHostSetBuild *build, gint64 utc_made_s)
{
  GByteArray *file;
  static const guint8 header[LT_HOST_SET_HEADER_BYTES];

  sort_records((Record *) (void *) build->records->data, build->records->len, 0);
  join_records(build);
  settle_patterns(build);
  if (!choose_shape(build))
    return NULL;
  file = g_byte_array_sized_new(build->records->len * 7 + (4u << build->shape.dir_bits) + 65536);
  g_byte_array_append(file, header, sizeof header);
  append_tables(build, file);
  if (file->len - LT_HOST_SET_HEADER_BYTES > LT_HOST_SET_MAX_TABLES_BYTES) {
    g_byte_array_unref(file);
    return NULL;
  }
  append_names(build, file);
  fill_header(build, file, utc_made_s);
  return g_byte_array_free_to_bytes(file);
}
