/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of who may call what is the contract's, member by member, and refuses what it must. */
#include "agent/bus/access.h"

#include "luytre-agent1.h"

#include <gio/gio.h>

static guint
count_members(const GDBusInterfaceInfo *interface)
{
  guint n = 0;
  for (guint i = 0; interface->methods != NULL && interface->methods[i] != NULL; i++, n++)
    g_assert_nonnull(lt_access_find(interface->name, interface->methods[i]->name));
  for (guint i = 0; interface->properties != NULL && interface->properties[i] != NULL; i++, n++)
    g_assert_nonnull(lt_access_find(interface->name, interface->properties[i]->name));
  return n;
}

static void
test_table_is_the_contract(void)
{
  gsize n_rules = 0;
  lt_access_table(&n_rules);
  g_assert_cmpuint(n_rules,
                   ==,
                   count_members(lt_bus_agent1_interface_info()) +
                       count_members(lt_bus_agent1_child_interface_info()));
}

static void
test_unknown(void)
{
  static const char *const unknown[][2] = {
      {LT_BUS_AGENT_INTERFACE, ""},
      {LT_BUS_AGENT_INTERFACE, "grant"},
      {LT_BUS_AGENT_INTERFACE, "Grant "},
      {LT_BUS_AGENT_INTERFACE, "Ask"},
      {LT_BUS_CHILD_INTERFACE, "Grant"},
      {"org.freedesktop.DBus.Properties", "Get"},
      {"", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++)
    g_assert_null(lt_access_find(unknown[i][0], unknown[i][1]));
}

/* Members that ask polkit name the action, and no others do. */
static void
test_actions(void)
{
  gsize n_rules = 0;
  const LtAccessRule *table = lt_access_table(&n_rules);
  for (gsize i = 0; i < n_rules; i++) {
    gboolean asks = table[i].who == LT_WHO_PARENT || table[i].who == LT_WHO_CHILD_OR_PARENT;
    g_assert_cmpint(asks, ==, table[i].action != NULL);
    if (asks)
      g_assert_true(g_str_has_prefix(table[i].action, "org.luytre.agent."));
  }
}

static void
test_decisions(void)
{
  enum {
    NO = LT_ACCESS_DENY,
    YES = LT_ACCESS_ALLOW,
    ASK = LT_ACCESS_ASK_POLKIT
  };
  static const struct {
    const char *label;
    LtCaller caller;
    guint32 object_uid;
    int expected[5]; /* by LtWho */
  } cases[] = {
      {"child, own object", {5, FALSE, TRUE}, 5, {YES, YES, YES, YES, NO}},
      {"child, another's", {5, FALSE, TRUE}, 6, {YES, NO, NO, NO, NO}},
      {"child, the agent", {5, FALSE, TRUE}, LT_ACCESS_NO_CHILD, {YES, YES, YES, YES, NO}},
      {"child and administrator", {5, TRUE, TRUE}, 6, {YES, NO, NO, NO, NO}},
      {"administrator", {7, TRUE, FALSE}, 5, {YES, NO, YES, ASK, ASK}},
      {"stranger", {8, FALSE, FALSE}, 5, {YES, NO, NO, ASK, ASK}},
      {"stranger, the agent", {8, FALSE, FALSE}, LT_ACCESS_NO_CHILD, {YES, NO, NO, ASK, ASK}},
      {"stranger, own uid", {8, FALSE, FALSE}, 8, {YES, NO, NO, ASK, ASK}},
      {"root", {0, TRUE, FALSE}, 5, {YES, NO, YES, YES, YES}},
      {"root that is a child", {0, TRUE, TRUE}, 5, {YES, NO, NO, NO, NO}},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    for (int who = 0; who < 5; who++) {
      LtAccessRule rule = {"i", "m", (LtWho) who, "a"};
      g_test_message("%s, who %d", cases[i].label, who);
      g_assert_cmpint(lt_access_decide(&rule, &cases[i].caller, cases[i].object_uid),
                      ==,
                      cases[i].expected[who]);
    }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/access/table-is-the-contract", test_table_is_the_contract);
  g_test_add_func("/access/unknown", test_unknown);
  g_test_add_func("/access/actions", test_actions);
  g_test_add_func("/access/decisions", test_decisions);
  return g_test_run();
}
