/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of block lists of every format: what each says, and what is counted as skipped. */
#include "policy/lists/list.h"

#include <string.h>

#define SELF "self"
#define BOTH "both"
#define BELOW "below"

typedef struct {
  LtListFormat format;
  const char *lines; /* separated by newlines */
  const char *said;  /* "both:a.test both!:b.test skip:2", in the order of lines */
} Row;

static const Row rows[] = {
    /* hosts */
    {LT_LIST_HOSTS, "0.0.0.0 a.test", "self:a.test"},
    {LT_LIST_HOSTS, "127.0.0.1\ta.test  b.test # c.test", "self:a.test self:b.test"},
    {LT_LIST_HOSTS, ":: a.test\n::1 b.test\n0 c.test", "self:a.test self:b.test self:c.test"},
    {LT_LIST_HOSTS, "  0.0.0.0 A.Test.\r", "self:a.test"},
    {LT_LIST_HOSTS, "a.test", "self:a.test"},
    {LT_LIST_HOSTS,
     "0.0.0.0 tr\xc3\xb2"
     "chơi.test",
     "self:xn--trchi-vta14j.test"},
    {LT_LIST_HOSTS, "192.0.2.1 a.test", "skip:redirect"},
    {LT_LIST_HOSTS, "127.0.0.1 localhost localhost.localdomain", "skip:local skip:local"},
    {LT_LIST_HOSTS, "0.0.0.0 0.0.0.0", "skip:local"},
    {LT_LIST_HOSTS, "0.0.0.0 a b!c.test", "skip:local skip:name"},
    {LT_LIST_HOSTS, "0.0.0.0", "skip:syntax"},
    {LT_LIST_HOSTS, "two words", "skip:syntax"},
    {LT_LIST_HOSTS, "# x\n\n   \n#0.0.0.0 a.test", ""},
    /* domains */
    {LT_LIST_DOMAINS, "a.test\n*.b.test\n.c.test", "both:a.test both:b.test both:c.test"},
    {LT_LIST_DOMAINS, "a.test # b.test\n; c\n! d", "both:a.test"},
    {LT_LIST_DOMAINS, "192.0.2.1", "both:192.0.2.1"},
    {LT_LIST_DOMAINS, "ads*.a.test", "pattern:||ads*.a.test^"},
    {LT_LIST_DOMAINS, "com\na.test/x\na b", "skip:local skip:url skip:syntax"},
    {LT_LIST_UT1, "a.test", "both:a.test"},
    /* adblock */
    {LT_LIST_ADBLOCK,
     "||a.test^\n||b.test^|\n||c.test",
     "both:a.test both:b.test pattern:||c.test"},
    {LT_LIST_ADBLOCK, "||a.com", "both:a.com"},
    {LT_LIST_ADBLOCK, "@@||a.test^\n@@|b.test^", "both@:a.test self@:b.test"},
    {LT_LIST_ADBLOCK, "||a.test^$important", "both!:a.test"},
    {LT_LIST_ADBLOCK, "@@||a.test^$important", "both@!:a.test"},
    {LT_LIST_ADBLOCK, "||a.test^$badfilter", "cancel-both:a.test"},
    {LT_LIST_ADBLOCK, "||*.a.test^\n*.b.test", "below:a.test below:b.test"},
    {LT_LIST_ADBLOCK, "a.test\n0.0.0.0 b.test", "self:a.test self:b.test"},
    {LT_LIST_ADBLOCK, "||a*.test^\nb^", "pattern:||a*.test^ pattern:b^"},
    {LT_LIST_ADBLOCK, "/^a[0-9]/\n/^b/$important", "pattern:/^a[0-9]/ pattern!:/^b/"},
    {LT_LIST_ADBLOCK, "||test^$denyallow=a.test|b.test", "pattern:||test^$denyallow=a.test|b.test"},
    {LT_LIST_ADBLOCK, "||a.test^*/x", "pattern:||a.test^*/x"}, /* refused as a pattern */
    {LT_LIST_ADBLOCK, "||a.test/x", "pattern:||a.test/x"},
    {LT_LIST_ADBLOCK, "||192.0.2.1^", "self:192.0.2.1"},
    {LT_LIST_ADBLOCK, "||a.test^$third-party\n||b.test^$dnstype=AAAA", "skip:option skip:option"},
    {LT_LIST_ADBLOCK, "||a.test^$important,client=x", "skip:option"},
    {LT_LIST_ADBLOCK, "||a.test^$all", "both:a.test"},
    {LT_LIST_ADBLOCK, "a.test##.ad\n##.ad\na.test#@#.ad", "skip:url skip:url skip:url"},
    {LT_LIST_ADBLOCK, "! x\n[Adblock Plus 2.0]\n# y", ""},
    {LT_LIST_ADBLOCK, "@@", "skip:syntax"},
    /* rpz */
    {LT_LIST_RPZ, "a.test CNAME .\n*.a.test CNAME .", "self:a.test below:a.test"},
    {LT_LIST_RPZ, "a.test 300 IN CNAME *.", "self:a.test"},
    {LT_LIST_RPZ, "a.test CNAME rpz-passthru.", "self@:a.test"},
    {LT_LIST_RPZ, "a.test A 0.0.0.0\n     AAAA ::", "self:a.test self:a.test"},
    {LT_LIST_RPZ, "a.test CNAME walled.garden.\nb.test A 192.0.2.1", "skip:redirect skip:redirect"},
    {LT_LIST_RPZ, "8.0.0.0.127.rpz-ip CNAME .", "skip:option"},
    {LT_LIST_RPZ,
     "$TTL 60\n$ORIGIN rpz.test.\n@ IN SOA x. y. (\n 1 2 ; three\n 3 4 5 )\n  IN NS x.\n"
     "a.test.rpz.test. CNAME .\nother. CNAME .",
     "self:a.test skip:name"},
    {LT_LIST_RPZ, "  CNAME .", "skip:syntax"},
    /* dnsmasq */
    {LT_LIST_DNSMASQ, "address=/a.test/0.0.0.0\naddress=/b.test/", "both:a.test both:b.test"},
    {LT_LIST_DNSMASQ, "address=/a.test/b.test/#", "both:a.test both:b.test"},
    {LT_LIST_DNSMASQ, "local=/a.test/\nserver=/b.test/", "both:a.test both:b.test"},
    {LT_LIST_DNSMASQ, "server=/a.test/#", "both@:a.test"},
    {LT_LIST_DNSMASQ,
     "address=/a.test/192.0.2.1\nserver=/b.test/9.9.9.9",
     "skip:redirect skip:redirect"},
    {LT_LIST_DNSMASQ,
     "cache-size=0\nnonsense\nserver=9.9.9.9",
     "skip:option skip:syntax skip:option"},
    /* unbound */
    {LT_LIST_UNBOUND, "server:\n  local-zone: \"a.test.\" always_nxdomain", "both:a.test"},
    {LT_LIST_UNBOUND, "local-zone: a.test refuse # x", "both:a.test"},
    {LT_LIST_UNBOUND, "local-zone: \"a.test\" transparent", "both@:a.test"},
    {LT_LIST_UNBOUND, "local-data: \"a.test. 60 IN A 0.0.0.0\"", "self:a.test"},
    {LT_LIST_UNBOUND,
     "local-zone: \"a.test\" redirect\nlocal-data: \"a.test A 192.0.2.1\"",
     "both:a.test cancel-both:a.test skip:redirect"},
    {LT_LIST_UNBOUND, "local-zone: \"a.test\" dance\ninclude: x", "skip:option skip:option"},
    /* v2fly */
    {LT_LIST_V2FLY, "a.test\ndomain:b.test @x\nfull:c.test", "both:a.test both:b.test self:c.test"},
    {LT_LIST_V2FLY, "keyword:ads\nregexp:^ad[0-9]", "pattern:ads pattern:/^ad[0-9]/"},
    {LT_LIST_V2FLY, "include:other @ads # x", "include:other/ads"},
    {LT_LIST_V2FLY, "dance:a.test", "skip:syntax"},
};

static const char *const skip_words[LT_N_LIST_SKIPS] = {
    "syntax", "name", "local", "url", "redirect", "option", "pattern", "limit"};

static void
append(GString *said, const char *word)
{
  g_string_append_printf(said, "%s%s", said->len > 0 ? " " : "", word);
}

static void
take_rule(gpointer data, const LtListRule *rule)
{
  g_autoptr(GString) word = g_string_new(rule->cancels ? "cancel-" : "");

  if (rule->host == NULL)
    g_string_append(word, "pattern");
  else
    g_string_append(word,
                    (rule->listed & LT_LISTED_BOTH) == LT_LISTED_BOTH    ? BOTH
                    : (rule->listed & LT_LISTED_BOTH) == LT_LISTED_BELOW ? BELOW
                                                                         : SELF);
  g_string_append(word, (rule->listed & LT_LISTED_EXCEPT) != 0 ? "@" : "");
  g_string_append(word, (rule->listed & LT_LISTED_IMPORTANT) != 0 ? "!" : "");
  if (rule->host != NULL)
    g_string_append_printf(word, ":%s", rule->host->name);
  else
    g_string_append_printf(word, ":%.*s", (int) rule->n_pattern, rule->pattern);
  append(data, word->str);
}

static void
take_skip(gpointer data, LtListSkip skip)
{
  g_autofree char *word = g_strdup_printf("skip:%s", skip_words[skip]);

  append(data, word);
}

static void
take_include(gpointer data, const char *name, const char *attribute)
{
  g_autofree char *word =
      g_strdup_printf("include:%s/%s", name, attribute != NULL ? attribute : "");

  append(data, word);
}

static char *
read_lines(LtListFormat format, const char *lines, const char *attribute)
{
  GString *said = g_string_new(NULL);
  const LtListSink sink = {take_rule, take_skip, take_include, said};
  g_autoptr(LtListReader) reader = lt_list_reader_new(format, &sink, attribute);
  g_auto(GStrv) each = g_strsplit(lines, "\n", -1);

  for (guint i = 0; each[i] != NULL; i++) {
    /* Alone in memory: a sanitizer sees a byte too many. */
    g_autofree char *line = g_memdup2(each[i], MAX(strlen(each[i]), 1));

    lt_list_reader_line(reader, line, strlen(each[i]));
  }
  return g_string_free(said, FALSE);
}

static void
test_lines(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *said = read_lines(rows[i].format, rows[i].lines, NULL);

    g_test_message("%s: %s", lt_list_format_name(rows[i].format), rows[i].lines);
    g_assert_cmpstr(said, ==, rows[i].said);
  }
}

static void
test_attributes(void)
{
  g_autofree char *with = read_lines(LT_LIST_V2FLY, "a.test @x\nb.test @y\nc.test", "x");
  g_autofree char *without = read_lines(LT_LIST_V2FLY, "a.test @x\nb.test @y\nc.test", "-x");

  g_assert_cmpstr(with, ==, "both:a.test");
  g_assert_cmpstr(without, ==, "both:b.test both:c.test");
}

static void
test_odd_lines(void)
{
  g_autofree char *long_line = g_strnfill(LT_LIST_MAX_LINE_BYTES + 1, 'a');

  for (guint format = 0; format < LT_N_LIST_FORMATS; format++) {
    g_autofree char *said = read_lines((LtListFormat) format, long_line, NULL);
    g_autoptr(GString) zero = g_string_new(NULL);
    const LtListSink sink = {take_rule, take_skip, take_include, zero};
    g_autoptr(LtListReader) reader = lt_list_reader_new((LtListFormat) format, &sink, NULL);

    g_assert_cmpstr(said, ==, "skip:limit");
    lt_list_reader_line(reader, "a\0b", 3);
    g_assert_cmpstr(zero->str, ==, "skip:syntax");
  }
  g_autofree char *marked = read_lines(LT_LIST_DOMAINS,
                                       "\xef\xbb\xbf"
                                       "a.test",
                                       NULL);
  g_assert_cmpstr(marked, ==, "both:a.test");
}

static void
test_guess(void)
{
  static const struct {
    const char *text;
    LtListFormat format;
  } guesses[] = {
      {"# x\n0.0.0.0 a.test\n0.0.0.0 b.test\n", LT_LIST_HOSTS},
      {"# x\na.test\nb.test\n", LT_LIST_DOMAINS},
      {"*.a.test\n*.b.test\n", LT_LIST_DOMAINS},
      {"[Adblock Plus]\na.test\n", LT_LIST_ADBLOCK},
      {"! x\n||a.test^\n", LT_LIST_ADBLOCK},
      {"address=/a.test/\nserver=/b.test/\n", LT_LIST_DNSMASQ},
      {"server:\nlocal-zone: \"a.test\" refuse\nlocal-zone: \"b.test\" refuse\n", LT_LIST_UNBOUND},
      {"$TTL 60\n@ SOA a. b. 1 2 3 4 5\na.test CNAME .\nb.test CNAME .\n", LT_LIST_RPZ},
      {"include:x\na.test\nb.test\n", LT_LIST_V2FLY},
      {"a.test @ads\nb.test\n", LT_LIST_V2FLY},
      {"the quick brown fox\njumps over the lazy dog\n", LT_N_LIST_FORMATS},
      {"# nothing but comments\n", LT_N_LIST_FORMATS},
  };

  for (guint i = 0; i < G_N_ELEMENTS(guesses); i++) {
    g_test_message("%s", guesses[i].text);
    g_assert_cmpint(lt_list_guess(guesses[i].text, strlen(guesses[i].text)), ==, guesses[i].format);
  }
}

static void
test_refuse(void)
{
  static const char *const others[] = {
      "", "<!DOCTYPE html>", "\n <html>", "{\"a\": 1}", "\x1f\x8b\x08", "%PDF-1.4", "PK\x03\x04"};

  for (guint i = 0; i < G_N_ELEMENTS(others); i++)
    g_assert_nonnull(lt_list_refuse(others[i], strlen(others[i])));
  g_assert_nonnull(lt_list_refuse("a.test\n\0\n", 9));
  g_assert_null(lt_list_refuse("a.test\n", 7));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/list/lines", test_lines);
  g_test_add_func("/list/attributes", test_attributes);
  g_test_add_func("/list/odd-lines", test_odd_lines);
  g_test_add_func("/list/guess", test_guess);
  g_test_add_func("/list/refuse", test_refuse);
  return g_test_run();
}
