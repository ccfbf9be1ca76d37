/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question to polkit: may this client do that? Asked without waiting, refused when unanswered.
 */
#include "agent/bus/polkit.h"

#include <polkit/polkit.h>

G_DEFINE_QUARK(lt_polkit_error_quark, lt_polkit_error)

typedef struct {
  char *name;
  char *action;
  gboolean may_ask;
} Question;

static void
question_free(gpointer data)
{
  Question *question = data;
  g_free(question->name);
  g_free(question->action);
  g_free(question);
}

/* @task: (transfer full) */
static void
return_away(GTask *task, const GError *cause)
{
  g_task_return_new_error(task,
                          LT_POLKIT_ERROR,
                          LT_POLKIT_ERROR_AWAY,
                          "polkit, which decides who is a parent, does not answer: %s",
                          cause->message);
  g_object_unref(task);
}

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Question *question = g_task_get_task_data(task);
  g_autoptr(GError) error = NULL;
  g_autoptr(PolkitAuthorizationResult) answer =
      polkit_authority_check_authorization_finish(POLKIT_AUTHORITY(source), result, &error);
  if (answer == NULL) {
    return_away(task, error);
    return;
  }
  if (polkit_authorization_result_get_is_authorized(answer))
    g_task_return_boolean(task, TRUE);
  else if (polkit_authorization_result_get_is_challenge(answer) && !question->may_ask)
    g_task_return_new_error(task,
                            LT_POLKIT_ERROR,
                            LT_POLKIT_ERROR_NEEDS_PASSWORD,
                            "%s needs a parent's password, and this program cannot ask for it",
                            question->action);
  else
    g_task_return_new_error(
        task, LT_POLKIT_ERROR, LT_POLKIT_ERROR_NO, "%s is for parents", question->action);
  g_object_unref(task);
}

static void
on_authority(GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Question *question = g_task_get_task_data(task);
  g_autoptr(GError) error = NULL;
  g_autoptr(PolkitAuthority) authority = polkit_authority_get_finish(result, &error);
  if (authority == NULL) {
    return_away(task, error);
    return;
  }
  g_autoptr(PolkitSubject) subject = polkit_system_bus_name_new(question->name);
  polkit_authority_check_authorization(authority,
                                       subject,
                                       question->action,
                                       NULL,
                                       question->may_ask
                                           ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                                           : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
                                       g_task_get_cancellable(task),
                                       on_answer,
                                       task);
}

void
lt_polkit_check(const char *name,
                const char *action,
                gboolean may_ask,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  Question *question = g_new0(Question, 1);
  GTask *task = g_task_new(NULL, cancellable, callback, user_data);
  question->name = g_strdup(name);
  question->action = g_strdup(action);
  question->may_ask = may_ask;
  g_task_set_task_data(task, question, question_free);
  polkit_authority_get_async(cancellable, on_authority, task);
}

gboolean
lt_polkit_check_finish(GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean(G_TASK(result), error);
}
