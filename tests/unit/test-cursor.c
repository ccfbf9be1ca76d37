/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cursor: it never reads past the end, and moves only when it could read. */
#include "policy/wire/cursor.h"

static const guint8 bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05};

static void
test_numbers(void)
{
  LtCursor cursor = lt_cursor(bytes, sizeof bytes);
  guint8 u8;
  guint16 u16;
  guint32 u32;

  g_assert_true(lt_cursor_peek(&cursor, &u8));
  g_assert_cmpuint(u8, ==, 0x01);
  g_assert_cmpuint(cursor.left, ==, 5);
  g_assert_true(lt_cursor_u8(&cursor, &u8));
  g_assert_cmpuint(u8, ==, 0x01);
  g_assert_true(lt_cursor_u32(&cursor, &u32));
  g_assert_cmphex(u32, ==, 0x02030405);
  g_assert_cmpuint(cursor.left, ==, 0);
  cursor = lt_cursor(bytes, sizeof bytes);
  g_assert_true(lt_cursor_u16(&cursor, &u16));
  g_assert_cmphex(u16, ==, 0x0102);
  g_assert_true(lt_cursor_u24(&cursor, &u32));
  g_assert_cmphex(u32, ==, 0x030405);
}

/* One byte short of every wish: nothing moves and nothing is written. */
static void
test_short(void)
{
  guint8 u8 = 0xaa;
  guint16 u16 = 0xaaaa;
  guint32 u32 = 0xaaaaaaaa;
  LtCursor out = {bytes, 99};

  for (gsize len = 0; len < 4; len++) {
    LtCursor cursor = lt_cursor(bytes, len);

    if (len < 1) {
      g_assert_false(lt_cursor_peek(&cursor, &u8));
      g_assert_false(lt_cursor_u8(&cursor, &u8));
    }
    if (len < 2)
      g_assert_false(lt_cursor_u16(&cursor, &u16));
    if (len < 3)
      g_assert_false(lt_cursor_u24(&cursor, &u32));
    g_assert_false(lt_cursor_u32(&cursor, &u32));
    g_assert_false(lt_cursor_skip(&cursor, len + 1));
    g_assert_false(lt_cursor_skip(&cursor, G_MAXSIZE));
    g_assert_false(lt_cursor_take(&cursor, len + 1, &out));
    g_assert_true(cursor.at == bytes);
    g_assert_cmpuint(cursor.left, ==, len);
  }
  g_assert_cmphex(u8, ==, 0xaa);
  g_assert_cmphex(u16, ==, 0xaaaa);
  g_assert_cmphex(u32, ==, 0xaaaaaaaa);
  g_assert_cmpuint(out.left, ==, 99);
}

static void
test_nothing(void)
{
  LtCursor cursor = lt_cursor(NULL, 0), out;

  g_assert_true(lt_cursor_skip(&cursor, 0));
  g_assert_true(lt_cursor_take(&cursor, 0, &out));
  g_assert_false(lt_cursor_line(&cursor, &out));
}

static void
test_blocks(void)
{
  static const guint8 block8[] = {2, 0xa, 0xb, 0xc}, block16[] = {0, 2, 0xa, 0xb, 0xc};

  for (gsize len = 0; len <= sizeof block8; len++) {
    LtCursor cursor = lt_cursor(block8, len), out;

    g_assert_true(lt_cursor_block8(&cursor, &out) == (len >= 3));
    g_assert_cmpuint(cursor.left, ==, len >= 3 ? len - 3 : len);
  }
  for (gsize len = 0; len <= sizeof block16; len++) {
    LtCursor cursor = lt_cursor(block16, len), out;

    g_assert_true(lt_cursor_block16(&cursor, &out) == (len >= 4));
    g_assert_cmpuint(cursor.left, ==, len >= 4 ? len - 4 : len);
  }
}

static void
test_lines(void)
{
  static const struct {
    const char *label, *text, *line;
    gsize left;
  } rows[] = {
      {"LF", "ab\nc", "ab", 1},
      {"CRLF", "ab\r\nc", "ab", 1},
      {"empty", "\nc", "", 1},
      {"empty CRLF", "\r\n", "", 0},
      {"only one CR goes", "a\r\r\n", "a\r", 0},
      {"no end", "ab\r", NULL, 3},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtCursor cursor = lt_cursor((const guint8 *) rows[i].text, strlen(rows[i].text));
    LtCursor out = {NULL, 0};

    g_test_message("%s", rows[i].label);
    g_assert_true(lt_cursor_line(&cursor, &out) == (rows[i].line != NULL));
    g_assert_cmpuint(cursor.left, ==, rows[i].left);
    if (rows[i].line != NULL)
      g_assert_cmpmem(out.at, out.left, rows[i].line, strlen(rows[i].line));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cursor/numbers", test_numbers);
  g_test_add_func("/cursor/short", test_short);
  g_test_add_func("/cursor/nothing", test_nothing);
  g_test_add_func("/cursor/blocks", test_blocks);
  g_test_add_func("/cursor/lines", test_lines);
  return g_test_run();
}
