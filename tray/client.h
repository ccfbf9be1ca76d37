/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tray's end of the contract org.luytre.Agent1: hears the agent and speaks to it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * LtClient:
 *
 * Never blocks and never gives up: without a bus, without an agent, or after either began anew it
 * waits and subscribes again. Only the owner of the agent's name is listened to; who that may be is
 * the bus's policy.
 */
typedef struct _LtClient LtClient;

/**
 * LtClientNews:
 * @LT_CLIENT_BLOCKED: a decision, see the contract
 * @LT_CLIENT_ASKED: a request
 * @LT_CLIENT_GRANTED: a grant
 * @LT_CLIENT_REFUSED: a request
 * @LT_CLIENT_ENDED: a grant
 * @LT_CLIENT_REVIEWED: until when a parent looks at what open pages need
 */
typedef enum {
  LT_CLIENT_BLOCKED,
  LT_CLIENT_ASKED,
  LT_CLIENT_GRANTED,
  LT_CLIENT_REFUSED,
  LT_CLIENT_ENDED,
  LT_CLIENT_REVIEWED,
} LtClientNews;

/**
 * LtClientEvents:
 * @news: something happened to the child @uid; @dict is an a{sv}, borrowed
 * @here: subscribed (TRUE), or the agent went away (FALSE); only on a change
 * @children: the uids of the children that this user may see, after each subscription
 */
typedef struct {
  void (*news)(LtClientNews what, guint32 uid, GVariant *dict, gpointer data);
  void (*here)(gboolean is_here, gpointer data);
  void (*children)(const guint32 *uids, gsize n_uids, gpointer data);
} LtClientEvents;

/* A call ended. @result: the method's tuple, borrowed; NULL with @error set. Not called after the
 * client was freed. */
typedef void (*LtClientReply)(GVariant *result, const GError *error, gpointer data);

/* @events: static; @data is handed to each of them. */
LtClient *lt_client_new(const LtClientEvents *events, gpointer data);
void lt_client_free(LtClient *client);

/* Child.Ask for the child @uid. @data is freed with @free_data after the reply, or unused. */
void lt_client_ask(LtClient *client,
                   guint32 uid,
                   const char *site,
                   LtClientReply reply,
                   gpointer data,
                   GDestroyNotify free_data);

/* Answer: @seconds as in the contract. May open a password dialog, so it waits without an end. */
void lt_client_answer(LtClient *client,
                      gint64 request,
                      gboolean yes,
                      guint32 seconds,
                      LtClientReply reply,
                      gpointer data,
                      GDestroyNotify free_data);

/* ListRequests of those that are open; without a dialog: who may not, gets the error. */
void lt_client_list_open_requests(LtClient *client,
                                  LtClientReply reply,
                                  gpointer data,
                                  GDestroyNotify free_data);

/* Whether @error (nullable) is the contract's org.luytre.Error.@name ("Limit", "Denied"). */
gboolean lt_client_error_is(const GError *error, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtClient, lt_client_free)

G_END_DECLS
