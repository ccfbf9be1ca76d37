/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The errors of the bus contract, org.luytre.Error.*. */
#include "agent/bus/bus-error.h"

#include "agent/bus/polkit.h"
#include "agent/store/store.h"
#include "policy/policy.h"

static const GDBusErrorEntry entries[] = {
    {LT_BUS_ERROR_DENIED, "org.luytre.Error.Denied"},
    {LT_BUS_ERROR_INVALID, "org.luytre.Error.Invalid"},
    {LT_BUS_ERROR_NO_SUCH, "org.luytre.Error.NoSuch"},
    {LT_BUS_ERROR_LIMIT, "org.luytre.Error.Limit"},
    {LT_BUS_ERROR_FAILED, "org.luytre.Error.Failed"},
};

GQuark
lt_bus_error_quark(void)
{
  static gsize quark;
  g_dbus_error_register_error_domain("lt-bus-error-quark", &quark, entries, G_N_ELEMENTS(entries));
  return (GQuark) quark;
}

static LtBusError
code_from(const GError *cause)
{
  if (cause->domain == LT_BUS_ERROR)
    return (LtBusError) cause->code;
  if (cause->domain == LT_POLICY_ERROR)
    return LT_BUS_ERROR_INVALID;
  if (g_error_matches(cause, LT_STORE_ERROR, LT_STORE_ERROR_FULL))
    return LT_BUS_ERROR_LIMIT;
  if (g_error_matches(cause, LT_STORE_ERROR, LT_STORE_ERROR_MISSING))
    return LT_BUS_ERROR_NO_SUCH;
  if (g_error_matches(cause, LT_POLKIT_ERROR, LT_POLKIT_ERROR_NO) ||
      g_error_matches(cause, LT_POLKIT_ERROR, LT_POLKIT_ERROR_NEEDS_PASSWORD))
    return LT_BUS_ERROR_DENIED;
  return LT_BUS_ERROR_FAILED;
}

GError *
lt_bus_error_from(const GError *cause)
{
  return g_error_new_literal(LT_BUS_ERROR, (int) code_from(cause), cause->message);
}
