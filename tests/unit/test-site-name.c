/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of how a site's name is shown. */
#include "tray/site-name.h"

#define X10 "abcdefghi."
#define R "\xEF\xBF\xBD" /* U+FFFD */

static const struct {
  const char *label;
  const char *name;
  const char *shown;
} names[] = {
    {"plain", "chat.example.net", "chat.example.net"},
    {"empty", "", ""},
    {"IPv4", "192.0.2.7", "192.0.2.7"},
    {"IPv6", "[2001:db8::7]", "[2001:db8::7]"},
    {"underscore", "_dmarc.example.net", "_dmarc.example.net"},
    {"Vietnamese", "xn--hc-68s.example", "học.example"},
    {"Vietnamese, below another label", "www.xn--tingvit-5t4cyc.example", "www.tiếngviệt.example"},
    {"Cyrillic that looks like apple", "xn--80ak6aa92e.com", "xn--80ak6aa92e.com"},
    {"Cyrillic a in paypal", "xn--pypal-4ve.com", "xn--pypal-4ve.com"},
    {"Greek", "xn--jxalpdlp.example", "xn--jxalpdlp.example"},
    {"German is not Vietnamese", "xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"one good label, one strange",
     "xn--hc-68s.xn--80ak6aa92e.com",
     "xn--hc-68s.xn--80ak6aa92e.com"},
    {"does not decode", "xn--a.example", "xn--a.example"},
    {"decodes to nothing", "xn--.example", "xn--.example"},
    {"markup", "<b>a&b</b>.example", R "b" R "a" R "b" R R "b" R ".example"},
    {"line break", "a\nb.example", "a" R "b.example"},
    {"right-to-left override",
     "a\xE2\x80\xAE"
     "b.example",
     "a" R "b.example"},
    {"not UTF-8", "a\xFF.example", "a" R ".example"},
    {"braces", "{adult}.example", R "adult" R ".example"},
    {"48 characters", X10 X10 X10 X10 "a.exampl", X10 X10 X10 X10 "a.exampl"},
    {"49 characters", X10 X10 X10 X10 "a.example", "…cdefghi." X10 X10 X10 "a.example"},
};

static void
test_show(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_test_message("%s", names[i].label);
    g_autofree char *shown = lt_site_name_show(names[i].name);
    g_assert_cmpstr(shown, ==, names[i].shown);
  }
}

static void
test_exact(void)
{
  g_autofree char *plain = lt_site_name_exact("chat.example.net");
  g_assert_null(plain);
  g_autofree char *letters = lt_site_name_exact("xn--hc-68s.example");
  g_assert_cmpstr(letters, ==, "xn--hc-68s.example");
  /* Shown as it is anyway. */
  g_autofree char *strange = lt_site_name_exact("xn--80ak6aa92e.com");
  g_assert_null(strange);
}

static const struct {
  const char *label;
  const char *text;
  gsize max_chars;
  const char *tame;
} texts[] = {
    {"plain", "để làm bài", 20, "để làm bài"},
    {"empty", "", 20, ""},
    {"blanks only", " \n\t ", 20, ""},
    {"blanks joined", "  a \n\n b\t", 20, "a b"},
    {"markup stays, for it is escaped later", "<b>&", 20, "<b>&"},
    {"bidirectional marks",
     "a\xE2\x80\xAE\xE2\x81\xA6"
     "b",
     20,
     "ab"},
    {"bell and escape", "a\x07\x1B[31mb", 20, "a[31mb"},
    {"decomposed", "e\xCC\x82\xCC\x81", 20, "ế"},
    {"not UTF-8", "a\xC3", 20, "a" R},
    {"at the limit", "abcde", 5, "abcde"},
    {"over the limit", "abcdef", 5, "abcde…"},
    {"a blank at the limit", "abcd ef", 5, "abcd…"},
};

static void
test_tame(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_test_message("%s", texts[i].label);
    g_autofree char *tame = lt_site_name_tame(texts[i].text, texts[i].max_chars);
    g_assert_cmpstr(tame, ==, texts[i].tame);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/site-name/show", test_show);
  g_test_add_func("/site-name/exact", test_exact);
  g_test_add_func("/site-name/tame", test_tame);
  return g_test_run();
}
