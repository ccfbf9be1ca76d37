/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the doors closed for whoever is a child now. */
#include "agent/doors/doors.h"

#include "agent/doors/bus-rules.h"
#include "agent/doors/door.h"
#include "agent/doors/helper-call.h"
#include "agent/folder-watch.h"

#include <gio/gio.h>
#include <string.h>

#define RETRY_S 10
#define NSSWITCH "/etc/nsswitch.conf"

struct _LtDoors {
  char *helper;
  LtFolderWatch *watch;
  GArray *uids;
  GCancellable *life; /* cancelled when the doors are opened for good or freed */
  gboolean is_asking;
  gboolean ask_again;
  guint retry;
  char *problem; /* NULL: none */
};

/* What tells that a program has begun anew; avahi-daemon's socket is systemd's and stays. */
static const char *const watched_names[LT_N_DOORS][2] = {
    {"io.systemd.Resolve"}, {"socket"}, {"pid"}};

static gboolean
has_bus_rules(const GArray *uids)
{
  g_autofree char *text = NULL;
  g_autofree char *wished = lt_doors_bus_rules(uids);
  g_file_get_contents(LT_BUS_RULES_PATH, &text, NULL, NULL);
  return g_strcmp0(text, wished) == 0;
}

/* Where it is on the bus as well, it is as wished when both ways are. */
static LtDoorState
examine(gsize index, const GArray *uids)
{
  LtDoorState state = lt_door_examine(&lt_doors[index], uids);
  if (lt_doors[index].bus_name != NULL && state == LT_DOOR_AS_WISHED && !has_bus_rules(uids))
    return LT_DOOR_OTHERWISE;
  return state;
}

/* (transfer full) (nullable): the programs whose doors are in that state, joined by commas; of
 * those that are as wished the closed ones. */
static char *
programs_in(LtDoorState state, const GArray *uids)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < LT_N_DOORS; i++)
    if (examine(i, uids) == state &&
        (state != LT_DOOR_AS_WISHED || lt_door_leads_out(&lt_doors[i])))
      g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", lt_doors[i].program);
  return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

static gboolean
is_as_wished(const GArray *uids)
{
  g_autofree char *otherwise = programs_in(LT_DOOR_OTHERWISE, uids);
  return otherwise == NULL;
}

typedef struct {
  char *helper;
  GArray *uids;
} Question;

static void
question_free(gpointer data)
{
  Question *question = data;
  g_free(question->helper);
  g_array_unref(question->uids);
  g_free(question);
}

static void
ask_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  const Question *question = data;
  if (lt_helper_call(question->helper, question->uids, cancellable, &error))
    g_task_return_boolean(task, TRUE);
  else
    g_task_return_error(task, error);
}

static void look(LtDoors *doors);

static gboolean
on_retry(gpointer user_data)
{
  LtDoors *doors = user_data;
  doors->retry = 0;
  look(doors);
  return G_SOURCE_REMOVE;
}

/* Told once until it is another one or gone. */
static void
set_problem(LtDoors *doors, const char *problem)
{
  if (problem != NULL && g_strcmp0(problem, doors->problem) != 0)
    g_warning("Children can look up names past the agent: %s", problem);
  g_free(doors->problem);
  doors->problem = g_strdup(problem);
  if (problem != NULL && doors->retry == 0)
    doors->retry = g_timeout_add_seconds(RETRY_S, on_retry, doors);
}

static void
on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GError) error = NULL;
  gboolean is_done = g_task_propagate_boolean(G_TASK(result), &error);
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the doors are no more */
  LtDoors *doors = user_data;
  doors->is_asking = FALSE;
  if (doors->ask_again)
    look(doors);
  else if (!is_done)
    set_problem(doors, error->message);
  else
    set_problem(doors, is_as_wished(doors->uids) ? NULL : "what the helper did has no effect");
}

/* One call at a time. */
static void
look(LtDoors *doors)
{
  doors->ask_again = doors->is_asking;
  if (doors->is_asking)
    return;
  if (is_as_wished(doors->uids)) {
    set_problem(doors, NULL);
    return;
  }
  doors->is_asking = TRUE;
  Question *question = g_new0(Question, 1);
  question->helper = g_strdup(doors->helper);
  question->uids = g_array_copy(doors->uids);
  g_autoptr(GTask) task = g_task_new(NULL, doors->life, on_answer, doors);
  g_task_set_task_data(task, question, question_free);
  g_task_run_in_thread(task, ask_in_thread);
}

static void
on_folders(gpointer user_data)
{
  look(user_data);
}

LtDoors *
lt_doors_new(const char *run_dir)
{
  LtWatchedFolder folders[LT_N_DOORS];
  LtDoors *doors = g_new0(LtDoors, 1);
  for (gsize i = 0; i < LT_N_DOORS; i++)
    folders[i] = (LtWatchedFolder){.path = lt_doors[i].folder, .names = watched_names[i]};
  doors->helper = g_strconcat(run_dir, "-doors/socket", NULL);
  doors->uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  doors->life = g_cancellable_new();
  doors->watch = lt_folder_watch_new(folders, LT_N_DOORS, on_folders, doors);
  return doors;
}

void
lt_doors_free(LtDoors *doors)
{
  if (doors == NULL)
    return;
  g_cancellable_cancel(doors->life);
  g_object_unref(doors->life);
  g_clear_handle_id(&doors->retry, g_source_remove);
  g_clear_pointer(&doors->watch, lt_folder_watch_free);
  g_array_unref(doors->uids);
  g_free(doors->problem);
  g_free(doors->helper);
  g_free(doors);
}

void
lt_doors_close_for(LtDoors *doors, const LtRuleSet *rules)
{
  g_array_set_size(doors->uids, 0);
  for (gsize i = 0; i < lt_rule_set_n_children(rules); i++) {
    guint32 uid = lt_child_rules_uid(lt_rule_set_child(rules, i));
    g_array_append_val(doors->uids, uid);
  }
  look(doors);
}

void
lt_doors_open(LtDoors *doors)
{
  g_autoptr(GError) error = NULL;
  g_cancellable_cancel(doors->life);
  g_array_set_size(doors->uids, 0);
  /* The bus' rules tell of doors that are not there just now. */
  if (has_bus_rules(doors->uids) && is_as_wished(doors->uids))
    return;
  if (!lt_helper_call(doors->helper, doors->uids, NULL, &error))
    g_warning("Some programs' doors stay closed for children: %s", error->message);
}

/* The C library goes on to packets only where the machine's list says so. */
static gboolean
goes_on_to_dns(void)
{
  g_autofree char *text = NULL;
  g_autoptr(GRegex) hosts = g_regex_new(
      "^\\s*hosts:[^#\\n]*\\bresolve\\b(?![^#\\n]*\\sdns\\b)", G_REGEX_MULTILINE, 0, NULL);
  if (!g_file_get_contents(NSSWITCH, &text, NULL, NULL))
    return TRUE;
  return !g_regex_match(hosts, text, 0, NULL);
}

/* What children miss, and what gives it back to them. */
static void
check_local_names(LtDoors *doors, GPtrArray *checks)
{
  for (gsize i = 0; i < LT_N_DOORS; i++)
    if (lt_doors[i].config != NULL && lt_door_leads_out(&lt_doors[i]) &&
        examine(i, doors->uids) == LT_DOOR_AS_WISHED)
      lt_checks_add(checks,
                    "lookups-local",
                    "info",
                    "%s asks servers of the internet too: on the system bus it is closed for "
                    "children, who miss printers and the like that it finds; with %s=no in %s, and "
                    "a restart of it, they have these back",
                    lt_doors[i].program,
                    lt_doors[i].key,
                    lt_doors[i].config);
}

void
lt_doors_check(LtDoors *doors, GPtrArray *checks)
{
  g_autofree char *otherwise = programs_in(LT_DOOR_OTHERWISE, doors->uids);
  g_autofree char *closed = programs_in(LT_DOOR_AS_WISHED, doors->uids);
  if (otherwise != NULL)
    lt_checks_add(checks,
                  "lookups",
                  "weak",
                  "children can look up names past the agent, through %s (%s): "
                  "see systemctl status luytre-doors.socket",
                  otherwise,
                  doors->problem != NULL ? doors->problem : "the helper is at work");
  else if (closed != NULL)
    lt_checks_add(checks, "lookups", "ok", "closed for children, who ask by packets: %s", closed);
  else
    lt_checks_add(checks, "lookups", "ok", "every lookup is a packet");
  if (doors->uids->len == 0)
    return;
  check_local_names(doors, checks);
  if (!goes_on_to_dns())
    lt_checks_add(
        checks,
        "lookups-dns",
        "broken",
        "children's programs find no names: write \"dns\" after \"resolve\" into the line "
        "\"hosts:\" of " NSSWITCH);
}
