/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to NSS (files, LDAP, ...): each may wait long, so they are asked in threads only. */
#include "agent/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

/* A directory's group of a whole school is some 100 kB; beyond this it is an attack or an error. */
#define MAX_BUFFER_BYTES (4 * 1024 * 1024)
#define FIRST_BUFFER_BYTES 4096
/* initgroups of the kernel stops at 65536; nobody of ours is in so many. */
#define MAX_GROUPS 4096

static const char *const admin_groups[] = {"sudo", "wheel", "admin"};

void
lt_user_free(LtUser *user)
{
  if (user == NULL)
    return;
  g_free(user->name);
  g_clear_pointer(&user->gids, g_array_unref);
  g_free(user);
}

static GArray *
groups_of(const struct passwd *entry)
{
  int n_groups = 64;
  GArray *gids = g_array_new(FALSE, FALSE, sizeof(gid_t));
  g_array_set_size(gids, (guint) n_groups);
  if (getgrouplist(entry->pw_name, entry->pw_gid, (gid_t *) (void *) gids->data, &n_groups) < 0) {
    n_groups = CLAMP(n_groups, 64, MAX_GROUPS);
    g_array_set_size(gids, (guint) n_groups);
    if (getgrouplist(entry->pw_name, entry->pw_gid, (gid_t *) (void *) gids->data, &n_groups) < 0)
      n_groups = (int) gids->len;
  }
  g_array_set_size(gids, (guint) n_groups);
  return gids;
}

static LtUser *
user_from_entry(const struct passwd *entry)
{
  LtUser *user = g_new0(LtUser, 1);
  user->uid = entry->pw_uid;
  user->name = g_strdup(entry->pw_name);
  user->gids = groups_of(entry);
  return user;
}

/* glibc: 0 without an entry is "not found"; an error number is "could not look". */
static LtLookup
find_user(const char *name, uid_t uid, LtUser **out)
{
  for (gsize size = FIRST_BUFFER_BYTES; size <= MAX_BUFFER_BYTES; size *= 4) {
    g_autofree char *buffer = g_malloc(size);
    struct passwd entry, *found = NULL;
    int code = name != NULL ? getpwnam_r(name, &entry, buffer, size, &found)
                            : getpwuid_r(uid, &entry, buffer, size, &found);
    if (code == ERANGE)
      continue;
    if (found == NULL)
      return code == 0 ? LT_LOOKUP_NONE : LT_LOOKUP_AWAY;
    *out = user_from_entry(found);
    return LT_LOOKUP_FOUND;
  }
  return LT_LOOKUP_AWAY;
}

LtLookup
lt_accounts_user(const char *name, LtUser **out)
{
  return find_user(name, 0, out);
}

LtLookup
lt_accounts_user_of_uid(guint32 uid, LtUser **out)
{
  return find_user(NULL, uid, out);
}

LtLookup
lt_accounts_group(const char *name, guint32 *out_gid, char ***out_members)
{
  for (gsize size = FIRST_BUFFER_BYTES; size <= MAX_BUFFER_BYTES; size *= 4) {
    g_autofree char *buffer = g_malloc(size);
    struct group entry, *found = NULL;
    int code = getgrnam_r(name, &entry, buffer, size, &found);
    if (code == ERANGE)
      continue;
    if (found == NULL)
      return code == 0 ? LT_LOOKUP_NONE : LT_LOOKUP_AWAY;
    *out_gid = found->gr_gid;
    *out_members = g_strdupv(found->gr_mem);
    return LT_LOOKUP_FOUND;
  }
  return LT_LOOKUP_AWAY;
}

static gboolean
has_gid(const GArray *gids, gid_t gid)
{
  for (guint i = 0; i < gids->len; i++)
    if (g_array_index(gids, gid_t, i) == gid)
      return TRUE;
  return FALSE;
}

GPtrArray *
lt_accounts_users_with_primary_group(const GArray *gids, guint max)
{
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *buffer = g_malloc(MAX_BUFFER_BYTES / 64);
  struct passwd entry, *found = NULL;
  setpwent();
  while (names->len < max && getpwent_r(&entry, buffer, MAX_BUFFER_BYTES / 64, &found) == 0 &&
         found != NULL)
    if (has_gid(gids, found->pw_gid))
      g_ptr_array_add(names, g_strdup(found->pw_name));
  endpwent();
  return names;
}

gboolean
lt_user_is_admin(const LtUser *user)
{
  if (user->uid == 0)
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS(admin_groups); i++) {
    guint32 gid = 0;
    g_auto(GStrv) members = NULL;
    if (lt_accounts_group(admin_groups[i], &gid, &members) == LT_LOOKUP_FOUND &&
        has_gid(user->gids, gid))
      return TRUE;
  }
  return FALSE;
}

gboolean
lt_accounts_is_admin(guint32 uid)
{
  g_autoptr(LtUser) user = NULL;
  if (uid == 0)
    return TRUE;
  return lt_accounts_user_of_uid(uid, &user) == LT_LOOKUP_FOUND && lt_user_is_admin(user);
}
