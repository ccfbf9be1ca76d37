/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns what happened into a few words for a parent. */
#include "tray/words.h"

#include "tray/site-name.h"
#include "tray/words-parts.h"

#include <glib/gi18n.h>

#define USER_MAX_CHARS 32

/* (transfer full): the child as a parent reads it: accounts are in small letters, people are not.
 */
static char *
child_of(const LtRequestNews *request)
{
  g_autofree char *user = lt_site_name_tame(request->user, USER_MAX_CHARS);
  return lt_template_capital(user);
}

LtWords *
lt_words_asked(const LtRequestNews *request, const LtManner *manner)
{
  g_return_val_if_fail(request && manner, NULL);
  g_autofree char *child = child_of(request);
  g_autofree char *site = lt_site_name_show(request->what);
  g_autofree char *said = lt_site_name_tame(request->words, LT_WORDS_NOTE_MAX_CHARS);
  g_autofree char *time = lt_words_time(request->utc_asked_s, manner);
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
  LtPlace places[] = {{"child", child}, {"site", site}, {"words", said}, {"time", time}};

  g_autoptr(GString) text = g_string_new(NULL);
  /* Translators: {words} is what the child wrote, {time} when. */
  lt_words_add(text,
               *said ? C_("notice", "“{words}” · {time}") : C_("notice", "Asked at {time}."),
               places,
               4,
               manner);
  g_autofree char *exact = lt_site_name_exact(request->what);
  if (exact) {
    LtPlace exactly[] = {{"site", exact}};
    /* Translators: the name with letters only from a to z, where a look-alike shows. */
    lt_words_add(text, C_("notice", "Exact name: {site}"), exactly, 1, manner);
  }
  if (!manner->has_buttons) {
    LtPlace command[] = {{"id", number}};
    /* Translators: "luytrectl ..." are commands and stay as they are. */
    lt_words_add(text,
                 C_("notice", "To answer, type: luytrectl grant {id} or luytrectl refuse {id}"),
                 command,
                 1,
                 manner);
  }
  g_autofree char *title = lt_words_fill(C_("title", "{child} asks for {site}"), places, 2, manner);
  LtWords *words = lt_words_new("", "", text, LT_OFFER_NOTHING, manner);
  g_free(words->title);
  words->title = g_steal_pointer(&title);
  words->offers = manner->has_buttons ? LT_OFFER_ANSWER : LT_OFFER_NOTHING;
  return words;
}

LtWords *
lt_words_answered(const LtRequestNews *request, const LtGrantNews *grant, const LtManner *manner)
{
  g_return_val_if_fail(request && manner, NULL);
  g_autofree char *child = child_of(request);
  LtPlace places[] = {{"child", child}};
  g_autoptr(GString) text = g_string_new(NULL);
  if (!grant) {
    lt_words_add(text, C_("notice", "{child} is told so kindly."), places, 1, manner);
    return lt_words_new(
        C_("title", "Answered: not this time"), request->what, text, LT_OFFER_NOTHING, manner);
  }
  lt_words_add(text, C_("notice", "For {child}."), places, 1, manner);
  lt_words_add_end(text, grant, manner);
  g_autofree char *title = lt_words_opened(grant, manner);
  return lt_words_new(title, request->what, text, LT_OFFER_NOTHING, manner);
}

LtWords *
lt_words_answer_failed(const LtRequestNews *request, const LtManner *manner)
{
  g_return_val_if_fail(request && manner, NULL);
  g_autofree char *child = child_of(request);
  LtPlace places[] = {{"child", child}};
  g_autoptr(GString) text = g_string_new(NULL);
  lt_words_add(text, C_("notice", "{child} is still waiting for an answer."), places, 1, manner);
  return lt_words_new(C_("title", "The answer did not go through"),
                      request->what,
                      text,
                      manner->has_buttons ? LT_OFFER_ANSWER : LT_OFFER_NOTHING,
                      manner);
}

const char *
lt_words_button_open(void)
{
  return C_("button", "Open for 1 hour");
}

const char *
lt_words_button_refuse(void)
{
  return C_("button", "Not this time");
}
