/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists that were fetched or brought: a file each, and beside it what is known of it. */
#pragma once

#include "policy/lists/catalogue.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtKept:
 * @url: (nullable): where it is from; NULL: somebody brought it
 * @key: (nullable): whose signature it has
 * @etag, @last_modified: (nullable): what to ask its server with
 * @utc_date_s: when it was made, as its head or its server says; 0: nobody does
 * @utc_came_s: when it came here
 * @category, @format, @name: of a list that somebody brought; the others have theirs in the
 * catalogue
 *
 * What is known of a kept list.
 */
typedef struct {
  char *url;
  char *key;
  char *etag;
  char *last_modified;
  gint64 utc_date_s;
  gint64 utc_came_s;
  LtCategory category;
  LtListFormat format;
  char *name;
} LtKept;

void lt_kept_free(LtKept *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtKept, lt_kept_free)

/* (transfer full): the file of a list, the one that is fetched now, and its signature. */
char *lt_kept_path(const char *dir, const char *id);
char *lt_kept_new_path(const char *dir, const char *id);
char *lt_kept_signature_path(const char *dir, const char *id);

/* (nullable): NULL when there is no such list, or its record is damaged. */
LtKept *lt_kept_read(const char *dir, const char *id);

/**
 * lt_kept_replace:
 *
 * Puts the new file in the kept one's place, and on the disk, then the record. Dying between the
 * two leaves validators of the former file, which its server answers with the new one. Fails with
 * %G_FILE_ERROR; the former list is then still there.
 */
gboolean lt_kept_replace(const char *dir, const char *id, const LtKept *kept, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Takes a list away; it is none if there is no such one. */
void lt_kept_remove(const char *dir, const char *id);

/* Forgets what to ask the server with: the list comes whole the next time. */
void lt_kept_forget_validators(const char *dir, const char *id);

/* (transfer full) (element-type utf8): the ids of all kept lists, sorted. Half files are removed.
 */
GPtrArray *lt_kept_list(const char *dir);

/* Makes sure that a rename in a folder is on the disk. */
void lt_kept_sync_folder(const char *folder);

G_END_DECLS
