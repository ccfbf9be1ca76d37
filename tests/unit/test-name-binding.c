/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered of a DNS answer, and for how long: hashes, domains, exempt addresses, ways. */
#include "agent/net/answers.h"

#include "policy/name-binding.h"
#include "tests/unit/wire-build.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define MINUTE_US (60 * G_USEC_PER_SEC)

static LtAddress
address_of(const char *text)
{
  LtAddress address = {0};

  g_assert_true(lt_address_from_text(text, strlen(text), &address));
  return address;
}

/* Vectors of SipHash's authors: key 00 01 ... 0f, message 00 01 ... */
static void
test_hash(void)
{
  static const LtNameBindingKey key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
  static const struct {
    gsize len;
    guint64 hash;
  } rows[] = {{21, 0xd0f2cbb02e3b67c7}, {63, 0x958a324ceb064572}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtAddress address = {.family = 4};
    char domain[64] = "";

    for (guint j = 0; j < 16; j++)
      address.bytes[j] = (guint8) (5 + j);
    for (gsize j = 21; j < rows[i].len; j++)
      domain[j - 21] = (char) j;
    g_assert_cmphex(lt_name_binding_hash(&key, 0x03020100, &address, domain), ==, rows[i].hash);
  }
}

static void
test_domains(void)
{
  static const struct {
    const char *host, *domain;
  } rows[] = {
      {"www.example.com", "example.com"},
      {"example.com", "example.com"},
      {"a.b.example.co.uk", "example.co.uk"},
      {"lop6.truong.edu.vn", "truong.edu.vn"},
      {"me.github.io", "me.github.io"},
      {"x.me.github.io", "me.github.io"},
      {"github.io", "github.io"},
      {"com", "com"},
      {"printer", "printer"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(lt_name_binding_domain(rows[i].host), ==, rows[i].domain);
}

static void
test_exempt(void)
{
  static const struct {
    const char *address;
    gboolean is_exempt;
  } rows[] = {
      {"10.0.0.1", TRUE},
      {"11.0.0.1", FALSE},
      {"172.15.0.1", FALSE},
      {"172.16.0.1", TRUE},
      {"172.31.255.255", TRUE},
      {"172.32.0.1", FALSE},
      {"192.168.1.1", TRUE},
      {"192.169.1.1", FALSE},
      {"169.254.1.1", TRUE},
      {"100.64.0.1", FALSE},
      {"127.0.0.1", TRUE},
      {"fd00::1", TRUE},
      {"fc00::1", TRUE},
      {"fe80::1", TRUE},
      {"fec0::1", FALSE},
      {"2001:db8::1", FALSE},
      {"::ffff:10.0.0.1", FALSE},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    LtAddress address = address_of(rows[i].address);

    g_test_message("%s", rows[i].address);
    g_assert_cmpint(lt_name_binding_is_exempt(&address), ==, rows[i].is_exempt);
  }
}

/* A record whose owner is the question's name. */
static void
add_record(GByteArray *message, guint type, const GByteArray *data)
{
  lt_build_u16(message, 0xc00c);
  lt_build_dns_record(message, type, 1, 60, data);
}

static GByteArray *
alias_and_addresses(void)
{
  GByteArray *message = lt_build_dns(7, 0x8180, "www.example.com", LT_DNS_TYPE_A, 5, 1);
  g_autoptr(GByteArray) alias = g_byte_array_new(), v4 = g_byte_array_new();
  g_autoptr(GByteArray) v6 = g_byte_array_new(), hints = g_byte_array_new();

  lt_build_dns_name(alias, "x.cdn.example.net");
  add_record(message, LT_DNS_TYPE_CNAME, alias);
  lt_build_u32(v4, 0xc6336401);
  add_record(message, LT_DNS_TYPE_A, v4);
  lt_build_u32(v6, 0x20010db8);
  lt_build_u32(v6, 0);
  lt_build_u32(v6, 0);
  lt_build_u32(v6, 7);
  add_record(message, LT_DNS_TYPE_AAAA, v6);
  lt_build_u16(hints, 1);
  lt_build_u8(hints, 0);
  lt_build_u16(hints, 4);
  lt_build_u16(hints, 8);
  lt_build_u32(hints, 0xc6336402);
  lt_build_u32(hints, 0xc6336403);
  add_record(message, LT_DNS_TYPE_HTTPS, hints);
  add_record(message, 16, v4);            /* a text that is no address */
  add_record(message, LT_DNS_TYPE_A, v6); /* the additional section is not read */
  return message;
}

static void
test_read(void)
{
  g_autoptr(GByteArray) query = lt_build_dns(7, 0x0100, "www.example.com", LT_DNS_TYPE_A, 0, 0);
  g_autoptr(GByteArray) message = alias_and_addresses();
  static const char *const addresses[] = {
      "198.51.100.1", "2001:db8::7", "198.51.100.2", "198.51.100.3"};
  LtDnsQuestion question;
  LtNameBindings given;

  g_assert_cmpint(lt_dns_read_question(query->data, query->len, &question), ==, LT_WIRE_FOUND);
  g_assert_cmpint(
      lt_name_binding_read(&question, message->data, message->len, &given), ==, LT_WIRE_FOUND);
  g_assert_cmpuint(given.n_names, ==, 2);
  g_assert_cmpstr(given.names[0].name, ==, "example.com");
  g_assert_cmpstr(given.names[1].name, ==, "example.net");
  g_assert_cmpuint(given.n_addresses, ==, G_N_ELEMENTS(addresses));
  for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
    char text[LT_ADDRESS_TEXT_SIZE];

    lt_address_to_text(given.addresses[i].family, given.addresses[i].bytes, text);
    g_assert_cmpstr(text, ==, addresses[i]);
  }
  for (gsize len = 0; len < message->len; len++) {
    g_autofree guint8 *copy = lt_build_exact(message->data, len);

    g_assert_cmpint(lt_name_binding_read(&question, copy, len, &given), ==, LT_WIRE_NEED_MORE);
  }
  g_assert_cmpint(
      lt_name_binding_read(&question, query->data, query->len, &given), ==, LT_WIRE_NOT_MINE);
}

/* One name at @n addresses from @first on. */
static LtNameBindings
binding_of(const char *domain, const char *first, guint n)
{
  LtNameBindings given = {.n_names = 1, .n_addresses = n};

  given.names[0].len = (guint8) g_strlcpy(given.names[0].name, domain, LT_HOST_MAX_LEN);
  for (guint i = 0; i < n; i++) {
    given.addresses[i] = address_of(first);
    given.addresses[i].bytes[3] = (guint8) (given.addresses[i].bytes[3] + i);
  }
  return given;
}

static void
test_remembered(void)
{
  g_autoptr(LtAnswers) answers = lt_answers_open(NULL, NULL);
  LtNameBindings given = binding_of("example.com", "198.51.100.1", 2);
  LtAddress second = address_of("198.51.100.2"), third = address_of("198.51.100.3");
  /* Minutes come round at every start. */
  static const gint64 starts[] = {0, 1, 65535, 65536 + 7};

  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
    gint64 now = starts[i] * MINUTE_US, kept = (gint64) LT_ANSWERS_KEPT_S * G_USEC_PER_SEC;

    lt_answers_note(answers, 1001, &given, now);
    g_assert_true(lt_answers_has(answers, 1001, &second, "www.example.com", now));
    g_assert_true(lt_answers_has(answers, 1001, &second, "example.com", now + kept));
    g_assert_false(lt_answers_has(answers, 1001, &second, "example.com", now + kept + MINUTE_US));
    g_assert_false(lt_answers_has(answers, 1001, &third, "example.com", now));
    g_assert_false(lt_answers_has(answers, 1001, &second, "example.net", now));
    g_assert_false(lt_answers_has(answers, 1002, &second, "example.com", now));
  }
}

/* A child that asks for everything there is pushes out its own answers, not its sister's. */
static void
test_flood(void)
{
  g_autoptr(LtAnswers) answers = lt_answers_open(NULL, NULL);
  guint n_kept = 0, n_sites = 2000;

  for (guint i = 0; i < n_sites; i++) {
    g_autofree char *domain = g_strdup_printf("site%u.example", i);
    LtNameBindings given = binding_of(domain, "198.51.100.1", 1);

    lt_answers_note(answers, 1001, &given, 0);
  }
  for (guint i = 0; i < 300000; i++) {
    g_autofree char *domain = g_strdup_printf("flood%u.example", i);
    LtNameBindings given = binding_of(domain, "198.51.100.1", 1);

    lt_answers_note(answers, 1002, &given, 10 * MINUTE_US);
  }
  for (guint i = 0; i < n_sites; i++) {
    g_autofree char *domain = g_strdup_printf("site%u.example", i);
    LtAddress address = address_of("198.51.100.1");

    if (lt_answers_has(answers, 1001, &address, domain, 10 * MINUTE_US))
      n_kept++;
  }
  /* Where more than half a set were hers by chance, she keeps half. */
  g_assert_cmpuint(n_kept, >=, n_sites - n_sites / 100);
}

static void
test_outlives(void)
{
  g_autofree char *folder = g_dir_make_tmp("luytre-answers-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "answers", NULL);
  LtNameBindings given = binding_of("example.com", "198.51.100.1", 1);
  g_autoptr(LtAnswers) first = lt_answers_open(path, NULL);
  g_autoptr(GError) error = NULL;

  lt_answers_note(first, 1001, &given, 0);
  g_clear_pointer(&first, lt_answers_free);
  first = lt_answers_open(path, &error);
  g_assert_no_error(error);
  g_assert_true(lt_answers_has(first, 1001, &given.addresses[0], "example.com", 0));
  g_clear_pointer(&first, lt_answers_free);

  /* Another form is begun anew. */
  g_assert_true(g_file_set_contents(path, "luytre", 6, NULL));
  first = lt_answers_open(path, &error);
  g_assert_no_error(error);
  g_assert_false(lt_answers_has(first, 1001, &given.addresses[0], "example.com", 0));
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_rmdir(folder), ==, 0);
  g_assert_null(lt_answers_open(path, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

typedef struct {
  LtAnswers *answers;
  gint stop; /* atomic */
} Race;

/* Few names, so that none must make room for another: that is test_flood's. */
static gpointer
write_on(gpointer data)
{
  Race *race = data;

  for (guint i = 0; !g_atomic_int_get(&race->stop); i++) {
    g_autofree char *domain = g_strdup_printf("other%u.example", i % 64);
    LtNameBindings given = binding_of(domain, "198.51.100.9", 1);
    LtNameBindings steady = binding_of("example.com", "198.51.100.1", 1);

    lt_answers_note(race->answers, 1001, &given, 0);
    lt_answers_note(race->answers, 1001, &steady, 0);
  }
  return NULL;
}

/* What is given out again and again is there at every moment, and what never was is not. */
static void
test_race(void)
{
  g_autoptr(LtAnswers) answers = lt_answers_open(NULL, NULL);
  Race race = {.answers = answers};
  LtNameBindings steady = binding_of("example.com", "198.51.100.1", 1);
  GThread *writer;

  lt_answers_note(answers, 1001, &steady, 0);
  writer = g_thread_new("writer", write_on, &race);
  for (guint i = 0; i < 20000; i++) {
    g_assert_true(lt_answers_has(answers, 1001, &steady.addresses[0], "www.example.com", 0));
    g_assert_false(lt_answers_has(answers, 1001, &steady.addresses[0], "example.org", 0));
  }
  g_atomic_int_set(&race.stop, TRUE);
  g_thread_join(writer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/name-binding/hash", test_hash);
  g_test_add_func("/name-binding/domains", test_domains);
  g_test_add_func("/name-binding/exempt", test_exempt);
  g_test_add_func("/name-binding/read", test_read);
  g_test_add_func("/name-binding/remembered", test_remembered);
  g_test_add_func("/name-binding/flood", test_flood);
  g_test_add_func("/name-binding/outlives", test_outlives);
  g_test_add_func("/name-binding/race", test_race);
  return g_test_run();
}
