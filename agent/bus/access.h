/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may call what: one table, and whatever is not in it is refused. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LT_BUS_NAME "org.luytre.Agent1"
#define LT_BUS_AGENT_PATH "/org/luytre/Agent1"
#define LT_BUS_CHILD_PATH LT_BUS_AGENT_PATH "/child"
#define LT_BUS_AGENT_INTERFACE "org.luytre.Agent1"
#define LT_BUS_CHILD_INTERFACE "org.luytre.Agent1.Child"

/**
 * LtWho:
 * @LT_WHO_ANYONE: any user of the machine
 * @LT_WHO_CHILD: the child that the object is about
 * @LT_WHO_CHILD_OR_ADMIN: that child, or a user of an administrators' group, without a question
 * @LT_WHO_CHILD_OR_PARENT: a child about itself, everybody else if polkit says yes
 * @LT_WHO_PARENT: if polkit says yes
 *
 * A child of the policy is never a parent, whatever polkit would say of it.
 */
typedef enum {
  LT_WHO_ANYONE,
  LT_WHO_CHILD,
  LT_WHO_CHILD_OR_ADMIN,
  LT_WHO_CHILD_OR_PARENT,
  LT_WHO_PARENT,
} LtWho;

/**
 * LtAccessRule:
 * @member: a method or a property
 * @action: the polkit action, NULL where polkit is never asked
 */
typedef struct {
  const char *interface;
  const char *member;
  LtWho who;
  const char *action;
} LtAccessRule;

/**
 * LtCaller:
 *
 * Who calls, as the bus, NSS and the policy say; never from arguments.
 */
typedef struct {
  guint32 uid;
  gboolean is_admin;
  gboolean is_child;
} LtCaller;

typedef enum {
  LT_ACCESS_DENY,
  LT_ACCESS_ALLOW,
  LT_ACCESS_ASK_POLKIT,
} LtAccess;

/* The object of the call is the agent itself. */
#define LT_ACCESS_NO_CHILD G_MAXUINT32

/* NULL: not in the table, refuse. */
const LtAccessRule *lt_access_find(const char *interface, const char *member);

/* @object_uid: the child that the object is about, or %LT_ACCESS_NO_CHILD. Falls closed. */
LtAccess lt_access_decide(const LtAccessRule *rule, const LtCaller *caller, guint32 object_uid);

/* The whole table, for the test that holds it against the contract. */
const LtAccessRule *lt_access_table(gsize *out_n_rules);

G_END_DECLS
