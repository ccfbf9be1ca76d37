/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of flows: finding, making room, buffers, and what is left after a sudden end. */

#include "agent/net/flow-table.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static LtTuple
tuple_of(guint32 number)
{
  LtTuple tuple = {.family = 4, .protocol = 6, .sport = (guint16) number, .dport = 443};
  tuple.saddr[0] = 10;
  memcpy(tuple.daddr, &number, sizeof number);
  return tuple;
}

static void
test_find(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  LtTuple one = tuple_of(1), two = tuple_of(2);
  g_assert_null(lt_flow_table_find(table, &one));
  LtFlow *flow = lt_flow_table_insert(table, &one, 5, 100);
  g_assert_true(lt_flow_table_find(table, &one) == flow);
  g_assert_null(lt_flow_table_find(table, &two));
  g_assert_cmpuint(flow->slot, ==, 5);

  flow->judged = TRUE;
  LtFlow *again = lt_flow_table_insert(table, &one, 6, 200);
  g_assert_true(again == flow);
  g_assert_false(again->judged);
  lt_flow_table_remove(table, again);
  g_assert_null(lt_flow_table_find(table, &one));
}

static void
count_flow(LtFlowTable *table, LtFlow *flow, gpointer user_data)
{
  (*(guint *) user_data)++;
}

/* Ten times more flows than fit: the table stays as large as it is, and the newest are known. */
static void
test_flood(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  guint n = 10 * LT_FLOW_MAX;
  for (guint i = 0; i < n; i++) {
    LtTuple tuple = tuple_of(i);
    lt_flow_table_insert(table, &tuple, 1, i);
  }
  guint count = 0;
  lt_flow_table_foreach(table, count_flow, &count);
  g_assert_cmpuint(count, <=, LT_FLOW_MAX);
  for (guint i = n - 100; i < n; i++) {
    LtTuple tuple = tuple_of(i);
    g_assert_nonnull(lt_flow_table_find(table, &tuple));
  }
}

static LtFlow *
flow_of_child(LtFlowTable *table, guint16 slot, guint32 number, gint64 now_us)
{
  LtTuple tuple = tuple_of(number);
  LtFlow *flow = lt_flow_table_insert(table, &tuple, slot, now_us);
  return lt_flow_table_stream(table, flow, 0, now_us) != NULL ? flow : NULL;
}

/* Of one of eight children. */
static LtFlow *
flow_with_buffer(LtFlowTable *table, guint32 number, gint64 now_us)
{
  return flow_of_child(table, (guint16) (1 + number % 8), number, now_us);
}

static void
test_buffers(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  LtFlow *first = flow_with_buffer(table, 0, 1000);
  for (guint i = 1; i < LT_FLOW_BUFFERS; i++)
    g_assert_nonnull(flow_with_buffer(table, i, 1000));

  /* All are undecided and young: nobody's is taken. */
  g_assert_null(flow_with_buffer(table, 9000, 1000 + LT_FLOW_UNDECIDED_US));
  /* A decided one gives way at once, the others when their time is over. */
  first->judged = TRUE;
  g_assert_nonnull(flow_with_buffer(table, 9001, 2000));
  g_assert_cmpint(first->buffer, ==, -1);
  g_assert_null(flow_with_buffer(table, 9002, 2000));
  g_assert_nonnull(flow_with_buffer(table, 9003, 1001 + LT_FLOW_UNDECIDED_US));
}

static void
test_buffers_of_one(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  LtFlow *first = flow_of_child(table, 1, 0, 1000);
  for (guint i = 1; i < LT_FLOW_BUFFERS_OF_ONE; i++)
    g_assert_nonnull(flow_of_child(table, 1, i, 1000));
  g_assert_null(flow_of_child(table, 1, 9000, 1000 + LT_FLOW_UNDECIDED_US));
  g_assert_nonnull(flow_of_child(table, 2, 9001, 1000));
  /* Decided ones do not count, nor do those whose time is over. */
  first->judged = TRUE;
  g_assert_nonnull(flow_of_child(table, 1, 9002, 1000));
  g_assert_null(flow_of_child(table, 1, 9003, 1000));
  g_assert_nonnull(flow_of_child(table, 1, 9004, 1001 + LT_FLOW_UNDECIDED_US));
}

/* A packet of a network with jumbo frames. */
#define PIECE_BYTES 8192u

static void
fill_buffer(LtFlowTable *table, LtFlow *flow, const guint8 *bytes)
{
  for (guint at = 0; at < LT_FLOW_BUFFER_BYTES; at += PIECE_BYTES) {
    LtStream *stream = lt_flow_table_stream(table, flow, 0, 1000);
    g_assert_cmpint(lt_stream_add(stream, at, bytes, PIECE_BYTES), ==, LT_STREAM_ADDED);
  }
}

static void
test_buffer_is_whole(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  g_autofree guint8 *bytes = g_malloc(PIECE_BYTES);
  memset(bytes, 'x', PIECE_BYTES);
  LtFlow *flows[LT_FLOW_BUFFERS];
  /* The last buffer of the pool ends where the mapping does. */
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    flows[i] = flow_with_buffer(table, i, 1000);
    fill_buffer(table, flows[i], bytes);
  }
  for (guint i = 0; i < LT_FLOW_BUFFERS; i++) {
    LtStream *stream = lt_flow_table_stream(table, flows[i], 0, 1000);
    g_assert_cmpuint(lt_stream_contiguous(stream), ==, LT_FLOW_BUFFER_BYTES);
    lt_flow_table_remove(table, flows[i]);
  }
  g_assert_cmpuint(lt_flow_table_n_flows(table), ==, 0);
}

/* A flood of one child costs another no flow in sets of which he has half or less: nearly all. */
static void
test_flood_of_another(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  for (guint i = 0; i < 1000; i++) {
    LtTuple tuple = tuple_of(i);
    lt_flow_table_insert(table, &tuple, 2, 1);
  }
  for (guint i = 1000; i < 10 * LT_FLOW_MAX; i++) {
    LtTuple tuple = tuple_of(i);
    lt_flow_table_insert(table, &tuple, 1, i);
  }
  guint n_known = 0;
  for (guint i = 0; i < 1000; i++) {
    LtTuple tuple = tuple_of(i);
    n_known += lt_flow_table_find(table, &tuple) != NULL;
  }
  g_assert_cmpuint(n_known, >=, 990);
}

/* However long children browse: what has ended is used again, from the front. */
static void
test_costs_what_is_used(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-flows-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "flows", NULL);
  g_autoptr(LtFlowTable) table = lt_flow_table_open(path, NULL);
  GStatBuf fresh, used;
  g_assert_cmpint(g_stat(path, &fresh), ==, 0);
  for (guint i = 0; i < 20000; i++) {
    LtFlow *flow = flow_with_buffer(table, i, 1000);
    LtStream *stream = lt_flow_table_stream(table, flow, 0, 1000);
    g_assert_cmpint(lt_stream_add(stream, 0, (const guint8 *) "hello", 5), ==, LT_STREAM_ADDED);
    LtTuple tuple = tuple_of(i - 50);
    LtFlow *ended = i >= 50 ? lt_flow_table_find(table, &tuple) : NULL;
    if (ended != NULL)
      lt_flow_table_remove(table, ended);
  }
  g_assert_cmpuint(lt_flow_table_n_flows(table), ==, 50);
  g_assert_cmpint(g_stat(path, &used), ==, 0);
  g_assert_cmpint(fresh.st_blocks * 512, <, 512 * 1024);
  g_assert_cmpint((used.st_blocks - fresh.st_blocks) * 512, <, 1024 * 1024);
  g_unlink(path);
  g_rmdir(folder);
}

static void
test_next(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  guint cursor = 0, n = 0;
  g_assert_null(lt_flow_table_next(table, &cursor));
  for (guint i = 0; i < 200; i++) {
    LtTuple tuple = tuple_of(i);
    lt_flow_table_insert(table, &tuple, 1, i);
  }
  LtFlow *flow;
  for (cursor = 0; (flow = lt_flow_table_next(table, &cursor)) != NULL; n++)
    if (flow->used_us % 2 == 1)
      lt_flow_table_remove(table, flow);
  g_assert_cmpuint(n, ==, 200);
  n = 0;
  lt_flow_table_foreach(table, count_flow, &n);
  g_assert_cmpuint(n, ==, 100);
}

static void
test_shrink(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-flows-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "flows", NULL);
  g_autoptr(LtFlowTable) table = lt_flow_table_open(path, NULL);
  GStatBuf full, shrunk;
  for (guint i = 0; i < 8000; i++) {
    LtTuple tuple = tuple_of(i);
    lt_flow_table_insert(table, &tuple, 1, i);
  }
  g_assert_cmpint(g_stat(path, &full), ==, 0);
  guint cursor = 0, n_left = 0;
  LtFlow *flow;
  while ((flow = lt_flow_table_next(table, &cursor)) != NULL) {
    if (flow->used_us >= 500)
      lt_flow_table_remove(table, flow);
    else
      n_left++;
  }
  lt_flow_table_shrink(table);
  g_assert_cmpint(g_stat(path, &shrunk), ==, 0);
  g_assert_cmpint(shrunk.st_blocks, <, full.st_blocks / 4);
  /* Those that are left are whole, and there is room for new ones. */
  guint n_found = 0;
  lt_flow_table_foreach(table, count_flow, &n_found);
  g_assert_cmpuint(n_found, ==, n_left);
  for (guint i = 0; i < 8000; i++) {
    LtTuple tuple = tuple_of(i);
    LtFlow *found = lt_flow_table_find(table, &tuple);
    if (found != NULL)
      g_assert_cmpint(found->used_us, ==, i);
    else
      lt_flow_table_insert(table, &tuple, 1, i);
  }
  g_unlink(path);
  g_rmdir(folder);
}

static void
test_outlives_us(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-flows-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "flows", NULL);
  LtTuple one = tuple_of(1);
  g_autoptr(LtFlowTable) table = lt_flow_table_open(path, NULL);
  LtFlow *flow = lt_flow_table_insert(table, &one, 5, 100);
  flow->judged = TRUE;
  g_strlcpy(flow->host.name, "school.test", sizeof flow->host.name);
  lt_flow_table_set_epoch(table, 77);
  LtStream *stream = lt_flow_table_stream(table, flow, 0, 100);
  g_assert_cmpint(lt_stream_add(stream, 0, (const guint8 *) "hello", 5), ==, LT_STREAM_ADDED);

  /* As after kill -9: the former mapping is simply there. */
  g_autoptr(LtFlowTable) next = lt_flow_table_open(path, NULL);
  g_assert_cmpuint(lt_flow_table_epoch(next), ==, 77);
  LtFlow *found = lt_flow_table_find(next, &one);
  g_assert_nonnull(found);
  g_assert_cmpstr(found->host.name, ==, "school.test");
  stream = lt_flow_table_stream(next, found, 0, 100);
  g_assert_cmpmem(stream->buffer, lt_stream_contiguous(stream), "hello", 5);

  g_unlink(path);
  g_rmdir(folder);
}

/* Whatever stands in the file: it opens, and what it gives can be used. */
/* The time that an agent was away is nobody's fault. */
static void
test_resumed(void)
{
  g_autoptr(LtFlowTable) table = lt_flow_table_open(NULL, NULL);
  LtFlow *young = flow_of_child(table, 1, 1, 1000);
  LtFlow *judged = flow_of_child(table, 1, 2, 1000);
  judged->judged = TRUE;
  gint64 later_us = 1000 + 2 * LT_FLOW_UNDECIDED_US;
  lt_flow_table_resume(table, later_us);
  g_assert_cmpint(young->begun_us, ==, later_us);
  g_assert_cmpint(judged->begun_us, ==, 1000);
  /* Its buffer is not overdue either. */
  for (guint i = 3; i < 10; i++)
    g_assert_nonnull(flow_of_child(table, 1, i, later_us + 1));
  g_assert_cmpint(young->buffer, >=, 0);
}

static void
test_damaged(void)
{
  g_autofree char *folder = g_dir_make_tmp("lt-flows-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "flows", NULL);
  for (guint round = 0; round < 20; round++) {
    g_autoptr(LtFlowTable) table = lt_flow_table_open(path, NULL);
    g_assert_nonnull(table);
    for (guint i = 0; i < 100; i++)
      flow_with_buffer(table, g_test_rand_int_range(0, 1 << 20), 1000);
    guint count = 0;
    lt_flow_table_foreach(table, count_flow, &count);
    g_clear_pointer(&table, lt_flow_table_free);

    FILE *file = g_fopen(path, "r+b");
    /* The header stays, so that the damage behind it is met. */
    for (guint i = 0; i < 2000; i++) {
      fseek(file, g_test_rand_int_range(128, 1 << 20), SEEK_SET);
      fputc(g_test_rand_int_range(0, 256), file);
    }
    fclose(file);
  }
  g_assert_cmpint(truncate(path, 10), ==, 0);
  g_autoptr(LtFlowTable) table = lt_flow_table_open(path, NULL);
  g_assert_nonnull(table);
  g_unlink(path);
  g_rmdir(folder);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/flow-table/find", test_find);
  g_test_add_func("/flow-table/flood", test_flood);
  g_test_add_func("/flow-table/buffers", test_buffers);
  g_test_add_func("/flow-table/buffers-of-one", test_buffers_of_one);
  g_test_add_func("/flow-table/buffer-is-whole", test_buffer_is_whole);
  g_test_add_func("/flow-table/flood-of-another", test_flood_of_another);
  g_test_add_func("/flow-table/costs-what-is-used", test_costs_what_is_used);
  g_test_add_func("/flow-table/next", test_next);
  g_test_add_func("/flow-table/shrink", test_shrink);
  g_test_add_func("/flow-table/outlives-us", test_outlives_us);
  g_test_add_func("/flow-table/resumed", test_resumed);
  g_test_add_func("/flow-table/damaged", test_damaged);
  return g_test_run();
}
