/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of every child on this machine at one moment: immutable, reference-counted, total. */
#pragma once

#include "policy/decision.h"
#include "policy/host-set.h"
#include "policy/lookalike.h"
#include "policy/settings.h"

#include <glib.h>

G_BEGIN_DECLS

/* Slot 0 means "not a child". Bounded by the bits of the ct mark (agent/net/mark.h). */
#define LT_SLOT_MAX 1023

typedef struct _LtPolicy LtPolicy;   /* one parsed document: policy/policy.h */
typedef struct _LtRuleSet LtRuleSet; /* opaque; shared by threads, never changed */
typedef struct _LtChildRules LtChildRules;

/**
 * LtAccount:
 * @uid: the account's uid
 * @slot: 1 to %LT_SLOT_MAX, unique in the rule set, stable while the agent lives
 * @user: its name
 * @groups: (array zero-terminated=1): names of its groups, or NULL
 *
 * One account that the policy may be about. Who they are is the agent's knowledge (NSS); which of
 * them are children is the policy's.
 */
typedef struct {
  guint32 uid;
  guint16 slot;
  const char *user;
  const char *const *groups;
} LtAccount;

/**
 * LtGrant:
 * @id: its number in the store
 * @uid: for whom
 * @host: a normalised host name; holds for it and the names below it
 * @utc_from_s: starts, seconds since the epoch
 * @utc_until_s: ends (the first second that is not granted); G_MAXINT64: until revoked
 */
typedef struct {
  gint64 id;
  guint32 uid;
  const char *host;
  gint64 utc_from_s;
  gint64 utc_until_s;
} LtGrant;

/**
 * lt_rule_set_new:
 * @documents: (array length=n_documents): policies, in any order; a reference is taken of each
 * @accounts: (array length=n_accounts): copied
 * @grants: (array length=n_grants): copied
 *
 * Joins presets, site and household into what each child may do. Accounts that no document names as
 * a child get no rules. Cannot fail: documents were validated when they were parsed.
 */
LtRuleSet *lt_rule_set_new(LtPolicy *const *documents,
                           gsize n_documents,
                           const LtAccount *accounts,
                           gsize n_accounts,
                           const LtGrant *grants,
                           gsize n_grants);

/**
 * LtSiteSources:
 * @lists: (nullable): which sites are of which category, by block lists
 * @lookalikes: (nullable): names that imitate others are scams, brands of betting are gambling
 *
 * What is known of sites beside the documents.
 */
typedef struct {
  LtHostSet *lists;
  LtLookalikes *lookalikes;
} LtSiteSources;

/**
 * lt_rule_set_new_with_sources:
 * @known: references are taken
 *
 * As lt_rule_set_new(), which knows nothing beside the documents.
 */
LtRuleSet *lt_rule_set_new_with_sources(LtPolicy *const *documents,
                                        gsize n_documents,
                                        const LtAccount *accounts,
                                        gsize n_accounts,
                                        const LtGrant *grants,
                                        gsize n_grants,
                                        const LtSiteSources *known);
LtRuleSet *lt_rule_set_ref(LtRuleSet *rules);
void lt_rule_set_unref(LtRuleSet *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtRuleSet, lt_rule_set_unref)

/* FALSE when no household or site document was given: every decision is then "no rules". */
gboolean lt_rule_set_has_rules(const LtRuleSet *rules);

/**
 * lt_rule_set_problems:
 *
 * Returns: (array zero-terminated=1): what is wrong between documents (a profile, base or budget
 * that none has, a rule that would block a help channel), each with file, line, column and pointer;
 * owned by @rules. A child whose profile is missing is closed but for help channels.
 */
const char *const *lt_rule_set_problems(const LtRuleSet *rules);

/* The children, in slot order. */
gsize lt_rule_set_n_children(const LtRuleSet *rules);
const LtChildRules *lt_rule_set_child(const LtRuleSet *rules, gsize index);
/* NULL when the slot or the uid is no child's. Constant time for the slot. */
const LtChildRules *lt_rule_set_find_slot(const LtRuleSet *rules, guint16 slot);
const LtChildRules *lt_rule_set_find_uid(const LtRuleSet *rules, guint32 uid);

guint32 lt_child_rules_uid(const LtChildRules *child);
guint16 lt_child_rules_slot(const LtChildRules *child);
const char *lt_child_rules_user(const LtChildRules *child);
const char *lt_child_rules_profile(const LtChildRules *child);

/**
 * lt_child_rules_decide_site:
 * @child: (nullable): whose rules; NULL decides as "no rules"
 * @host: a normalised host name or address (policy/host.h)
 * @utc_now_s: the moment
 *
 * Help channel, live grant, own entry (longest first), categories (strictest), default: the first
 * that answers, and never milder than a locked setting of a lower layer. A grant opens what a lock
 * asks for, not what a lock blocks. Known encrypted DNS and known outer names of ECH
 * (policy/encrypted-dns.h) are blocked as %LT_REASON_ENCRYPTED_DNS and %LT_REASON_HIDDEN_NAME,
 * unless an entry or a grant is about that very name or one below it: "google.com" does not open
 * "dns.google.com", "dns.google.com" does. An address without an entry or grant of its own is
 * decided as %LT_REASON_ADDRESS. Total; does not allocate; safe in any thread that holds a
 * reference of the rule set. Falls closed: a malformed @host is blocked.
 */
LtDecision
lt_child_rules_decide_site(const LtChildRules *child, const char *host, gint64 utc_now_s);

/**
 * lt_child_rules_decide_nameless:
 * @reason: %LT_REASON_ADDRESS, _NO_NAME, _UNKNOWN_PROTOCOL, _VPN, _PROXY, _UNDECIDED, _BAD_NAME,
 * _TAMPERING, _QUIC, _FORGOTTEN, _ENCRYPTED_DNS, _HIDDEN_NAME or _OTHER_ADDRESS
 *
 * What happens to a connection that names no site. "unknown-protocols" of the child decides the
 * first three, "vpn" the next two; the others are always blocked, _OTHER_ADDRESS by "name-binding".
 */
LtDecision lt_child_rules_decide_nameless(const LtChildRules *child, LtReason reason);

/* What sets a child's DNS answers and what happens to its tunnels; locks of lower layers hold. */
gboolean lt_child_rules_safe_search(const LtChildRules *child);
LtYoutube lt_child_rules_youtube(const LtChildRules *child);
LtNameBinding lt_child_rules_name_binding(const LtChildRules *child);
/* Allow, warn or block. */
LtAction lt_child_rules_vpn(const LtChildRules *child);

/**
 * lt_rule_set_next_change_s:
 *
 * Returns: the next instant after @utc_now_s at which a decision may change by itself (a grant
 * starts or ends), G_MAXINT64 if none is known. The agent then raises the policy epoch.
 */
gint64 lt_rule_set_next_change_s(const LtRuleSet *rules, gint64 utc_now_s);

G_END_DECLS
