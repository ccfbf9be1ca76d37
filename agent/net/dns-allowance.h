/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one child may cost the DNS thread and the kernel's table of flows. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In units of about 2 us of the thread's time. What is asked of a server also leaves an entry in
 * the kernel's connection table for 30 s: a table of 65,536 must not be filled by one child. */
#define LT_DNS_COST_QUESTION 1
#define LT_DNS_COST_FORWARD 20

/* So many units a second for each child, and this many saved up: 1,000 questions for new names at
 * once, as a browser asks that opens 50 tabs, and 250 a second from then on; 20 times as many that
 * are answered here. */
#define LT_DNS_UNITS_PER_S 5000
#define LT_DNS_UNITS_MAX 20000

/* A child that has spent all waits until it has this many again: some ten wake-ups a second. */
#define LT_DNS_UNITS_TO_RESUME 400

/* Zero: all is saved up. By value; holds no resources. */
typedef struct {
  gint64 full_us; /* when all will be saved up again */
} LtDnsAllowance;

/* May go below nothing: what was read is answered. */
void lt_dns_allowance_spend(LtDnsAllowance *allowance, guint units, gint64 now_us);

gboolean lt_dns_allowance_is_spent(const LtDnsAllowance *allowance, gint64 now_us);

/* When %LT_DNS_UNITS_TO_RESUME will be there. */
gint64 lt_dns_allowance_resume_us(const LtDnsAllowance *allowance);

G_END_DECLS
