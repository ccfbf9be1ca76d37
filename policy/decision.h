/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was decided about a site for a child, why, and whose rule it was. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * LtAction:
 *
 * What happens to a connection. Ordered from the mildest to the strictest, so that "the strictest
 * of several" is the greatest value.
 *
 * @LT_ACTION_ALLOW: goes on.
 * @LT_ACTION_WARN: goes on, and the child is told.
 * @LT_ACTION_BUDGET: goes on while the named budget has time left.
 * @LT_ACTION_ASK: refused until a parent grants it; the child is invited to ask.
 * @LT_ACTION_BLOCK: refused; the child may ask all the same.
 */
typedef enum {
  LT_ACTION_ALLOW,
  LT_ACTION_WARN,
  LT_ACTION_BUDGET,
  LT_ACTION_ASK,
  LT_ACTION_BLOCK,
} LtAction;

/**
 * LtOwner:
 *
 * Whose rule answered. The layers of a household's policy stand in @LT_OWNER_HOUSEHOLD (a parent),
 * @LT_OWNER_SITE (a school or an administrator) and @LT_OWNER_PRESET (the package).
 */
typedef enum {
  LT_OWNER_DEFAULT,
  LT_OWNER_HELP,
  LT_OWNER_GRANT,
  LT_OWNER_HOUSEHOLD,
  LT_OWNER_SITE,
  LT_OWNER_PRESET,
  LT_OWNER_LIST,
} LtOwner;

/**
 * LtReason:
 *
 * Stable reason codes; clients turn them into words. Appended to, never renumbered.
 *
 * @LT_REASON_HELP: a help channel: never blocked, never logged.
 * @LT_REASON_GRANT: a parent's grant is running.
 * @LT_REASON_LISTED: the child's own allow or block entry.
 * @LT_REASON_CATEGORY: a category of the site decides.
 * @LT_REASON_DEFAULT: nothing else answered; the child's default does.
 * @LT_REASON_NO_RULES: no rules have ever been loaded: closed but for help channels.
 * @LT_REASON_BAD_NAME: the name is malformed or not a host name.
 * @LT_REASON_NO_NAME: a hello or request that names no site.
 * @LT_REASON_ADDRESS: the site is named by an IP address.
 * @LT_REASON_UNKNOWN_PROTOCOL: the program speaks something that names no site.
 * @LT_REASON_UNDECIDED: still without a name after the limits of the packet path.
 * @LT_REASON_TAMPERING: judged bytes were sent again with another content.
 * @LT_REASON_QUIC: QUIC that cannot be judged is refused; programs fall back to TCP.
 * @LT_REASON_FORGOTTEN: an older connection whose site is not known any more.
 * @LT_REASON_VPN: a VPN, Tor or a tunnel, which would carry everything past the rules.
 * @LT_REASON_PROXY: a proxy that would fetch sites in the child's place.
 * @LT_REASON_ENCRYPTED_DNS: DNS over TLS, HTTPS or QUIC; programs fall back to plain DNS.
 * @LT_REASON_HIDDEN_NAME: a hello that names only the outer site of an encrypted hello (ECH).
 * @LT_REASON_OTHER_ADDRESS: the address was never given out for the name that is asked for.
 * @LT_REASON_LOOKALIKE: the site imitates another one, @rule of the decision; no list has it.
 * @LT_REASON_STARTER: the package's list of sites that the youngest begin with has it.
 */
typedef enum {
  LT_REASON_HELP,
  LT_REASON_GRANT,
  LT_REASON_LISTED,
  LT_REASON_CATEGORY,
  LT_REASON_DEFAULT,
  LT_REASON_NO_RULES,
  LT_REASON_BAD_NAME,
  LT_REASON_NO_NAME,
  LT_REASON_ADDRESS,
  LT_REASON_UNKNOWN_PROTOCOL,
  LT_REASON_UNDECIDED,
  LT_REASON_TAMPERING,
  LT_REASON_QUIC,
  LT_REASON_FORGOTTEN,
  LT_REASON_VPN,
  LT_REASON_PROXY,
  LT_REASON_ENCRYPTED_DNS,
  LT_REASON_HIDDEN_NAME,
  LT_REASON_OTHER_ADDRESS,
  LT_REASON_LOOKALIKE,
  LT_REASON_STARTER,
} LtReason;

/**
 * LtDecision:
 * @action: what happens
 * @reason: why
 * @owner: whose rule
 * @rule: the entry that answered ("olm.vn", "games", "default"); never NULL; borrowed from the rule
 *   set that decided, or static
 * @list: (nullable): the block list that has the site, when @reason is %LT_REASON_CATEGORY and a
 *   list says so; borrowed like @rule
 * @utc_until_s: the decision holds until this instant, seconds since the epoch; 0: no end is known
 *
 * A decision by value.
 */
typedef struct {
  LtAction action;
  LtReason reason;
  LtOwner owner;
  const char *rule;
  const char *list;
  gint64 utc_until_s;
} LtDecision;

/**
 * lt_decision_lets_through:
 *
 * Returns: TRUE when the connection goes on (allow, warn, budget). A spent budget is no matter of
 *   this function: it is decided as %LT_ACTION_BLOCK.
 */
static inline gboolean
lt_decision_lets_through(const LtDecision *decision)
{
  return decision->action < LT_ACTION_ASK;
}

/* The words of the bus, of JSON output and of the audit trail: "allow", "warn", ... Static strings.
 */
const char *lt_action_to_string(LtAction action);
const char *lt_owner_to_string(LtOwner owner);
const char *lt_reason_to_string(LtReason reason);

G_END_DECLS
