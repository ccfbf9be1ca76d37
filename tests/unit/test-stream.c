/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams put in order: coverage, conflicts, limits, sequence numbers that wrap. */
#include "policy/wire/stream.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPACITY 64u

static LtStreamAnswer
add(LtStream *stream, guint32 offset, const char *text)
{
  return lt_stream_add(stream, stream->first_seq + offset, (const guint8 *) text, strlen(text));
}

/* With a first byte near the wrap of sequence numbers and far from it. */
static const guint32 first_seqs[] = {0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

static void
test_order(void)
{
  static const char *const orders[] = {"0123", "3210", "0213", "1302", "2031", "3120"};
  static const char *const parts[] = {"ab", "cde", "f", "gh"};
  static const guint32 offsets[] = {0, 2, 5, 6};

  for (gsize s = 0; s < G_N_ELEMENTS(first_seqs); s++) {
    for (gsize o = 0; o < G_N_ELEMENTS(orders); o++) {
      guint8 buffer[CAPACITY];
      LtStream stream;

      lt_stream_init(&stream, buffer, CAPACITY, first_seqs[s]);
      g_assert_cmpuint(lt_stream_contiguous(&stream), ==, 0);
      for (gsize i = 0; i < 4; i++) {
        int part = orders[o][i] - '0';

        g_assert_cmpint(add(&stream, offsets[part], parts[part]), ==, LT_STREAM_ADDED);
      }
      g_assert_cmpuint(stream.n_ranges, ==, 1);
      g_assert_cmpmem(buffer, lt_stream_contiguous(&stream), "abcdefgh", 8);
    }
  }
}

static void
test_conflicts(void)
{
  static const struct {
    const char *label;
    guint32 offset;
    const char *text;
    LtStreamAnswer answer;
  } rows[] = {
      {"the same again", 10, "abcdef", LT_STREAM_ADDED},
      {"a part again", 12, "cd", LT_STREAM_ADDED},
      {"more around it", 9, "xabcdefx", LT_STREAM_ADDED},
      {"last byte differs", 10, "abcdeX", LT_STREAM_CONFLICT},
      {"first byte differs", 8, "xxX", LT_STREAM_CONFLICT},
      {"touches before", 8, "xx", LT_STREAM_ADDED},
      {"touches behind", 16, "X", LT_STREAM_ADDED},
      {"spans both and differs in the second", 10, "abcdef1234YZ", LT_STREAM_CONFLICT},
      {"spans both", 10, "abcdef1234yz", LT_STREAM_ADDED},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 buffer[CAPACITY];
    LtStream stream;

    g_test_message("%s", rows[i].label);
    lt_stream_init(&stream, buffer, CAPACITY, 0xfffffff8);
    g_assert_cmpint(add(&stream, 10, "abcdef"), ==, LT_STREAM_ADDED);
    g_assert_cmpint(add(&stream, 20, "yz"), ==, LT_STREAM_ADDED);
    g_assert_cmpint(add(&stream, rows[i].offset, rows[i].text), ==, rows[i].answer);
    g_assert_cmpmem(buffer + 10, 6, "abcdef", 6);
    g_assert_cmpmem(buffer + 20, 2, "yz", 2);
  }
}

static void
test_edges(void)
{
  static const struct {
    const char *label;
    gint64 offset;
    gsize len;
    LtStreamAnswer answer;
    guint32 contiguous;
  } rows[] = {
      {"nothing", 0, 0, LT_STREAM_ADDED, 0},
      {"all but one", 0, CAPACITY - 1, LT_STREAM_ADDED, CAPACITY - 1},
      {"all", 0, CAPACITY, LT_STREAM_ADDED, CAPACITY},
      {"one too many", 0, CAPACITY + 1, LT_STREAM_FULL, CAPACITY},
      {"last byte", CAPACITY - 1, 1, LT_STREAM_ADDED, 0},
      {"past the last byte", CAPACITY - 1, 2, LT_STREAM_FULL, 0},
      {"behind the buffer", CAPACITY, 1, LT_STREAM_FULL, 0},
      {"wholly before", -3, 2, LT_STREAM_OUTSIDE, 0},
      {"ends before the first byte", -3, 3, LT_STREAM_OUTSIDE, 0},
      {"reaches the first byte", -3, 4, LT_STREAM_ADDED, 1},
      {"from before to all", -3, CAPACITY + 3, LT_STREAM_ADDED, CAPACITY},
      {"a window ahead", 1 << 30, 1, LT_STREAM_FULL, 0},
      {"more than a window ahead", (1 << 30) + 1, 1, LT_STREAM_OUTSIDE, 0},
      {"half the circle ahead", G_MAXINT32, 1, LT_STREAM_OUTSIDE, 0},
      {"half the circle behind", G_MININT32, 1, LT_STREAM_OUTSIDE, 0},
  };
  guint8 bytes[CAPACITY + 8];

  memset(bytes, 'x', sizeof bytes);
  for (gsize s = 0; s < G_N_ELEMENTS(first_seqs); s++) {
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
      guint8 buffer[CAPACITY];
      LtStream stream;

      g_test_message("%s from %u", rows[i].label, first_seqs[s]);
      lt_stream_init(&stream, buffer, CAPACITY, first_seqs[s]);
      g_assert_cmpint(
          lt_stream_add(&stream, first_seqs[s] + (guint32) rows[i].offset, bytes, rows[i].len),
          ==,
          rows[i].answer);
      g_assert_cmpuint(lt_stream_contiguous(&stream), ==, rows[i].contiguous);
    }
  }
}

static void
test_holes(void)
{
  guint8 buffer[CAPACITY];
  LtStream stream;

  lt_stream_init(&stream, buffer, CAPACITY, 5);
  for (guint32 i = 0; i < LT_STREAM_MAX_RANGES; i++)
    g_assert_cmpint(add(&stream, 1 + 2 * i, "x"), ==, LT_STREAM_ADDED);
  g_assert_cmpuint(stream.n_ranges, ==, LT_STREAM_MAX_RANGES);
  g_assert_cmpint(add(&stream, 1 + 2 * LT_STREAM_MAX_RANGES, "x"), ==, LT_STREAM_FULL);
  g_assert_cmpint(add(&stream, 0, "x"), ==, LT_STREAM_ADDED);
  g_assert_cmpuint(lt_stream_contiguous(&stream), ==, 2);
  for (guint32 i = 1; i < LT_STREAM_MAX_RANGES; i++)
    g_assert_cmpint(add(&stream, 2 * i, "y"), ==, LT_STREAM_ADDED);
  g_assert_cmpuint(stream.n_ranges, ==, 1);
  g_assert_cmpuint(lt_stream_contiguous(&stream), ==, 2 * LT_STREAM_MAX_RANGES);
}

static void
test_drop(void)
{
  static const struct {
    const char *label;
    guint32 n;
    guint32 contiguous;
    guint16 n_ranges;
  } rows[] = {
      {"nothing", 0, 4, 2},
      {"part of the first", 3, 1, 2},
      {"all of the first", 4, 0, 1},
      {"into the hole", 7, 0, 1},
      {"up to the second", 8, 2, 1},
      {"into the second", 9, 1, 1},
      {"all", 10, 0, 0},
      {"more than there is", 1000, 0, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    guint8 buffer[CAPACITY];
    LtStream stream;

    g_test_message("%s", rows[i].label);
    lt_stream_init(&stream, buffer, CAPACITY, 0xfffffffd);
    g_assert_cmpint(add(&stream, 0, "abcd"), ==, LT_STREAM_ADDED);
    g_assert_cmpint(add(&stream, 8, "ij"), ==, LT_STREAM_ADDED);
    lt_stream_drop(&stream, rows[i].n);
    g_assert_cmpuint(lt_stream_contiguous(&stream), ==, rows[i].contiguous);
    g_assert_cmpuint(stream.n_ranges, ==, rows[i].n_ranges);
    g_assert_cmpuint(stream.first_seq, ==, 0xfffffffd + rows[i].n);
    if (rows[i].contiguous > 0)
      g_assert_cmpmem(buffer, rows[i].contiguous, &"abcd....ij"[rows[i].n], rows[i].contiguous);
  }
}

static sigjmp_buf stopped;

static void
on_fault(int number)
{
  siglongjmp(stopped, 1);
}

/* Stopped while it copies, as by a signal at a page that is touched for the first time: nothing is
 * said to be there that is not. */
static void
test_stopped(void)
{
  gsize page = (gsize) sysconf(_SC_PAGESIZE);
  guint8 *buffer = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  g_assert_true(buffer != MAP_FAILED);
  LtStream stream;
  lt_stream_init(&stream, buffer, (guint32) page, 0);
  struct sigaction before, now = {.sa_handler = on_fault};
  g_assert_cmpint(sigaction(SIGSEGV, &now, &before), ==, 0);
  if (sigsetjmp(stopped, 1) == 0) {
    LtStreamAnswer answer = add(&stream, 0, "abcd");
    g_assert_cmpint(answer, !=, answer); /* there is nothing to copy to */
  }
  g_assert_cmpint(sigaction(SIGSEGV, &before, NULL), ==, 0);
  g_assert_cmpuint(lt_stream_contiguous(&stream), ==, 0);
  g_assert_cmpint(mprotect(buffer, page, PROT_READ | PROT_WRITE), ==, 0);
  g_assert_cmpint(add(&stream, 0, "efgh"), ==, LT_STREAM_ADDED);
  g_assert_cmpint(munmap(buffer, page), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stream/order", test_order);
  g_test_add_func("/stream/conflicts", test_conflicts);
  g_test_add_func("/stream/edges", test_edges);
  g_test_add_func("/stream/holes", test_holes);
  g_test_add_func("/stream/drop", test_drop);
  g_test_add_func("/stream/stopped", test_stopped);
  return g_test_run();
}
