/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clients that want signals; each is sent its own, one by one, and nobody else's. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A session has a tray and a window; twice that for every session of a user. */
#define LT_SUBSCRIBERS_MAX_OF_USER 16
/* Each takes a match rule of the bus, which allows 512 to a connection. */
#define LT_SUBSCRIBERS_MAX 256

typedef struct _LtSubscribers LtSubscribers;

/* Is @uid a child of the policy now? Such a user gets no signal of a parent. */
typedef gboolean (*LtIsChildFunc)(guint32 uid, gpointer user_data);

LtSubscribers *lt_subscribers_new(GDBusConnection *bus, LtIsChildFunc is_child, gpointer user_data);
void lt_subscribers_free(LtSubscribers *subscribers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtSubscribers, lt_subscribers_free)

/* Until the client leaves the bus. Again is fine. FALSE: no room. */
gboolean lt_subscribers_add(LtSubscribers *subscribers,
                            const char *name,
                            guint32 uid,
                            gboolean is_admin) G_GNUC_WARN_UNUSED_RESULT;

/* Something changed: to every subscriber, without saying what. */
void lt_subscribers_tell_all(LtSubscribers *subscribers, const char *signal);

/* @parameters: (transfer floating): to the child's clients and to parents'. This is the only place
 * that decides who hears of a child. */
void lt_subscribers_tell_of_child(LtSubscribers *subscribers,
                                  guint32 child_uid,
                                  const char *signal,
                                  GVariant *parameters);

G_END_DECLS
