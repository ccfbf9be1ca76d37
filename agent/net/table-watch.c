/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications of nf_tables: what a transaction touched, then whose it was (NFT_MSG_NEWGEN). */

#include "agent/net/table-watch.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* The kernel packs notifications into messages of a page or less. */
#define READ_BYTES 32768u
/* Our own whole table comes back while the main loop waits for its end: room for 255 children. */
#define SOCKET_BYTES (4 * 1024 * 1024)
/* TASK_COMM_LEN of the kernel. */
#define COMM_BYTES 16
/* In every message about tables, chains, rules, sets and elements, the table's name is the first
 * attribute (NFTA_TABLE_NAME, NFTA_CHAIN_TABLE and so on). */
#define ATTRIBUTE_TABLE 1

struct _LtTableWatch {
  struct mnl_socket *socket;
  guint source;
  char *table;
  char comm[COMM_BYTES];
  gboolean is_touched; /* by the transaction that is being told */
  gboolean is_changed; /* by somebody else */
  gboolean is_unsure;  /* notices were lost */
  LtTableWatchFunc on_change;
  gpointer user_data;
};

G_STATIC_ASSERT((int) NFTA_TABLE_NAME == ATTRIBUTE_TABLE);
G_STATIC_ASSERT((int) NFTA_CHAIN_TABLE == ATTRIBUTE_TABLE);
G_STATIC_ASSERT((int) NFTA_RULE_TABLE == ATTRIBUTE_TABLE);
G_STATIC_ASSERT((int) NFTA_SET_TABLE == ATTRIBUTE_TABLE);
G_STATIC_ASSERT((int) NFTA_SET_ELEM_LIST_TABLE == ATTRIBUTE_TABLE);

static const char *
text_of(const struct nlmsghdr *message, guint16 type)
{
  const struct nlattr *attribute;
  mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
  {
    if (mnl_attr_get_type(attribute) == type &&
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
      return mnl_attr_get_str(attribute);
  }
  return NULL;
}

static int
on_message(const struct nlmsghdr *message, void *data)
{
  LtTableWatch *watch = data;
  const struct nfgenmsg *family = mnl_nlmsg_get_payload(message);
  if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
      mnl_nlmsg_get_payload_len(message) < sizeof *family)
    return MNL_CB_OK;
  if ((message->nlmsg_type & 0xff) == NFT_MSG_NEWGEN) {
    const char *comm = text_of(message, NFTA_GEN_PROC_NAME);
    if (watch->is_touched && g_strcmp0(comm, watch->comm) != 0)
      watch->is_changed = TRUE;
    watch->is_touched = FALSE;
  } else if (family->nfgen_family == NFPROTO_INET &&
             g_strcmp0(text_of(message, ATTRIBUTE_TABLE), watch->table) == 0) {
    watch->is_touched = TRUE;
  }
  return MNL_CB_OK;
}

/* Reads all that waits. */
static void
drain(LtTableWatch *watch)
{
  g_autofree guint8 *buffer = g_malloc(READ_BYTES);
  for (;;) {
    ssize_t len = mnl_socket_recvfrom(watch->socket, buffer, READ_BYTES);
    if (len >= 0 && mnl_cb_run(buffer, (gsize) len, 0, 0, on_message, watch) >= 0)
      continue;
    if (len >= 0 || errno == ENOBUFS || errno == ENOSPC)
      watch->is_unsure = TRUE;
    else if (errno != EINTR)
      return;
  }
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer user_data)
{
  LtTableWatch *watch = user_data;
  drain(watch);
  gboolean is_certain = watch->is_changed;
  if (is_certain || watch->is_unsure) {
    watch->is_changed = watch->is_unsure = FALSE;
    watch->on_change(is_certain, watch->user_data);
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
open_socket(LtTableWatch *watch)
{
  const int group = NFNLGRP_NFTABLES, bytes = SOCKET_BYTES;
  watch->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (watch->socket == NULL || mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) < 0)
    return FALSE;
  if (setsockopt(
          mnl_socket_get_fd(watch->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
    g_info("The watch over the firewall table has a small buffer: %s", g_strerror(errno));
  return mnl_socket_setsockopt(
             watch->socket, NETLINK_ADD_MEMBERSHIP, (void *) &group, sizeof group) >= 0;
}

LtTableWatch *
lt_table_watch_new(const char *table,
                   LtTableWatchFunc on_change,
                   gpointer user_data,
                   GError **error)
{
  g_autoptr(LtTableWatch) watch = g_new0(LtTableWatch, 1);
  watch->table = g_strdup(table);
  watch->on_change = on_change;
  watch->user_data = user_data;
  if (prctl(PR_GET_NAME, watch->comm) < 0 || !open_socket(watch)) {
    int saved = errno;
    g_set_error(error,
                G_IO_ERROR,
                g_io_error_from_errno(saved),
                "watching the firewall table: %s",
                g_strerror(saved));
    return NULL;
  }
  watch->source = g_unix_fd_add(mnl_socket_get_fd(watch->socket), G_IO_IN, on_readable, watch);
  return g_steal_pointer(&watch);
}

void
lt_table_watch_free(LtTableWatch *watch)
{
  if (watch == NULL)
    return;
  g_clear_handle_id(&watch->source, g_source_remove);
  if (watch->socket != NULL)
    mnl_socket_close(watch->socket);
  g_free(watch->table);
  g_free(watch);
}
