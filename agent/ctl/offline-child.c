/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child and its rules out of files. */
#include "agent/ctl/offline-child.h"

#include "agent/ctl/policy-files.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

/* The kernel's own limit is 65536; nobody here is in so many. */
#define MAX_GROUPS 1024

GPtrArray *
lt_offline_child_groups(const char *user, guint32 *uid)
{
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  const struct passwd *account = getpwnam(user);
  gid_t gids[MAX_GROUPS];
  int n = MAX_GROUPS;

  *uid = G_MAXUINT32;
  if (account != NULL) {
    *uid = account->pw_uid;
    if (getgrouplist(user, account->pw_gid, gids, &n) < 0)
      n = MAX_GROUPS;
    for (int i = 0; i < n; i++) {
      const struct group *group = getgrgid(gids[i]);

      if (group != NULL)
        g_ptr_array_add(names, g_strdup(group->gr_name));
    }
  }
  g_ptr_array_add(names, NULL);
  return names;
}

GPtrArray *
lt_offline_child_documents(const char *const *policies, const char *presets_dir, GError **error)
{
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func((GDestroyNotify) lt_policy_unref);

  if (!lt_policy_files_add_presets(presets_dir, documents, error))
    return NULL;
  for (; *policies != NULL; policies++) {
    LtPolicy *policy = lt_policy_files_read(*policies, error);

    if (policy == NULL)
      return NULL;
    g_ptr_array_add(documents, policy);
  }
  return g_steal_pointer(&documents);
}
