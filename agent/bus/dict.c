/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions, requests and grants in the bus contract's dictionaries (a{sv}). */
#include "agent/bus/dict.h"

static const char *
state_to_string(LtRequestState state)
{
  switch (state) {
  case LT_REQUEST_OPEN:
    return "open";
  case LT_REQUEST_GRANTED:
    return "granted";
  case LT_REQUEST_REFUSED:
    return "refused";
  case LT_REQUEST_EXPIRED:
    return "expired";
  }
  return "expired";
}

void
lt_dict_decision_begin(GVariantDict *dict, const char *name, const LtDecision *decision)
{
  g_variant_dict_init(dict, NULL);
  g_variant_dict_insert(dict, "name", "s", name);
  g_variant_dict_insert(dict, "action", "s", lt_action_to_string(decision->action));
  g_variant_dict_insert(dict, "reason", "s", lt_reason_to_string(decision->reason));
  g_variant_dict_insert(dict, "owner", "s", lt_owner_to_string(decision->owner));
  g_variant_dict_insert(dict, "rule", "s", decision->rule);
  if (decision->list != NULL)
    g_variant_dict_insert(dict, "list", "s", decision->list);
  g_variant_dict_insert(dict, "until", "x", decision->utc_until_s);
}

GVariant *
lt_dict_decision(const char *name, const LtDecision *decision)
{
  GVariantDict dict;
  lt_dict_decision_begin(&dict, name, decision);
  return g_variant_dict_end(&dict);
}

GVariant *
lt_dict_request(const LtRequestRecord *request, const char *user)
{
  GVariantDict dict;
  g_variant_dict_init(&dict, NULL);
  g_variant_dict_insert(&dict, "id", "x", request->id);
  g_variant_dict_insert(&dict, "uid", "u", request->uid);
  g_variant_dict_insert(&dict, "user", "s", user);
  g_variant_dict_insert(&dict, "kind", "s", request->kind);
  g_variant_dict_insert(&dict, "what", "s", request->what);
  g_variant_dict_insert(&dict, "words", "s", request->words);
  g_variant_dict_insert(&dict, "asked", "x", request->utc_asked_s);
  g_variant_dict_insert(&dict, "state", "s", state_to_string(request->state));
  g_variant_dict_insert(&dict, "answered", "x", request->utc_answered_s);
  g_variant_dict_insert(&dict, "note", "s", request->note);
  return g_variant_dict_end(&dict);
}

GVariant *
lt_dict_grant(const LtGrantRecord *grant, const char *user)
{
  GVariantDict dict;
  g_variant_dict_init(&dict, NULL);
  g_variant_dict_insert(&dict, "id", "x", grant->id);
  g_variant_dict_insert(&dict, "uid", "u", grant->uid);
  g_variant_dict_insert(&dict, "user", "s", user);
  g_variant_dict_insert(&dict, "kind", "s", grant->kind);
  g_variant_dict_insert(&dict, "what", "s", grant->what);
  g_variant_dict_insert(&dict, "from", "x", grant->utc_from_s);
  g_variant_dict_insert(&dict, "until", "x", grant->utc_until_s);
  g_variant_dict_insert(&dict, "request", "x", grant->request);
  g_variant_dict_insert(&dict, "by", "u", grant->by_uid);
  g_variant_dict_insert(&dict, "note", "s", grant->note);
  return g_variant_dict_end(&dict);
}
