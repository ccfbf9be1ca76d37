/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells how an update goes. */
#include "agent/update/status.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json.h>
#include <stdio.h>

/* A person sees no more of it. */
#define PERIOD_US (G_USEC_PER_SEC / 4)

struct _LtUpdateStatus {
  char *path;
  gboolean is_json;
  const char *state;
  gint64 utc_started_s;
  gint64 written_us; /* monotonic */
  const LtUpdateItem *item;
  LtUpdateOutcome outcome; /* of @item, when it was told */
};

LtUpdateStatus *
lt_update_status_new(const char *dir, gboolean is_json)
{
  LtUpdateStatus *status = g_new0(LtUpdateStatus, 1);

  status->path = g_build_filename(dir, LT_UPDATE_STATUS_FILE, NULL);
  status->is_json = is_json;
  status->state = "fetching";
  status->utc_started_s = g_get_real_time() / G_USEC_PER_SEC;
  return status;
}

void
lt_update_status_free(LtUpdateStatus *status)
{
  if (status == NULL)
    return;
  g_free(status->path);
  g_free(status);
}

static void
add_text(struct json_object *object, const char *key, const char *text)
{
  json_object_object_add(object, key, text != NULL ? json_object_new_string(text) : NULL);
}

static void
add_number(struct json_object *object, const char *key, gint64 number)
{
  json_object_object_add(object, key, json_object_new_int64(number));
}

static struct json_object *
item_json(const LtUpdateItem *item)
{
  struct json_object *object = json_object_new_object();

  add_text(object, "id", item->origin->id);
  add_text(object, "category", lt_category_ids()[item->origin->category]);
  add_text(object, "name", item->origin->name);
  add_text(object, "home", item->origin->home);
  add_text(object, "licence", item->origin->licence);
  add_text(object, "outcome", lt_update_outcome_name(item->outcome));
  add_text(object, "problem", item->problem);
  add_number(object, "bytes", (gint64) item->n_bytes);
  add_number(object, "total", (gint64) item->n_total);
  add_number(object, "date", item->utc_date_s);
  add_number(object, "came", item->utc_came_s);
  return object;
}

static void
write_file(LtUpdateStatus *status, const LtUpdate *update, const char *problem)
{
  struct json_object *whole = json_object_new_object();
  struct json_object *lists = json_object_new_array();
  const GPtrArray *items = update != NULL ? lt_update_items(update) : NULL;

  add_text(whole, "state", status->state);
  add_text(whole, "problem", problem);
  add_number(whole, "started", status->utc_started_s);
  add_number(whole, "written", g_get_real_time() / G_USEC_PER_SEC);
  for (guint i = 0; items != NULL && i < items->len; i++)
    json_object_array_add(lists, item_json(g_ptr_array_index(items, i)));
  json_object_object_add(whole, "lists", lists);
  /* Whatever the service's umask is: everybody may know how old the lists are. */
  if (g_file_set_contents_full(status->path,
                               json_object_to_json_string(whole),
                               -1,
                               G_FILE_SET_CONTENTS_CONSISTENT,
                               0644,
                               NULL))
    g_chmod(status->path, 0644);
  json_object_put(whole);
  status->written_us = g_get_monotonic_time();
}

static void
print_item(const LtUpdateStatus *status, const LtUpdateItem *item)
{
  if (status->is_json) {
    struct json_object *object = item_json(item);

    puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    json_object_put(object);
  } else if (item->outcome == LT_UPDATE_FAILED) {
    printf("%s: not updated: %s\n", item->origin->id, item->problem);
  } else if (item->outcome != LT_UPDATE_FETCHING) {
    printf("%s: %s, %" G_GUINT64_FORMAT " bytes\n",
           item->origin->id,
           lt_update_outcome_name(item->outcome),
           item->n_bytes);
  }
  fflush(stdout);
}

void
lt_update_status_progress(const LtUpdate *update, const LtUpdateItem *item, gpointer data)
{
  LtUpdateStatus *status = data;
  const gboolean is_step = item != status->item || item->outcome != status->outcome;

  if (!is_step && g_get_monotonic_time() - status->written_us < PERIOD_US)
    return;
  status->item = item;
  status->outcome = item->outcome;
  write_file(status, update, NULL);
  if (is_step || status->is_json)
    print_item(status, item);
}

void
lt_update_status_state(LtUpdateStatus *status,
                       const LtUpdate *update,
                       const char *state,
                       const char *problem)
{
  status->state = state;
  write_file(status, update, problem);
}
