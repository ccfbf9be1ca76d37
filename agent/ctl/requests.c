/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luytrectl requests, grants, ask, grant, refuse and revoke: asking and answering. */
#include "agent/ctl/agent-client.h"
#include "agent/ctl/arguments.h"
#include "agent/ctl/commands.h"
#include "agent/ctl/variant-json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of a grant for which no time is named. */
#define DEFAULT_GRANT_S (60 * 60)

static char *
format_moment(gint64 utc_s)
{
  if (utc_s == G_MAXINT64)
    return g_strdup("revoked");
  g_autoptr(GDateTime) moment = g_date_time_new_from_unix_local(utc_s);
  return moment != NULL ? g_date_time_format(moment, "%Y-%m-%d %H:%M") : g_strdup("-");
}

/* Words of a child go to a parent's terminal: what would steer it is left out. */
static char *
without_controls(const char *words)
{
  GString *shown = g_string_new(NULL);
  for (const char *at = words; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    g_string_append_unichar(shown, g_unichar_iscntrl(character) ? ' ' : character);
  }
  return g_string_free(shown, FALSE);
}

static void
print_request(GVariant *request)
{
  gint64 id = 0, asked = 0;
  const char *user = "", *what = "", *state = "", *words = "";
  g_variant_lookup(request, "id", "x", &id);
  g_variant_lookup(request, "asked", "x", &asked);
  g_variant_lookup(request, "user", "&s", &user);
  g_variant_lookup(request, "what", "&s", &what);
  g_variant_lookup(request, "state", "&s", &state);
  g_variant_lookup(request, "words", "&s", &words);
  g_autofree char *when = format_moment(asked);
  g_autofree char *shown = without_controls(words);
  printf(
      "%-6" G_GINT64_FORMAT "  %-16s  %-8s  %-12s  %s  %s\n", id, when, state, user, what, shown);
}

static void
print_grant(GVariant *grant)
{
  gint64 id = 0, until = 0;
  const char *user = "", *what = "";
  g_variant_lookup(grant, "id", "x", &id);
  g_variant_lookup(grant, "until", "x", &until);
  g_variant_lookup(grant, "user", "&s", &user);
  g_variant_lookup(grant, "what", "&s", &what);
  g_autofree char *when = format_moment(until);
  printf("grant %" G_GINT64_FORMAT ": %s for %s until %s\n", id, what, user, when);
}

/* Calls @method and prints the dictionaries that it gives, one a line. */
static int
list(const char *method, GVariant *arguments, gboolean as_json, void (*print)(GVariant *item))
{
  int status = LT_CTL_ERROR;
  g_autoptr(GVariant) kept = arguments != NULL ? g_variant_ref_sink(arguments) : NULL;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  g_autoptr(GVariant) answer =
      client != NULL ? lt_agent_client_call(client, G_MAXUINT32, method, kept, &status) : NULL;
  if (answer == NULL)
    return status;
  g_autoptr(GVariant) items = g_variant_get_child_value(answer, 0);
  for (gsize i = 0; i < g_variant_n_children(items); i++) {
    g_autoptr(GVariant) item = g_variant_get_child_value(items, i);
    if (as_json)
      lt_variant_json_print(lt_variant_json(item));
    else
      print(item);
  }
  return LT_CTL_OK;
}

int
lt_ctl_requests(int argc, char **argv)
{
  gboolean as_json = FALSE, all = FALSE;
  const GOptionEntry entries[] = {
      {"all", 0, 0, G_OPTION_ARG_NONE, &all, "Answered and expired ones too", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "- lists what children ask for", 0, 0))
    return LT_CTL_ERROR;
  return list("ListRequests", g_variant_new("(b)", !all), as_json, print_request);
}

int
lt_ctl_grants(int argc, char **argv)
{
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "One JSON object a line", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "- lists the grants that run", 0, 0))
    return LT_CTL_ERROR;
  return list("ListGrants", NULL, as_json, print_grant);
}

/**
 * Answer: options that grant and refuse share.
 */
typedef struct {
  char *span;
  char *until;
  char *note;
  gboolean as_json;
} Answer;

static void
answer_clear(Answer *answer)
{
  g_free(answer->span);
  g_free(answer->until);
  g_free(answer->note);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static gboolean
find_seconds(const Answer *answer, const char *span, guint32 *out_s)
{
  *out_s = DEFAULT_GRANT_S;
  if (answer->until != NULL && lt_arguments_until(answer->until, out_s))
    return TRUE;
  if (answer->until == NULL && (span == NULL || lt_arguments_duration(span, out_s)))
    return TRUE;
  fprintf(stderr,
          "luytrectl grant: \"%s\" is no time to come; write 30m, 1h, 2d, forever, or --until "
          "2027-02-06T18:00\n",
          answer->until != NULL ? answer->until : span);
  return FALSE;
}

static int
call_and_print_grant(const char *method, GVariant *arguments, gboolean as_json)
{
  int status = LT_CTL_ERROR;
  g_autoptr(GVariant) kept = g_variant_ref_sink(arguments);
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  g_autoptr(GVariant) answer =
      client != NULL ? lt_agent_client_call(client, G_MAXUINT32, method, kept, &status) : NULL;
  if (answer == NULL)
    return status;
  g_autoptr(GVariant) grant =
      g_variant_n_children(answer) > 0 ? g_variant_get_child_value(answer, 0) : NULL;
  if (grant == NULL || g_variant_n_children(grant) == 0)
    return LT_CTL_OK;
  if (as_json)
    lt_variant_json_print(lt_variant_json(grant));
  else
    print_grant(grant);
  return LT_CTL_OK;
}

static int
grant_site(const char *user, const char *site, guint32 seconds, const char *note, gboolean as_json)
{
  guint32 uid = 0;
  if (!lt_agent_client_find_uid(user, &uid))
    return LT_CTL_ERROR;
  return call_and_print_grant(
      "Grant", g_variant_new("(ussus)", uid, "site", site, seconds, note), as_json);
}

int
lt_ctl_grant(int argc, char **argv)
{
  g_auto(Answer) answer = {0};
  gint64 request = 0;
  guint32 seconds = 0;
  const GOptionEntry entries[] = {
      {"for", 0, 0, G_OPTION_ARG_STRING, &answer.span, "30m, 1h (as without), 2d, forever", "SPAN"},
      {"until", 0, 0, G_OPTION_ARG_STRING, &answer.until, "Until then, ISO 8601", "TIME"},
      {"note", 0, 0, G_OPTION_ARG_STRING, &answer.note, "Words for the child", "WORDS"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &answer.as_json, "The grant as a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(
          &argc, &argv, entries, "REQUEST [SPAN] | USER SITE - opens a site to a child", 1, 2))
    return LT_CTL_ERROR;
  const char *note = answer.note != NULL ? answer.note : "";
  /* A number alone, or with a span, is a request: users and sites are not both like that. */
  gboolean is_request =
      lt_arguments_id(argv[1], &request) && (argc == 2 || lt_arguments_duration(argv[2], &seconds));
  const char *span = is_request && argc == 3 ? argv[2] : answer.span;
  if (!find_seconds(&answer, span, &seconds))
    return LT_CTL_ERROR;
  if (is_request)
    return call_and_print_grant(
        "Answer", g_variant_new("(xbus)", request, TRUE, seconds, note), answer.as_json);
  if (argc == 3)
    return grant_site(argv[1], argv[2], seconds, note, answer.as_json);
  fputs("luytrectl grant: name a request's number, or a user and a site\n", stderr);
  return LT_CTL_ERROR;
}

int
lt_ctl_refuse(int argc, char **argv)
{
  g_auto(Answer) answer = {0};
  gint64 request = 0;
  const GOptionEntry entries[] = {
      {"note", 0, 0, G_OPTION_ARG_STRING, &answer.note, "Words for the child", "WORDS"},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "REQUEST - says no to a request", 1, 1))
    return LT_CTL_ERROR;
  if (!lt_arguments_id(argv[1], &request)) {
    fprintf(stderr, "luytrectl refuse: \"%s\" is no request's number\n", argv[1]);
    return LT_CTL_ERROR;
  }
  const char *note = answer.note != NULL ? answer.note : "";
  return call_and_print_grant(
      "Answer", g_variant_new("(xbus)", request, FALSE, (guint32) 0, note), FALSE);
}

int
lt_ctl_revoke(int argc, char **argv)
{
  gint64 grant = 0;
  const GOptionEntry entries[] = {G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(&argc, &argv, entries, "GRANT - ends a grant now", 1, 1))
    return LT_CTL_ERROR;
  if (!lt_arguments_id(argv[1], &grant)) {
    fprintf(stderr, "luytrectl revoke: \"%s\" is no grant's number\n", argv[1]);
    return LT_CTL_ERROR;
  }
  return call_and_print_grant("Revoke", g_variant_new("(x)", grant), FALSE);
}

int
lt_ctl_ask(int argc, char **argv)
{
  gboolean as_json = FALSE;
  int status = LT_CTL_ERROR;
  gint64 id = 0;
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "The request's number as JSON", NULL},
      G_OPTION_ENTRY_NULL};
  if (!lt_arguments_parse(
          &argc, &argv, entries, "SITE [WORDS] - asks your parents to open a site", 1, 2))
    return LT_CTL_ERROR;
  g_autoptr(LtAgentClient) client = lt_agent_client_new();
  if (client == NULL)
    return LT_CTL_ERROR;
  g_autoptr(GVariant) answer =
      lt_agent_client_call(client,
                           getuid(),
                           "Ask",
                           g_variant_new("(sss)", "site", argv[1], argc == 3 ? argv[2] : ""),
                           &status);
  if (answer == NULL)
    return status;
  g_variant_get(answer, "(x)", &id);
  if (as_json) {
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "request", json_object_new_int64(id));
    lt_variant_json_print(object);
  } else {
    printf("request %" G_GINT64_FORMAT " waits for an answer\n", id);
  }
  return LT_CTL_OK;
}
