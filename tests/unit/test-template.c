/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the places in sentences. */
#include "tray/template.h"

static const LtPlace places[] = {
    {"you", "con"},
    {"adult", "bố mẹ"},
    {"site", "{adult}.example"},
    {"late", "đến"},
    {"none", ""},
};

static const struct {
  const char *label;
  const char *sentence;
  const char *filled;
} rows[] = {
    {"plain", "Not this time", "Not this time"},
    {"empty", "", ""},
    {"one", "for {you}", "for con"},
    {"capital", "{You} did nothing wrong", "Con did nothing wrong"},
    {"capital of a letter beyond ASCII", "{Late} {late}", "Đến đến"},
    {"order", "{adult} {you} {adult}", "bố mẹ con bố mẹ"},
    {"a value is not searched", "{site}", "{adult}.example"},
    {"empty value", "a{none}b{None}c", "abc"},
    {"unknown", "{who} {you}", "{who} con"},
    {"prefix of a name", "{yo} {your}", "{yo} {your}"},
    {"no name", "{} {you}", "{} con"},
    {"open at the end", "{you} {", "con {"},
    {"never closed", "{you {adult", "{you {adult"},
    {"nested", "{{you}}", "{con}"},
};

static void
test_fill(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].label);
    g_autofree char *filled = lt_template_fill(rows[i].sentence, places, G_N_ELEMENTS(places));
    g_assert_cmpstr(filled, ==, rows[i].filled);
  }
}

static void
test_no_places(void)
{
  g_autofree char *filled = lt_template_fill("{you}", NULL, 0);
  g_assert_cmpstr(filled, ==, "{you}");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/template/fill", test_fill);
  g_test_add_func("/template/no-places", test_no_places);
  return g_test_run();
}
