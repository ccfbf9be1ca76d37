/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question to polkit: may this client do that? Asked without waiting, refused when unanswered.
 */
#include "agent/bus/polkit.h"

/* polkit's CheckAuthorizationFlags. */
#define MAY_ASK_A_PERSON 1

G_DEFINE_QUARK(lt_polkit_error_quark, lt_polkit_error)

typedef struct {
  char *action;
  gboolean may_ask;
} Question;

static void
question_free(gpointer data)
{
  Question *question = data;
  g_free(question->action);
  g_free(question);
}

static GError *
error_from(const Question *question, gboolean is_challenge)
{
  if (is_challenge && !question->may_ask)
    return g_error_new(LT_POLKIT_ERROR,
                       LT_POLKIT_ERROR_NEEDS_PASSWORD,
                       "%s needs a parent's password, and this program cannot ask for it",
                       question->action);
  return g_error_new(
      LT_POLKIT_ERROR, LT_POLKIT_ERROR_NO, "%s is for parents: polkit says no", question->action);
}

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  gboolean is_authorized = FALSE, is_challenge = FALSE;
  g_autoptr(GVariant) answer =
      g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
  if (answer == NULL) {
    g_dbus_error_strip_remote_error(error);
    g_task_return_new_error(task,
                            LT_POLKIT_ERROR,
                            LT_POLKIT_ERROR_AWAY,
                            "polkit, which decides who is a parent, does not answer: %s",
                            error->message);
    return;
  }
  g_variant_get(answer, "((bba{ss}))", &is_authorized, &is_challenge, NULL);
  if (is_authorized)
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error_from(g_task_get_task_data(task), is_challenge));
}

static GVariant *
make_arguments(const char *name, const Question *question)
{
  GVariantDict subject;
  g_variant_dict_init(&subject, NULL);
  g_variant_dict_insert(&subject, "name", "s", name);
  return g_variant_new("((s@a{sv})s@a{ss}us)",
                       "system-bus-name",
                       g_variant_dict_end(&subject),
                       question->action,
                       g_variant_new_array(G_VARIANT_TYPE("{ss}"), NULL, 0),
                       question->may_ask ? MAY_ASK_A_PERSON : 0,
                       "");
}

/* Over the agent's own connection and not through polkit's library, which keeps to the first bus it
 * saw: after a restart of the bus every change would be refused. */
void
lt_polkit_check(GDBusConnection *bus,
                const char *name,
                const char *action,
                gboolean may_ask,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  Question *question = g_new0(Question, 1);
  GTask *task = g_task_new(NULL, cancellable, callback, user_data);
  question->action = g_strdup(action);
  question->may_ask = may_ask;
  g_task_set_task_data(task, question, question_free);
  g_dbus_connection_call(bus,
                         "org.freedesktop.PolicyKit1",
                         "/org/freedesktop/PolicyKit1/Authority",
                         "org.freedesktop.PolicyKit1.Authority",
                         "CheckAuthorization",
                         make_arguments(name, question),
                         G_VARIANT_TYPE("((bba{ss}))"),
                         G_DBUS_CALL_FLAGS_NONE,
                         G_MAXINT, /* a person types a password */
                         cancellable,
                         on_answer,
                         task);
}

gboolean
lt_polkit_check_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean(G_TASK(result), error);
}
