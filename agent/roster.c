/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The accounts that the rules are about, found through NSS; what NSS cannot say stays as it was. */
#include "agent/roster.h"

#include "agent/accounts.h"

#include "policy/rule-set.h"

#include <string.h>
#include <sys/types.h>

/* A group that the rules name. */
typedef struct {
  const char *name;
  LtLookup lookup;
  guint32 gid;
} NamedGroup;

typedef struct {
  const char *const *users;
  GArray *groups;     /* NamedGroup */
  GHashTable *wanted; /* names of users to look up */
  const LtRoster *former;
  LtRoster *roster;
} Search;

static void
entry_free(gpointer data)
{
  LtRosterEntry *entry = data;
  g_free(entry->user);
  g_strfreev(entry->groups);
  g_free(entry);
}

static LtRosterEntry *
entry_copy(const LtRosterEntry *entry)
{
  LtRosterEntry *copy = g_memdup2(entry, sizeof *entry);
  copy->user = g_strdup(entry->user);
  copy->groups = g_strdupv(entry->groups);
  return copy;
}

LtRoster *
lt_roster_new(void)
{
  LtRoster *roster = g_new0(LtRoster, 1);
  roster->entries = g_ptr_array_new_with_free_func(entry_free);
  roster->problems = g_ptr_array_new_with_free_func(g_free);
  return roster;
}

void
lt_roster_free(LtRoster *roster)
{
  if (roster == NULL)
    return;
  g_ptr_array_unref(roster->entries);
  g_ptr_array_unref(roster->problems);
  g_free(roster);
}

LtRoster *
lt_roster_copy(const LtRoster *roster)
{
  LtRoster *copy = lt_roster_new();
  for (guint i = 0; i < roster->entries->len; i++)
    g_ptr_array_add(copy->entries, entry_copy(roster->entries->pdata[i]));
  for (guint i = 0; i < roster->problems->len; i++)
    g_ptr_array_add(copy->problems, g_strdup(roster->problems->pdata[i]));
  return copy;
}

static gboolean
entry_equal(const LtRosterEntry *a, const LtRosterEntry *b)
{
  return a->uid == b->uid && a->is_admin == b->is_admin && g_str_equal(a->user, b->user) &&
         g_strv_equal((const char *const *) a->groups, (const char *const *) b->groups);
}

gboolean
lt_roster_equal(const LtRoster *a, const LtRoster *b)
{
  if (a->entries->len != b->entries->len || a->problems->len != b->problems->len)
    return FALSE;
  for (guint i = 0; i < a->entries->len; i++)
    if (!entry_equal(a->entries->pdata[i], b->entries->pdata[i]))
      return FALSE;
  for (guint i = 0; i < a->problems->len; i++)
    if (!g_str_equal(a->problems->pdata[i], b->problems->pdata[i]))
      return FALSE;
  return TRUE;
}

static void
add_problem(Search *search, const char *kind, const char *name, LtLookup lookup)
{
  g_ptr_array_add(
      search->roster->problems,
      g_strdup_printf(lookup == LT_LOOKUP_NONE
                          ? "%s \"%s\": the rules name it, but this machine knows none of that name"
                          : "%s \"%s\": the directory does not answer; the last answer stays",
                      kind,
                      name));
}

static const LtRosterEntry *
find_former(const Search *search, const char *user)
{
  for (guint i = 0; search->former != NULL && i < search->former->entries->len; i++) {
    const LtRosterEntry *entry = search->former->entries->pdata[i];
    if (g_str_equal(entry->user, user))
      return entry;
  }
  return NULL;
}

static gboolean
was_in_group(const LtRosterEntry *former, const char *group)
{
  return former != NULL && g_strv_contains((const char *const *) former->groups, group);
}

static void
want(Search *search, const char *user)
{
  /* A little above the bound, so that the one who does not fit is told of. */
  if (g_hash_table_size(search->wanted) <= 2 * LT_SLOT_MAX)
    g_hash_table_add(search->wanted, g_strdup(user));
}

static void
look_up_group(Search *search, const char *name)
{
  g_auto(GStrv) members = NULL;
  NamedGroup group = {.name = name};
  group.lookup = lt_accounts_group(name, &group.gid, &members);
  g_array_append_val(search->groups, group);
  if (group.lookup != LT_LOOKUP_FOUND)
    add_problem(search, "group", name, group.lookup);
  for (gsize i = 0; members != NULL && members[i] != NULL; i++)
    want(search, members[i]);
  for (guint i = 0;
       group.lookup == LT_LOOKUP_AWAY && search->former != NULL && i < search->former->entries->len;
       i++) {
    const LtRosterEntry *entry = search->former->entries->pdata[i];
    if (was_in_group(entry, name))
      want(search, entry->user);
  }
}

static void
want_by_primary_group(Search *search)
{
  g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(gid_t));
  for (guint i = 0; i < search->groups->len; i++) {
    NamedGroup *group = &g_array_index(search->groups, NamedGroup, i);
    if (group->lookup == LT_LOOKUP_FOUND)
      g_array_append_val(gids, group->gid);
  }
  if (gids->len == 0)
    return;
  g_autoptr(GPtrArray) names = lt_accounts_users_with_primary_group(gids, LT_SLOT_MAX + 1);
  for (guint i = 0; i < names->len; i++)
    want(search, names->pdata[i]);
}

static gboolean
is_in_group(const LtUser *user, const NamedGroup *group)
{
  for (guint i = 0; group->lookup == LT_LOOKUP_FOUND && i < user->gids->len; i++)
    if (g_array_index(user->gids, gid_t, i) == group->gid)
      return TRUE;
  return FALSE;
}

static char **
named_groups_of(const Search *search, const LtUser *user)
{
  const LtRosterEntry *former = find_former(search, user->name);
  GPtrArray *names = g_ptr_array_new();
  for (guint i = 0; i < search->groups->len; i++) {
    const NamedGroup *group = &g_array_index(search->groups, NamedGroup, i);
    if (is_in_group(user, group) ||
        (group->lookup == LT_LOOKUP_AWAY && was_in_group(former, group->name)))
      g_ptr_array_add(names, g_strdup(group->name));
  }
  g_ptr_array_add(names, NULL);
  return (char **) g_ptr_array_free(names, FALSE);
}

static void
add_user(Search *search, const LtUser *user)
{
  g_auto(GStrv) groups = named_groups_of(search, user);
  gboolean is_named = g_strv_contains(search->users, user->name);
  if (!is_named && groups[0] == NULL)
    return;
  if (user->uid == 0) {
    g_ptr_array_add(search->roster->problems,
                    g_strdup_printf("user \"%s\": root cannot be a child", user->name));
    return;
  }
  LtRosterEntry *entry = g_new0(LtRosterEntry, 1);
  entry->uid = user->uid;
  entry->user = g_strdup(user->name);
  entry->groups = g_steal_pointer(&groups);
  entry->is_admin = lt_user_is_admin(user);
  g_ptr_array_add(search->roster->entries, entry);
}

static void
look_up_user(Search *search, const char *name)
{
  g_autoptr(LtUser) user = NULL;
  LtLookup lookup = lt_accounts_user(name, &user);
  if (lookup == LT_LOOKUP_FOUND) {
    add_user(search, user);
    return;
  }
  const LtRosterEntry *former = find_former(search, name);
  if (lookup == LT_LOOKUP_AWAY && former != NULL)
    g_ptr_array_add(search->roster->entries, entry_copy(former));
  if (lookup == LT_LOOKUP_AWAY || g_strv_contains(search->users, name))
    add_problem(search, "user", name, lookup);
}

static gint
compare_uids(gconstpointer a, gconstpointer b)
{
  const LtRosterEntry *first = *(LtRosterEntry *const *) a;
  const LtRosterEntry *second = *(LtRosterEntry *const *) b;
  return first->uid < second->uid ? -1 : first->uid > second->uid;
}

static gint
compare_problems(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Two names of one uid are one account to the kernel: the first name in order speaks for it. */
static void
put_in_order(LtRoster *roster)
{
  g_ptr_array_sort(roster->entries, compare_uids);
  for (guint i = 1; i < roster->entries->len;) {
    const LtRosterEntry *before = roster->entries->pdata[i - 1];
    const LtRosterEntry *entry = roster->entries->pdata[i];
    if (before->uid == entry->uid)
      g_ptr_array_remove_index(roster->entries, i);
    else
      i++;
  }
  g_ptr_array_sort(roster->problems, compare_problems);
}

static void
want_seen(Search *search, const GArray *seen_uids)
{
  for (guint i = 0; i < seen_uids->len; i++) {
    g_autoptr(LtUser) user = NULL;
    if (lt_accounts_user_of_uid(g_array_index(seen_uids, guint32, i), &user) == LT_LOOKUP_FOUND)
      want(search, user->name);
  }
}

LtRoster *
lt_roster_resolve(const char *const *users,
                  const char *const *groups,
                  const GArray *seen_uids,
                  const LtRoster *former)
{
  gpointer name = NULL;
  GHashTableIter iter;
  g_autoptr(GHashTable) wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(NamedGroup));
  Search search = {users, named, wanted, former, lt_roster_new()};
  for (gsize i = 0; users[i] != NULL; i++)
    want(&search, users[i]);
  for (gsize i = 0; groups[i] != NULL; i++)
    look_up_group(&search, groups[i]);
  want_by_primary_group(&search);
  if (named->len > 0)
    want_seen(&search, seen_uids);
  g_hash_table_iter_init(&iter, wanted);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    look_up_user(&search, name);
  put_in_order(search.roster);
  return search.roster;
}
