/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of actions, owners and reasons, as the bus, JSON output and the audit trail say them.
 */
#include "policy/decision.h"

const char *
lt_action_to_string(LtAction action)
{
  switch (action) {
  case LT_ACTION_ALLOW:
    return "allow";
  case LT_ACTION_WARN:
    return "warn";
  case LT_ACTION_BUDGET:
    return "budget";
  case LT_ACTION_ASK:
    return "ask";
  case LT_ACTION_BLOCK:
    return "block";
  }
  g_return_val_if_reached("block");
}

const char *
lt_owner_to_string(LtOwner owner)
{
  switch (owner) {
  case LT_OWNER_DEFAULT:
    return "default";
  case LT_OWNER_HELP:
    return "help";
  case LT_OWNER_GRANT:
    return "grant";
  case LT_OWNER_HOUSEHOLD:
    return "household";
  case LT_OWNER_SITE:
    return "site";
  case LT_OWNER_PRESET:
    return "preset";
  case LT_OWNER_LIST:
    return "list";
  }
  g_return_val_if_reached("default");
}

const char *
lt_reason_to_string(LtReason reason)
{
  switch (reason) {
  case LT_REASON_HELP:
    return "help";
  case LT_REASON_GRANT:
    return "grant";
  case LT_REASON_LISTED:
    return "listed";
  case LT_REASON_CATEGORY:
    return "category";
  case LT_REASON_DEFAULT:
    return "default";
  case LT_REASON_NO_RULES:
    return "no-rules";
  case LT_REASON_BAD_NAME:
    return "bad-name";
  case LT_REASON_NO_NAME:
    return "no-name";
  case LT_REASON_ADDRESS:
    return "address";
  case LT_REASON_UNKNOWN_PROTOCOL:
    return "unknown-protocol";
  case LT_REASON_UNDECIDED:
    return "undecided";
  case LT_REASON_TAMPERING:
    return "tampering";
  case LT_REASON_QUIC:
    return "quic";
  case LT_REASON_FORGOTTEN:
    return "forgotten";
  case LT_REASON_VPN:
    return "vpn";
  case LT_REASON_PROXY:
    return "proxy";
  case LT_REASON_ENCRYPTED_DNS:
    return "encrypted-dns";
  case LT_REASON_HIDDEN_NAME:
    return "hidden-name";
  case LT_REASON_OTHER_ADDRESS:
    return "other-address";
  case LT_REASON_LOOKALIKE:
    return "lookalike";
  case LT_REASON_STARTER:
    return "starter";
  }
  g_return_val_if_reached("undecided");
}
