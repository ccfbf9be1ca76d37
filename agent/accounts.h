/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to NSS (files, LDAP, ...): each may wait long, so they are asked in threads only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtUser:
 * @name: of the account
 * @gids: (element-type gid_t): of all its groups, the primary one too
 */
typedef struct {
  guint32 uid;
  char *name;
  GArray *gids;
} LtUser;
void lt_user_free(LtUser *user);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtUser, lt_user_free)

/**
 * LtLookup:
 * @LT_LOOKUP_FOUND: the output is written
 * @LT_LOOKUP_NONE: NSS says that there is no such account or group
 * @LT_LOOKUP_AWAY: NSS cannot say: a directory does not answer. What was known stays true
 */
typedef enum {
  LT_LOOKUP_FOUND,
  LT_LOOKUP_NONE,
  LT_LOOKUP_AWAY,
} LtLookup;

LtLookup lt_accounts_user(const char *name, LtUser **out) G_GNUC_WARN_UNUSED_RESULT;
LtLookup lt_accounts_user_of_uid(guint32 uid, LtUser **out) G_GNUC_WARN_UNUSED_RESULT;

/* @out_members: (transfer full) (array zero-terminated=1): those that the group itself lists. */
LtLookup lt_accounts_group(const char *name,
                           guint32 *out_gid,
                           char ***out_members) G_GNUC_WARN_UNUSED_RESULT;

/* Users whose primary group is one of @gids, as far as NSS lists users at all; at most @max.
 * (element-type utf8) (transfer full) */
GPtrArray *lt_accounts_users_with_primary_group(const GArray *gids, guint max);

/* Root, or in one of the groups sudo, wheel, admin. FALSE when NSS cannot say. */
gboolean lt_accounts_is_admin(guint32 uid);
gboolean lt_user_is_admin(const LtUser *user);

G_END_DECLS
