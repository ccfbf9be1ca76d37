/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An access control list as the kernel keeps it (acl(5), linux/posix_acl_xattr.h), with some
 * accounts held to reading. */
#include "agent/doors/acl.h"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>

typedef struct posix_acl_xattr_entry Entry;

/* All its numbers are little-endian. */
static Entry
make_entry(guint tag, guint permissions, guint32 id)
{
  return (Entry){.e_tag = GUINT16_TO_LE((guint16) tag),
                 .e_perm = GUINT16_TO_LE((guint16) permissions),
                 .e_id = GUINT32_TO_LE(id)};
}

static guint
tag_of(const Entry *entry)
{
  return GUINT16_FROM_LE(entry->e_tag);
}

/* (element-type Entry) (transfer full): what @bytes hold; what the mode says if that is no list. */
static GArray *
read_entries(GBytes *bytes, guint mode)
{
  GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  const gsize head = sizeof(struct posix_acl_xattr_header);
  gsize len = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &len) : NULL;
  if (data != NULL && len > head && (len - head) % sizeof(Entry) == 0) {
    g_array_set_size(entries, (guint) ((len - head) / sizeof(Entry)));
    memcpy(entries->data, data + head, len - head);
    return entries;
  }
  const Entry plain[] = {
      make_entry(ACL_USER_OBJ, mode >> 6 & 7, (guint32) ACL_UNDEFINED_ID),
      make_entry(ACL_GROUP_OBJ, mode >> 3 & 7, (guint32) ACL_UNDEFINED_ID),
      make_entry(ACL_OTHER, mode & 7, (guint32) ACL_UNDEFINED_ID),
  };
  g_array_append_vals(entries, plain, G_N_ELEMENTS(plain));
  return entries;
}

static gboolean
is_among(const GArray *uids, guint32 uid)
{
  for (guint i = 0; i < uids->len; i++)
    if (g_array_index(uids, guint32, i) == uid)
      return TRUE;
  return FALSE;
}

static gboolean
is_ours(const Entry *entry, const GArray *uids)
{
  return tag_of(entry) == ACL_USER && (GUINT16_FROM_LE(entry->e_perm) == ACL_READ ||
                                       is_among(uids, GUINT32_FROM_LE(entry->e_id)));
}

/* Those of one tag, in their order. Returns how many. */
static guint
copy_tag(GArray *to, const GArray *from, guint tag, const GArray *uids)
{
  const guint before = to->len;
  for (guint i = 0; i < from->len; i++) {
    const Entry *entry = &g_array_index(from, Entry, i);
    if (tag_of(entry) == tag && !is_ours(entry, uids))
      g_array_append_vals(to, entry, 1);
  }
  return to->len - before;
}

static int
compare_uids(gconstpointer a, gconstpointer b)
{
  const guint32 left = *(const guint32 *) a, right = *(const guint32 *) b;
  return left < right ? -1 : left > right;
}

static void
add_held(GArray *entries, const GArray *uids)
{
  g_autoptr(GArray) sorted = g_array_copy((GArray *) uids);
  g_array_sort(sorted, compare_uids);
  for (guint i = 0; i < sorted->len; i++) {
    Entry entry = make_entry(ACL_USER, ACL_READ, g_array_index(sorted, guint32, i));
    g_array_append_val(entries, entry);
  }
}

/* Where somebody is named there is a mask; without one before, what the group may. */
static void
add_mask(GArray *entries, const GArray *former, const GArray *uids)
{
  if (copy_tag(entries, former, ACL_MASK, uids) > 0)
    return;
  for (guint i = 0; i < former->len; i++) {
    Entry entry = g_array_index(former, Entry, i);
    if (tag_of(&entry) == ACL_GROUP_OBJ) {
      entry.e_tag = GUINT16_TO_LE(ACL_MASK);
      g_array_append_val(entries, entry);
    }
  }
}

GBytes *
lt_acl_hold(GBytes *former, guint mode, const GArray *uids)
{
  const struct posix_acl_xattr_header head = {.a_version = GUINT32_TO_LE(POSIX_ACL_XATTR_VERSION)};
  g_autoptr(GArray) before = read_entries(former, mode);
  g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
  copy_tag(entries, before, ACL_USER_OBJ, uids);
  guint n_named = copy_tag(entries, before, ACL_USER, uids) + uids->len;
  add_held(entries, uids);
  copy_tag(entries, before, ACL_GROUP_OBJ, uids);
  n_named += copy_tag(entries, before, ACL_GROUP, uids);
  if (n_named == 0)
    return NULL;
  add_mask(entries, before, uids);
  copy_tag(entries, before, ACL_OTHER, uids);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  g_byte_array_append(bytes, (const guint8 *) &head, sizeof head);
  g_byte_array_append(bytes, (const guint8 *) entries->data, entries->len * (guint) sizeof(Entry));
  return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
