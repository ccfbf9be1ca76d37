/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The errors of the bus contract, org.luytre.Error.*. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define LT_BUS_ERROR (lt_bus_error_quark())
GQuark lt_bus_error_quark(void);
typedef enum {
  LT_BUS_ERROR_DENIED,
  LT_BUS_ERROR_INVALID,
  LT_BUS_ERROR_NO_SUCH,
  LT_BUS_ERROR_LIMIT,
  LT_BUS_ERROR_FAILED,
} LtBusError;

/* What a caller is told of a failure inside: an error of this domain with the same words. */
GError *lt_bus_error_from(const GError *cause);

G_END_DECLS
