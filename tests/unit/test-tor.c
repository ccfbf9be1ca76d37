/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tor's hellos: their names, what they offer, and what becomes of their connections. */
#include "policy/tor.h"

#include "tests/unit/judge-desk.h"
#include "tests/unit/wire-build.h"

#include <string.h>

#define TOR "www.tgwsr2id.com"

static void
test_names(void)
{
  static const struct {
    const char *host;
    gboolean is_tor;
  } rows[] = {
      {TOR, TRUE},
      {"www.abcd.com", TRUE},
      {"www.abc.com", FALSE},
      {"www.m2k5f6qwtwoizypyv2afl54ct.com", TRUE},
      {"www.m2k5f6qwtwoizypyv2afl54ctx.com", FALSE},
      {"www.google.com", TRUE},
      {"www.abcd1.com", FALSE},
      {"www.abcd8.com", FALSE},
      {"www.ab-cd.com", FALSE},
      {"www.abcd.net", FALSE},
      {"www.abcd.com.vn", FALSE},
      {"www.abcd.efgh.com", FALSE},
      {"w3.abcd.com", FALSE},
      {"abcdefgh.com", FALSE},
      {"www..com", FALSE},
      {"www.", FALSE},
      {"", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].host);
    g_assert_cmpint(lt_tor_is_name(rows[i].host), ==, rows[i].is_tor);
  }
}

/* A hello for @name in one record; @groups: hex of the extension's body, NULL for none. */
static GByteArray *
hello_of(const char *name, const char *groups, gboolean with_alpn)
{
  g_autoptr(GByteArray) extensions = g_byte_array_new();
  lt_build_server_name(extensions, 0, name, strlen(name));
  if (groups != NULL) {
    g_autoptr(GByteArray) body = lt_build_unhex(groups);
    lt_build_extension(extensions, 10, body);
  }
  if (with_alpn) {
    g_autoptr(GByteArray) body = lt_build_unhex("0003026832");
    lt_build_extension(extensions, 16, body);
  }
  g_autoptr(GByteArray) message = lt_build_hello(extensions);
  return lt_build_records(message, message->len);
}

static void
test_hellos(void)
{
  static const struct {
    const char *label, *name, *groups;
    gboolean with_alpn, is_tor;
  } rows[] = {
      {"Tor's of today", TOR, "00060017001d0015", FALSE, TRUE},
      {"Tor's of before", TOR, "000400170015", FALSE, TRUE},
      {"another name", "www.example.org", "00060017001d0015", FALSE, FALSE},
      {"an address", "198.51.100.1", "00060017001d0015", FALSE, FALSE},
      {"a browser's", TOR, "00060017001d0015", TRUE, FALSE},
      {"a library's", TOR, "00060017001d0018", FALSE, FALSE},
      {"21 over two groups", TOR, "0004001715ff", FALSE, FALSE},
      {"no groups", TOR, NULL, FALSE, FALSE},
      {"no list", TOR, "", FALSE, FALSE},
      {"a list that is cut off", TOR, "00080015", FALSE, FALSE},
      {"half a group", TOR, "000300170015", FALSE, FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GByteArray) hello = hello_of(rows[i].name, rows[i].groups, rows[i].with_alpn);
    LtRequest request;
    g_assert_cmpint(lt_request_read(hello->data, hello->len, &request), ==, LT_WIRE_FOUND);
    g_test_message("%s", rows[i].label);
    g_assert_cmpint(lt_tor_is_hello(&request), ==, rows[i].is_tor);
  }
}

static void
set_up(LtDesk *desk, gconstpointer data)
{
  lt_desk_set_up(desk, data);
  desk->judge.answers = lt_answers_open(NULL, NULL);
}

static void
tear_down(LtDesk *desk, gconstpointer data)
{
  lt_answers_free(desk->judge.answers);
  lt_desk_tear_down(desk, data);
}

static LtVerdict
send_hello(LtDesk *desk, LtMarkState state)
{
  g_autoptr(GByteArray) hello = hello_of(TOR, "00060017001d0015", FALSE);
  LtPacket packet = {.tcp_seq = 1, .tcp_ack = 7, .tcp_flags = LT_TCP_ACK};
  packet.tuple = (LtTuple){.family = 4, .protocol = 6, .sport = desk->sport, .dport = 9001};
  packet.tuple.saddr[0] = 10;
  packet.tuple.daddr[0] = 198;
  packet.payload = hello->data;
  packet.payload_len = hello->len;
  return lt_judge_tcp(&desk->judge, LT_DESK_SLOT, state, &packet);
}

static void
test_setting(LtDesk *desk, gconstpointer data)
{
  /* Whatever the default is: the name that Tor made up is no site. */
  for (guint i = 0; i < 2; i++) {
    const char *by_default = i == 0 ? "allow" : "block";
    g_autofree char *closed = g_strdup_printf("{\"default\":\"%s\"}", by_default);
    g_autofree char *open = g_strdup_printf("{\"default\":\"%s\",\"vpn\":\"allow\"}", by_default);
    lt_desk_use_rules(desk, closed);
    desk->sport++;
    g_assert_cmpint(send_hello(desk, LT_MARK_NEW), ==, LT_VERDICT_DENY);
    lt_desk_assert_event(desk, LT_REASON_VPN, "198.0.0.0");
    lt_desk_use_rules(desk, open);
    desk->sport++;
    g_assert_cmpint(send_hello(desk, LT_MARK_NEW), ==, LT_VERDICT_WATCH);
    /* It was Tor when it was judged, and still is when the rules have changed. */
    g_assert_cmpint(send_hello(desk, LT_MARK_ALLOW), ==, LT_VERDICT_ALLOW);
    lt_desk_use_rules(desk, closed);
    g_assert_cmpint(send_hello(desk, LT_MARK_ALLOW), ==, LT_VERDICT_DENY);
    g_assert_true(lt_event_ring_pop(desk->events, &(LtNetEvent){0}));
  }
  lt_desk_use_rules(desk, "{\"default\":\"block\",\"allow\":[\"" TOR "\"]}");
  desk->sport++;
  g_assert_cmpint(send_hello(desk, LT_MARK_NEW), ==, LT_VERDICT_WATCH);
}

/* An old program that has looked the site up like any other. */
static void
test_asked(LtDesk *desk, gconstpointer data)
{
  LtDnsQuestion question = {.name_is_host = TRUE};
  lt_desk_use_rules(desk, "{\"default\":\"allow\"}");
  const LtChildRules *child = lt_rule_set_find_slot(desk->rules, LT_DESK_SLOT);
  gint64 now_us = desk->judge.now_us;

  question.host.len = (guint8) strlen("www.other.com");
  memcpy(question.host.name, "www.other.com", question.host.len + 1u);
  lt_answers_note_reply(desk->judge.answers, child, &question, NULL, 0, now_us);
  g_assert_true(lt_answers_has_asked(desk->judge.answers, LT_DESK_UID, "www.other.com", now_us));
  g_assert_false(
      lt_answers_has_asked(desk->judge.answers, LT_DESK_UID + 1, "www.other.com", now_us));
  g_assert_false(lt_answers_has_asked(desk->judge.answers, LT_DESK_UID, TOR, now_us));
  g_assert_cmpint(send_hello(desk, LT_MARK_NEW), ==, LT_VERDICT_DENY);

  question.host.len = (guint8) strlen(TOR);
  memcpy(question.host.name, TOR, question.host.len + 1u);
  lt_answers_note_reply(desk->judge.answers, child, &question, NULL, 0, now_us);
  desk->sport++;
  g_assert_cmpint(send_hello(desk, LT_MARK_NEW), ==, LT_VERDICT_WATCH);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tor/names", test_names);
  g_test_add_func("/tor/hellos", test_hellos);
  g_test_add("/tor/setting", LtDesk, NULL, set_up, test_setting, tear_down);
  g_test_add("/tor/asked", LtDesk, NULL, set_up, test_asked, tear_down);
  return g_test_run();
}
