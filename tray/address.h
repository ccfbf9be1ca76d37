/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the child and the grown-ups are called: con or bạn, bố mẹ or thầy cô. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest form of address, in characters. */
#define LT_ADDRESS_MAX_CHARS 32

/**
 * LtAddress:
 * @you: the child is addressed so, never empty
 * @adult: those who make the rules, never empty
 */
typedef struct {
  char *you;
  char *adult;
} LtAddress;

/**
 * lt_address_load:
 * @paths: (array zero-terminated=1): key files, the most important first
 *
 * Reads "Child" and "Adult" of the group [Address], by the language of the process as in any key
 * file ("Child[vi]=bạn", "Adult[vi]=thầy cô"), each from the first file that has it. A missing
 * file, a file that is none and an empty or overlong value count as absent; without any, the
 * translation's own words come ("con" and "bố mẹ" in Vietnamese). Cannot fail.
 *
 * Returns: (transfer full)
 */
LtAddress *lt_address_load(const char *const *paths);
void lt_address_free(LtAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LtAddress, lt_address_free)

G_END_DECLS
