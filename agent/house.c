/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The household as the agent knows it: documents, accounts, grants, joined into the rules in force.
 */
#include "agent/house.h"

#include "agent/clock.h"
#include "agent/documents.h"
#include "agent/house-watch.h"
#include "agent/lists.h"
#include "agent/lookalike-file.h"
#include "agent/roster.h"
#include "agent/slots.h"
#include "agent/stand-in.h"

#define HOUSEHOLD_NAME "household.json"

struct _LtHouse {
  GObject parent_instance;
  LtStore *store;
  LtDocuments *documents;
  LtLists *lists;
  LtLookalikeFile *lookalikes;
  LtHouseWatch *watch;
  LtWallAlarm *alarm;
  LtSlots *slots;
  char *slots_path;
  LtRoster *roster;
  GPtrArray *grants; /* LtGrantRecord */
  GBytes *household;
  char *household_problem;
  LtRuleSet *rules;
  char **problems;
  gboolean resolving;
  gboolean resolve_again;
  GSList *waiting; /* GTask of lt_house_set_household(), for the accounts that it names */
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE(LtHouse, lt_house, G_TYPE_OBJECT)

static void
lt_house_finalize(GObject *object)
{
  LtHouse *house = LT_HOUSE(object);
  g_clear_pointer(&house->watch, lt_house_watch_free);
  g_clear_pointer(&house->alarm, lt_wall_alarm_free);
  g_strfreev(house->problems);
  g_clear_pointer(&house->rules, lt_rule_set_unref);
  g_free(house->household_problem);
  g_clear_pointer(&house->household, g_bytes_unref);
  g_clear_pointer(&house->grants, g_ptr_array_unref);
  g_clear_pointer(&house->roster, lt_roster_free);
  g_clear_pointer(&house->slots, lt_slots_free);
  g_free(house->slots_path);
  g_clear_pointer(&house->lookalikes, lt_lookalike_file_free);
  g_clear_pointer(&house->lists, lt_lists_free);
  g_clear_pointer(&house->documents, lt_documents_free);
  G_OBJECT_CLASS(lt_house_parent_class)->finalize(object);
}

static void
lt_house_class_init(LtHouseClass *klass)
{
  G_OBJECT_CLASS(klass)->finalize = lt_house_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new(
      "changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lt_house_init(LtHouse *house)
{
  house->slots = lt_slots_new();
  house->roster = lt_roster_new();
  house->grants = g_ptr_array_new_with_free_func((GDestroyNotify) lt_grant_record_free);
}

/* Joining */

static void
keep_slots(LtHouse *house)
{
  g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (guint i = 0; i < house->roster->entries->len; i++) {
    const LtRosterEntry *entry = house->roster->entries->pdata[i];
    g_array_append_val(uids, entry->uid);
  }
  lt_slots_begin(house->slots, uids);
}

static GArray *
make_accounts(LtHouse *house, GPtrArray *problems)
{
  keep_slots(house);
  GArray *accounts = g_array_new(FALSE, FALSE, sizeof(LtAccount));
  for (guint i = 0; i < house->roster->entries->len; i++) {
    const LtRosterEntry *entry = house->roster->entries->pdata[i];
    LtAccount account = {.uid = entry->uid,
                         .slot = lt_slots_take(house->slots, entry->uid),
                         .user = entry->user,
                         .groups = (const char *const *) entry->groups};
    if (account.slot != 0)
      g_array_append_val(accounts, account);
    else
      g_ptr_array_add(problems,
                      g_strdup_printf("user \"%s\": more than %d children, this one has no rules",
                                      entry->user,
                                      LT_SLOT_MAX));
  }
  lt_slots_save(house->slots, house->slots_path);
  return accounts;
}

static GArray *
make_grants(LtHouse *house)
{
  GArray *grants = g_array_new(FALSE, FALSE, sizeof(LtGrant));
  for (guint i = 0; i < house->grants->len; i++) {
    const LtGrantRecord *record = house->grants->pdata[i];
    LtGrant grant = {.id = record->id,
                     .uid = record->uid,
                     .host = record->what,
                     .utc_from_s = record->utc_from_s,
                     .utc_until_s = record->utc_until_s};
    if (g_str_equal(record->kind, "site"))
      g_array_append_val(grants, grant);
  }
  return grants;
}

static void
add_texts(GPtrArray *to, const char *const *texts)
{
  for (gsize i = 0; texts[i] != NULL; i++)
    g_ptr_array_add(to, g_strdup(texts[i]));
}

static void
add_copies(GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add(to, g_strdup(from->pdata[i]));
}

static void
collect_problems(LtHouse *house, GPtrArray *policies, GPtrArray *problems)
{
  if (house->household_problem != NULL)
    g_ptr_array_add(problems, g_strdup(house->household_problem));
  add_copies(problems, lt_documents_problems(house->documents));
  if (lt_lists_problem(house->lists) != NULL)
    g_ptr_array_add(problems, g_strdup(lt_lists_problem(house->lists)));
  if (lt_lookalike_file_problem(house->lookalikes) != NULL)
    g_ptr_array_add(problems, g_strdup(lt_lookalike_file_problem(house->lookalikes)));
  for (guint i = 0; i < policies->len; i++)
    add_texts(problems, lt_policy_warnings(policies->pdata[i]));
  add_texts(problems, lt_rule_set_problems(house->rules));
  add_copies(problems, house->roster->problems);
  g_ptr_array_add(problems, NULL);
  g_strfreev(house->problems);
  house->problems = (char **) g_ptr_array_steal(problems, NULL);
}

static void
set_alarm(LtHouse *house)
{
  if (house->alarm != NULL)
    lt_wall_alarm_set(house->alarm, lt_rule_set_next_change_s(house->rules, lt_clock_utc_now_s()));
}

static gboolean
names_groups(GPtrArray *policies)
{
  for (guint i = 0; i < policies->len; i++)
    if (lt_policy_groups(policies->pdata[i])[0] != NULL)
      return TRUE;
  return FALSE;
}

/* A new set from what is known now. */
static void
join(LtHouse *house)
{
  g_autoptr(GPtrArray) policies = lt_documents_in_force(house->documents);
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) accounts = make_accounts(house, problems);
  g_autoptr(GArray) grants = make_grants(house);
  const LtSiteSources known = {lt_lists_in_force(house->lists),
                               lt_lookalike_file_in_force(house->lookalikes)};
  LtRuleSet *rules = lt_rule_set_new_with_sources((LtPolicy *const *) policies->pdata,
                                                  policies->len,
                                                  (const LtAccount *) (void *) accounts->data,
                                                  accounts->len,
                                                  (const LtGrant *) (void *) grants->data,
                                                  grants->len,
                                                  &known);
  g_clear_pointer(&house->rules, lt_rule_set_unref);
  house->rules = rules;
  /* Local accounts are watched; what a directory says of groups is asked for from time to time. */
  if (house->watch != NULL)
    lt_house_watch_set_periodic(house->watch, names_groups(policies));
  collect_problems(house, policies, problems);
  set_alarm(house);
}

static void
join_and_tell(LtHouse *house)
{
  join(house);
  g_signal_emit(house, signals[SIGNAL_CHANGED], 0);
}

/* Accounts */

typedef struct {
  GPtrArray *users;
  GPtrArray *groups;
  GArray *seen_uids;
  LtRoster *former;
} Question;

static void
question_free(gpointer data)
{
  Question *question = data;
  g_ptr_array_unref(question->users);
  g_ptr_array_unref(question->groups);
  g_array_unref(question->seen_uids);
  lt_roster_free(question->former);
  g_free(question);
}

static void
add_names(GPtrArray *names, const char *const *more)
{
  for (gsize i = 0; more[i] != NULL; i++)
    if (!g_ptr_array_find_with_equal_func(names, more[i], g_str_equal, NULL))
      g_ptr_array_add(names, g_strdup(more[i]));
}

static Question *
make_question(LtHouse *house)
{
  Question *question = g_new0(Question, 1);
  g_autoptr(GPtrArray) policies = lt_documents_in_force(house->documents);
  question->users = g_ptr_array_new_with_free_func(g_free);
  question->groups = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < policies->len; i++) {
    add_names(question->users, lt_policy_users(policies->pdata[i]));
    add_names(question->groups, lt_policy_groups(policies->pdata[i]));
  }
  g_ptr_array_add(question->users, NULL);
  g_ptr_array_add(question->groups, NULL);
  question->seen_uids = lt_house_watch_sessions();
  question->former = lt_roster_copy(house->roster);
  return question;
}

static LtRoster *
answer(const Question *question)
{
  return lt_roster_resolve((const char *const *) question->users->pdata,
                           (const char *const *) question->groups->pdata,
                           question->seen_uids,
                           question->former);
}

static void
answer_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_task_return_pointer(task, answer(data), (GDestroyNotify) lt_roster_free);
}

static void resolve(LtHouse *house);

static void
return_waiting(LtHouse *house)
{
  g_autoptr(GSList) waiting = g_slist_reverse(g_steal_pointer(&house->waiting));
  for (GSList *link = waiting; link != NULL; link = link->next) {
    g_autoptr(GTask) task = link->data;
    LtPolicy *policy = g_task_get_task_data(task);
    g_task_return_pointer(
        task, g_strdupv((char **) lt_policy_warnings(policy)), (GDestroyNotify) g_strfreev);
  }
}

static void
on_resolved(GObject *source, GAsyncResult *result, gpointer user_data)
{
  LtHouse *house = LT_HOUSE(source);
  LtRoster *roster = g_task_propagate_pointer(G_TASK(result), NULL);
  gboolean is_same = lt_roster_equal(roster, house->roster);
  lt_roster_free(house->roster);
  house->roster = roster;
  house->resolving = FALSE;
  if (!is_same)
    join_and_tell(house);
  if (house->resolve_again)
    resolve(house);
  else
    return_waiting(house);
}

/* One question at a time: a directory that hangs holds one thread, not many. */
static void
resolve(LtHouse *house)
{
  house->resolve_again = house->resolving;
  if (house->resolving)
    return;
  house->resolving = TRUE;
  g_autoptr(GTask) task = g_task_new(house, NULL, on_resolved, NULL);
  g_task_set_task_data(task, make_question(house), question_free);
  g_task_run_in_thread(task, answer_in_thread);
}

/* Documents */

void
lt_house_reload(LtHouse *house)
{
  g_return_if_fail(LT_IS_HOUSE(house));
  lt_documents_read_folders(house->documents);
  lt_lists_read(house->lists);
  lt_lookalike_file_read(house->lookalikes);
  join_and_tell(house);
  resolve(house);
}

static void
on_lists(gpointer user_data)
{
  join_and_tell(user_data);
}

static void
on_watch(gpointer user_data)
{
  lt_house_reload(user_data);
}

static LtPolicy *
parse_household(GBytes *json, GError **error)
{
  gsize len = 0;
  const char *text = g_bytes_get_data(json, &len);
  return lt_policy_parse(text != NULL ? text : "", len, HOUSEHOLD_NAME, LT_LAYER_HOUSEHOLD, error);
}

/* Keeps whom the rules are about apart from them. */
static void
keep_children(LtHouse *house, const LtPolicy *household)
{
  g_autoptr(GBytes) children = lt_stand_in_make(household);
  g_autoptr(GBytes) former = lt_store_load_children(house->store, NULL);
  if (former == NULL || !g_bytes_equal(children, former))
    lt_store_save_children(house->store, children);
}

static gboolean
take_household(LtHouse *house, GBytes *json, GError **error)
{
  LtPolicy *policy = parse_household(json, error);
  if (policy == NULL)
    return FALSE;
  keep_children(house, policy);
  lt_documents_set_household(house->documents, policy);
  house->household = g_bytes_ref(json);
  return TRUE;
}

/* Nobody is a child of rules that are lost; but whoever was one stays closed. FALSE: nobody was. */
static gboolean
close_children(LtHouse *house)
{
  g_autoptr(GBytes) children = lt_store_load_children(house->store, NULL);
  LtPolicy *policy = children != NULL ? parse_household(children, NULL) : NULL;
  if (policy != NULL)
    lt_documents_set_household(house->documents, policy);
  return policy != NULL;
}

static void
set_household_problem(LtHouse *house, const char *what, const char *instead)
{
  house->household_problem = g_strdup_printf("%s (%s)", what, instead);
  g_warning("Household's rules: %s", house->household_problem);
}

static void
load_household(LtHouse *house)
{
  g_autoptr(GError) error = NULL, former_error = NULL;
  g_autoptr(GBytes) json = lt_store_load_household(house->store, &error);
  if (json != NULL && take_household(house, json, &error))
    return;
  g_autoptr(GBytes) former = lt_store_load_former_household(house->store, &former_error);
  const char *what = error != NULL ? error->message : HOUSEHOLD_NAME " is gone";
  if (former != NULL && take_household(house, former, &former_error))
    set_household_problem(house, what, "the rules before these are in force");
  else if (close_children(house))
    set_household_problem(house, what, "children are closed until there are new rules");
  else if (error != NULL)
    set_household_problem(house, what, "there are none before");
}

/* Grants */

static void
take_grants(LtHouse *house, GPtrArray *list)
{
  g_ptr_array_unref(house->grants);
  house->grants = list;
}

static void
on_grants(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(LtHouse) house = user_data;
  g_autoptr(GError) error = NULL;
  GPtrArray *list = lt_store_list_grants_finish(house->store, result, &error);
  if (list != NULL)
    take_grants(house, list);
  else
    g_warning("Grants cannot be read, those known before stay: %s", error->message);
  join_and_tell(house);
}

void
lt_house_reload_grants(LtHouse *house)
{
  g_return_if_fail(LT_IS_HOUSE(house));
  lt_store_list_grants(
      house->store, G_MAXUINT32, lt_clock_utc_now_s(), on_grants, g_object_ref(house));
}

static void
on_alarm(gpointer user_data)
{
  lt_house_reload_grants(user_data);
}

/* Life */

static void
load_first(LtHouse *house)
{
  g_autoptr(GError) error = NULL;
  lt_documents_read_folders(house->documents);
  load_household(house);
  GPtrArray *grants = lt_store_live_grants(house->store, lt_clock_utc_now_s(), &error);
  if (grants != NULL)
    take_grants(house, grants);
  else
    g_warning("Grants cannot be read: %s", error->message);
  /* Waits for NSS: rules without the accounts would leave children without rules. */
  Question *question = make_question(house);
  lt_roster_free(house->roster);
  house->roster = answer(question);
  question_free(question);
}

LtHouse *
lt_house_new(LtStore *store, const LtHousePaths *paths)
{
  g_autoptr(GError) error = NULL;
  LtHouse *house = g_object_new(LT_TYPE_HOUSE, NULL);
  house->store = store;
  house->documents = lt_documents_new(paths->presets_dir, paths->site_dir);
  house->lists = lt_lists_new(paths->lists_dir, on_lists, house);
  house->lookalikes = lt_lookalike_file_new(paths->lookalikes_file);
  house->slots_path = g_build_filename(paths->run_dir, "slots", NULL);
  lt_slots_restore(house->slots, house->slots_path);
  load_first(house);
  house->alarm = lt_wall_alarm_new(on_alarm, house, &error);
  if (house->alarm == NULL)
    g_warning("Grants end late: %s", error->message);
  house->watch =
      lt_house_watch_new(paths->presets_dir, paths->site_dir, paths->lists_dir, on_watch, house);
  join(house);
  return house;
}

LtRuleSet *
lt_house_rules(LtHouse *house)
{
  return house->rules;
}

typedef struct {
  GBytes *json;
  guint32 by_uid;
} Saving;

static void
saving_free(Saving *saving)
{
  g_bytes_unref(saving->json);
  g_free(saving);
}

static void
on_saved(GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr(GTask) task = user_data;
  LtHouse *house = g_task_get_source_object(task);
  Saving *saving = g_object_get_data(G_OBJECT(task), "saving");
  GError *error = NULL;
  if (!lt_store_save_household_finish(house->store, result, &error)) {
    g_task_return_error(task, error);
    return;
  }
  g_autofree char *sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, saving->json);
  lt_store_audit(house->store, lt_clock_utc_now_s(), saving->by_uid, "rules", sum);
  g_clear_pointer(&house->household, g_bytes_unref);
  g_clear_pointer(&house->household_problem, g_free);
  house->household = g_bytes_ref(saving->json);
  keep_children(house, g_task_get_task_data(task));
  lt_documents_set_household(house->documents, lt_policy_ref(g_task_get_task_data(task)));
  /* Who was a child has the new rules at once; who becomes one, as soon as NSS has answered. */
  join_and_tell(house);
  house->waiting = g_slist_prepend(house->waiting, g_steal_pointer(&task));
  resolve(house);
}

static void
policy_unref(gpointer policy)
{
  lt_policy_unref(policy);
}

void
lt_house_set_household(
    LtHouse *house, GBytes *json, guint32 by_uid, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail(LT_IS_HOUSE(house) && json != NULL);
  GError *error = NULL;
  GTask *task = g_task_new(house, NULL, callback, user_data);
  LtPolicy *policy = parse_household(json, &error);
  if (policy == NULL) {
    g_task_return_error(task, error);
    g_object_unref(task);
    return;
  }
  Saving *saving = g_new0(Saving, 1);
  saving->json = g_bytes_ref(json);
  saving->by_uid = by_uid;
  g_task_set_task_data(task, policy, policy_unref);
  g_object_set_data_full(G_OBJECT(task), "saving", saving, (GDestroyNotify) saving_free);
  lt_store_save_household(house->store, json, on_saved, task);
}

char **
lt_house_set_household_finish(LtHouse *house, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail(g_task_is_valid(result, house), NULL);
  return g_task_propagate_pointer(G_TASK(result), error);
}

GBytes *
lt_house_get_household(LtHouse *house)
{
  return house->household != NULL ? g_bytes_ref(house->household) : NULL;
}

const char *const *
lt_house_problems(LtHouse *house)
{
  return (const char *const *) house->problems;
}

void
lt_house_for_each_child(LtHouse *house, LtHouseAccountFunc func, gpointer user_data)
{
  for (guint i = 0; i < house->roster->entries->len; i++) {
    const LtRosterEntry *entry = house->roster->entries->pdata[i];
    if (lt_rule_set_find_uid(house->rules, entry->uid) != NULL)
      func(entry->uid, entry->user, entry->is_admin, user_data);
  }
}
