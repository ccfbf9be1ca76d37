/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where something stands in a JSON text: json-c keeps no positions, so the text is walked again. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Objects and arrays inside each other. A policy needs seven. */
#define LT_JSON_MAX_DEPTH 16

/**
 * LtJsonStep:
 * @key: the member's name, or NULL for an array's element
 * @index: the element
 *
 * One step from a value to a value inside it.
 */
typedef struct {
  const char *key;
  gsize index;
} LtJsonStep;

/**
 * LtJsonFault:
 * @offset: the byte at which it shows
 * @what: what is wrong and what to do; static
 * @pointer: RFC 6901 pointer to the value that is being read there; "" for the whole text
 *
 * Why a text is no JSON (RFC 8259), or not clear enough to be rules.
 */
typedef struct {
  gsize offset;
  const char *what;
  char *pointer;
} LtJsonFault;

void lt_json_fault_clear(LtJsonFault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LtJsonFault, lt_json_fault_clear)

/**
 * lt_json_check:
 * @json: (array length=len): valid UTF-8
 * @fault: written on FALSE only; free with lt_json_fault_clear()
 *
 * RFC 8259 to the letter, and besides: no key twice in an object, no "\u0000", no half of a
 * surrogate pair, no nesting deeper than %LT_JSON_MAX_DEPTH.
 */
gboolean lt_json_check(const char *json, gsize len, LtJsonFault *fault) G_GNUC_WARN_UNUSED_RESULT;

/**
 * lt_json_find:
 * @json: (array length=len): a text that lt_json_check() accepts
 * @steps: (array length=n_steps): the way from the whole text to the value
 * @at_key: the offset of the member's name instead of its value
 *
 * Returns: the offset of the value's first byte; 0 if there is no such value.
 */
gsize
lt_json_find(const char *json, gsize len, const LtJsonStep *steps, gsize n_steps, gboolean at_key);

/* Both count from 1; columns in characters, not bytes. */
void lt_json_line_column(const char *json, gsize len, gsize offset, guint *line, guint *column);

/* Appends "/" and the step, escaped as in RFC 6901 section 3. */
void lt_json_pointer_append(GString *pointer, const LtJsonStep *step);

G_END_DECLS
