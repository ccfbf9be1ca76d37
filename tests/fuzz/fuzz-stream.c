/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: streams, against a model that is too simple to be wrong. */
#include "policy/wire/cursor.h"
#include "policy/wire/stream.h"
#include "tests/fuzz/target.h"

#include <string.h>

#define CAPACITY 200

typedef struct {
  gboolean covered[CAPACITY];
  guint8 bytes[CAPACITY];
} Model;

static gboolean
model_conflicts(const Model *model, int from, const LtCursor *bytes)
{
  for (gsize i = 0; i < bytes->left; i++) {
    int at = from + (int) i;

    if (at >= 0 && at < CAPACITY && model->covered[at] && model->bytes[at] != bytes->at[i])
      return TRUE;
  }
  return FALSE;
}

static void
model_add(Model *model, int from, const LtCursor *bytes)
{
  for (gsize i = 0; i < bytes->left; i++) {
    int at = from + (int) i;

    if (at < 0 || at >= CAPACITY)
      continue;
    model->covered[at] = TRUE;
    model->bytes[at] = bytes->at[i];
  }
}

static void
model_drop(Model *model, guint n)
{
  for (guint at = 0; at < CAPACITY; at++) {
    gboolean stays = at + n < CAPACITY;

    model->covered[at] = stays && model->covered[at + n];
    model->bytes[at] = stays ? model->bytes[at + n] : 0;
  }
}

static void
check_same(const LtStream *stream, const Model *model)
{
  guint range = 0;
  guint32 contiguous = 0;

  LT_FUZZ_CHECK(stream->n_ranges <= LT_STREAM_MAX_RANGES);
  for (guint i = 0; i < stream->n_ranges; i++) {
    LT_FUZZ_CHECK(stream->ranges[i].from < stream->ranges[i].to);
    LT_FUZZ_CHECK(i == 0 || stream->ranges[i - 1].to < stream->ranges[i].from);
  }
  for (guint at = 0; at < CAPACITY; at++) {
    gboolean covered;

    while (range < stream->n_ranges && stream->ranges[range].to <= at)
      range++;
    covered = range < stream->n_ranges && stream->ranges[range].from <= at;
    LT_FUZZ_CHECK(covered == model->covered[at]);
    LT_FUZZ_CHECK(!covered || stream->buffer[at] == model->bytes[at]);
    if (covered && contiguous == at)
      contiguous++;
  }
  LT_FUZZ_CHECK(lt_stream_contiguous(stream) == contiguous);
}

/* One segment: an offset around the buffer, a length, the bytes. */
static void
add(LtStream *stream, Model *model, int offset, const LtCursor *bytes)
{
  guint32 seq = stream->first_seq + (guint32) offset;
  LtStream before = *stream;
  LtStreamAnswer answer = lt_stream_add(stream, seq, bytes->at, bytes->left);
  gboolean conflicts = model_conflicts(model, offset, bytes);

  LT_FUZZ_CHECK((answer == LT_STREAM_CONFLICT) == conflicts);
  switch (answer) {
  case LT_STREAM_ADDED:
    model_add(model, offset, bytes);
    break;
  case LT_STREAM_FULL:
    /* Cut at the buffer's end; or one hole too many, and then nothing was added. */
    if (before.n_ranges < LT_STREAM_MAX_RANGES || memcmp(&before, stream, sizeof before) != 0)
      model_add(model, offset, bytes);
    break;
  case LT_STREAM_CONFLICT:
  case LT_STREAM_OUTSIDE:
    LT_FUZZ_CHECK(memcmp(&before, stream, sizeof before) == 0);
    break;
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  guint8 buffer[CAPACITY] = {0};
  LtCursor cursor = lt_cursor(data, size), bytes;
  Model model = {{0}, {0}};
  guint32 first_seq;
  guint8 what, position;
  LtStream stream;

  if (!lt_cursor_u32(&cursor, &first_seq))
    return 0;
  lt_stream_init(&stream, buffer, CAPACITY, first_seq);
  while (lt_cursor_u8(&cursor, &what) && lt_cursor_u8(&cursor, &position)) {
    if (what == 0xff) {
      lt_stream_drop(&stream, position);
      model_drop(&model, position);
    } else if (lt_cursor_take(&cursor, what % 64, &bytes)) {
      add(&stream, &model, (int) position - 20, &bytes);
    }
    check_same(&stream, &model);
  }
  return 0;
}
