/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pieces that notices are put together from. */
#include "tray/words-parts.h"

#include "tray/site-name.h"

#include <glib/gi18n.h>

#define MINUTE_S 60
#define HOUR_S (60 * MINUTE_S)
#define DAY_S (24 * HOUR_S)

/* Places that a sentence has besides {you} and {adult}, at most. */
#define MAX_PLACES 4

char *
lt_words_fill(const char *sentence, const LtPlace *places, gsize n_places, const LtManner *manner)
{
  g_return_val_if_fail(n_places <= MAX_PLACES, g_strdup(sentence));
  LtPlace all[MAX_PLACES + 2];
  for (gsize i = 0; i < n_places; i++)
    all[i] = places[i];
  all[n_places] = (LtPlace){"you", manner->address->you};
  all[n_places + 1] = (LtPlace){"adult", manner->address->adult};
  return lt_template_fill(sentence, all, n_places + 2);
}

void
lt_words_add_line(GString *text, const char *line)
{
  if (text->len > 0)
    g_string_append_c(text, '\n');
  g_string_append(text, line);
}

void
lt_words_add(GString *text,
             const char *sentence,
             const LtPlace *places,
             gsize n_places,
             const LtManner *manner)
{
  g_autofree char *line = lt_words_fill(sentence, places, n_places, manner);
  lt_words_add_line(text, line);
}

void
lt_words_add_note(GString *text, const char *sentence, const char *note, const LtManner *manner)
{
  g_autofree char *tame = lt_site_name_tame(note, LT_WORDS_NOTE_MAX_CHARS);
  if (!*tame)
    return;
  LtPlace places[] = {{"note", tame}};
  lt_words_add(text, sentence, places, 1, manner);
}

char *
lt_words_time(gint64 utc_s, const LtManner *manner)
{
  g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(utc_s);
  g_autoptr(GDateTime) utc_now = g_date_time_new_from_unix_utc(manner->utc_now_s);
  g_autoptr(GDateTime) local = utc ? g_date_time_to_timezone(utc, manner->zone) : NULL;
  g_autoptr(GDateTime) now = utc_now ? g_date_time_to_timezone(utc_now, manner->zone) : NULL;
  if (!local || !now)
    return g_strdup("?");

  gboolean is_today = g_date_time_get_year(local) == g_date_time_get_year(now) &&
                      g_date_time_get_day_of_year(local) == g_date_time_get_day_of_year(now);
  /* Translators: a time of another day, for strftime: hour, minute, day of the month, month. */
  return g_date_time_format(local, is_today ? "%H:%M" : C_("time", "%H:%M on %d/%m"));
}

void
lt_words_add_end(GString *text, const LtGrantNews *grant, const LtManner *manner)
{
  if (grant->utc_until_s == LT_NEWS_UNTIL_REVOKED || grant->utc_until_s <= manner->utc_now_s)
    return;
  g_autofree char *time = lt_words_time(grant->utc_until_s, manner);
  LtPlace places[] = {{"time", time}};
  lt_words_add(text, C_("notice", "Until {time}."), places, 1, manner);
}

static char *
opened_for(const char *sentence, gint64 n, const LtManner *manner)
{
  g_autofree char *count = g_strdup_printf("%" G_GINT64_FORMAT, n);
  LtPlace places[] = {{"n", count}};
  return lt_words_fill(sentence, places, 1, manner);
}

char *
lt_words_opened(const LtGrantNews *grant, const LtManner *manner)
{
  gint64 until_s = grant->utc_until_s;
  gint64 from_s = grant->utc_from_s;
  if (until_s == LT_NEWS_UNTIL_REVOKED || from_s <= 0 || until_s <= from_s)
    return g_strdup(C_("title", "This site is open now"));

  gint64 n_seconds = until_s - from_s;
  if (n_seconds % DAY_S == 0) {
    gulong n = (gulong) (n_seconds / DAY_S);
    return opened_for(ngettext("Opened for {n} day", "Opened for {n} days", n), (gint64) n, manner);
  }
  if (n_seconds % HOUR_S == 0) {
    gulong n = (gulong) (n_seconds / HOUR_S);
    return opened_for(
        ngettext("Opened for {n} hour", "Opened for {n} hours", n), (gint64) n, manner);
  }
  if (n_seconds > HOUR_S)
    return g_strdup(C_("title", "This site is open now"));
  gulong n = (gulong) ((n_seconds + MINUTE_S - 1) / MINUTE_S);
  return opened_for(
      ngettext("Opened for {n} minute", "Opened for {n} minutes", n), (gint64) n, manner);
}

LtWords *
lt_words_new(const char *title,
             const char *site,
             const GString *text,
             LtOffer offers,
             const LtManner *manner)
{
  LtWords *words = g_new0(LtWords, 1);
  words->title = lt_words_fill(title, NULL, 0, manner);
  words->site = lt_site_name_show(site);
  words->text = g_strndup(text->str, text->len);
  words->offers = offers;
  return words;
}

void
lt_words_free(LtWords *words)
{
  if (!words)
    return;
  g_clear_pointer(&words->title, g_free);
  g_clear_pointer(&words->site, g_free);
  g_clear_pointer(&words->text, g_free);
  g_free(words);
}
