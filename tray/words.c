/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns what happened into a few kind words for a child. */
#include "tray/words.h"

#include "tray/group.h"
#include "tray/site-name.h"
#include "tray/words-parts.h"

#include <glib/gi18n.h>
#include <string.h>

/* Sites named in a summary; the others are counted. */
#define SUMMARY_NAMES 3

/* The reasons for which no site can be asked for: nobody knows its name. Two need no word at all,
 * because programs find another way by themselves. */
static const struct {
  const char *reason;
  const char *why;
  gboolean is_silent;
} nameless[] = {
    {"no-rules",
     NC_("why", "There are no rules yet, so only help pages open. Please tell {adult}."),
     FALSE},
    {"bad-name",
     NC_("why", "The address is not spelled like a site's address. Check it for typing mistakes."),
     FALSE},
    {"no-name", NC_("why", "A program went online without saying to which site."), FALSE},
    {"address",
     NC_("why", "The site goes by a number, not by a name. Only names can be opened."),
     FALSE},
    {"unknown-protocol",
     NC_("why", "A program used a way to go online that is not open yet."),
     FALSE},
    {"undecided", NC_("why", "A program did not say in time which site it wanted."), FALSE},
    {"tampering",
     NC_("why", "A program sent something that did not fit together, so it was stopped."),
     FALSE},
    {"quic", NC_("why", "The program was asked to use another way."), TRUE},
    {"forgotten", NC_("why", "An old connection was closed. Just try again."), TRUE},
    {"vpn",
     NC_("why", "A program wanted to go online through a VPN or a tunnel. That way is not open."),
     FALSE},
    {"proxy",
     NC_("why", "A program wanted to go online through another computer. That way is not open."),
     FALSE},
    {"encrypted-dns", NC_("why", "The program was asked to look up names the usual way."), TRUE},
    {"hidden-name",
     NC_("why", "The program hid which site it wanted, so nobody could tell if it is open."),
     FALSE},
    {"other-address",
     NC_("why", "The site's name and its place on the internet do not belong together."),
     FALSE},
};

static const char *
nameless_why(const char *reason)
{
  for (gsize i = 0; i < G_N_ELEMENTS(nameless); i++) {
    if (strcmp(nameless[i].reason, reason) == 0)
      return g_dpgettext2(NULL, "why", nameless[i].why);
  }
  return NULL;
}

gboolean
lt_words_is_worth_telling(const LtDecisionNews *decision)
{
  for (gsize i = 0; i < G_N_ELEMENTS(nameless); i++) {
    if (strcmp(nameless[i].reason, decision->reason) == 0)
      return !nameless[i].is_silent;
  }
  return strcmp(decision->reason, "category") != 0 || !lt_group_is_background(decision->rule);
}

static gboolean
is_warning(const LtDecisionNews *decision)
{
  return strcmp(decision->action, "warn") == 0;
}

static gboolean
can_ask(const LtDecisionNews *decision)
{
  return *decision->name && !decision->is_asked && !is_warning(decision) &&
         !nameless_why(decision->reason);
}

/* Whose rule it was, as the second half of a line; NULL: nobody's. */
static const char *
whose(const LtDecisionNews *decision)
{
  if (strcmp(decision->owner, "household") == 0)
    /* Translators: follows "Group: Games · ". */
    return C_("whose rule", "set by {adult}");
  if (strcmp(decision->owner, "site") == 0)
    /* Translators: a school or an administrator wrote the rule for this computer. */
    return C_("whose rule", "set for this computer");
  if (strcmp(decision->owner, "preset") == 0)
    return C_("whose rule", "usual for this age");
  if (strcmp(decision->owner, "list") == 0)
    return C_("whose rule", "on the list “{list}”");
  if (strcmp(decision->owner, "default") == 0)
    return C_("whose rule", "nobody has opened it yet");
  return NULL;
}

static const char *
imitation_sentence(void)
{
  /* Translators: {imitated} is a site, "vietcombank.com.vn". */
  return C_("why", "This site looks like {imitated}, but it is another one.");
}

/* An imitation is named at once: whoever is asked for a password must know. */
static char *
name_imitated(const LtDecisionNews *decision, const LtManner *manner)
{
  g_autofree char *imitated = lt_site_name_show(decision->rule);
  LtPlace places[] = {{"imitated", imitated}};

  return lt_words_fill(imitation_sentence(), places, 1, manner);
}

/* "Group: Messaging · set by your parents", or the half of it that is known; NULL: nothing is. */
static char *
group_and_owner(const LtDecisionNews *decision, const LtManner *manner)
{
  gboolean has_group = strcmp(decision->reason, "category") == 0 && *decision->rule;
  const char *owner = nameless_why(decision->reason) ? NULL : whose(decision);
  g_autofree char *group = lt_site_name_tame(lt_group_name(decision->rule), 40);
  g_autofree char *list = lt_site_name_tame(decision->list, 40);
  LtPlace inner[] = {{"list", list}};
  g_autofree char *by = owner ? lt_words_fill(owner, inner, 1, manner) : NULL;

  if (strcmp(decision->reason, "lookalike") == 0)
    return name_imitated(decision, manner);
  LtPlace places[] = {{"group", group}, {"whose", by ? by : ""}};
  if (has_group && by)
    /* Translators: {group} is "Games" or the like, {whose} is "set by your parents" or the like. */
    return lt_words_fill(C_("notice", "Group: {group} · {whose}"), places, 2, manner);
  if (has_group)
    return lt_words_fill(C_("notice", "Group: {group}"), places, 1, manner);
  return by ? lt_template_capital(by) : NULL;
}

static void
add_until(GString *text, gint64 utc_until_s, const LtManner *manner)
{
  if (utc_until_s <= manner->utc_now_s || utc_until_s == LT_NEWS_UNTIL_REVOKED)
    return;
  g_autofree char *time = lt_words_time(utc_until_s, manner);
  LtPlace places[] = {{"time", time}};
  lt_words_add(text, C_("notice", "This holds until {time}."), places, 1, manner);
}

static void
add_how_to_ask(GString *text, const char *site, const LtManner *manner)
{
  if (!lt_site_name_is_typeable(site))
    return;
  LtPlace places[] = {{"site", site}};
  /* Translators: "luytrectl ask" is a command and stays as it is. */
  lt_words_add(text, C_("notice", "To ask {adult}, type: luytrectl ask {site}"), places, 1, manner);
}

static void
add_next_step(GString *text, const LtDecisionNews *decision, const LtManner *manner)
{
  if (decision->is_asked)
    lt_words_add(
        text, C_("notice", "{You} already asked. Waiting for {adult} to answer."), NULL, 0, manner);
  else if (can_ask(decision) && !manner->has_buttons)
    add_how_to_ask(text, decision->name, manner);
}

static LtOffer
offers_of(const LtDecisionNews *decision, const LtManner *manner)
{
  if (!manner->has_buttons)
    return LT_OFFER_NOTHING;
  return LT_OFFER_WHY | (can_ask(decision) ? LT_OFFER_ASK : LT_OFFER_NOTHING);
}

static const char *
blocked_title(const LtDecisionNews *decision)
{
  if (is_warning(decision))
    return C_("title", "Take care on this site");
  if (*decision->name)
    return C_("title", "This site isn't open for {you} yet");
  return C_("title", "A program could not go online");
}

LtWords *
lt_words_blocked(const LtDecisionNews *decision, const LtManner *manner)
{
  g_return_val_if_fail(decision && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *line = group_and_owner(decision, manner);
  if (line)
    lt_words_add_line(text, line);
  if (is_warning(decision)) {
    lt_words_add(
        text,
        C_("notice", "{You} can go on. If something feels wrong, close it and tell a grown-up."),
        NULL,
        0,
        manner);
  } else {
    add_until(text, decision->utc_until_s, manner);
    lt_words_add(text, C_("notice", "{You} did nothing wrong."), NULL, 0, manner);
  }
  add_next_step(text, decision, manner);
  return lt_words_new(
      blocked_title(decision), decision->name, text, offers_of(decision, manner), manner);
}

/* One sentence on why the rule is as it is. */
static const char *
why_sentence(const LtDecisionNews *decision)
{
  const char *sentence = nameless_why(decision->reason);
  if (sentence)
    return sentence;
  if (strcmp(decision->reason, "category") == 0) {
    sentence = lt_group_reason(decision->rule);
    return sentence ? sentence : C_("why", "This site belongs to the group “{group}”.");
  }
  if (strcmp(decision->reason, "lookalike") == 0)
    return imitation_sentence();
  if (strcmp(decision->reason, "listed") == 0)
    return C_("why", "This site is on the list of sites that stay closed for now.");
  if (strcmp(decision->reason, "default") == 0)
    return C_("why", "This site is new here: nobody has looked at it yet.");
  return C_("why", "The rules leave this site closed for now.");
}

/* Who made the rule, in a sentence of its own; NULL: nobody did. */
static const char *
owner_sentence(const LtDecisionNews *decision)
{
  if (nameless_why(decision->reason))
    return NULL;
  if (strcmp(decision->owner, "household") == 0)
    return C_("why", "The rule was made by {adult}.");
  if (strcmp(decision->owner, "site") == 0)
    return C_("why", "The rule was made by the school or whoever looks after this computer.");
  if (strcmp(decision->owner, "preset") == 0)
    return C_("why", "The rule is the usual one for this age. It can be changed by {adult}.");
  if (strcmp(decision->owner, "default") == 0)
    return C_("why", "It can be opened by {adult}.");
  return NULL;
}

static void
add_help(GString *text, const LtDecisionNews *decision, const LtManner *manner)
{
  if (strcmp(decision->reason, "category") == 0 && lt_group_may_upset(decision->rule))
    /* Translators: 111 is the child help line of Viet Nam; put your country's. */
    lt_words_add(
        text,
        C_("why", "Seen something upsetting? Tell a grown-up, or call 111, free, day and night."),
        NULL,
        0,
        manner);
}

LtWords *
lt_words_why(const LtDecisionNews *decision, const LtManner *manner)
{
  g_return_val_if_fail(decision && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *group = lt_site_name_tame(lt_group_name(decision->rule), 40);
  g_autofree char *list = lt_site_name_tame(decision->list, 40);
  g_autofree char *imitated = lt_site_name_show(decision->rule);
  LtPlace places[] = {{"group", group}, {"list", list}, {"imitated", imitated}};

  lt_words_add(text, why_sentence(decision), places, G_N_ELEMENTS(places), manner);
  const char *owner = owner_sentence(decision);
  if (owner)
    lt_words_add(text, owner, places, 2, manner);
  if (*decision->list)
    lt_words_add(
        text,
        C_("why",
           "The site is on the list “{list}”. Lists make mistakes: if this is one, just ask."),
        places,
        2,
        manner);
  add_until(text, decision->utc_until_s, manner);
  if (!is_warning(decision))
    lt_words_add(text, C_("notice", "{You} did nothing wrong."), NULL, 0, manner);
  add_help(text, decision, manner);
  add_next_step(text, decision, manner);

  const char *title = is_warning(decision) ? C_("title", "Why take care?")
                      : *decision->name    ? C_("title", "Why isn't this site open?")
                                           : C_("title", "Why could it not go online?");
  return lt_words_new(
      title, decision->name, text, offers_of(decision, manner) & ~(guint) LT_OFFER_WHY, manner);
}

/* "a.example, b.example, c.example and 17 more" */
static char *
name_some(const char *const *sites, const LtManner *manner)
{
  guint n = g_strv_length((char **) sites);
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < MIN(n, SUMMARY_NAMES); i++) {
    g_autofree char *shown = lt_site_name_show(sites[i]);
    /* Translators: stands between the names of sites in a row. */
    g_string_append_printf(names, "%s%s", i ? C_("between sites", ", ") : "", shown);
  }
  if (n <= SUMMARY_NAMES)
    return g_string_free(g_steal_pointer(&names), FALSE);

  g_autofree char *count = g_strdup_printf("%u", n - SUMMARY_NAMES);
  LtPlace places[] = {{"names", names->str}, {"n", count}};
  /* Translators: {names} are sites in a row, {n} counts those that are not named. */
  return lt_words_fill(ngettext("{names} and {n} more", "{names} and {n} more", n - SUMMARY_NAMES),
                       places,
                       2,
                       manner);
}

LtWords *
lt_words_summary(const char *const *sites, const LtManner *manner)
{
  g_return_val_if_fail(sites && *sites && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *names = name_some(sites, manner);
  lt_words_add_line(text, names);
  lt_words_add(text,
               C_("notice", "Pages often call other sites. {You} did nothing wrong."),
               NULL,
               0,
               manner);
  lt_words_add(text,
               C_("notice", "If a page that {you} need looks broken, tell {adult} these names."),
               NULL,
               0,
               manner);
  return lt_words_new(
      C_("title", "More sites aren't open for {you} yet"), "", text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_request_sent(const char *site, const LtManner *manner)
{
  g_return_val_if_fail(site && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  lt_words_add(text, C_("notice", "{You} will see the answer here."), NULL, 0, manner);
  return lt_words_new(C_("title", "Request sent to {adult}"), site, text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_request_failed(const char *site, LtAskFailure failure, const LtManner *manner)
{
  g_return_val_if_fail(site && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  switch (failure) {
  case LT_ASK_TOO_OFTEN:
    lt_words_add(text,
                 C_("notice", "Many requests are waiting already. Try again in a few minutes."),
                 NULL,
                 0,
                 manner);
    break;
  case LT_ASK_NOT_POSSIBLE:
    lt_words_add(
        text, C_("notice", "Try again in a few minutes, or just tell {adult}."), NULL, 0, manner);
    break;
  }
  return lt_words_new(
      C_("title", "The request is not sent yet"), site, text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_granted(const LtGrantNews *grant, const LtManner *manner)
{
  g_return_val_if_fail(grant && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  lt_words_add_end(text, grant, manner);
  lt_words_add_note(text, C_("notice", "{Adult} wrote: “{note}”"), grant->note, manner);
  g_autofree char *title = lt_words_opened(grant, manner);
  return lt_words_new(title, grant->what, text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_refused(const LtRequestNews *request, const LtManner *manner)
{
  g_return_val_if_fail(request && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  gboolean is_expired = strcmp(request->state, "expired") == 0;

  lt_words_add_note(text, C_("notice", "Reason: {note}"), request->note, manner);
  lt_words_add(text,
               is_expired ? C_("notice", "Nobody had time to answer. {You} can ask again.")
                          : C_("notice", "{You} can talk about it with {adult}."),
               NULL,
               0,
               manner);
  return lt_words_new(is_expired ? C_("title", "The request has run out")
                                 : C_("title", "Not this time"),
                      request->what,
                      text,
                      is_expired && manner->has_buttons ? LT_OFFER_ASK : LT_OFFER_NOTHING,
                      manner);
}

LtWords *
lt_words_ended(const LtGrantNews *grant, const LtManner *manner)
{
  g_return_val_if_fail(grant && manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  lt_words_add(text, C_("notice", "{You} can ask again if {you} still need it."), NULL, 0, manner);
  if (!manner->has_buttons)
    add_how_to_ask(text, grant->what, manner);
  return lt_words_new(C_("title", "The time for this site is over"),
                      grant->what,
                      text,
                      manner->has_buttons ? LT_OFFER_ASK : LT_OFFER_NOTHING,
                      manner);
}

LtWords *
lt_words_reviewed(gint64 utc_until_s, const LtManner *manner)
{
  g_return_val_if_fail(manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *time = lt_words_time(utc_until_s, manner);
  const LtPlace places[] = {{"time", time}};

  lt_words_add(text,
               C_("notice", "Until {time} {adult} can see what open pages ask for."),
               places,
               G_N_ELEMENTS(places),
               manner);
  lt_words_add(text, C_("notice", "Afterwards it is forgotten."), NULL, 0, manner);
  return lt_words_new(
      C_("title", "{Adult} can help pages to open fully"), "", text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_away(const LtManner *manner)
{
  g_return_val_if_fail(manner, NULL);
  g_autoptr(GString) text = g_string_new(NULL);
  lt_words_add(
      text, C_("notice", "Lũy Tre is not answering. {You} did nothing wrong."), NULL, 0, manner);
  lt_words_add(text, C_("notice", "If it stays like this, tell {adult}."), NULL, 0, manner);
  return lt_words_new(
      C_("title", "Some pages may not open right now"), "", text, LT_OFFER_NOTHING, manner);
}

const char *
lt_words_button_ask(void)
{
  return C_("button", "Ask to open this site");
}

const char *
lt_words_button_why(void)
{
  return C_("button", "Why?");
}
