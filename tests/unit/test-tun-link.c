/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's messages about TUN devices: whole, of other kinds, cut short anywhere. */

#include "agent/net/tun-link.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define MESSAGE_BYTES 512u
#define CHILD 1001u
#define CHILD_GROUP 100u

typedef struct {
  const char *label, *kind, *name;
  guint16 type;
  gint64 owner, group; /* -1: none */
  gboolean is_persistent;
  gboolean is_tun, is_open;
} Case;

static const Case cases[] = {
    {"a child's", "tun", "t0", RTM_NEWLINK, CHILD, -1, TRUE, TRUE, TRUE},
    {"a child's, held", "tun", "t0", RTM_NEWLINK, CHILD, -1, FALSE, TRUE, TRUE},
    {"first subordinate uid", "tun", "t0", RTM_NEWLINK, 100000, -1, TRUE, TRUE, TRUE},
    {"last subordinate uid", "tun", "t0", RTM_NEWLINK, 100009, -1, TRUE, TRUE, TRUE},
    {"behind the last", "tun", "t0", RTM_NEWLINK, 100010, -1, TRUE, TRUE, FALSE},
    {"root's", "tun", "t0", RTM_NEWLINK, 0, -1, TRUE, TRUE, FALSE},
    {"everybody's", "tun", "t0", RTM_NEWLINK, -1, -1, TRUE, TRUE, TRUE},
    {"a VPN's", "tun", "t0", RTM_NEWLINK, -1, -1, FALSE, TRUE, FALSE},
    {"a child's group's", "tun", "t0", RTM_NEWLINK, -1, CHILD_GROUP, TRUE, TRUE, TRUE},
    {"another group's", "tun", "t0", RTM_NEWLINK, -1, 7, TRUE, TRUE, FALSE},
    {"root's and a child's group's", "tun", "t0", RTM_NEWLINK, 0, CHILD_GROUP, TRUE, TRUE, FALSE},
    {"a child's and another group's", "tun", "t0", RTM_NEWLINK, CHILD, 7, TRUE, TRUE, FALSE},
    {"gone", "tun", "t0", RTM_DELLINK, CHILD, -1, TRUE, TRUE, TRUE},
    {"a bridge", "bridge", "t0", RTM_NEWLINK, CHILD, -1, TRUE, FALSE, FALSE},
    {"a longer kind", "tunnel", "t0", RTM_NEWLINK, CHILD, -1, TRUE, FALSE, FALSE},
    {"an address", "tun", "t0", RTM_NEWADDR, CHILD, -1, TRUE, FALSE, FALSE},
    {"no name", "tun", "", RTM_NEWLINK, CHILD, -1, TRUE, FALSE, FALSE},
    {"a longest name", "tun", "fifteen-letters", RTM_NEWLINK, CHILD, -1, TRUE, TRUE, TRUE},
};

/* @buffer has room for %MESSAGE_BYTES. */
static struct nlmsghdr *
build(const Case *row, void *buffer)
{
  struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
  message->nlmsg_type = row->type;
  mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
  mnl_attr_put_strz(message, IFLA_IFNAME, row->name);
  mnl_attr_put_u32(message, IFLA_MTU, 1500);
  struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, row->kind);
  struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  mnl_attr_put_u8(message, IFLA_TUN_TYPE, 1);
  if (row->owner >= 0)
    mnl_attr_put_u32(message, IFLA_TUN_OWNER, (guint32) row->owner);
  if (row->group >= 0)
    mnl_attr_put_u32(message, IFLA_TUN_GROUP, (guint32) row->group);
  mnl_attr_put_u8(message, IFLA_TUN_PERSIST, row->is_persistent);
  mnl_attr_nest_end(message, data);
  mnl_attr_nest_end(message, info);
  return message;
}

static gboolean
has_group(guint32 group, gpointer user_data)
{
  return group == CHILD_GROUP;
}

static void
test_links(void)
{
  static const LtUidRange uids[] = {{CHILD, CHILD}, {100000, 100009}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_test_message("%s", cases[i].label);
    g_autofree void *buffer = g_malloc0(MESSAGE_BYTES);
    struct nlmsghdr *message = build(&cases[i], buffer);
    LtTunLink link;
    g_assert_cmpint(lt_tun_link_read(message, message->nlmsg_len, &link), ==, cases[i].is_tun);
    if (!cases[i].is_tun)
      continue;
    g_assert_cmpstr(link.name, ==, cases[i].name);
    g_assert_cmpint(lt_tun_link_is_open_to(&link, uids, G_N_ELEMENTS(uids), has_group, NULL),
                    ==,
                    cases[i].is_open);
  }
}

/* In a buffer of its own length, so that a read behind the end is seen. */
static void
read_copy(const void *bytes, gsize len)
{
  LtTunLink link;
  g_autofree struct nlmsghdr *copy = g_memdup2(bytes, len);
  if (len >= sizeof *copy)
    copy->nlmsg_len = (guint32) len;
  if (lt_tun_link_read(copy, len, &link))
    g_assert_cmpuint(strnlen(link.name, sizeof link.name), <, sizeof link.name);
}

static void
test_cut_short(void)
{
  g_autofree void *buffer = g_malloc0(MESSAGE_BYTES);
  gsize len = build(&cases[0], buffer)->nlmsg_len;
  for (gsize n = 1; n <= len; n++)
    read_copy(buffer, n);
}

/* Every byte, lengths and types among them, with other values. */
static void
test_changed(void)
{
  g_autofree guint8 *buffer = g_malloc0(MESSAGE_BYTES);
  gsize len = build(&cases[0], buffer)->nlmsg_len;
  for (gsize at = sizeof(struct nlmsghdr); at < len; at++) {
    for (guint value = 0; value < 256; value++) {
      guint8 before = buffer[at];
      buffer[at] = (guint8) value;
      read_copy(buffer, len);
      buffer[at] = before;
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tun-link/links", test_links);
  g_test_add_func("/tun-link/cut-short", test_cut_short);
  g_test_add_func("/tun-link/changed", test_changed);
  return g_test_run();
}
