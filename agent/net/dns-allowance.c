/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one child may cost the DNS thread and the kernel's table of flows. */
#include "agent/net/dns-allowance.h"

static gint64
to_us(guint units)
{
  return (gint64) units * G_USEC_PER_SEC / LT_DNS_UNITS_PER_S;
}

void
lt_dns_allowance_spend(LtDnsAllowance *allowance, guint units, gint64 now_us)
{
  allowance->full_us = MAX(allowance->full_us, now_us) + to_us(units);
}

gboolean
lt_dns_allowance_is_spent(const LtDnsAllowance *allowance, gint64 now_us)
{
  return allowance->full_us - now_us >= to_us(LT_DNS_UNITS_MAX);
}

gint64
lt_dns_allowance_resume_us(const LtDnsAllowance *allowance)
{
  return allowance->full_us - to_us(LT_DNS_UNITS_MAX - LT_DNS_UNITS_TO_RESUME);
}
