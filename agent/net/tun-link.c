/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads rtnetlink's messages about links of the kind "tun", TUN and TAP alike. */

#include "agent/net/tun-link.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static int
on_tun(const struct nlattr *attribute, void *data)
{
  LtTunLink *out = data;
  guint16 type = mnl_attr_get_type(attribute);
  if (type == IFLA_TUN_PERSIST && mnl_attr_validate(attribute, MNL_TYPE_U8) >= 0)
    out->is_persistent = mnl_attr_get_u8(attribute) != 0;
  if ((type != IFLA_TUN_OWNER && type != IFLA_TUN_GROUP) ||
      mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
    return MNL_CB_OK;
  *(type == IFLA_TUN_OWNER ? &out->owner : &out->group) = mnl_attr_get_u32(attribute);
  *(type == IFLA_TUN_OWNER ? &out->has_owner : &out->has_group) = TRUE;
  return MNL_CB_OK;
}

static gboolean
read_info(const struct nlattr *info, LtTunLink *out)
{
  const struct nlattr *attribute, *data = NULL;
  gboolean is_tun = FALSE;
  mnl_attr_for_each_nested(attribute, info)
  {
    guint16 type = mnl_attr_get_type(attribute);
    if (type == IFLA_INFO_KIND && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
      is_tun = strcmp(mnl_attr_get_str(attribute), "tun") == 0;
    else if (type == IFLA_INFO_DATA)
      data = attribute;
  }
  return is_tun && (data == NULL || mnl_attr_parse_nested(data, on_tun, out) >= 0);
}

gboolean
lt_tun_link_read(const struct nlmsghdr *message, gsize len, LtTunLink *out)
{
  *out = (LtTunLink){.is_persistent = FALSE};
  if (len > G_MAXINT || !mnl_nlmsg_ok(message, (int) len) ||
      (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) ||
      mnl_nlmsg_get_payload_len(message) < MNL_ALIGN(sizeof(struct ifinfomsg)))
    return FALSE;
  gboolean is_tun = FALSE;
  const struct nlattr *attribute;
  mnl_attr_for_each(attribute, message, sizeof(struct ifinfomsg))
  {
    guint16 type = mnl_attr_get_type(attribute);
    if (type == IFLA_IFNAME && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
      g_strlcpy(out->name, mnl_attr_get_str(attribute), sizeof out->name);
    else if (type == IFLA_LINKINFO)
      is_tun = read_info(attribute, out);
  }
  return is_tun && out->name[0] != '\0';
}

gboolean
lt_tun_link_is_open_to(const LtTunLink *link,
                       const LtUidRange *uids,
                       gsize n_uids,
                       LtTunGroupFunc has_group,
                       gpointer user_data)
{
  gboolean is_owner = !link->has_owner;
  if (!link->has_owner && !link->has_group && !link->is_persistent)
    return FALSE;
  for (gsize i = 0; !is_owner && i < n_uids; i++)
    is_owner = link->owner >= uids[i].first && link->owner <= uids[i].last;
  return is_owner && (!link->has_group || has_group(link->group, user_data));
}
