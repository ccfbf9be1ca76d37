/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of what people read, in the source language; tests/tray reads the Vietnamese. */
#include "tray/words.h"

#include <glib/gstdio.h>
#include <string.h>

/* Monday 2026-11-23 10:22:00 UTC is 17:22 in Viet Nam. */
#define NOW_S G_GINT64_CONSTANT(1795429320)
#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

typedef struct {
  LtAddress address;
  LtManner manner;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer has_buttons)
{
  fixture->address = (LtAddress){(char *) "you", (char *) "your parents"};
  fixture->manner = (LtManner){
      .address = &fixture->address,
      .has_buttons = GPOINTER_TO_INT(has_buttons),
      .utc_now_s = NOW_S,
      .zone = g_time_zone_new_offset(7 * HOUR_S),
  };
}

static void
tear_down(Fixture *fixture, gconstpointer has_buttons)
{
  g_time_zone_unref(fixture->manner.zone);
}

static LtDecisionNews
decision_of(const char *name, const char *reason, const char *owner, const char *rule)
{
  return (LtDecisionNews){
      .name = name,
      .action = "block",
      .reason = reason,
      .owner = owner,
      .rule = rule,
      .list = strcmp(owner, "list") == 0 ? "hosts" : "",
  };
}

static void
check(const LtWords *words, const char *title, const char *site, const char *text, LtOffer offers)
{
  g_assert_cmpstr(words->title, ==, title);
  g_assert_cmpstr(words->site, ==, site);
  g_assert_cmpstr(words->text, ==, text);
  g_assert_cmpint(words->offers, ==, offers);
}

static void
test_blocked(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("chat.example.net", "category", "household", "chat");
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  check(words,
        "This site isn't open for you yet",
        "chat.example.net",
        "Group: Messaging · set by your parents\nYou did nothing wrong.",
        LT_OFFER_ASK | LT_OFFER_WHY);

  g_autoptr(LtWords) why = lt_words_why(&decision, &fixture->manner);
  check(why,
        "Why isn't this site open?",
        "chat.example.net",
        "This site belongs to the group “Messaging”.\nThe rule was made by your parents.\n"
        "You did nothing wrong.",
        LT_OFFER_ASK);
}

static void
test_blocked_until(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("game.example", "listed", "household", "game.example");
  decision.utc_until_s = NOW_S + 3 * HOUR_S;
  g_autoptr(LtWords) today = lt_words_blocked(&decision, &fixture->manner);
  g_assert_cmpstr(
      today->text, ==, "Set by your parents\nThis holds until 20:22.\nYou did nothing wrong.");
  decision.utc_until_s = NOW_S + DAY_S;
  g_autoptr(LtWords) tomorrow = lt_words_blocked(&decision, &fixture->manner);
  g_assert_nonnull(strstr(tomorrow->text, "until 17:22 on 24/11."));
  decision.utc_until_s = NOW_S;
  g_autoptr(LtWords) over = lt_words_blocked(&decision, &fixture->manner);
  g_assert_null(strstr(over->text, "until"));
}

static void
test_already_asked(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("chat.example.net", "category", "household", "chat");
  decision.is_asked = TRUE;
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  g_assert_nonnull(strstr(words->text, "You already asked. Waiting for your parents to answer."));
  g_assert_cmpint(words->offers, ==, LT_OFFER_WHY);
}

static void
test_without_buttons(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("chat.example.net", "category", "household", "chat");
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  check(words,
        "This site isn't open for you yet",
        "chat.example.net",
        "Group: Messaging · set by your parents\nYou did nothing wrong.\n"
        "To ask your parents, type: luytrectl ask chat.example.net",
        LT_OFFER_NOTHING);
}

/* What stands behind "type: luytrectl ask" is a name and no command. */
static void
test_hostile_name_in_a_command(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("a;`reboot`.example", "default", "default", "default");
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  g_assert_null(strstr(words->text, "luytrectl"));
  g_assert_null(strpbrk(words->text, ";`"));
}

static void
test_warning(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("news.example", "category", "preset", "misinfo");
  decision.action = "warn";
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  check(words,
        "Take care on this site",
        "news.example",
        "Group: Fake news · usual for this age\n"
        "You can go on. If something feels wrong, close it and tell a grown-up.",
        LT_OFFER_WHY);
}

static const struct {
  const char *reason;
  const char *owner;
  const char *rule;
  gboolean can_ask;
  const char *why; /* in the longer explanation */
} reasons[] = {
    {"listed", "household", "x.example", TRUE, "The rule was made by your parents."},
    {"listed", "site", "x.example", TRUE, "made by the school or whoever looks after"},
    {"category", "preset", "games", TRUE, "The rule is the usual one for this age."},
    {"category", "list", "adult", TRUE, "The site is on the list “hosts”."},
    {"category", "household", "adult", TRUE, "call 111, free, day and night"},
    {"category", "household", "scam", TRUE, "someone may want to trick you"},
    {"category", "household", "gambling", TRUE, "asks for money or bets"},
    {"category", "household", "made-up", TRUE, "the group “made-up”"},
    {"lookalike", "preset", "bank.example", TRUE, "looks like bank.example, but it is another"},
    {"default", "default", "default", TRUE, "This site is new here"},
    {"of a later version", "household", "", TRUE, "The rules leave this site closed for now."},
    {"no-rules", "default", "", FALSE, "There are no rules yet"},
    {"bad-name", "default", "", FALSE, "not spelled like"},
    {"no-name", "default", "", FALSE, "without saying to which site"},
    {"address", "default", "", FALSE, "by a number"},
    {"unknown-protocol", "default", "", FALSE, "a way to go online that is not open"},
    {"undecided", "default", "", FALSE, "in time"},
    {"tampering", "default", "", FALSE, "did not fit together"},
    {"vpn", "household", "vpn", FALSE, "through a VPN or a tunnel"},
    {"proxy", "household", "vpn", FALSE, "through another computer"},
    {"hidden-name", "default", "", FALSE, "hid which site it wanted"},
    {"other-address", "default", "", FALSE, "do not belong together"},
};

static void
test_reasons(Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++) {
    g_test_message("%s %s %s", reasons[i].reason, reasons[i].owner, reasons[i].rule);
    LtDecisionNews decision =
        decision_of("x.example", reasons[i].reason, reasons[i].owner, reasons[i].rule);
    g_assert_true(lt_words_is_worth_telling(&decision));
    g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
    g_assert_cmpint((words->offers & LT_OFFER_ASK) != 0, ==, reasons[i].can_ask);
    g_autoptr(LtWords) why = lt_words_why(&decision, &fixture->manner);
    g_assert_nonnull(strstr(why->text, reasons[i].why));
    g_assert_nonnull(strstr(why->text, "You did nothing wrong."));
  }
}

static void
test_silent(void)
{
  LtDecisionNews quic = decision_of("x.example", "quic", "default", "");
  g_assert_false(lt_words_is_worth_telling(&quic));
  LtDecisionNews forgotten = decision_of("", "forgotten", "default", "");
  g_assert_false(lt_words_is_worth_telling(&forgotten));
  LtDecisionNews lookup = decision_of("x.example", "encrypted-dns", "default", "");
  g_assert_false(lt_words_is_worth_telling(&lookup));
  LtDecisionNews advert = decision_of("ads.example", "category", "preset", "ads");
  g_assert_false(lt_words_is_worth_telling(&advert));
  /* A parent who lists a site means that site. */
  LtDecisionNews listed = decision_of("ads", "listed", "household", "ads");
  g_assert_true(lt_words_is_worth_telling(&listed));
}

static void
test_nameless(Fixture *fixture, gconstpointer data)
{
  LtDecisionNews decision = decision_of("", "no-name", "default", "");
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  check(words, "A program could not go online", "", "You did nothing wrong.", LT_OFFER_WHY);
}

static const struct {
  const char *label;
  gint64 seconds;
  const char *title;
  const char *text;
} grants[] = {
    {"one minute", MINUTE_S, "Opened for 1 minute", "Until 17:23."},
    {"begun minutes count", 90, "Opened for 2 minutes", "Until 17:23."},
    {"half an hour", 30 * MINUTE_S, "Opened for 30 minutes", "Until 17:52."},
    {"an hour", HOUR_S, "Opened for 1 hour", "Until 18:22."},
    {"two hours", 2 * HOUR_S, "Opened for 2 hours", "Until 19:22."},
    {"an hour and a half", 90 * MINUTE_S, "This site is open now", "Until 18:52."},
    {"a day", DAY_S, "Opened for 1 day", "Until 17:22 on 24/11."},
    {"three days", 3 * DAY_S, "Opened for 3 days", "Until 17:22 on 26/11."},
    {"no length", 0, "This site is open now", ""},
};

static void
test_granted(Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(grants); i++) {
    g_test_message("%s", grants[i].label);
    LtGrantNews grant = {
        .what = "chat.example.net",
        .utc_from_s = NOW_S,
        .utc_until_s = NOW_S + grants[i].seconds,
        .note = "",
    };
    g_autoptr(LtWords) words = lt_words_granted(&grant, &fixture->manner);
    check(words, grants[i].title, "chat.example.net", grants[i].text, LT_OFFER_NOTHING);
  }
  LtGrantNews always = {
      .what = "olm.vn",
      .utc_from_s = NOW_S,
      .utc_until_s = LT_NEWS_UNTIL_REVOKED,
      .note = "have\nfun",
  };
  g_autoptr(LtWords) words = lt_words_granted(&always, &fixture->manner);
  check(
      words, "This site is open now", "olm.vn", "Your parents wrote: “have fun”", LT_OFFER_NOTHING);
}

static void
test_refused(Fixture *fixture, gconstpointer data)
{
  LtRequestNews request = {.what = "chat.example.net", .state = "refused", .note = ""};
  g_autoptr(LtWords) bare = lt_words_refused(&request, &fixture->manner);
  check(bare,
        "Not this time",
        "chat.example.net",
        "You can talk about it with your parents.",
        LT_OFFER_NOTHING);
  request.note = "first the homework";
  g_autoptr(LtWords) noted = lt_words_refused(&request, &fixture->manner);
  g_assert_true(g_str_has_prefix(noted->text, "Reason: first the homework\n"));
  request.state = "expired";
  g_autoptr(LtWords) expired = lt_words_refused(&request, &fixture->manner);
  g_assert_cmpstr(expired->title, ==, "The request has run out");
  g_assert_cmpint(expired->offers, ==, LT_OFFER_ASK);
}

static void
test_asked(Fixture *fixture, gconstpointer data)
{
  LtRequestNews request = {
      .id = 7,
      .user = "na",
      .what = "xn--hc-68s.example",
      .words = "for {site}\xE2\x80\xAE",
      .utc_asked_s = NOW_S,
  };
  g_autoptr(LtWords) words = lt_words_asked(&request, &fixture->manner);
  check(words,
        "Na asks for học.example",
        "",
        "“for {site}” · 17:22\nExact name: xn--hc-68s.example",
        LT_OFFER_ANSWER);
  request.words = "";
  request.what = "chat.example.net";
  g_autoptr(LtWords) silent = lt_words_asked(&request, &fixture->manner);
  g_assert_cmpstr(silent->text, ==, "Asked at 17:22.");
}

static void
test_summary(Fixture *fixture, gconstpointer data)
{
  const char *const four[] = {"a.example", "b.example", "c.example", "d.example", NULL};
  g_autoptr(LtWords) words = lt_words_summary(four, &fixture->manner);
  g_assert_true(g_str_has_prefix(words->text, "a.example, b.example, c.example and 1 more\n"));
  g_autoptr(LtWords) one = lt_words_summary(four + 3, &fixture->manner);
  g_assert_true(g_str_has_prefix(one->text, "d.example\n"));
}

static void
test_other_address(Fixture *fixture, gconstpointer data)
{
  fixture->address = (LtAddress){(char *) "em", (char *) "thầy cô"};
  LtDecisionNews decision = decision_of("chat.example.net", "category", "household", "chat");
  g_autoptr(LtWords) words = lt_words_blocked(&decision, &fixture->manner);
  g_assert_cmpstr(words->title, ==, "This site isn't open for em yet");
  g_assert_cmpstr(words->text, ==, "Group: Messaging · set by thầy cô\nEm did nothing wrong.");
}

/* Files as a household may leave them; each row is the more and the less important one. */
static const struct {
  const char *label;
  const char *own;
  const char *machine;
  const char *you;
  const char *adult;
} address_rows[] = {
    {"none", NULL, NULL, "you", "your parents"},
    {"own", "[Address]\nChild=bạn\nAdult=ba mẹ\n", NULL, "bạn", "ba mẹ"},
    {"machine", NULL, "[Address]\nAdult=thầy cô\n", "you", "thầy cô"},
    {"each its own",
     "[Address]\nChild=em\n",
     "[Address]\nChild=bạn\nAdult=cha mẹ\n",
     "em",
     "cha mẹ"},
    {"empty counts as absent",
     "[Address]\nChild=\n",
     "[Address]\nChild=bạn\n",
     "bạn",
     "your parents"},
    {"no key file", "Child=bạn\n", NULL, "you", "your parents"},
    {"other group", "[Other]\nChild=bạn\n", NULL, "you", "your parents"},
    {"32 characters",
     "[Address]\nChild=12345678901234567890123456789012\n",
     NULL,
     "12345678901234567890123456789012",
     "your parents"},
    {"33 characters",
     "[Address]\nChild=123456789012345678901234567890123\n",
     NULL,
     "you",
     "your parents"},
};

static char *
write_file(const char *dir, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(dir, name, NULL);
  g_unlink(path);
  if (text)
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
  return g_steal_pointer(&path);
}

static void
test_address_files(void)
{
  g_autofree char *dir = g_dir_make_tmp("luytre-address-XXXXXX", NULL);
  g_assert_nonnull(dir);
  for (gsize i = 0; i < G_N_ELEMENTS(address_rows); i++) {
    g_test_message("%s", address_rows[i].label);
    g_autofree char *own = write_file(dir, "own", address_rows[i].own);
    g_autofree char *machine = write_file(dir, "machine", address_rows[i].machine);
    const char *const paths[] = {own, machine, NULL};
    g_autoptr(LtAddress) address = lt_address_load(paths);
    g_assert_cmpstr(address->you, ==, address_rows[i].you);
    g_assert_cmpstr(address->adult, ==, address_rows[i].adult);
    g_unlink(own);
    g_unlink(machine);
  }
  g_rmdir(dir);
}

/* A newer or a broken agent: what is absent or of another type is empty. */
static void
test_news(void)
{
  g_autoptr(GVariant) dict = g_variant_ref_sink(
      g_variant_new_parsed("{'name': <'a.example'>, 'until': <'soon'>, 'asked': <true>,"
                           " 'uid': <uint32 1001>, 'new': <[1, 2]>}"));
  LtDecisionNews decision = lt_news_decision(dict);
  g_assert_cmpstr(decision.name, ==, "a.example");
  g_assert_cmpstr(decision.reason, ==, "");
  g_assert_cmpuint(decision.uid, ==, 1001);
  g_assert_cmpint(decision.utc_until_s, ==, 0);
  g_assert_true(decision.is_asked);
}

#define ADD(name, buttons, function)                                                               \
  g_test_add("/words/" name, Fixture, GINT_TO_POINTER(buttons), set_up, function, tear_down)

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  ADD("blocked", TRUE, test_blocked);
  ADD("blocked-until", TRUE, test_blocked_until);
  ADD("already-asked", TRUE, test_already_asked);
  ADD("without-buttons", FALSE, test_without_buttons);
  ADD("hostile-name-in-a-command", FALSE, test_hostile_name_in_a_command);
  ADD("warning", TRUE, test_warning);
  ADD("reasons", TRUE, test_reasons);
  ADD("nameless", TRUE, test_nameless);
  ADD("granted", TRUE, test_granted);
  ADD("refused", TRUE, test_refused);
  ADD("asked", TRUE, test_asked);
  ADD("summary", TRUE, test_summary);
  ADD("other-address", TRUE, test_other_address);
  g_test_add_func("/words/silent", test_silent);
  g_test_add_func("/words/address-files", test_address_files);
  g_test_add_func("/words/news", test_news);
  return g_test_run();
}
