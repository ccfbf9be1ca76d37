/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the agent well? Rules, firewall, queues, DNS, store and kernel, each in a line. */
#include "agent/doctor.h"

#include "agent/kernel-features.h"

static void
check_admin(guint32 uid, const char *user, gboolean is_admin, gpointer checks)
{
  if (is_admin)
    lt_checks_add(checks,
                  "child-is-admin",
                  "weak",
                  "%s is a child and in an administrators' group: nothing holds against root",
                  user);
}

static void
check_rules(GPtrArray *checks, LtHouse *house)
{
  LtRuleSet *rules = lt_house_rules(house);
  const char *const *problems = lt_house_problems(house);
  if (lt_rule_set_has_rules(rules))
    lt_checks_add(checks, "rules", "ok", "in force");
  else
    lt_checks_add(checks, "rules", "weak", "there are none yet: see luytrectl rules set");
  gsize n_children = lt_rule_set_n_children(rules);
  lt_checks_add(checks, "children", "info", "%" G_GSIZE_FORMAT " with rules", n_children);
  for (gsize i = 0; problems[i] != NULL; i++)
    lt_checks_add(checks, "rules-problem", "weak", "%s", problems[i]);
  lt_house_for_each_child(house, check_admin, checks);
}

static void
check_firewall(GPtrArray *checks, const LtGuardHealth *guard)
{
  if (guard->broken)
    lt_checks_add(checks, "firewall", "broken", "the packet path failed and will be restarted");
  else if (guard->table_in_place)
    lt_checks_add(checks, "firewall", "ok", "table in place, epoch %u", guard->epoch);
  else
    lt_checks_add(checks, "firewall", "broken", "the table is gone: nothing is enforced");
  lt_checks_add(checks,
                "queue",
                "info",
                "%s; %" G_GUINT64_FORMAT " packets queued for %" G_GUINT64_FORMAT
                " flows, %" G_GUINT64_FORMAT " refused",
                guard->queue_is_native ? "queue of nftables" : "xt queue",
                guard->n_queued,
                guard->n_judged,
                guard->n_denied);
  guint64 n_dropped = guard->n_queue_dropped + guard->n_user_dropped;
  if (n_dropped == 0)
    lt_checks_add(checks, "queue-drops", "ok", "none");
  else
    lt_checks_add(checks,
                  "queue-drops",
                  "weak",
                  "%" G_GUINT64_FORMAT " packets of children dropped: queue full %" G_GUINT64_FORMAT
                  ", reader slow %" G_GUINT64_FORMAT,
                  n_dropped,
                  guard->n_queue_dropped,
                  guard->n_user_dropped);
  lt_checks_add(checks,
                "name-binding",
                "info",
                "%" G_GUINT64_FORMAT " connections to a site at an address that DNS had not given",
                guard->n_elsewhere);
  if (guard->n_tuns > 0)
    lt_checks_add(checks,
                  "tun-devices",
                  "info",
                  "%u that a child may use: what comes in on them is dropped",
                  guard->n_tuns);
  if (guard->n_events_dropped > 0)
    lt_checks_add(checks,
                  "notices",
                  "info",
                  "%" G_GUINT64_FORMAT " were too many at once and not told",
                  guard->n_events_dropped);
}

static void
check_dns(GPtrArray *checks, const LtDnsProxyStats *dns)
{
  if (dns->n_upstreams == 0)
    lt_checks_add(
        checks, "dns-servers", "broken", "the system names none: children cannot look up names");
  else
    lt_checks_add(checks, "dns-servers", "ok", "%u of the system", dns->n_upstreams);
  lt_checks_add(checks,
                "dns",
                "info",
                "%" G_GUINT64_FORMAT " questions, %" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT
                " without an answer in time, %" G_GUINT64_FORMAT " dropped",
                dns->n_questions,
                dns->n_refused,
                dns->n_timeouts,
                dns->n_dropped);
}

static void
check_store(GPtrArray *checks, const LtStoreHealth *store)
{
  if (!store->is_in_place)
    lt_checks_add(checks, "store", "broken", "removed or replaced: the next start begins anew");
  else
    lt_checks_add(checks,
                  "store",
                  store->is_sound ? "ok" : "broken",
                  "%s",
                  store->is_sound ? "sound" : "damaged: the next start moves it aside");
  if (store->not_on_disk != NULL)
    lt_checks_add(checks,
                  "store-disk",
                  "broken",
                  "requests and grants are in memory until the next start: %s",
                  store->not_on_disk);
  if (store->moved_aside != NULL)
    lt_checks_add(checks, "store-damaged", "weak", "a damaged one is at %s", store->moved_aside);
  if (store->audit_is_whole)
    lt_checks_add(
        checks, "audit", "ok", "%" G_GUINT64_FORMAT " entries, the chain holds", store->n_audit);
  else
    lt_checks_add(checks,
                  "audit",
                  "broken",
                  "somebody changed the audit trail after entry %" G_GUINT64_FORMAT,
                  store->n_audit);
}

GVariant *
lt_doctor_examine(LtHouse *house,
                  LtDoors *doors,
                  const LtGuardHealth *guard,
                  const LtStoreHealth *store)
{
  GVariantBuilder builder;
  g_autoptr(GPtrArray) checks = lt_checks_new();
  lt_checks_add(checks, "agent", "info", "luytred " LUYTRE_VERSION);
  check_rules(checks, house);
  if (guard != NULL) {
    check_firewall(checks, guard);
    check_dns(checks, &guard->dns);
  } else {
    lt_checks_add(checks, "firewall", "broken", "the packet path does not run");
  }
  lt_doors_check(doors, checks);
  if (store != NULL)
    check_store(checks, store);
  else
    lt_checks_add(checks, "store", "broken", "it does not answer");
  lt_checks_add(checks, "lists", "info", "none installed");
  lt_kernel_features_check(checks);
  g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sss)"));
  for (guint i = 0; i < checks->len; i++) {
    const LtCheck *check = checks->pdata[i];
    g_variant_builder_add(&builder, "(sss)", check->name, check->state, check->words);
  }
  return g_variant_builder_end(&builder);
}
