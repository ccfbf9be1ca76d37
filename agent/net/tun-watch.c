/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A notice that a TUN device has changed says only that; who may use it is asked of the kernel.
 * A notice is written in the eyes of who caused it: the owner would be 0 there when a child
 * attaches to his device from a user namespace in which he is root. */

#include "agent/net/tun-watch.h"

#include "agent/net/subuid.h"
#include "agent/net/tun-block.h"
#include "agent/net/tun-link.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <grp.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel writes a page or two at a time; a link's message is 1 to 2 KiB. */
#define READ_BYTES 32768u
/* A list that changed while it was told is asked for again, so often. */
#define TRIES 16u
/* Of an account; who is in more is taken for a member of all. */
#define GROUPS_MAX 1024

struct _LtTunWatch {
  struct mnl_socket *socket;
  guint source;
  char *subuid;
  char *subgid;
  LtRuleSet *rules;
  GPtrArray *closed; /* names, as the kernel told them */
  gboolean is_told;  /* a notice about a TUN device came, or may have been lost */
  gboolean is_in_force;
};

typedef struct mnl_socket MnlSocket;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MnlSocket, mnl_socket_close)

static gboolean
is_in_ranges(const char *text, const LtChildRules *child, guint32 id)
{
  g_autoptr(GArray) ranges =
      lt_subuid_ranges(text, lt_child_rules_uid(child), lt_child_rules_user(child));
  /* The first is the account itself. */
  for (guint i = 1; i < ranges->len; i++) {
    const LtUidRange *range = &g_array_index(ranges, LtUidRange, i);
    if (id >= range->first && id <= range->last)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_member(const LtChildRules *child, guint32 group)
{
  gid_t groups[GROUPS_MAX];
  int n = GROUPS_MAX;
  const struct passwd *entry = getpwnam(lt_child_rules_user(child));
  if (entry == NULL)
    return FALSE;
  if (getgrouplist(lt_child_rules_user(child), entry->pw_gid, groups, &n) < 0)
    return TRUE;
  for (int i = 0; i < n; i++)
    if (groups[i] == group)
      return TRUE;
  return FALSE;
}

static gboolean
has_group(guint32 group, gpointer user_data)
{
  const LtTunWatch *watch = user_data;
  g_autofree char *subgid = NULL;
  g_file_get_contents(watch->subgid, &subgid, NULL, NULL);
  for (gsize i = 0; i < lt_rule_set_n_children(watch->rules); i++) {
    const LtChildRules *child = lt_rule_set_child(watch->rules, i);
    if (is_member(child, group) || is_in_ranges(subgid, child, group))
      return TRUE;
  }
  return FALSE;
}

static GArray *
children_uids(const LtTunWatch *watch)
{
  g_autofree char *subuid = NULL;
  g_file_get_contents(watch->subuid, &subuid, NULL, NULL);
  GArray *uids = g_array_new(FALSE, FALSE, sizeof(LtUidRange));
  for (gsize i = 0; i < lt_rule_set_n_children(watch->rules); i++) {
    const LtChildRules *child = lt_rule_set_child(watch->rules, i);
    g_autoptr(GArray) own =
        lt_subuid_ranges(subuid, lt_child_rules_uid(child), lt_child_rules_user(child));
    g_array_append_vals(uids, own->data, own->len);
  }
  return uids;
}

static int
on_link(const struct nlmsghdr *message, void *data)
{
  LtTunLink link;
  if (lt_tun_link_read(message, message->nlmsg_len, &link))
    g_array_append_val((GArray *) data, link);
  return MNL_CB_OK;
}

/* One list of all links. FALSE and errno: EINTR where it changed in between. */
static gboolean
ask(MnlSocket *socket, GArray *links)
{
  g_autofree guint8 *buffer = g_malloc0(READ_BYTES);
  struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
  request->nlmsg_type = RTM_GETLINK;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  struct ifinfomsg *about = mnl_nlmsg_put_extra_header(request, sizeof *about);
  about->ifi_family = AF_UNSPEC;
  if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
    return FALSE;
  int state = MNL_CB_OK;
  while (state == MNL_CB_OK) {
    ssize_t len = mnl_socket_recvfrom(socket, buffer, READ_BYTES);
    state = len < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (gsize) len, 0, 0, on_link, links);
  }
  return state == MNL_CB_STOP;
}

/* Returns: (transfer full): NULL and errno on an error. */
static GArray *
ask_links(void)
{
  for (guint i = 0; i < TRIES; i++) {
    g_autoptr(MnlSocket) socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(LtTunLink));
    if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
      return NULL;
    if (ask(socket, links))
      return g_steal_pointer(&links);
    if (errno != EINTR)
      return NULL;
  }
  return NULL;
}

/* Returns: (transfer full): names of the devices that a child may use; NULL and errno on an error.
 */
static GPtrArray *
open_devices(LtTunWatch *watch)
{
  g_autoptr(GArray) links = ask_links();
  if (links == NULL)
    return NULL;
  g_autoptr(GArray) uids = links->len > 0 ? children_uids(watch) : NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; uids != NULL && uids->len > 0 && i < links->len; i++) {
    const LtTunLink *link = &g_array_index(links, LtTunLink, i);
    const LtUidRange *ranges = (const LtUidRange *) (gpointer) uids->data;
    if (lt_tun_link_is_open_to(link, ranges, uids->len, has_group, watch))
      g_ptr_array_add(names, g_strdup(link->name));
  }
  return names;
}

static gboolean
is_same(const GPtrArray *one, const GPtrArray *other)
{
  gboolean same = one->len == other->len;
  for (guint i = 0; same && i < one->len; i++)
    same = strcmp(one->pdata[i], other->pdata[i]) == 0;
  return same;
}

/* Where a device has gone meanwhile the kernel refuses all; the notice of its end comes next. */
static void
look(LtTunWatch *watch)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) names = open_devices(watch);
  if (names == NULL) {
    g_warning("TUN devices that children may use are not found: %s", g_strerror(errno));
    return;
  }
  if (watch->is_in_force && is_same(names, watch->closed))
    return;
  watch->is_in_force =
      lt_tun_block_set((const char *const *) (gpointer) names->pdata, names->len, &error);
  if (!watch->is_in_force) {
    g_warning("%s", error->message);
    return;
  }
  if (names->len > watch->closed->len)
    g_message("A TUN device that children may use is closed: what comes in on it is dropped");
  g_ptr_array_unref(watch->closed);
  watch->closed = g_steal_pointer(&names);
}

static int
on_notice(const struct nlmsghdr *message, void *data)
{
  LtTunWatch *watch = data;
  LtTunLink link;
  if (lt_tun_link_read(message, message->nlmsg_len, &link))
    watch->is_told = TRUE;
  return MNL_CB_OK;
}

/* Reads all that waits. */
static void
drain(LtTunWatch *watch)
{
  g_autofree guint8 *buffer = g_malloc(READ_BYTES);
  for (;;) {
    ssize_t len = mnl_socket_recvfrom(watch->socket, buffer, READ_BYTES);
    if (len >= 0 && mnl_cb_run(buffer, (gsize) len, 0, 0, on_notice, watch) >= 0)
      continue;
    if (len >= 0 || errno == ENOBUFS || errno == ENOSPC)
      watch->is_told = TRUE;
    else if (errno != EINTR)
      return;
  }
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer user_data)
{
  LtTunWatch *watch = user_data;
  drain(watch);
  if (watch->is_told && watch->rules != NULL)
    look(watch);
  watch->is_told = FALSE;
  return G_SOURCE_CONTINUE;
}

LtTunWatch *
lt_tun_watch_new(const char *subuid, const char *subgid, GError **error)
{
  const int group = RTNLGRP_LINK;
  g_autoptr(LtTunWatch) watch = g_new0(LtTunWatch, 1);
  watch->subuid = g_strdup(subuid);
  watch->subgid = g_strdup(subgid);
  watch->closed = g_ptr_array_new_with_free_func(g_free);
  watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (watch->socket == NULL || mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
      mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, (void *) &group, sizeof group) <
          0) {
    int saved = errno;
    g_set_error(error,
                G_IO_ERROR,
                g_io_error_from_errno(saved),
                "watching TUN devices: %s",
                g_strerror(saved));
    return NULL;
  }
  watch->source = g_unix_fd_add(mnl_socket_get_fd(watch->socket), G_IO_IN, on_readable, watch);
  return g_steal_pointer(&watch);
}

void
lt_tun_watch_free(LtTunWatch *watch)
{
  if (watch == NULL)
    return;
  g_clear_handle_id(&watch->source, g_source_remove);
  if (watch->socket != NULL)
    mnl_socket_close(watch->socket);
  g_clear_pointer(&watch->rules, lt_rule_set_unref);
  g_ptr_array_unref(watch->closed);
  g_free(watch->subuid);
  g_free(watch->subgid);
  g_free(watch);
}

void
lt_tun_watch_set_rules(LtTunWatch *watch, LtRuleSet *rules)
{
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&watch->rules, lt_rule_set_unref);
  watch->is_in_force = FALSE;
  if (rules != NULL) {
    watch->rules = lt_rule_set_ref(rules);
    look(watch);
    return;
  }
  g_ptr_array_set_size(watch->closed, 0);
  if (!lt_tun_block_set(NULL, 0, &error))
    g_warning("%s", error->message);
}

guint
lt_tun_watch_n_closed(const LtTunWatch *watch)
{
  return watch->closed->len;
}
