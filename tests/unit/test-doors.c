/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Access control lists that hold accounts to reading, the bus' rules, and the list for the helper.
 */

#include "agent/doors/acl.h"
#include "agent/doors/bus-rules.h"
#include "agent/doors/uid-list.h"

#include <string.h>

#define HEAD "\2\0\0\0"
#define NOBODY "\xff\xff\xff\xff"
#define USER_OBJ(bits) "\1\0" bits "\0" NOBODY
#define USER(bits, id) "\2\0" bits "\0" id
#define GROUP_OBJ(bits) "\4\0" bits "\0" NOBODY
#define GROUP(bits, id) "\10\0" bits "\0" id
#define MASK(bits) "\20\0" bits "\0" NOBODY
#define OTHER(bits) "\40\0" bits "\0" NOBODY
#define ID_1001 "\xe9\3\0\0"
#define ID_1002 "\xea\3\0\0"
#define ID_70000 "\x70\x11\1\0"
#define BYTES(text) (text), sizeof(text) - 1

typedef struct {
  const char *label;
  const char *former;
  gsize former_len;
  guint mode;
  guint32 uids[3]; /* 0: no more */
  const char *wished;
  gsize wished_len; /* 0: no list is needed */
} Row;

/* clang-format off */
static const Row rows[] = {
    {"a plain socket, nobody", NULL, 0, 0140666, {0}, NULL, 0},
    {"a plain socket, one", NULL, 0, 0140666, {1001},
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\6"))},
    {"who may differ", NULL, 0, 0140640, {1001},
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\4") MASK("\4") OTHER("\0"))},
    {"in the order of their numbers", NULL, 0, 0777, {70000, 1002, 1001},
     BYTES(HEAD USER_OBJ("\7") USER("\4", ID_1001) USER("\4", ID_1002) USER("\4", ID_70000)
           GROUP_OBJ("\7") MASK("\7") OTHER("\7"))},
    {"one instead of another",
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\6")),
     0, {1002},
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1002) GROUP_OBJ("\6") MASK("\6") OTHER("\6"))},
    {"let go",
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\6")),
     0, {0}, NULL, 0},
    {"somebody else's entries stay",
     BYTES(HEAD USER_OBJ("\6") USER("\6", ID_70000) GROUP_OBJ("\6") GROUP("\0", ID_1002) MASK("\2")
           OTHER("\0")),
     0, {1001},
     BYTES(HEAD USER_OBJ("\6") USER("\6", ID_70000) USER("\4", ID_1001) GROUP_OBJ("\6")
           GROUP("\0", ID_1002) MASK("\2") OTHER("\0"))},
    {"and when all are let go",
     BYTES(HEAD USER_OBJ("\6") USER("\6", ID_70000) USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\2")
           OTHER("\0")),
     0, {0}, BYTES(HEAD USER_OBJ("\6") USER("\6", ID_70000) GROUP_OBJ("\6") MASK("\2") OTHER("\0"))},
    {"a right of the same account gives way",
     BYTES(HEAD USER_OBJ("\6") USER("\6", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\0")),
     0, {1001},
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\0"))},
    {"no list at all: the mode", BYTES("\2\0\0\0\1"), 0666, {1001},
     BYTES(HEAD USER_OBJ("\6") USER("\4", ID_1001) GROUP_OBJ("\6") MASK("\6") OTHER("\6"))},
};
/* clang-format on */

static GArray *
uids_of(const guint32 *uids, gsize n_at_most)
{
  GArray *array = g_array_new(FALSE, FALSE, sizeof(guint32));
  for (gsize i = 0; i < n_at_most && uids[i] != 0; i++)
    g_array_append_val(array, uids[i]);
  return array;
}

static void
assert_list(GBytes *list, const Row *row)
{
  gsize len = 0;
  const char *data = list != NULL ? g_bytes_get_data(list, &len) : NULL;
  g_assert_cmpmem(data, len, row->wished, row->wished_len);
}

static void
test_hold(gconstpointer data)
{
  const Row *row = data;
  g_autoptr(GArray) uids = uids_of(row->uids, G_N_ELEMENTS(row->uids));
  g_autoptr(GBytes) former = row->former != NULL ? g_bytes_new(row->former, row->former_len) : NULL;
  g_autoptr(GBytes) list = lt_acl_hold(former, row->mode, uids);
  assert_list(list, row);
  g_autoptr(GBytes) again = lt_acl_hold(list, row->mode, uids);
  assert_list(again, row);
}

static void
test_bus_rules(void)
{
  static const char *const names[] = {"org.a", "org.b", NULL};
  g_autoptr(GArray) nobody = g_array_new(FALSE, FALSE, sizeof(guint32));
  g_autoptr(GArray) two = uids_of((const guint32[]){1001, 70000, 0}, 3);
  g_assert_null(lt_bus_rules_text(names, nobody));
  g_assert_null(lt_bus_rules_text(names + 2, two));
  g_autofree char *text = lt_bus_rules_text(names, two);
#define RULES "<deny send_destination=\"org.a\"/><deny send_destination=\"org.b\"/></policy>\n"
  g_assert_nonnull(strstr(text, "<policy user=\"1001\">" RULES));
  g_assert_nonnull(strstr(text, "<policy user=\"70000\">" RULES));
  g_assert_true(g_str_has_suffix(text, "</busconfig>\n"));
}

static void
test_uid_list(void)
{
  g_autoptr(GArray) uids = uids_of((const guint32[]){1001, 4294967294, 0}, 3);
  g_autofree char *text = lt_uid_list_write(uids);
  g_assert_cmpstr(text, ==, "1001\n4294967294\n");
  g_autoptr(GArray) read = lt_uid_list_read(text);
  g_assert_cmpmem(read->data, read->len * 4, uids->data, uids->len * 4);
  g_autoptr(GArray) none = lt_uid_list_read("");
  g_assert_cmpuint(none->len, ==, 0);
}

static void
test_no_uid_list(void)
{
  static const char *const texts[] = {
      "0\n",
      "-1\n",
      "+1\n",
      " 1\n",
      "1 \n",
      "4294967295\n",
      "4294967296\n",
      "na\n",
      "1\n\n2\n",
      "\n",
      "1\n\"/>\n",
      "0x10\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_assert_null(lt_uid_list_read(texts[i]));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strdup_printf("/doors/hold/%s", rows[i].label);
    g_test_add_data_func(path, &rows[i], test_hold);
  }
  g_test_add_func("/doors/bus-rules", test_bus_rules);
  g_test_add_func("/doors/uid-list", test_uid_list);
  g_test_add_func("/doors/no-uid-list", test_no_uid_list);
  return g_test_run();
}
