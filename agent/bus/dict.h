/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions, requests and grants in the bus contract's dictionaries (a{sv}). */
#pragma once

#include "agent/store/store.h"
#include "policy/decision.h"

#include <glib.h>

G_BEGIN_DECLS

/* All return (transfer floating). @user: "" when the account is no child any more. */
GVariant *lt_dict_decision(const char *name, const LtDecision *decision);
GVariant *lt_dict_request(const LtRequestRecord *request, const char *user);
GVariant *lt_dict_grant(const LtGrantRecord *grant, const char *user);

/* The open dictionary of lt_dict_decision(), to add to. */
void lt_dict_decision_begin(GVariantDict *dict, const char *name, const LtDecision *decision);

G_END_DECLS
