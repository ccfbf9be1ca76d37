/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The properties of both objects, each decided by the table like a call. */
#include "agent/bus/service-private.h"

/* (transfer floating) (nullable) */
static GVariant *
read_property(LtCall *call, const char *interface, const char *property)
{
  if (g_str_equal(interface, LT_BUS_AGENT_INTERFACE))
    return g_str_equal(property, "Version") ? g_variant_new_string(LUYTRE_VERSION) : NULL;
  const LtChildRules *child =
      lt_rule_set_find_uid(lt_house_rules(call->service->house), call->object_uid);
  if (child == NULL)
    return NULL;
  if (g_str_equal(property, "Uid"))
    return g_variant_new_uint32(lt_child_rules_uid(child));
  if (g_str_equal(property, "User"))
    return g_variant_new_string(lt_child_rules_user(child));
  if (g_str_equal(property, "Profile"))
    return g_variant_new_string(lt_child_rules_profile(child));
  if (g_str_equal(property, "ReviewedUntil"))
    return g_variant_new_int64(lt_reviews_utc_until(call->service->reviews, call->object_uid));
  return NULL;
}

static void
get(LtCall *call)
{
  GVariant *value = read_property(call, call->rule->interface, call->rule->member);
  if (value != NULL)
    lt_call_return(call, g_variant_new("(v)", value));
  else
    lt_call_fail(call, LT_BUS_ERROR_NO_SUCH, "no property %s", call->rule->member);
}

static void
get_all(LtCall *call)
{
  GVariantDict dict;
  gsize n_rules = 0;
  const char *interface = NULL;
  const LtAccessRule *table = lt_access_table(&n_rules);
  g_variant_get(lt_call_arguments(call), "(&s)", &interface);
  g_variant_dict_init(&dict, NULL);
  for (gsize i = 0; i < n_rules; i++) {
    if (!g_str_equal(table[i].interface, interface) ||
        lt_access_decide(&table[i], &call->caller, call->object_uid) != LT_ACCESS_ALLOW)
      continue;
    GVariant *value = read_property(call, interface, table[i].member);
    if (value != NULL)
      g_variant_dict_insert_value(&dict, table[i].member, value);
  }
  lt_call_return(call, g_variant_new("(@a{sv})", g_variant_dict_end(&dict)));
}

LtCallHandler
lt_properties_find(const char *member)
{
  if (g_str_equal(member, "Get"))
    return get;
  if (g_str_equal(member, "GetAll"))
    return get_all;
  return NULL;
}
