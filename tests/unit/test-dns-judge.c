/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS questions and answers under real rules: infrastructure, aliases, broken answers. */
#include "policy/dns-judge.h"

#include "policy/policy.h"

#include <string.h>

#define UTC_NOW_S 1800000000

enum {
  TYPE_NS = 2,
  TYPE_SOA = 6,
  TYPE_PTR = 12,
  TYPE_TXT = 16,
  TYPE_DS = 43,
  TYPE_DNSKEY = 48
};

/* Slot 1: all but some is open; slot 2: only some is open; slot 3: is warned of a site. */
static const char policy_text[] =
    "{\"luytre\": 1,"
    " \"profiles\": {"
    "  \"most\": {\"sites\": {\"default\": \"allow\", \"allow\": [\"sub.bad.test\"],"
    "             \"block\": [\"bad.test\", \"printer.local\", \"9.0.77.10.in-addr.arpa\"]}},"
    "  \"few\": {\"sites\": {\"default\": \"ask\", \"allow\": [\"good.test\", \"google.com\"],"
    "            \"safe-search\": true, \"youtube\": \"moderate\","
    "            \"block\": [\"bad.test\"]}}},"
    " \"children\": [{\"user\": \"na\", \"profile\": \"most\"},"
    "                {\"user\": \"minh\", \"profile\": \"few\"}]}";

static LtRuleSet *
make_rules(void)
{
  static const LtAccount accounts[] = {{1001, 1, "na", NULL}, {1002, 2, "minh", NULL}};
  static const LtGrant grants[] = {{1, 1002, "granted.test", 0, G_MAXINT64}};
  g_autoptr(GError) error = NULL;
  g_autoptr(LtPolicy) policy =
      lt_policy_parse(policy_text, strlen(policy_text), "test.json", LT_LAYER_HOUSEHOLD, &error);

  g_assert_no_error(error);
  return lt_rule_set_new(&policy, 1, accounts, G_N_ELEMENTS(accounts), grants, 1);
}

/* Messages */

static void
put_u16(GByteArray *message, guint value)
{
  guint8 bytes[] = {(guint8) (value >> 8), (guint8) value};

  g_byte_array_append(message, bytes, sizeof bytes);
}

/* "a.b" with its final zero; "" is the root. */
static void
put_name(GByteArray *message, const char *name)
{
  g_auto(GStrv) labels = g_strsplit(name, ".", -1);

  for (guint i = 0; labels[i] != NULL; i++) {
    guint8 len = (guint8) strlen(labels[i]);

    if (len == 0)
      continue;
    g_byte_array_append(message, &len, 1);
    g_byte_array_append(message, (const guint8 *) labels[i], len);
  }
  g_byte_array_append(message, (const guint8 *) "", 1);
}

static GByteArray *
start_message(guint flags, const char *name, guint type)
{
  GByteArray *message = g_byte_array_new();

  put_u16(message, 0x1234);
  put_u16(message, flags);
  put_u16(message, 1);
  put_u16(message, 0);
  put_u16(message, 0);
  put_u16(message, 0);
  put_name(message, name);
  put_u16(message, type);
  put_u16(message, 1);
  return message;
}

static LtDnsQuestion
make_question(const char *name, guint type)
{
  g_autoptr(GByteArray) message = start_message(0x0100, name, type);
  LtDnsQuestion question;

  g_assert_cmpint(lt_dns_read_question(message->data, message->len, &question), ==, LT_WIRE_FOUND);
  return question;
}

/* A record "OWNER TYPE TARGET"; a target of an address record is its four bytes whatever it says.
 */
static void
put_record(GByteArray *message, const char *text)
{
  g_auto(GStrv) words = g_strsplit(text, " ", 3);
  g_autoptr(GByteArray) rdata = g_byte_array_new();
  guint type = LT_DNS_TYPE_A;

  if (g_str_equal(words[1], "CNAME"))
    type = LT_DNS_TYPE_CNAME;
  else if (g_str_equal(words[1], "DNAME"))
    type = LT_DNS_TYPE_DNAME;
  else if (g_str_equal(words[1], "HTTPS"))
    type = LT_DNS_TYPE_HTTPS;
  if (type == LT_DNS_TYPE_HTTPS)
    put_u16(rdata, 1);
  if (type == LT_DNS_TYPE_A)
    g_byte_array_append(rdata, (const guint8 *) "\x0a\x4d\0\2", 4);
  else
    put_name(rdata, words[2]);

  put_name(message, words[0]);
  put_u16(message, type);
  put_u16(message, 1);
  put_u16(message, 0);
  put_u16(message, 60);
  put_u16(message, rdata->len);
  g_byte_array_append(message, rdata->data, rdata->len);
}

/* Records are parted by ";". */
static GByteArray *
make_answer(const char *name, guint type, const char *records)
{
  g_auto(GStrv) lines = g_strsplit(records, ";", -1);
  GByteArray *message = start_message(0x8180, name, type);

  for (guint i = 0; lines[i] != NULL; i++) {
    put_record(message, lines[i]);
    message->data[7]++;
  }
  return message;
}

/* Questions */

static void
test_question(void)
{
  static const struct {
    const char *label;
    guint16 slot;
    const char *name;
    guint type;
    gboolean is_refused;
    gboolean is_told;
    LtReason reason;
  } rows[] = {
      {"open by default", 1, "news.test", 1, FALSE, FALSE, LT_REASON_DEFAULT},
      {"blocked", 1, "bad.test", 1, TRUE, TRUE, LT_REASON_LISTED},
      {"below a blocked one", 1, "x.bad.test", 28, TRUE, TRUE, LT_REASON_LISTED},
      {"open below a blocked one", 1, "sub.bad.test", 1, FALSE, FALSE, LT_REASON_LISTED},
      {"service names", 1, "_443._tcp.bad.test", TYPE_TXT, TRUE, TRUE, LT_REASON_LISTED},
      {"no host name", 1, "a b.test", 1, TRUE, TRUE, LT_REASON_BAD_NAME},
      {"no host name, only some open", 2, "a b.good.test", 1, TRUE, TRUE, LT_REASON_BAD_NAME},
      {"closed by default", 2, "news.test", 1, TRUE, TRUE, LT_REASON_DEFAULT},
      {"the only open one", 2, "good.test", 1, FALSE, FALSE, LT_REASON_LISTED},
      {"granted", 2, "www.granted.test", 1, FALSE, FALSE, LT_REASON_GRANT},
      {"root", 2, "", TYPE_NS, FALSE, FALSE, LT_REASON_DEFAULT},
      {"root's keys", 2, "", TYPE_DNSKEY, FALSE, FALSE, LT_REASON_DEFAULT},
      {"top-level domain", 2, "vn", TYPE_DS, FALSE, FALSE, LT_REASON_DEFAULT},
      {"public suffix's delegation", 2, "com.vn", TYPE_NS, FALSE, FALSE, LT_REASON_DEFAULT},
      {"public suffix's address", 2, "com.vn", 1, TRUE, TRUE, LT_REASON_DEFAULT},
      {"delegation of no public suffix", 2, "news.vn", TYPE_NS, TRUE, TRUE, LT_REASON_DEFAULT},
      {"localhost", 2, "localhost", 1, FALSE, FALSE, LT_REASON_DEFAULT},
      {"below localhost", 2, "x.localhost", 1, FALSE, FALSE, LT_REASON_DEFAULT},
      {"a machine of the home", 2, "printer", 1, FALSE, FALSE, LT_REASON_DEFAULT},
      {"mDNS name", 2, "nas.local", 1, FALSE, FALSE, LT_REASON_DEFAULT},
      {"blocked mDNS name", 1, "printer.local", 1, TRUE, TRUE, LT_REASON_LISTED},
      {"not quite local", 2, "nas.xlocal", 1, TRUE, TRUE, LT_REASON_DEFAULT},
      {"reverse, IPv4", 2, "1.0.77.10.in-addr.arpa", TYPE_PTR, FALSE, FALSE, LT_REASON_DEFAULT},
      {"reverse, blocked", 1, "9.0.77.10.in-addr.arpa", TYPE_PTR, TRUE, TRUE, LT_REASON_LISTED},
      {"reverse, IPv6", 2, "1.0.ip6.arpa", TYPE_PTR, FALSE, FALSE, LT_REASON_DEFAULT},
      {"nobody's slot", 9, "good.test", 1, TRUE, TRUE, LT_REASON_NO_RULES},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtDnsQuestion question = make_question(rows[i].name, rows[i].type);
    LtDnsVerdict verdict;

    g_test_message("%s", rows[i].label);
    lt_dns_judge_question(
        lt_rule_set_find_slot(rules, rows[i].slot), &question, UTC_NOW_S, &verdict);
    g_assert_cmpint(verdict.outcome, ==, rows[i].is_refused ? LT_DNS_REFUSED : LT_DNS_PASSES);
    g_assert_cmpint(verdict.is_told, ==, rows[i].is_told);
    g_assert_cmpint(verdict.decision.reason, ==, rows[i].reason);
    if (verdict.has_host)
      g_assert_cmpstr(verdict.host.name, ==, rows[i].name);
  }
}

static void
test_outcomes(void)
{
  static const struct {
    guint16 slot;
    const char *name;
    guint type;
    LtDnsOutcome outcome;
    const char *target;
  } rows[] = {
      /* whatever the rules say */
      {1, "use-application-dns.net", 1, LT_DNS_NO_NAME, NULL},
      {9, "use-application-dns.net", 1, LT_DNS_NO_NAME, NULL},
      {1, "x.use-application-dns.net", 1, LT_DNS_PASSES, NULL},
      {1, "mask.icloud.com", 65, LT_DNS_NO_NAME, NULL},
      {1, "mask-h2.icloud.com", 28, LT_DNS_NO_NAME, NULL},
      {1, "_dns.resolver.arpa", 64, LT_DNS_NO_DATA, NULL},
      {1, "resolver.arpa", 1, LT_DNS_NO_DATA, NULL},
      {1, "_dns.news.test", 64, LT_DNS_NO_DATA, NULL},
      {1, "_8853._dns.news.test", 64, LT_DNS_NO_DATA, NULL},
      {1, "_dns.news.test", TYPE_TXT, LT_DNS_PASSES, NULL},
      {1, "x._dns.news.test", 64, LT_DNS_PASSES, NULL},
      /* by the child's settings */
      {1, "www.google.com", 1, LT_DNS_PASSES, NULL},
      {2, "www.google.com", 1, LT_DNS_ALIASED, "forcesafesearch.google.com"},
      {2, "www.google.com", 28, LT_DNS_ALIASED, "forcesafesearch.google.com"},
      {2, "www.google.com", 65, LT_DNS_NO_DATA, NULL},
      {2, "www.google.com", 255, LT_DNS_NO_DATA, NULL},
      {2, "www.google.com", TYPE_TXT, LT_DNS_PASSES, NULL},
      {2, "x.www.google.com", 1, LT_DNS_PASSES, NULL},
      {2, "dns.google.com", 1, LT_DNS_REFUSED, NULL},
      /* closed comes first */
      {2, "www.google.com.vn", 1, LT_DNS_REFUSED, NULL},
      {2, "www.youtube.com", 1, LT_DNS_REFUSED, NULL},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtDnsQuestion question = make_question(rows[i].name, rows[i].type);
    LtDnsVerdict verdict;

    g_test_message("%u %s %u", rows[i].slot, rows[i].name, rows[i].type);
    lt_dns_judge_question(
        lt_rule_set_find_slot(rules, rows[i].slot), &question, UTC_NOW_S, &verdict);
    g_assert_cmpint(verdict.outcome, ==, rows[i].outcome);
    g_assert_cmpstr(verdict.target, ==, rows[i].target);
    g_assert_cmpint(verdict.is_told, ==, rows[i].outcome == LT_DNS_REFUSED);
  }
}

static void
test_help_is_never_refused(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();
  LtDnsQuestion question = make_question("www.tongdai111.vn", LT_DNS_TYPE_A);
  g_autoptr(GByteArray) answer = make_answer(
      "www.tongdai111.vn", LT_DNS_TYPE_A, "www.tongdai111.vn CNAME bad.test;bad.test A");

  for (guint16 slot = 1; slot <= 9; slot += 8) {
    const LtChildRules *child = lt_rule_set_find_slot(rules, slot);
    LtDnsVerdict verdict;
    gsize len;

    lt_dns_judge_question(child, &question, UTC_NOW_S, &verdict);
    g_assert_false(verdict.outcome != LT_DNS_PASSES || verdict.is_told);
    g_assert_cmpint(verdict.decision.reason, ==, LT_REASON_HELP);
    g_assert_cmpint(
        lt_dns_judge_answer(child, &question, answer->data, answer->len, UTC_NOW_S, &verdict, &len),
        ==,
        LT_WIRE_FOUND);
    g_assert_cmpint(verdict.outcome, ==, LT_DNS_PASSES);
  }
}

/* Answers */

static void
test_answer(void)
{
  static const struct {
    const char *label;
    guint16 slot;
    const char *name;
    const char *records;
    const char *refused_for; /* NULL: goes through; "": for a name that no host has */
  } rows[] = {
      {"plain", 1, "news.test", "news.test A", NULL},
      {"alias", 1, "news.test", "news.test CNAME cdn.test;cdn.test A", NULL},
      {"alias of a blocked site",
       1,
       "news.test",
       "news.test CNAME bad.test;bad.test A",
       "bad.test"},
      {"alias in capitals", 1, "news.test", "news.test CNAME BAD.Test", "bad.test"},
      {"at the end of a chain",
       1,
       "a.test",
       "a.test CNAME b.test;b.test CNAME c.test;c.test CNAME x.bad.test",
       "x.bad.test"},
      {"in the middle of a chain",
       1,
       "a.test",
       "a.test CNAME bad.test;bad.test CNAME c.test;c.test A",
       "bad.test"},
      {"an owner alone", 1, "a.test", "bad.test A", "bad.test"},
      {"alias in a blocked one's open part", 1, "a.test", "a.test CNAME sub.bad.test", NULL},
      {"behind a DNAME",
       1,
       "x.good.test",
       "good.test DNAME bad.test;x.good.test CNAME x.bad.test",
       "bad.test"},
      {"a DNAME above an open part",
       1,
       "a.sub.bad.test",
       "bad.test DNAME cdn.test;a.sub.bad.test CNAME a.sub.cdn.test",
       NULL},
      {"HTTPS elsewhere", 1, "a.test", "a.test HTTPS bad.test", "bad.test"},
      {"HTTPS here", 1, "a.test", "a.test HTTPS ", NULL},
      {"an alias that no host can be", 1, "a.test", "a.test CNAME b c.test", ""},
      {"only some open: alias is closed by default",
       2,
       "good.test",
       "good.test CNAME cdn.test;cdn.test A",
       NULL},
      {"only some open: alias is blocked", 2, "good.test", "good.test CNAME bad.test", "bad.test"},
      {"granted: alias is blocked", 2, "granted.test", "granted.test CNAME bad.test", NULL},
      {"reverse: classless delegation (RFC 2317)",
       2,
       "1.0.77.10.in-addr.arpa",
       "1.0.77.10.in-addr.arpa CNAME 1.0/25.0.77.10.in-addr.arpa",
       NULL},
      {"the question is closed by now", 2, "news.test", "news.test A", "news.test"},
  };
  g_autoptr(LtRuleSet) rules = make_rules();

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtDnsQuestion question = make_question(rows[i].name, LT_DNS_TYPE_A);
    g_autoptr(GByteArray) answer = make_answer(rows[i].name, LT_DNS_TYPE_A, rows[i].records);
    gsize whole = answer->len, len = 0;
    LtDnsVerdict verdict;

    g_test_message("%s", rows[i].label);
    g_byte_array_append(answer, (const guint8 *) "behind", 6);
    g_assert_cmpint(lt_dns_judge_answer(lt_rule_set_find_slot(rules, rows[i].slot),
                                        &question,
                                        answer->data,
                                        answer->len,
                                        UTC_NOW_S,
                                        &verdict,
                                        &len),
                    ==,
                    LT_WIRE_FOUND);
    g_assert_cmpuint(len, ==, whole);
    g_assert_cmpint(
        verdict.outcome, ==, rows[i].refused_for != NULL ? LT_DNS_REFUSED : LT_DNS_PASSES);
    if (rows[i].refused_for == NULL)
      continue;
    g_assert_true(verdict.is_told);
    g_assert_cmpstr(verdict.has_host ? verdict.host.name : "", ==, rows[i].refused_for);
  }
}

/* A message that ends anywhere too early, or counts more records, is nobody's answer. */
static void
test_broken_answer(void)
{
  g_autoptr(LtRuleSet) rules = make_rules();
  const LtChildRules *child = lt_rule_set_find_slot(rules, 1);
  LtDnsQuestion question = make_question("a.test", LT_DNS_TYPE_A);
  g_autoptr(GByteArray) answer =
      make_answer("a.test", LT_DNS_TYPE_A, "a.test CNAME b.test;b.test HTTPS c.test;c.test A");
  LtDnsVerdict verdict;
  gsize len = 77;

  for (gsize cut = 0; cut < answer->len; cut++) {
    g_autofree guint8 *copy = g_memdup2(answer->data, cut);

    g_assert_cmpint(lt_dns_judge_answer(child, &question, copy, cut, UTC_NOW_S, &verdict, &len),
                    !=,
                    LT_WIRE_FOUND);
    g_assert_cmpuint(len, ==, 77);
  }
  for (guint section = 7; section <= 11; section += 2) {
    answer->data[section]++;
    g_assert_cmpint(
        lt_dns_judge_answer(child, &question, answer->data, answer->len, UTC_NOW_S, &verdict, &len),
        !=,
        LT_WIRE_FOUND);
    answer->data[section]--;
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dns-judge/question", test_question);
  g_test_add_func("/dns-judge/outcomes", test_outcomes);
  g_test_add_func("/dns-judge/help-is-never-refused", test_help_is_never_refused);
  g_test_add_func("/dns-judge/answer", test_answer);
  g_test_add_func("/dns-judge/broken-answer", test_broken_answer);
  return g_test_run();
}
