/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of the bus as JSON, one object a line. */
#pragma once

#include <glib.h>
#include <json_object.h>

G_BEGIN_DECLS

/* (transfer full): dictionaries become objects, arrays arrays. Numbers keep their value; G_MAXINT64
 * ("until revoked") and 0 ("none") in members named "until" and "answered" become null. */
struct json_object *lt_variant_json(GVariant *value);

/* Prints @object as one line and frees it. */
void lt_variant_json_print(struct json_object *object);

G_END_DECLS
