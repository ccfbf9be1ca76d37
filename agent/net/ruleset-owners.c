/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table's rules for flows that pass from one account to another. */

#include "agent/net/ruleset-owners.h"

static void
append_uids(GString *text, const LtRulesetChild *child)
{
  for (gsize i = 0; i < child->n_uids; i++) {
    const LtUidRange *range = &child->uids[i];
    g_string_append_printf(text, "%s%u", i > 0 ? ", " : "", range->first);
    if (range->last != range->first)
      g_string_append_printf(text, "-%u", range->last);
  }
}

static void
append_map(GString *text, guint shift, const LtRulesetChild *children, gsize n_children)
{
  g_autoptr(GString) owners = g_string_new(NULL);
  g_autoptr(GString) same = g_string_new(NULL);
  for (gsize i = 0; i < n_children; i++) {
    guint32 slot = lt_mark_slot_bits(shift, children[i].slot);
    g_string_append_printf(same, "%s0x%08x . 0x%08x", i > 0 ? ", " : "", slot, slot);
    if (children[i].n_uids == 0)
      continue;
    g_string_append_printf(text, "  chain own_%u {\n    meta skuid != { ", children[i].slot);
    append_uids(text, &children[i]);
    g_string_append(text, " } goto taken\n  }\n");
    g_string_append_printf(
        owners, "%s0x%08x : goto own_%u", owners->len > 0 ? ", " : "", slot, children[i].slot);
  }
  g_string_append(text, "  map owners {\n    type mark : verdict\n");
  if (owners->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", owners->str);
  g_string_append(text, "  }\n  set same_slot {\n    type mark . mark\n");
  if (same->len > 0)
    g_string_append_printf(text, "    elements = { %s }\n", same->str);
  g_string_append(text, "  }\n");
}

void
lt_ruleset_append_owners(GString *text,
                         const LtRulesetOptions *options,
                         const LtRulesetChild *children,
                         gsize n_children)
{
  guint shift = options->mark_shift;
  append_map(text, shift, children, n_children);
  /* A slot that is nobody's any more was a child's who has been released. */
  g_string_append_printf(text,
                         "  chain owned {\n"
                         "    ct mark & 0x%08x vmap @owners\n"
                         "    meta skuid @kids goto taken\n"
                         "  }\n"
                         "  chain taken {\n"
                         "    ct status & dnat == dnat goto deny\n"
                         "    ct mark set ct mark & 0x%08x\n"
                         "    meta skuid vmap @stamps\n"
                         "    accept\n"
                         "  }\n",
                         lt_mark_slot_mask(shift),
                         ~lt_mark_field_mask(shift));
}
