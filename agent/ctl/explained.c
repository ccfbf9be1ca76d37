/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One decision as luytrectl shows it: a line of JSON, or a sentence. */
#include "agent/ctl/explained.h"

#include <json_object.h>
#include <string.h>

typedef struct {
  const char *code;
  const char *words;
} Words;

static const char *
find_words(const Words *words, gsize n_words, const char *code)
{
  for (gsize i = 0; i < n_words; i++) {
    if (strcmp(words[i].code, code) == 0)
      return words[i].words;
  }
  return code;
}

/* ISO 8601 with the offset of this place; NULL when no end is known. */
static char *
format_until(gint64 utc_until_s)
{
  g_autoptr(GDateTime) until = NULL;

  if (utc_until_s == 0 || utc_until_s == G_MAXINT64)
    return NULL;
  until = g_date_time_new_from_unix_local(utc_until_s);
  return until != NULL ? g_date_time_format(until, "%Y-%m-%dT%H:%M:%S%:z") : NULL;
}

static void
add_text(struct json_object *object, const char *key, const char *text)
{
  json_object_object_add(object, key, text != NULL ? json_object_new_string(text) : NULL);
}

char *
lt_explained_to_json(const LtExplained *e)
{
  struct json_object *object = json_object_new_object();
  g_autofree char *until = format_until(e->utc_until_s);
  g_autofree char *owner =
      e->list != NULL ? g_strconcat("list:", e->list, NULL) : g_strdup(e->owner);
  char *line;

  add_text(object, "user", e->user);
  add_text(object, "name", e->name);
  add_text(object, "action", e->action);
  add_text(object, "reason", e->reason);
  add_text(object, "rule", e->rule);
  add_text(object, "owner", owner);
  add_text(object, "until", until);
  line = g_strdup(json_object_to_json_string_ext(
      object, JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
  json_object_put(object);
  return line;
}

char *
lt_explained_to_words(const LtExplained *e)
{
  static const Words actions[] = {
      {"allow", "open"},
      {"warn", "open, with a warning"},
      {"budget", "open while its budget has time left"},
      {"ask", "closed until a parent opens it"},
      {"block", "closed"},
  };
  static const Words owners[] = {
      {"household", "the household's rules"},
      {"site", "the site's rules"},
      {"preset", "a preset"},
      {"default", "the built-in rules"},
  };
  static const Words reasons[] = {
      {"help", "it is a help channel, which is never closed and never logged"},
      {"grant", "a grant is running"},
      {"listed", "an entry names it"},
      {"category", "of its kind"},
      {"lookalike", "it imitates another site"},
      {"starter", "the starter list for this age has it"},
      {"default", "nothing else is said of it"},
      {"no-rules", "no rules are loaded"},
      {"bad-name", "this is not the name of a site"},
      {"address", "it is an address without a name"},
  };
  const char *action = find_words(actions, G_N_ELEMENTS(actions), e->action);
  const char *reason = find_words(reasons, G_N_ELEMENTS(reasons), e->reason);
  g_autofree char *until = format_until(e->utc_until_s);
  g_autoptr(GString) text = g_string_new(NULL);

  g_string_append_printf(text, "%s: %s for %s: %s", e->name, action, e->user, reason);
  if (strcmp(e->reason, "help") != 0 && strcmp(e->rule, e->reason) != 0)
    g_string_append_printf(text, " (%s)", e->rule);
  if (e->list != NULL)
    g_string_append_printf(text, ", by the list %s", e->list);
  else if (strcmp(e->owner, "help") != 0 && strcmp(e->owner, "grant") != 0)
    g_string_append_printf(text, ", by %s", find_words(owners, G_N_ELEMENTS(owners), e->owner));
  if (until != NULL)
    g_string_append_printf(text, ", until %s", until);
  return g_strdup(text->str);
}
