/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads our table through libnftables and chooses the kind of queue that the kernel has. */

#include "agent/net/table.h"

#include "agent/net/xt-queue.h"

#include <malloc.h>
#include <nftables/libnftables.h>
#include <string.h>

G_DEFINE_QUARK(lt_table_error, lt_table_error)

struct _LtTable {
  LtTableQueueKind kind;
  gboolean queue_is_native;
  guint variant; /* of what the kernel has */
  LtRulesetOptions options;
};

LtTable *
lt_table_new(guint mark_shift, LtTableQueueKind kind, guint16 queue_tcp, guint16 queue_udp)
{
  g_return_val_if_fail(mark_shift <= LT_MARK_MAX_SHIFT, NULL);

  LtTable *table = g_new0(LtTable, 1);
  table->kind = kind;
  table->options.mark_shift = mark_shift;
  table->options.queue_tcp = queue_tcp;
  table->options.queue_udp = queue_udp;
  return table;
}

void
lt_table_free(LtTable *table)
{
  if (table == NULL)
    return;
  g_free(table);
}

typedef struct nft_ctx NftContext;

/* To load a table takes megabytes for a moment. */
static void
close_context(NftContext *nft)
{
  nft_ctx_free(nft);
  malloc_trim(0);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NftContext, close_context)

/* One a call: what it keeps of a table between two calls is 0.7 MB. */
static NftContext *
open_context(void)
{
  NftContext *nft = nft_ctx_new(NFT_CTX_DEFAULT);
  g_assert(nft != NULL);
  nft_ctx_buffer_output(nft);
  nft_ctx_buffer_error(nft);
  return nft;
}

static gboolean
run(const char *commands, GError **error)
{
  g_autoptr(NftContext) nft = open_context();
  if (nft_run_cmd_from_buffer(nft, commands) == 0)
    return TRUE;
  g_autofree char *words = g_strdup(nft_ctx_get_error_buffer(nft));
  g_set_error(error,
              LT_TABLE_ERROR,
              LT_TABLE_ERROR_KERNEL,
              "loading the firewall table: %s",
              g_strchomp(words));
  return FALSE;
}

/* What a kernel may lack, the fullest first. */
static const struct {
  gboolean count_flows;
  gboolean dns_apart;
  const char *notice;
} variants[] = {
    {TRUE, TRUE, NULL},
    {TRUE, FALSE, "The kernel has no zones or timeouts for connections: DNS is counted with all"},
    {FALSE, TRUE, "The kernel does not count connections: a child may fill its table"},
    {FALSE, FALSE, "The kernel neither counts connections nor has zones and timeouts for them"},
};

/* A kernel without nft_connlimit, zones or connection timeouts loads the same table without them.
 */
static gboolean
load_text(LtTable *table, const LtRulesetChild *children, gsize n_children, GError **error)
{
  g_autoptr(GError) first_error = NULL;
  for (guint i = table->variant; i < G_N_ELEMENTS(variants); i++) {
    table->options.count_flows = variants[i].count_flows;
    table->options.dns_apart = variants[i].dns_apart;
    g_autofree char *text = lt_ruleset_text(&table->options, children, n_children);
    if (run(text, first_error == NULL ? &first_error : NULL)) {
      if (i != table->variant)
        g_message("%s", variants[i].notice);
      table->variant = i;
      return TRUE;
    }
  }
  g_propagate_error(error, g_steal_pointer(&first_error));
  return FALSE;
}

static gboolean
load(LtTable *table,
     guint epoch,
     gboolean native,
     const LtRulesetChild *children,
     gsize n_children,
     GError **error)
{
  table->options.epoch = epoch;
  table->options.native_queue = native;
  if (!load_text(table, children, n_children, error))
    return FALSE;
  if (native)
    return TRUE;
  const LtXtQueue queues[] = {
      {LT_CHAIN_QUEUE_TCP, table->options.queue_tcp},
      {LT_CHAIN_QUEUE_UDP, table->options.queue_udp},
  };
  return lt_xt_queue_install(LT_TABLE_NAME, queues, G_N_ELEMENTS(queues), error);
}

gboolean
lt_table_load(
    LtTable *table, guint epoch, const LtRulesetChild *children, gsize n_children, GError **error)
{
  g_return_val_if_fail(epoch >= 1 && epoch <= LT_EPOCH_MAX, FALSE);

  gboolean try_native = table->kind != LT_TABLE_QUEUE_XT;
  g_autoptr(GError) native_error = NULL;
  if (try_native && load(table, epoch, TRUE, children, n_children, &native_error)) {
    table->queue_is_native = TRUE;
    return TRUE;
  }
  if (table->kind == LT_TABLE_QUEUE_NATIVE) {
    g_propagate_error(error, g_steal_pointer(&native_error));
    return FALSE;
  }
  table->kind = LT_TABLE_QUEUE_XT; /* what the kernel has does not change while it runs */
  table->queue_is_native = FALSE;
  return load(table, epoch, FALSE, children, n_children, error);
}

char *
lt_table_digest(LtTable *table, const LtRulesetChild *children, gsize n_children)
{
  LtRulesetOptions options = table->options;
  options.epoch = 1;
  options.native_queue = FALSE;
  options.count_flows = options.dns_apart = TRUE;
  g_autofree char *text = lt_ruleset_text(&options, children, n_children);
  return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

gboolean
lt_table_take_over(LtTable *table, gboolean is_native)
{
  if (!lt_table_is_in_place(table))
    return FALSE;
  table->queue_is_native = is_native;
  table->kind = is_native ? LT_TABLE_QUEUE_NATIVE : LT_TABLE_QUEUE_XT;
  return TRUE;
}

gboolean
lt_table_set_epoch(LtTable *table, guint epoch, GError **error)
{
  g_return_val_if_fail(epoch >= 1 && epoch <= LT_EPOCH_MAX, FALSE);

  LtRulesetOptions options = table->options;
  options.epoch = epoch;
  g_autofree char *text = lt_ruleset_epoch_text(&options);
  if (!run(text, error))
    return FALSE;
  table->options.epoch = epoch;
  return TRUE;
}

gboolean
lt_table_remove(LtTable *table, GError **error)
{
  /* Declared first, so that taking away what is not there is no error. */
  return run("table inet " LT_TABLE_NAME " {\n}\n"
             "delete table inet " LT_TABLE_NAME "\n",
             error);
}

gboolean
lt_table_is_in_place(LtTable *table)
{
  g_autoptr(NftContext) nft = open_context();
  if (nft_run_cmd_from_buffer(nft, "list tables inet") != 0)
    return FALSE;
  return strstr(nft_ctx_get_output_buffer(nft), "table inet " LT_TABLE_NAME "\n") != NULL;
}

gboolean
lt_table_queue_is_native(LtTable *table)
{
  return table->queue_is_native;
}
